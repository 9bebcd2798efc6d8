/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The forwarding table of a namespace: what the kernel's tables local, main and default hold.
 *
 * It follows the chain of FIB notifiers, which first tells what is there already, and then each
 * change before `ip route` returns. What is stored of a route is a counted reference on the kernel's
 * own description of it (struct fib_info), because that can change with no event on the chain: a link
 * of one of its next hops goes down, a nexthop object is replaced. Read where it is, it cannot be
 * out of date.
 *
 * Of the routes to one prefix in one table the chain announces only the first, that with the highest
 * TOS and the lowest metric. Others may be hidden behind it, and nothing tells when they come or go.
 * So a lookup ends at a route that fits; one that meets a route that does not fit (another TOS, no
 * next hop on the wanted device, or none alive) cannot know what is behind it and asks the kernel.
 *
 * As long as there were never rules but the three defaults the kernel keeps local and main in one
 * trie, where a longer prefix of main wins against a shorter one of local. So one trie holds both
 * here, too: a value is a list, of at most the route of local and then that of main.
 *
 * Locking: readers are under RCU. There is one writer: the chain is called under RTNL, and what it
 * told before it was joined came in the context that joined it. Updates are made at once and not
 * from a work item, in atomic context but with softirqs on: a default route into 100,000 host
 * routes takes 10 ms, as rarely as somebody does that.
 *
 * An update for which there is no memory makes the table incomplete. Then the kernel is asked for
 * everything, until a work item has read everything anew.
 */
#pragma once
#include "core/lpm.h"
#include "kapi/rcu_memory.h"

namespace tcpxx {

/* All but `next` stays as it is while readers can see it. */
struct FibRoute {
	struct fib_info *fi; /* counted; readers have it until their grace period ends */
	FibRoute *next; /* to the same prefix, of a table that is asked later; RCU */
	u32 table; /* RT_TABLE_* */
	u8 type; /* RTN_* */
	u8 tos; /* of packets that it is for, ECN bits 0; 0: all */
	RcuMemory::Reclaim reclaim;
};

using FibTrie = Lpm<FibRoute, RcuMemory>;

struct FibTable {
	FibTrie local_main;
	FibTrie fallback; /* table default */
	bool complete; /* says what the kernel says; else the kernel has to be asked */
	bool failed; /* something could not be stored since filling began; by the writer */
	bool filling; /* complete will be decided at its end; by net_init and the work item */
	bool ending; /* no further work; under RTNL */
	bool rules_reported; /* by the writer */
	u32 seed; /* of the hash that spreads flows over next hops */
	u32 changes; /* of entries, counted when readers can see them; by the writer */
	struct net *net;
	struct notifier_block notifier;
	struct delayed_work refill;
};

/* Process context. Without memory or in the middle of many changes init leaves the table incomplete,
 * which is no error; after exit() no route is held and no work is left. */
void fib_net_init(struct net *net);
void fib_net_exit(struct net *net);

/* What the notifier does when it has no memory. Under RTNL, any context. */
void fib_table_failed(FibTable &table);

/* /proc/net/tcpxx_route, in the layout of /proc/net/route: table main, the announced routes. */
extern const struct seq_operations fib_route_seq_ops;
struct FibRouteIter {
	struct seq_net_private net; /* must be first */
};

} // namespace tcpxx
