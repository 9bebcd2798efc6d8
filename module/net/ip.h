/* SPDX-License-Identifier: GPL-2.0 */
/* IPv4 in and out: the road between a segment and a device. */
#pragma once
#include "kapi/skb.h"
#include "net/route.h"
#include "wire/ipv4.h"

namespace tcpxx {

/* Whether routers may cut a datagram in pieces: if not, DF is set. */
enum class Fragments : u8 { Forbidden, Allowed };

/* How the datagram of a segment is to be written. */
struct IpParams {
	be32 saddr;
	be32 daddr;
	u8 ttl;
	u8 tos;
	u8 protocol = kIpProtoTcp;
	Fragments fragments = Fragments::Forbidden;
	u32 mtu = 0; /* longest fragment, bytes; 0: as the route says */
};

/* At skb->network_header; the caller knows that it is in the linear part. */
inline Ipv4Header &ip_of(const struct sk_buff *skb) { return *reinterpret_cast<Ipv4Header *>(skb_network_header(skb)); }

/* Writes the header's checksum; it may have options. */
inline void ip_send_check(Ipv4Header &ip)
{
	ip.check = {};
	ip.check = be16::from_network(ip_fast_csum(&ip, ip.header_len() / 4));
}

/* Puts an IPv4 header before the segment at skb->data and hands it to the neighbour on
 * the route. 0, or a negative errno when the device or its queue refused it; the packet is gone
 * in either case. Any context, softirqs on or off. */
int ip_queue_xmit(struct net *net, const Route &route, const IpParams &ip, SkbPtr skb);

/* Whether a packet of many segments goes to the device as it is: to those that hand packets on inside this machine, or
 * to a program, and do not look into them. Any other might take it for one of ethertype 0x0800, or give it to one that
 * does. */
bool takes_gso(const struct net_device *dev);

/* Room that ip_queue_xmit and the device want before a segment: the header, and any link layer. */
constexpr u32 kMaxHeaderRoom = 128 + 20 + 60;

/* A datagram of 0x88B5 from the device, not for another host, and in no other hands. Softirq, under
 * rcu_read_lock. */
void ip_rcv(struct net *net, SkbPtr skb, struct net_device *dev);

/* The packet handlers of both ethertypes. Process context. */
void ethertype_add(u16 ethertype, u16 arp_ethertype);
void ethertype_remove();

/* What was given to ethertype_add(), network byte order. */
__be16 datagram_ethertype();
__be16 arp_ethertype();

} // namespace tcpxx
