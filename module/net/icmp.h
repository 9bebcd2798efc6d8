/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ICMP (RFC 792, RFC 1122, 3.2.2) inside our own ethertype: answers to echoes, errors told and understood.
 *
 * What we send is limited as the in-kernel stack's: types of net.ipv4.icmp_ratemask by icmp_msgs_per_sec and
 * icmp_msgs_burst, from a bucket of our own in each namespace. icmp_ratelimit, so much to one
 * destination, is not kept: it would need a record of each.
 */
#pragma once
#include "core/token_bucket.h"
#include "kapi/skb.h"
#include "wire/icmp.h"

namespace tcpxx {

struct IcmpLimit {
	spinlock_t lock; /* a leaf, taken with softirqs off */
	TokenBucket bucket;
};

/* Process context. */
void icmp_net_init(struct net *net);

/* A message at skb->data, its IPv4 header checked and still before it. Softirq, under rcu_read_lock. */
void icmp_rcv(struct net *net, SkbPtr skb);

/* Tells the sender of the datagram at skb->data, an IPv4 header that was checked, that we cannot take it; never
 * for what RFC 1122, 3.2.2 excepts: broadcasts, fragments but the first, ICMP errors. The packet stays
 * the caller's. Softirq, under rcu_read_lock. */
void icmp_send(struct net *net, const struct sk_buff *skb, IcmpType type, u8 code);

} // namespace tcpxx
