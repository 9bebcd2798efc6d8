// SPDX-License-Identifier: GPL-2.0
/* IPv4 out: a header before the segment, and on to the next hop. */
#include "core/pmtudisc.h"
#include "kapi/guards.h"
#include "net/ip.h"
#include "net/pernet.h"

namespace tcpxx {
namespace {

constexpr u8 kVersionIhl = 4 << 4 | sizeof(Ipv4Header) / 4;

/*
 * With DF set the identification is 0: the datagram is atomic, and then the field has no meaning and
 * may have any value (RFC 6864, 4.1). A constant tells an observer nothing, and receivers that merge
 * segments take it as well as a counter.
 *
 * Without DF it must not come again for a pair of addresses while fragments of the last one may be on the way
 * (RFC 6864, 4.2). The kernel's own generators do that, by a keyed hash of the addresses and atomically, and
 * skip as many as the time since the last one could have used up: an observer learns nothing from them.
 */
void choose_id(struct net *net, struct sk_buff *skb, Ipv4Header &header)
{
	__ip_select_ident(net, reinterpret_cast<struct iphdr *>(&header),
			  skb_shinfo(skb)->gso_segs ?: 1);
}

void write_header(struct net *net, struct sk_buff *skb, const IpParams &ip, bool atomic)
{
	auto *header = static_cast<Ipv4Header *>(skb_push(skb, sizeof(Ipv4Header)));

	*header = {
		.version_ihl = kVersionIhl,
		.tos = ip.tos,
		.tot_len = be16::from_host(static_cast<u16>(skb->len)),
		.id = {},
		.frag_off = be16::from_host(atomic ? kIpDontFragment : 0),
		.ttl = ip.ttl,
		.protocol = ip.protocol,
		.check = {},
		.saddr = ip.saddr,
		.daddr = ip.daddr,
	};
	if (!atomic)
		choose_id(net, skb, *header);
	ip_send_check(*header);
	skb_reset_network_header(skb);
}

int refuse(struct net *net, SkbPtr skb, Mib why, Drop cause, int error)
{
	count(net, why);
	drop(net, move(skb), cause);
	return error;
}

/* Sends a datagram with a header, in fragments of at most `mtu` bytes if it is longer; 0: it is never cut. */
int output_datagram(struct net *net, be32 next_hop, u32 mtu, SkbPtr skb)
{
	if (mtu && skb->len > mtu)
		return tcpxx::ip_do_fragment(net, next_hop, mtu, move(skb));
	return tcpxx::neigh_output(net, next_hop, move(skb));
}

/* Cuts the packet into its segments and sends each, as above, up to the first that is refused: who has no room for it
 * has none for the others either, and of each of those perhaps a first fragment would get through, and fill the
 * receiver's memory. 0, or why already the first was refused: what has left cannot be taken back. */
int output_segments(struct net *net, be32 next_hop, u32 mtu, SkbPtr skb)
{
	const netdev_features_t features = netif_skb_features(skb.get()) & ~NETIF_F_GSO_MASK;
	struct sk_buff *segs = skb_gso_segment(skb.get(), features);
	struct sk_buff *seg, *next;

	if (IS_ERR_OR_NULL(segs))
		return refuse(net, move(skb), Mib::OutDiscards, Drop::NoMemory, -ENOMEM);
	skb.consume();
	skb_list_walk_safe(segs, seg, next) {
		skb_mark_not_on_list(seg);
		if (const int error = output_datagram(net, next_hop, mtu, SkbPtr(seg))) {
			kfree_skb_list(next);
			return seg == segs ? error : 0;
		}
	}
	return 0;
}

/* Whether a packet of many segments goes to the device as it is. */
bool stays_whole(const struct sk_buff *skb, u32 mtu)
{
	return takes_gso(skb->dev) && (!mtu || skb_gso_validate_network_len(skb, mtu));
}

} // namespace

bool takes_gso(const struct net_device *dev)
{
	const struct rtnl_link_ops *ops = dev->rtnl_link_ops;

	return dev->flags & IFF_LOOPBACK ||
	       (ops && (!strcmp(ops->kind, "veth") || !strcmp(ops->kind, "tun") ||
			!strcmp(ops->kind, "dummy")));
}

int ip_queue_xmit(struct net *net, const Route &route, const IpParams &ip, SkbPtr skb)
{
	/* Keeps the device until it has the packet, or the neighbour's entry has its reference. */
	RcuRead rcu;
	struct net_device *dev = dev_get_by_index_rcu(net, route.ifindex);

	count(net, Mib::OutRequests);
	if (!dev)
		return refuse(net, move(skb), Mib::OutNoRoutes, Drop::NoRoute, -ENETUNREACH);
	/* tot_len has 16 bits. */
	if (skb->len > 0xffff - sizeof(Ipv4Header))
		return refuse(net, move(skb), Mib::OutDiscards, Drop::NoRoute, -EMSGSIZE);
	if (skb_cow_head(skb.get(), sizeof(Ipv4Header) + LL_RESERVED_SPACE(dev)))
		return refuse(net, move(skb), Mib::OutDiscards, Drop::NoMemory, -ENOMEM);
	const u32 mtu = ip.mtu ?: route.mtu;
	const bool atomic = ip.fragments == Fragments::Forbidden && mtu >= kLeastMtuWithDf;
	write_header(net, skb.get(), ip, atomic);
	skb->dev = dev;
	skb->protocol = datagram_ethertype();
	if (const struct sock *owner = skb->sk) {
		skb->priority = READ_ONCE(owner->sk_priority);
		skb->mark = READ_ONCE(owner->sk_mark);
	}
	const u32 fragment_mtu = atomic ? 0 : mtu;
	if (!skb_is_gso(skb.get()))
		return output_datagram(net, route.next_hop, fragment_mtu, move(skb));
	if (!stays_whole(skb.get(), fragment_mtu))
		return output_segments(net, route.next_hop, fragment_mtu, move(skb));
	return tcpxx::neigh_output(net, route.next_hop, move(skb));
}

} // namespace tcpxx
