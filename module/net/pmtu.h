/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What routers have told of the paths to single destinations: the largest datagram that reaches each
 * of them (RFC 1191). Routes come with it (Route::mtu), until net.ipv4.route.mtu_expires is over; then
 * the larger size is tried again.
 *
 * The table is bounded: kPmtuBuckets chains of at most kPmtuChain entries, of which a new one replaces the
 * oldest. Who may write into it has quoted a sequence number in flight of a connection to the
 * destination (tcp_v4_frag_needed()), so nobody fills it from outside.
 *
 * Locking: readers are under RCU, and an entry does not change while they can see it; `lock` is for
 * writers, a leaf, taken with softirqs off. There is no timer: each reader judges the age.
 */
#pragma once
#include "net/route.h"

namespace tcpxx {

constexpr u32 kPmtuBuckets = 256;
constexpr u32 kPmtuChain = 4;

struct PathMtu {
	struct hlist_node node;
	be32 daddr;
	u32 mtu; /* bytes */
	unsigned long expires; /* jiffies, never 0 */
	bool locked; /* the path is narrower still, and DF would not get through */
	struct rcu_head rcu;
};

struct PmtuTable {
	spinlock_t lock;
	u32 count; /* entries, old ones too; 0: routes need not be looked at */
	u32 changes; /* so that routes that were decided before are stale */
	u32 seed; /* of the hash */
	struct hlist_head buckets[kPmtuBuckets]; /* of PathMtu, the youngest first */
};

/* Process context. After exit no entry is left; by then nobody may ask for a route. */
void pmtu_net_init(struct net *net);
void pmtu_net_exit(struct net *net);

/* Makes a route what is known of the path to daddr. Any context. */
void pmtu_apply(struct net *net, be32 daddr, Route &route);

/* A datagram to daddr on `route` was too long for a link of `mtu` bytes. Never raises, and never goes below
 * net.ipv4.route.min_pmtu: there DF has to be given up (Route::mtu_locked). Softirq. */
void pmtu_learn(struct net *net, be32 daddr, const Route &route, u32 mtu);

} // namespace tcpxx
