/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fragments (RFC 791, 3.2): datagrams that are too long for a link are cut, and what came in pieces is put
 * together again.
 *
 * Reassembly takes no more memory than net.ipv4.ipfrag_high_thresh, counted for each stack by itself. At the limit the
 * datagram that has waited longest goes. (Linux refuses all fragments then, of those that could be completed,
 * too, until some have timed out: whoever sends 4 MB of fragments that lead nowhere stops it for 30 s.) What is not
 * whole net.ipv4.ipfrag_time after its first fragment came is given up. net.ipv4.ipfrag_max_dist is not kept: it
 * needs a record of each source.
 *
 * Locking: `lock` protects the chains, the list and every queue that is in them; a leaf but for the timer's and the
 * allocators' locks, taken with softirqs off. What has been taken out under it is put together, told of and freed
 * without it. No device is held: a queue knows an index.
 */
#pragma once
#include "core/ip_frag.h"
#include "kapi/skb.h"
#include "wire/ipv4.h"

namespace tcpxx {

/* What the fragments of a datagram have in common (RFC 791, 3.2). */
struct FragmentKey {
	be32 saddr;
	be32 daddr;
	be16 id;
	u8 protocol;
	int vif; /* VRF device that it came in through, or 0 */

	bool operator==(const FragmentKey &) const = default;
};

/* A datagram of which something is missing. */
struct FragmentQueue {
	struct hlist_node node; /* in its chain */
	struct list_head age; /* in FragmentTable::by_age, or among those that were given up */
	FragmentKey key;
	unsigned long created; /* jiffies */
	u32 memory; /* bytes: of this and of its fragments */
	int iif; /* device that the last one came from */
	Drop cause; /* why it was given up */
	FragmentEcn ecn;
	struct list_head fragments; /* sk_buffs as they came, skb->data behind the header */
	FragmentMap map;
};

constexpr u32 kFragmentBuckets = 256;

struct FragmentTable {
	spinlock_t lock;
	u32 seed; /* of the hash: a flooder cannot choose a chain */
	unsigned long memory; /* bytes: of all queues */
	struct hlist_head buckets[kFragmentBuckets];
	struct list_head by_age; /* all queues, the oldest first */
	struct timer_list timer; /* pending while there is a queue */
	struct net *net;
};

/* Process context. After exit no fragment and no timer is left; by then no packet may come in. */
void ip_frag_net_init(struct net *net);
void ip_frag_net_exit(struct net *net);

/* Takes a fragment from `dev`, at its IPv4 header, which was checked. The datagram that it completes comes back, its
 * header first, and in more than one piece perhaps; or null. Softirq, under rcu_read_lock. */
SkbPtr ip_defrag(struct net *net, SkbPtr skb, struct net_device *dev);

/* Gives up what is too old at `now` (jiffies): the timer's work, and by hand that of tests. */
void ip_frag_expire(FragmentTable &table, unsigned long now);

/* Cuts the datagram at skb->data, a header of 20 bytes with DF clear, to fragments of at most `mtu` bytes (68 at least),
 * and sends them to `next_hop` on skb->dev. As neigh_output() otherwise. */
int ip_do_fragment(struct net *net, be32 next_hop, u32 mtu, SkbPtr skb);

} // namespace tcpxx
