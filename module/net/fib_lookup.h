/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a destination leads to: looked up in the own table (fib_table.h), and asked of the kernel's
 * where that cannot be sure: it is incomplete, the namespace has rules of its own, or the announced
 * route to the prefix does not fit, behind which another may be hidden. Each question to the kernel
 * counts as FibAsked.
 */
#pragma once
#include "net/fib_table.h"
#include "net/route.h"

namespace tcpxx {

/* Found in a table. What is pointed to is the kernel's, and lasts as long as rcu_read_lock. */
struct FibResult {
	struct fib_info *fi;
	struct fib_nh_common *nhc; /* the first next hop that can be used */
	u8 type; /* RTN_*, none that is an error */
	u8 prefix_len; /* bits */
};

/* What routes are chosen by. */
struct FibKey {
	u32 daddr; /* host byte order */
	int oif; /* 0: any device */
	u8 tos;
};

/* Besides 0 and negative errnos: only the kernel knows. */
constexpr int kFibUnsure = 1;

/* One table. 0: `result` is the answer; -EAGAIN: the next table has it (nothing here, or a throw
 * route); -EINVAL, -EHOSTUNREACH, -EACCES: a blackhole, unreachable or prohibit route; kFibUnsure.
 * Under rcu_read_lock, any context. */
int fib_table_lookup(const FibTrie &trie, const FibKey &key, FibResult &result);

/* All tables. As above, with -ENETUNREACH when there is no route. The kernel is not asked: where it
 * has to be, its answer to the whole question is wanted, not that to this part of it. */
int fib_lookup(struct net *net, const FibKey &key, FibResult &result);

/* RTN_UNICAST, RTN_LOCAL, RTN_BROADCAST or RTN_MULTICAST: what an address is for this host, by its
 * own addresses. `dev`: where it was seen, or nullptr. Under rcu_read_lock, any context. */
u32 fib_address_type(struct net *net, const struct net_device *dev, be32 addr);

} // namespace tcpxx
