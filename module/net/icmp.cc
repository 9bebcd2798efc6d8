// SPDX-License-Identifier: GPL-2.0
#include "net/icmp.h"
#include "core/icmp_message.h"
#include "kapi/guards.h"
#include "net/fib_lookup.h"
#include "net/ip.h"
#include "net/pernet.h"
#include "tcp/err.h"

namespace tcpxx {
namespace {

/* RFC 1812, 4.3.2.3: the whole datagram with the error has at most so many bytes. */
constexpr u32 kErrorDatagram = 576;
/* RFC 1812, 4.3.2.5: an error travels as internetwork control, with the type of service of what it is about. */
constexpr u8 kErrorPrecedence = 0xc0;
constexpr u8 kTypeOfService = 0x1c;

/* --- out -------------------------------------------------------------------------------------- */

/* Whether one more message of this type may be sent now. */
bool may_send(struct net *net, u8 type)
{
	IcmpLimit &limit = pernet(net).icmp;

	if (type >= 32 || !(READ_ONCE(net->ipv4.sysctl_icmp_ratemask) & (1u << type)))
		return true;
	BhLock guard(&limit.lock);
	return limit.bucket.take(jiffies_to_msecs(jiffies),
				 static_cast<u32>(READ_ONCE(net->ipv4.sysctl_icmp_msgs_per_sec)),
				 static_cast<u32>(READ_ONCE(net->ipv4.sysctl_icmp_msgs_burst)));
}

/* `header`, and behind it `len` bytes of `from` from `offset` on; with its checksum, null without memory. */
SkbPtr make_message(IcmpHeader header, const struct sk_buff *from, int offset, u32 len)
{
	SkbPtr skb(alloc_skb(kMaxHeaderRoom + sizeof(header) + len, GFP_ATOMIC | __GFP_NOWARN));

	if (!skb)
		return skb;
	skb_reserve(skb.get(), kMaxHeaderRoom);
	header.check = {};
	auto *start = static_cast<IcmpHeader *>(skb_put_data(skb.get(), &header, sizeof(header)));
	if (skb_copy_bits(from, offset, skb_put(skb.get(), len), len)) {
		skb.drop(Drop::Truncated);
		return skb;
	}
	start->check = be16::from_network(ip_compute_csum(skb->data, skb->len));
	skb_reset_transport_header(skb.get());
	return skb;
}

/* To whom `cause` came from, from the address that it was for. true: it has gone. */
bool transmit(struct net *net, const Ipv4Header &cause, u8 tos, SkbPtr skb)
{
	const Result<Route> route = ip_route_output(
		net, {.daddr = cause.saddr, .saddr = cause.daddr, .oif = 0, .mark = 0, .tos = tos});

	if (!route) {
		count(net, Mib::IcmpOutErrors);
		drop(net, move(skb), Drop::NoRoute);
		return false;
	}
	count(net, Mib::IcmpOutMsgs);
	ip_queue_xmit(net, *route,
		      {.saddr = cause.daddr,
		       .daddr = cause.saddr,
		       .ttl = static_cast<u8>(READ_ONCE(net->ipv4.sysctl_ip_default_ttl)),
		       .tos = tos,
		       .protocol = kIpProtoIcmp,
		       .fragments = Fragments::Allowed},
		      move(skb));
	return true;
}

/* Makes a message and sends it, if the limit lets it go. */
void send_message(struct net *net, const struct sk_buff *cause, const IcmpHeader &header, u8 tos,
		  int offset, u32 len, Mib counter)
{
	if (!may_send(net, header.type)) {
		count(net, Mib::IcmpOutRateLimitGlobal);
		return;
	}
	SkbPtr message = make_message(header, cause, offset, len);
	if (!message)
		count(net, Mib::IcmpOutErrors);
	else if (transmit(net, ip_of(cause), tos, move(message)))
		count(net, counter);
}

/* --- in --------------------------------------------------------------------------------------- */

/* RFC 1122, 3.2.2.6: the same data back. */
Drop echo(struct net *net, const struct sk_buff *skb, const IcmpHeader &request)
{
	count(net, Mib::IcmpInEchos);
	if (READ_ONCE(net->ipv4.sysctl_icmp_echo_ignore_all))
		return Drop::IcmpIgnored;
	IcmpHeader reply = request;
	reply.type = kIcmpEchoReply;
	send_message(net, skb, reply, ip_of(skb).tos, sizeof(IcmpHeader),
		     skb->len - sizeof(IcmpHeader), Mib::IcmpOutEchoReps);
	return Drop::None;
}

void count_error(struct net *net, u8 type)
{
	switch (type) {
	case kIcmpUnreachable: count(net, Mib::IcmpInDestUnreachs); return;
	case kIcmpTimeExceeded: count(net, Mib::IcmpInTimeExcds); return;
	case kIcmpParameterProblem: count(net, Mib::IcmpInParmProbs); return;
	}
}

/* The bytes of the quote that matter, in the linear part: its header and 8 more. */
Bytes pull_quote(struct sk_buff *skb)
{
	const u32 start = sizeof(IcmpHeader);

	if (!pskb_may_pull(skb, start + sizeof(Ipv4Header)))
		return {};
	const u32 header_len = linear_bytes(skb).after(start).as<Ipv4Header>()->header_len();
	/* A length that cannot be right is left for parse_icmp_quote() to refuse. */
	(void)pskb_may_pull(skb, min_of<u32>(start + header_len + 8, skb->len));
	return linear_bytes(skb).after(start);
}

/* net.ipv4.ip_no_pmtu_disc: from 1 on routers are not asked to tell; 3 believes them with a
 * transport that checks what they quote, and ours does. */
bool believes_in_pmtu(struct net *net)
{
	const u8 off = READ_ONCE(net->ipv4.sysctl_ip_no_pmtu_disc);

	return off == 0 || off == 3;
}

Drop error(struct net *net, struct sk_buff *skb, const IcmpHeader header,
	   const IcmpMeaning &meaning)
{
	const int dif = skb->dev->ifindex;

	count_error(net, header.type);
	const Result<QuotedSegment, Drop> quote = parse_icmp_quote(pull_quote(skb));
	if (!quote)
		return quote.error();
	/* RFC 5927, 3: who is not the host that we sent from cannot have had it from us. */
	if (!(quote->saddr == ip_of(skb).daddr))
		return Drop::IcmpQuote;
	if (meaning.act == IcmpAct::Error)
		return tcp_v4_err(net, *quote, meaning.error, dif);
	const u32 mtu = icmp_path_mtu(header.sequence.host(), quote->tot_len);
	return mtu && believes_in_pmtu(net) ? tcp_v4_frag_needed(net, *quote, mtu, dif) :
					      Drop::IcmpIgnored;
}

Drop receive(struct net *net, struct sk_buff *skb)
{
	if (!pskb_may_pull(skb, sizeof(IcmpHeader)))
		return Drop::Truncated;
	if (skb_checksum_simple_validate(skb)) {
		count(net, Mib::IcmpInCsumErrors);
		return Drop::IcmpChecksum;
	}
	const IcmpHeader header = *linear_bytes(skb).as<IcmpHeader>();
	const IcmpMeaning meaning = icmp_meaning(header.type, header.code);
	switch (meaning.act) {
	case IcmpAct::Ignore: return Drop::IcmpIgnored;
	case IcmpAct::Echo: return echo(net, skb, header);
	case IcmpAct::Error:
	case IcmpAct::FragmentationNeeded: return error(net, skb, header, meaning);
	}
	return Drop::IcmpIgnored;
}

} // namespace

void icmp_net_init(struct net *net)
{
	spin_lock_init(&pernet(net).icmp.lock);
	pernet(net).icmp.bucket = {};
}

void icmp_rcv(struct net *net, SkbPtr skb)
{
	count(net, Mib::IcmpInMsgs);
	const Drop cause = receive(net, skb.get());
	if (cause == Drop::None) {
		skb.consume();
		return;
	}
	if (cause != Drop::IcmpIgnored)
		count(net, Mib::IcmpInErrors);
	drop(net, move(skb), cause);
}

void icmp_send(struct net *net, const struct sk_buff *skb, IcmpType type, u8 code)
{
	const Ipv4Header &ip = ip_of(skb);

	if (skb->pkt_type != PACKET_HOST || ip.fragment_offset() || ip.protocol == kIpProtoIcmp)
		return;
	/* Who it came from must be one host (ip_route_input() has refused the rest). */
	if (ipv4::is_any(ip.saddr) || fib_address_type(net, skb->dev, ip.saddr) == RTN_BROADCAST)
		return;
	const u32 room = kErrorDatagram - sizeof(Ipv4Header) - sizeof(IcmpHeader);
	send_message(net, skb, {.type = type, .code = code, .check = {}, .id = {}, .sequence = {}},
		     kErrorPrecedence | (ip.tos & kTypeOfService), skb_network_offset(skb),
		     min_of<u32>(skb->len, room),
		     type == kIcmpTimeExceeded ? Mib::IcmpOutTimeExcds : Mib::IcmpOutDestUnreachs);
}

} // namespace tcpxx
