// SPDX-License-Identifier: GPL-2.0
/*
 * IPv4 in: is it a datagram, is it for us, who gets it. Softirq, under rcu_read_lock.
 *
 * A packet may lie in pieces: nothing is read before pskb_may_pull() has brought it into the linear
 * part, and no pointer into the packet outlives a call that may move it. The checks have the order of the
 * in-kernel stack.
 */
#include "core/ecn.h"
#include "net/icmp.h"
#include "net/ip.h"
#include "net/pernet.h"
#include "tcp/tcp_ipv4.h"

namespace tcpxx {
namespace {

/* Brings the first `len` bytes into the linear part. */
Drop pull(struct sk_buff *skb, u32 len)
{
	if (skb->len < len)
		return Drop::Truncated;
	return pskb_may_pull(skb, len) ? Drop::None : Drop::NoMemory;
}

/* RFC 1122, 3.2.1: the header itself. Afterwards it is in the linear part, right, and without the
 * padding of the link behind the datagram. */
Drop check_header(struct sk_buff *skb)
{
	if (Drop cause = pull(skb, sizeof(Ipv4Header)); cause != Drop::None)
		return cause;
	/* A length that cannot be right is left for parse_ipv4() to refuse. */
	const u32 header_len = ip_of(skb).header_len();
	if (header_len > sizeof(Ipv4Header) && header_len <= skb->len)
		if (Drop cause = pull(skb, header_len); cause != Drop::None)
			return cause;
	auto header = parse_ipv4(linear_bytes(skb), skb->len);
	if (!header)
		return header.error();
	return pskb_trim_rcsum(skb, (*header)->tot_len.host()) ? Drop::NoMemory : Drop::None;
}

Drop check_options(const struct sk_buff *skb)
{
	const Bytes header = linear_bytes(skb).first(ip_of(skb).header_len());

	return check_ipv4_options(header.after(sizeof(Ipv4Header)));
}

/* RFC 1122, 3.3.6: what came as link-layer broadcast must not be for one host alone. */
Drop check_link(const struct sk_buff *skb)
{
	return skb->pkt_type == PACKET_HOST ? Drop::None : Drop::Multicast;
}

/* Whether the datagram, or a fragment of one, is for a protocol of this host, and which counter of RFC 4293 moves
 * if not. */
struct Judgement {
	Drop cause;
	Mib counter;
};

Judgement judge(struct net *net, struct sk_buff *skb, struct net_device *dev)
{
	if (Drop cause = check_header(skb); cause != Drop::None)
		return {cause, cause == Drop::NoMemory ? Mib::InDiscards : Mib::InHdrErrors};
	const Ipv4Header &ip = ip_of(skb);
	const Flow flow = {ip.daddr, ip.saddr, 0, skb->mark, ip.tos};
	if (Drop cause = tcpxx::ip_route_input(net, flow, dev); cause != Drop::None)
		return {cause, Mib::InAddrErrors};
	if (Drop cause = check_options(skb); cause != Drop::None)
		return {cause, Mib::InHdrErrors};
	if (Drop cause = check_link(skb); cause != Drop::None)
		return {cause, Mib::InAddrErrors};
	if (ip.protocol != kIpProtoTcp && ip.protocol != kIpProtoIcmp)
		return {Drop::IpProtocol, Mib::InUnknownProtos};
	return {Drop::None, Mib::InDelivers};
}

/* From the header to what it carries. The header's bytes sum up to 0 in one's complement, for its checksum is
 * right: CHECKSUM_COMPLETE stays true without having them subtracted. */
void strip_header(struct sk_buff *skb)
{
	__skb_pull(skb, ip_of(skb).header_len());
	skb_reset_transport_header(skb);
}

/* As many as the packet has segments. */
void count_ecn(struct net *net, const struct sk_buff *skb)
{
	constexpr Mib counters[] = {Mib::InNoECTPkts, Mib::InECT1Pkts, Mib::InECT0Pkts, Mib::InCEPkts};

	count(net, counters[static_cast<u8>(ecn_field(ip_of(skb).tos))], skb_shinfo(skb)->gso_segs ?: 1);
}

} // namespace

void ip_rcv(struct net *net, SkbPtr skb, struct net_device *dev)
{
	count(net, Mib::InReceives);
	const Judgement judgement = judge(net, skb.get(), dev);
	if (judgement.cause != Drop::None) {
		count(net, judgement.counter);
		/* RFC 1122, 3.2.2.1. */
		if (judgement.cause == Drop::IpProtocol)
			icmp_send(net, skb.get(), kIcmpUnreachable, kIcmpProtocolUnreachable);
		drop(net, move(skb), judgement.cause);
		return;
	}
	count_ecn(net, skb.get());
	/* What the sender's side of this machine left on it, when it came over lo or veth. */
	skb_orphan(skb.get());
	skb_dst_drop(skb.get());
	if (ip_of(skb.get()).is_fragment())
		skb = tcpxx::ip_defrag(net, move(skb), dev);
	if (!skb)
		return;
	count(net, Mib::InDelivers);
	const u8 protocol = ip_of(skb.get()).protocol;
	strip_header(skb.get());
	if (protocol == kIpProtoIcmp)
		icmp_rcv(net, move(skb));
	else
		tcp_v4_rcv(net, move(skb));
}

} // namespace tcpxx
