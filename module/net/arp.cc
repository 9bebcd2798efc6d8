// SPDX-License-Identifier: GPL-2.0
/* Address resolution on the wire (RFC 826): requests and replies, behind their own ethertype. */
#include "net/ip.h"
#include "net/pernet.h"

namespace tcpxx {
namespace {

constexpr MacAddress kBroadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

MacAddress address_of(const struct net_device *dev)
{
	MacAddress mac;

	__builtin_memcpy(mac.b, dev->dev_addr, sizeof(mac.b));
	return mac;
}

bool speaks_arp(const struct net_device *dev)
{
	return dev->header_ops && dev->addr_len == sizeof(MacAddress) &&
	       !(dev->flags & (IFF_NOARP | IFF_LOOPBACK));
}

/* A complete frame, null without memory. */
SkbPtr make_frame(struct net_device *dev, const ArpPacket &packet, const MacAddress &to)
{
	const int room = LL_RESERVED_SPACE(dev);
	SkbPtr skb(alloc_skb(room + sizeof(packet) + dev->needed_tailroom, GFP_ATOMIC));

	if (!skb)
		return SkbPtr();
	skb_reserve(skb.get(), room);
	skb_reset_network_header(skb.get());
	skb_put_data(skb.get(), &packet, sizeof(packet));
	skb->dev = dev;
	skb->protocol = arp_ethertype();
	const int header_len = dev_hard_header(skb.get(), dev, ntohs(skb->protocol), to.b,
					       dev->dev_addr, skb->len);
	if (header_len < 0)
		skb.drop(Drop::ArpDevice);
	return skb;
}

/* net.ipv4.conf.DEV.arp_ignore, the stricter of the device's and that of all. */
int arp_ignore(struct net *net, struct in_device *in_dev)
{
	return max_of(IPV4_DEVCONF_ALL(net, ARP_IGNORE), IN_DEV_CONF_GET(in_dev, ARP_IGNORE));
}

/* RFC 826: "am I the target protocol address?", of one who may be behind this device at all; a
 * sender of 0.0.0.0 asks whether the address is taken (RFC 5227, 2.1.1). */
bool is_for_us(struct net *net, struct net_device *dev, be32 asker, be32 target)
{
	if (ipv4::is_any(asker))
		return is_local_address(net, target);
	const Flow flow = {.daddr = target, .saddr = asker, .oif = 0, .mark = 0, .tos = 0};
	return tcpxx::ip_route_input(net, flow, dev) == Drop::None;
}

/* Whether an address of ours may be told on this device. */
bool may_answer(struct net *net, struct net_device *dev, be32 asker, be32 target)
{
	struct in_device *in_dev = __in_dev_get_rcu(dev);

	if (!in_dev || !is_for_us(net, dev, asker, target))
		return false;
	switch (arp_ignore(net, in_dev)) {
	case 0: return true;
	case 1: /* only an address of the device itself */
		return inet_confirm_addr(net, in_dev, 0, target.network(), RT_SCOPE_HOST);
	case 2: /* and only to one of its own subnet */
		return inet_confirm_addr(net, in_dev, asker.network(), target.network(),
					 RT_SCOPE_HOST);
	case 3: /* no address that is valid on this host alone */
		return inet_confirm_addr(net, nullptr, 0, target.network(), RT_SCOPE_LINK);
	case 8: return false;
	}
	return true;
}

void answer(struct net *net, struct net_device *dev, const ArpPacket &request)
{
	const ArpPacket reply = make_arp(ArpOperation::Reply, address_of(dev), request.target_ip,
					 request.sender_mac, request.sender_ip);
	SkbPtr frame = make_frame(dev, reply, request.sender_mac);

	if (!frame)
		return;
	count(net, Mib::ArpRepliesSent);
	dev_queue_xmit(frame.release());
}

/* Somebody sends as one of our addresses: told apart from another device of ours on the same link. */
void note_duplicate(struct net *net, const struct net_device *dev, const ArpPacket &p)
{
	if (!dev_getbyhwaddr_rcu(net, dev->type, reinterpret_cast<const char *>(p.sender_mac.b)))
		count(net, Mib::ArpDuplicates);
}

/* RFC 826, "Packet Reception"; `to_us`: the frame bore our link-layer address. */
void process(struct net *net, struct net_device *dev, const ArpPacket &p, bool to_us)
{
	const bool request = ArpOperation(p.operation.host()) == ArpOperation::Request;
	const bool asks_us = request && may_answer(net, dev, p.sender_ip, p.target_ip);

	if (!ipv4::is_any(p.sender_ip) && is_local_address(net, p.sender_ip)) {
		note_duplicate(net, dev, p);
		return;
	}
	/* RFC 5227, 2.1.1: a probe has no sender address yet, so there is nothing to learn. */
	if (!ipv4::is_any(p.sender_ip)) {
		const Heard heard = asks_us		       ? Heard::Request :
				    p.sender_ip == p.target_ip ? Heard::Announcement :
				    !request && to_us	       ? Heard::Answer :
								 Heard::Overheard;
		neigh_update(net, dev, p.sender_ip, p.sender_mac, heard);
	}
	if (asks_us)
		answer(net, dev, p);
}

Drop receive(struct net *net, struct sk_buff *skb, struct net_device *dev)
{
	if (!speaks_arp(dev))
		return Drop::ArpDevice;
	if (skb->len < sizeof(ArpPacket))
		return Drop::ArpTruncated;
	if (!pskb_may_pull(skb, sizeof(ArpPacket)))
		return Drop::NoMemory;
	auto packet = parse_arp(linear_bytes(skb));
	if (!packet)
		return packet.error();
	if (ipv4::is_multicast((*packet)->target_ip) || ipv4::is_loopback((*packet)->target_ip))
		return Drop::ArpTarget;
	process(net, dev, **packet, skb->pkt_type == PACKET_HOST);
	return Drop::None;
}

} // namespace

SkbPtr arp_create_request(struct net_device *dev, be32 source, be32 target, const MacAddress *to)
{
	/* RFC 1122, 3.2.1.3 (g): ours, but not to be seen outside. */
	if (ipv4::is_loopback(source) || !is_local_address(dev_net(dev), source))
		source = be32::from_network(inet_select_addr(dev, target.network(), RT_SCOPE_LINK));
	/* RFC 826: of a request the target's link-layer address is what nobody knows yet. */
	const ArpPacket request = make_arp(ArpOperation::Request, address_of(dev), source,
					   to ? *to : MacAddress{}, target);
	return make_frame(dev, request, to ? *to : kBroadcast);
}

void arp_send_gratuitous(struct net_device *dev, const struct in_device *in_dev)
{
	const struct in_ifaddr *ifa;

	if (!speaks_arp(dev))
		return;
	in_dev_for_each_ifa_rtnl(ifa, in_dev)
	{
		const be32 ip = be32::from_network(ifa->ifa_local);
		const ArpPacket packet = make_arp(ArpOperation::Request, address_of(dev), ip, MacAddress{}, ip);
		SkbPtr frame = make_frame(dev, packet, kBroadcast);
		if (!frame)
			return;
		count(dev_net(dev), Mib::ArpRequestsSent);
		dev_queue_xmit(frame.release());
	}
}

void arp_rcv(struct net *net, SkbPtr skb, struct net_device *dev)
{
	count(net, Mib::ArpReceived);
	const Drop cause = receive(net, skb.get(), dev);
	if (cause != Drop::None)
		drop(net, move(skb), cause);
	else
		skb.consume();
}

} // namespace tcpxx
