// SPDX-License-Identifier: GPL-2.0
#include "core/icmp_message.h"

namespace tcpxx {
namespace {

/* RFC 792: the first 64 bits of what the datagram carried. */
struct SegmentStart {
	be16 source;
	be16 dest;
	be32 seq;
};

/* By code (RFC 1122, 3.2.2.1; RFC 1812, 5.2.7.1), with the numbers that Linux gives them. */
constexpr IcmpError kUnreachable[] = {
	{Errno::NetUnreachable, true}, /* net */
	{Errno::HostUnreachable, true}, /* host */
	{Errno::NoProtocolOption, false}, /* protocol */
	{Errno::ConnectionRefused, false}, /* port */
	{Errno::MessageSize, false}, /* fragmentation needed, which has a meaning of its own */
	{Errno::NotSupported, false}, /* source route failed */
	{Errno::NetUnreachable, false}, /* net unknown */
	{Errno::HostDown, false}, /* host unknown */
	{Errno::NoNetwork, false}, /* source host isolated */
	{Errno::NetUnreachable, false}, /* net prohibited */
	{Errno::HostUnreachable, false}, /* host prohibited */
	{Errno::NetUnreachable, false}, /* net, for this TOS */
	{Errno::HostUnreachable, false}, /* host, for this TOS */
	{Errno::HostUnreachable, false}, /* filtered */
	{Errno::HostUnreachable, false}, /* precedence violation */
	{Errno::HostUnreachable, false}, /* precedence cutoff */
};

/* RFC 1191, 7.1. */
constexpr u16 kPlateaus[] = {65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68};

constexpr IcmpMeaning ignored() { return {IcmpAct::Ignore, {}}; }

constexpr IcmpMeaning unreachable(u8 code)
{
	if (code == kIcmpFragmentationNeeded)
		return {IcmpAct::FragmentationNeeded, kUnreachable[code]};
	if (code >= sizeof(kUnreachable) / sizeof(kUnreachable[0]))
		return ignored();
	return {IcmpAct::Error, kUnreachable[code]};
}

} // namespace

Result<QuotedSegment, Drop> parse_icmp_quote(Bytes quote)
{
	const Ipv4Header *ip = quote.as<Ipv4Header>();
	if (!ip || ip->version() != 4 || ip->header_len() < sizeof(Ipv4Header))
		return Drop::IcmpQuote;
	/* RFC 1122, 3.2.2: an error is never sent for any fragment but the first. */
	if (ip->fragment_offset())
		return Drop::IpFragment;
	if (ip->protocol != kIpProtoTcp)
		return Drop::IpProtocol;
	const SegmentStart *tcp = quote.after(ip->header_len()).as<SegmentStart>();
	if (!tcp)
		return Drop::IcmpQuote;
	return QuotedSegment{
		.saddr = ip->saddr,
		.daddr = ip->daddr,
		.source = tcp->source,
		.dest = tcp->dest,
		.seq = Seq32(tcp->seq.host()),
		.tot_len = ip->tot_len.host(),
	};
}

IcmpMeaning icmp_meaning(u8 type, u8 code)
{
	switch (type) {
	case kIcmpEcho:
		/* RFC 792 has no code but 0; whatever stands there is echoed, as Linux does. */
		return {IcmpAct::Echo, {}};
	case kIcmpUnreachable: return unreachable(code);
	case kIcmpTimeExceeded: return {IcmpAct::Error, {Errno::HostUnreachable, true}};
	case kIcmpParameterProblem: return {IcmpAct::Error, {Errno::Protocol, true}};
	default:
		/* RFC 1122, 3.2.2: unknown types are silently discarded; RFC 6633: so is source quench.
		 * A redirect is for the kernel's routes, and those have their own ways to be told. */
		return ignored();
	}
}

u32 icmp_path_mtu(u16 next_hop_mtu, u16 quoted_len)
{
	if (next_hop_mtu)
		return next_hop_mtu;
	for (const u16 plateau : kPlateaus)
		if (plateau < quoted_len)
			return plateau;
	return 0;
}

} // namespace tcpxx
