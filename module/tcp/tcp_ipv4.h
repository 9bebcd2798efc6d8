/* SPDX-License-Identifier: GPL-2.0 */
/* What module/net knows of TCP: where to put a segment, and who sums it up. */
#pragma once
#include "kapi/skb.h"
#include "wire/tcp.h"

namespace tcpxx {

/* A segment at skb->data, its IPv4 header checked and still before it. Softirq, under rcu_read_lock. */
void tcp_v4_rcv(struct net *net, SkbPtr skb);

/* The checksum of a segment is left to whoever comes last, the device or the kernel before it: it sums up from
 * the TCP header on, and what the field has until then, the sum of the pseudo header. */
inline void tcp_leave_checksum(struct sk_buff *skb)
{
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(TcpHeader, check);
}
inline be16 tcp_pseudo_sum(be32 saddr, be32 daddr, u32 segment_len)
{
	return be16::from_network(
		static_cast<u16>(~csum_tcpudp_magic(saddr.network(), daddr.network(), segment_len, IPPROTO_TCP, 0)));
}

} // namespace tcpxx
