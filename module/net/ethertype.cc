// SPDX-License-Identifier: GPL-2.0
/*
 * Where packets come in: a handler for each of the two ethertypes, in softirq under rcu_read_lock.
 *
 * The device's core gives a handler a reference of its own, but perhaps to a packet that others see too
 * (a tap, another handler): from here on it is ours alone, so headers may be pulled and fields written.
 */
#include "net/ip.h"
#include "net/pernet.h"

namespace tcpxx {
namespace {

/* The packet for this host alone, or null: it was for another station, or there was no memory. */
SkbPtr claim(struct net *net, struct sk_buff *shared)
{
	/* In promiscuous mode the device hands up everything. */
	if (shared->pkt_type == PACKET_OTHERHOST) {
		drop(net, SkbPtr(shared), Drop::Otherhost);
		return SkbPtr();
	}
	SkbPtr skb(skb_share_check(shared, GFP_ATOMIC));
	if (!skb) {
		count(net, Mib::InDiscards);
		count_drop(net, Drop::NoMemory);
	}
	return skb;
}

int datagram_received(struct sk_buff *shared, struct net_device *dev, struct packet_type *,
		      struct net_device *)
{
	struct net *net = dev_net(dev);

	if (SkbPtr skb = claim(net, shared))
		tcpxx::ip_rcv(net, move(skb), dev);
	return NET_RX_SUCCESS;
}

int arp_received(struct sk_buff *shared, struct net_device *dev, struct packet_type *,
		 struct net_device *)
{
	struct net *net = dev_net(dev);

	if (SkbPtr skb = claim(net, shared))
		tcpxx::arp_rcv(net, move(skb), dev);
	return NET_RX_SUCCESS;
}

/* `type` is written before the handlers are added, and never while packets come in. */
constinit struct packet_type datagram_handler = {.type = 0, .func = datagram_received};
constinit struct packet_type arp_handler = {.type = 0, .func = arp_received};

} // namespace

__be16 datagram_ethertype() { return datagram_handler.type; }

__be16 arp_ethertype() { return arp_handler.type; }

void ethertype_add(u16 ethertype, u16 arp_ethertype)
{
	datagram_handler.type = htons(ethertype);
	arp_handler.type = htons(arp_ethertype);
	dev_add_pack(&datagram_handler);
	dev_add_pack(&arp_handler);
}

void ethertype_remove()
{
	/* Waits for packets that are on their way through a handler. */
	dev_remove_pack(&arp_handler);
	dev_remove_pack(&datagram_handler);
}

} // namespace tcpxx
