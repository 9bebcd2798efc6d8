// SPDX-License-Identifier: GPL-2.0
#include "core/offload.h"
#include "wire/checksum.h"

namespace tcpxx {
namespace {

constexpr u8 kPlainVersionIhl = 4 << 4 | sizeof(Ipv4Header) / 4;
constexpr u8 kLastOnly = kFin | kPsh; /* said by the last segment, for all before it */
constexpr u8 kEnds = kFin | kSyn | kRst | kPsh | kUrg;

bool dont_fragment(const Ipv4Header &ip) { return ip.frag_off.host() & kIpDontFragment; }

/* RFC 6864, 4.1: the identification of an atomic datagram means nothing. Senders leave it constant or
 * count, which the second of a packet shows; any other is not one that it will have when it is cut up again. */
bool id_continues(const HeldPacket &held, const Ipv4Header &next)
{
	const Ipv4Header &first = *held.headers.ip;
	if (held.same_id || (held.segs == 1 && dont_fragment(first) && first.id == next.id))
		return first.id == next.id;
	return next.id.host() == static_cast<u16>(first.id.host() + held.segs);
}

bool same_service(const Ipv4Header &a, const Ipv4Header &b)
{
	/* Of ECN too: a mark of congestion must not be lost among segments without one (RFC 3168). */
	return a.tos == b.tos && a.ttl == b.ttl && a.frag_off == b.frag_off;
}

Bytes options_of(const TcpHeader &tcp)
{
	return Bytes(reinterpret_cast<const u8 *>(&tcp) + kTcpHeaderLen, tcp.header_len() - kTcpHeaderLen);
}

bool same_options(const TcpHeader &a, const TcpHeader &b)
{
	return a.header_len() == b.header_len() &&
	       !__builtin_memcmp(options_of(a).data(), options_of(b).data(), options_of(a).size());
}

bool same_acknowledgment(const TcpHeader &a, const TcpHeader &b)
{
	return a.ack_seq == b.ack_seq && a.window == b.window && !((a.flags ^ b.flags) & ~(kLastOnly | kCwr)) &&
	       !(b.flags & kCwr) && a.offset_reserved == b.offset_reserved;
}

} // namespace

SegmentHeaders parse_segment_headers(Bytes linear, u32 datagram_len)
{
	const auto *ip = linear.as<Ipv4Header>();
	if (!ip || ip->version_ihl != kPlainVersionIhl || ip->protocol != kIpProtoTcp || ip->is_fragment())
		return {ip, nullptr};
	if (ip->tot_len.host() != datagram_len || checksum_fold(checksum_add(0, linear.first(sizeof(Ipv4Header)))) != 0)
		return {ip, nullptr};
	const auto *tcp = linear.after(sizeof(Ipv4Header)).as<TcpHeader>();
	if (!tcp || tcp->header_len() < kTcpHeaderLen ||
	    sizeof(Ipv4Header) + tcp->header_len() > min_of(linear.size(), datagram_len))
		return {ip, nullptr};
	return {ip, tcp};
}

bool same_connection(const SegmentHeaders &a, const SegmentHeaders &b)
{
	return a.ip->saddr == b.ip->saddr && a.ip->daddr == b.ip->daddr && a.tcp->source == b.tcp->source &&
	       a.tcp->dest == b.tcp->dest;
}

bool may_merge(const HeldPacket &held, const SegmentHeaders &next, u32 text)
{
	const SegmentHeaders &h = held.headers;
	return text != 0 && text <= held.gso_size && h.tcp->seq.host() + held.text == next.tcp->seq.host() &&
	       same_service(*h.ip, *next.ip) && id_continues(held, *next.ip) &&
	       same_acknowledgment(*h.tcp, *next.tcp) && same_options(*h.tcp, *next.tcp);
}

bool ends_packet(u8 flags, u32 text, u32 gso_size) { return text < gso_size || flags & kEnds; }

void write_cut_headers(Ipv4Header &ip, TcpHeader &tcp, const CutSegment &cut)
{
	ip.tot_len = be16::from_host(static_cast<u16>(cut.datagram_len));
	if (!dont_fragment(ip))
		ip.id = be16::from_host(static_cast<u16>(ip.id.host() + cut.index));
	tcp.seq = be32::from_host(tcp.seq.host() + cut.offset);
	if (!cut.last)
		tcp.flags &= static_cast<u8>(~kLastOnly);
	/* RFC 3168, 6.1.2: once is enough. */
	if (cut.index != 0)
		tcp.flags &= static_cast<u8>(~kCwr);
}

} // namespace tcpxx
