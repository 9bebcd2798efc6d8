// SPDX-License-Identifier: GPL-2.0
/* Datagrams that are too long for their way. Each fragment is a copy: such datagrams are rare, for TCP makes segments
 * that fit wherever one may be of a sensible size. */
#include "net/ip.h"
#include "net/ip_fragment.h"
#include "net/neighbour.h"
#include "net/pernet.h"

namespace tcpxx {
namespace {

constexpr u32 kHeaderLen = sizeof(Ipv4Header);

/* The header of the whole, for one of its fragments. */
void write_header(struct sk_buff *piece, const struct sk_buff *whole, const Fragment &f)
{
	auto *header = static_cast<Ipv4Header *>(
		skb_put_data(piece, skb_network_header(whole), kHeaderLen));

	header->tot_len = be16::from_host(static_cast<u16>(kHeaderLen + f.len));
	header->frag_off = be16::from_host(
		static_cast<u16>(f.offset / kFragmentUnit | (f.more ? kIpMoreFragments : 0)));
	ip_send_check(*header);
}

/* Who has sent it, and where to. */
void copy_metadata(struct sk_buff *piece, struct sk_buff *whole)
{
	piece->dev = whole->dev;
	piece->protocol = whole->protocol;
	piece->priority = whole->priority;
	piece->mark = whole->mark;
	/* All through the same queue of the device, so that they stay in order. */
	skb_copy_hash(piece, whole);
	skb_set_queue_mapping(piece, skb_get_queue_mapping(whole));
	if (whole->sk)
		skb_set_owner_w(piece, whole->sk);
}

/* Null without memory. */
SkbPtr make_fragment(struct sk_buff *whole, const Fragment &f)
{
	const u32 room = LL_RESERVED_SPACE(whole->dev);
	SkbPtr piece(alloc_skb(room + kHeaderLen + f.len + whole->dev->needed_tailroom,
			       GFP_ATOMIC | __GFP_NOWARN));

	if (!piece)
		return piece;
	skb_reserve(piece.get(), static_cast<int>(room));
	skb_reset_network_header(piece.get());
	write_header(piece.get(), whole, f);
	skb_set_transport_header(piece.get(), kHeaderLen);
	if (skb_copy_bits(whole, static_cast<int>(kHeaderLen + f.offset),
			  skb_put(piece.get(), f.len), static_cast<int>(f.len))) {
		piece.drop(Drop::Truncated);
		return piece;
	}
	copy_metadata(piece.get(), whole);
	return piece;
}

int send_fragments(struct net *net, be32 next_hop, u32 mtu, struct sk_buff *skb)
{
	const u32 text_len = skb->len - kHeaderLen;

	/* It is in the first fragment, and about them all: no device could fill it in. */
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb))
		return -ENOMEM;
	for (u32 offset = 0; offset < text_len;) {
		const Fragment f = fragment_at(text_len, offset, mtu - kHeaderLen);
		SkbPtr piece = make_fragment(skb, f);
		if (!piece)
			return -ENOMEM;
		count(net, Mib::FragCreates);
		if (const int error = tcpxx::neigh_output(net, next_hop, move(piece)))
			return error;
		offset += f.len;
	}
	return 0;
}

} // namespace

int ip_do_fragment(struct net *net, be32 next_hop, u32 mtu, SkbPtr skb)
{
	const int error = send_fragments(net, next_hop, mtu, skb.get());

	count(net, error ? Mib::FragFails : Mib::FragOKs);
	/* Of a datagram that lacks one fragment the others are of no use. */
	if (error)
		drop(net, move(skb), Drop::NoMemory);
	else
		skb.consume();
	return error;
}

} // namespace tcpxx
