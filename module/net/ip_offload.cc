// SPDX-License-Identifier: GPL-2.0
/*
 * GSO and GRO of the datagram ethertype: what the kernel calls (struct packet_offload) when a packet of many
 * segments meets a device that cannot take it, and for each packet that comes from a device with NAPI.
 *
 * A packet of many segments has the headers of its first one, with the length of the whole, and the text of
 * all: skb_shinfo()->gso_size bytes in each but the last. core/offload.h decides what may be put together.
 * Softirq, or process context with softirqs off; under rcu_read_lock.
 */
#include "net/ip_offload.h"
#include "core/offload.h"
#include "net/ip.h"
#include "tcp/tcp_ipv4.h"

namespace tcpxx {
namespace {

TcpHeader &tcp_of(const struct sk_buff *skb) { return *reinterpret_cast<TcpHeader *>(skb_transport_header(skb)); }

/* --- GSO -------------------------------------------------------------------------------------- */

/* Headers of a whole packet, in the linear part and as they have to be. skb->data is at the IPv4 header. */
bool pull_headers(struct sk_buff *skb)
{
	if (!pskb_may_pull(skb, sizeof(Ipv4Header) + kTcpHeaderLen))
		return false;
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, sizeof(Ipv4Header));
	const u32 header_len = sizeof(Ipv4Header) + tcp_of(skb).header_len();
	if (!pskb_may_pull(skb, header_len))
		return false;
	return parse_segment_headers(linear_bytes(skb), skb->len).tcp;
}

/* `seg` has a copy of the packet's headers in front of its own text. */
void finish_segment(struct sk_buff *seg, u32 index, u32 gso_size)
{
	const u32 datagram_len = seg->len - skb_network_offset(seg);
	const u32 segment_len = datagram_len - sizeof(Ipv4Header);
	Ipv4Header &ip = ip_of(seg);
	TcpHeader &tcp = tcp_of(seg);

	write_cut_headers(ip, tcp,
			  {.index = index, .offset = index * gso_size, .datagram_len = datagram_len, .last = !seg->next});
	ip_send_check(ip);
	tcp.check = tcp_pseudo_sum(ip.saddr, ip.daddr, segment_len);
	if (seg->ip_summed != CHECKSUM_PARTIAL)
		tcp.check = be16::from_network(gso_make_checksum(seg, 0));
}

/* The segments, or an error. Each is charged to the packet's owner for itself: skb_segment() would leave the
 * whole packet's charge with the last of them, and a receiver on this machine would take it over. */
struct sk_buff *cut(struct sk_buff *skb, netdev_features_t features)
{
	struct sock *owner = skb->destructor == sock_wfree ? skb->sk : nullptr;
	void (*const destructor)(struct sk_buff *) = skb->destructor;

	skb->destructor = nullptr;
	struct sk_buff *segs = skb_segment(skb, features);
	skb->destructor = destructor;
	if (owner && !IS_ERR_OR_NULL(segs))
		for (struct sk_buff *seg = segs; seg; seg = seg->next)
			skb_set_owner_w(seg, owner);
	return segs;
}

/* A list of segments in place of the packet, which stays the caller's; nullptr if the device takes it after
 * all, now that the headers have been looked at; or an error. */
struct sk_buff *gso_segment(struct sk_buff *skb, netdev_features_t features)
{
	if (!skb_is_gso_tcp(skb) || !pull_headers(skb))
		return static_cast<struct sk_buff *>(ERR_PTR(-EINVAL));
	const u32 gso_size = skb_shinfo(skb)->gso_size;
	const u32 header_len = sizeof(Ipv4Header) + tcp_of(skb).header_len();
	const u32 text = skb->len - header_len;
	if (text <= gso_size)
		return static_cast<struct sk_buff *>(ERR_PTR(-EINVAL));
	if (skb_gso_ok(skb, features | NETIF_F_GSO_ROBUST)) {
		skb_shinfo(skb)->gso_segs = static_cast<u16>(DIV_ROUND_UP(text, gso_size));
		return nullptr;
	}
	tcp_leave_checksum(skb);
	skb_reset_mac_len(skb);
	__skb_pull(skb, header_len);
	/* In pieces of one segment each, never in some that a device cuts further. */
	struct sk_buff *segs = cut(skb, features & ~NETIF_F_GSO_PARTIAL);
	u32 index = 0;
	if (!IS_ERR_OR_NULL(segs))
		for (struct sk_buff *seg = segs; seg; seg = seg->next)
			finish_segment(seg, index++, gso_size);
	return segs;
}

/* --- GRO -------------------------------------------------------------------------------------- */

/* Packets that were put together and are still held. The kernel warns of one whose protocol is gone. */
constinit atomic_t merged = ATOMIC_INIT(0);
constinit bool leaving = false; /* nothing is put together any more */

/* The headers of the packet that arrives, `at` bytes behind skb->data, and all of the datagram behind them; tcp is
 * nullptr for one that is not to be put together. */
SegmentHeaders arriving_headers(struct sk_buff *skb, u32 at)
{
	u32 len = sizeof(Ipv4Header) + kTcpHeaderLen;
	auto *front = static_cast<const u8 *>(skb_gro_header(skb, at + len, at));
	const SegmentHeaders none{nullptr, nullptr};

	if (!front)
		return none;
	len = sizeof(Ipv4Header) + reinterpret_cast<const TcpHeader *>(front + sizeof(Ipv4Header))->header_len();
	front = static_cast<const u8 *>(skb_gro_header(skb, at + len, at));
	return front ? parse_segment_headers(Bytes(front, len), skb_gro_len(skb)) : none;
}

/* Of a packet that is held: its headers are in the linear part. */
SegmentHeaders held_headers(const struct sk_buff *held, u32 at)
{
	const u8 *front = held->data + at;

	return {reinterpret_cast<const Ipv4Header *>(front),
		reinterpret_cast<const TcpHeader *>(front + sizeof(Ipv4Header))};
}

/* Only what is known to be right is put together: one checksum will stand for all. */
bool checksum_is_right(struct sk_buff *skb, const SegmentHeaders &h)
{
	const auto pseudo = [&h](const struct sk_buff *packet, int protocol) {
		return csum_tcpudp_nofold(h.ip->saddr.network(), h.ip->daddr.network(), skb_gro_len(packet), protocol, 0);
	};

	return !skb_gro_checksum_validate(skb, IPPROTO_TCP, pseudo);
}

/* The packet of the same connection among those that are held; the others are marked as not its kin. */
struct sk_buff *find_held(struct list_head *held, const SegmentHeaders &h, u32 at)
{
	struct sk_buff *p;

	list_for_each_entry(p, held, list) {
		if (!NAPI_GRO_CB(p)->same_flow)
			continue;
		if (same_connection(held_headers(p, at), h))
			return p;
		NAPI_GRO_CB(p)->same_flow = 0;
	}
	return nullptr;
}

/* Moves the text of `skb`, all of it in page fragments, behind that of `last`, which is `p` or in its
 * frag_list. What `skb` keeps is freed by the caller. Bytes of memory that changed hands. */
u32 take_fragments(struct sk_buff *last, struct sk_buff *skb, u32 header_len)
{
	struct skb_shared_info *to = skb_shinfo(last), *from = skb_shinfo(skb);
	const u32 skip = header_len - skb_headlen(skb); /* headers in the first fragment */

	skb_frag_off_add(&from->frags[0], static_cast<int>(skip));
	skb_frag_size_sub(&from->frags[0], static_cast<int>(skip));
	memcpy(to->frags + to->nr_frags, from->frags, from->nr_frags * sizeof(from->frags[0]));
	to->nr_frags += from->nr_frags;
	from->nr_frags = 0;
	const u32 moved = skb->truesize - SKB_TRUESIZE(skb_end_offset(skb));
	skb->truesize -= moved;
	skb->len -= skb->data_len;
	skb->data_len = 0;
	NAPI_GRO_CB(skb)->free = NAPI_GRO_FREE;
	return moved;
}

/* Hangs `skb` without its headers into the frag_list of `p`, whose owner is charged for it from now on. Bytes of
 * memory that changed hands. */
u32 chain(struct sk_buff *p, struct sk_buff *skb, u32 header_len)
{
	skb->destructor = nullptr;
	skb->sk = nullptr;
	__skb_pull(skb, header_len);
	if (NAPI_GRO_CB(p)->last == p)
		skb_shinfo(p)->frag_list = skb;
	else
		NAPI_GRO_CB(p)->last->next = skb;
	NAPI_GRO_CB(p)->last = skb;
	__skb_header_release(skb);
	return skb->truesize;
}

void grow(struct sk_buff *skb, u32 text, u32 truesize)
{
	skb->len += text;
	skb->data_len += text;
	skb->truesize += truesize;
}

/* Puts the text of `skb`, `text` bytes behind `header_len` of headers, behind that of `p`. false: they cannot
 * be in one packet. (skb_gro_receive() does this for the in-kernel protocols; it is not exported.) */
bool append(struct sk_buff *p, struct sk_buff *skb, u32 header_len, u32 text)
{
	/* Pages of a pool go back to it, others do not: a packet has either. */
	if (p->pp_recycle != skb->pp_recycle || skb_zcopy(p) || skb_zcopy(skb) || NAPI_GRO_CB(skb)->flush)
		return false;
	/* Between namespaces of one machine a packet may still be charged to its sender. */
	if (p->sk != skb->sk || p->destructor != skb->destructor)
		return false;
	if (p->len + text > min_of<u32>(READ_ONCE(p->dev->gro_max_size), IP_MAX_MTU))
		return false;
	struct sk_buff *last = NAPI_GRO_CB(p)->last;
	const bool in_fragments = skb_headlen(skb) <= header_len;
	u32 truesize;
	if (in_fragments && skb_shinfo(last)->nr_frags + skb_shinfo(skb)->nr_frags <= static_cast<int>(MAX_SKB_FRAGS)) {
		truesize = take_fragments(last, skb, header_len);
	} else if (skb_headlen(skb) >= header_len) {
		truesize = chain(p, skb, header_len);
		last = p;
	} else {
		return false;
	}
	grow(p, text, truesize);
	if (last != p)
		grow(last, text, truesize);
	if (NAPI_GRO_CB(p)->count++ == 1)
		atomic_inc(&merged);
	NAPI_GRO_CB(skb)->same_flow = 1;
	return true;
}

/* Puts `skb` into `p` if it continues it. */
bool merge(struct sk_buff *p, struct sk_buff *skb, const SegmentHeaders &h, u32 at, u32 text)
{
	const SegmentHeaders first = held_headers(p, at);
	const HeldPacket held{.headers = first,
			      .segs = NAPI_GRO_CB(p)->count,
			      .text = p->len - at - first.len(),
			      .gso_size = skb_shinfo(p)->gso_size,
			      .same_id = !!(skb_shinfo(p)->gso_type & SKB_GSO_TCP_FIXEDID)};
	const u8 flags = h.tcp->flags;

	if (!may_merge(held, h, text) || !append(p, skb, at + h.len(), text))
		return false;
	tcp_of(p).flags |= flags & (kFin | kPsh);
	/* The second one has shown it, for all that follow. */
	if (h.ip->id == first.ip->id)
		skb_shinfo(p)->gso_type |= SKB_GSO_TCP_FIXEDID;
	return true;
}

/* Takes a packet, or leaves it to go its way alone (flush). What comes back is a packet that is complete. */
struct sk_buff *gro_receive(struct list_head *held, struct sk_buff *skb)
{
	const u32 at = skb_gro_offset(skb);
	const bool alone = skb_is_gso(skb) || READ_ONCE(leaving);
	const SegmentHeaders h = alone ? SegmentHeaders{} : arriving_headers(skb, at);
	if (!h.tcp) {
		NAPI_GRO_CB(skb)->flush = 1;
		return nullptr;
	}
	skb_gro_pull(skb, sizeof(Ipv4Header));
	skb_set_transport_header(skb, skb_gro_offset(skb));
	if (!checksum_is_right(skb, h)) {
		NAPI_GRO_CB(skb)->flush = 1;
		return nullptr;
	}
	skb_gro_pull(skb, h.tcp->header_len());

	const u32 text = skb_gro_len(skb);
	const u8 flags = h.tcp->flags;
	struct sk_buff *p = find_held(held, h, at);
	const bool merged = p && merge(p, skb, h, at, text);
	const u32 gso_size = merged ? skb_shinfo(p)->gso_size : 1;
	const bool ends = ends_packet(flags, text, gso_size);
	/* One that could not be continued is complete, or the order would be lost. */
	struct sk_buff *complete = p && (!merged || ends) ? p : nullptr;
	NAPI_GRO_CB(skb)->flush |= ends;
	return complete;
}

int gro_complete(struct sk_buff *skb, int at)
{
	Ipv4Header &ip = *reinterpret_cast<Ipv4Header *>(skb->data + at);
	TcpHeader &tcp = tcp_of(skb);
	struct skb_shared_info *info = skb_shinfo(skb);

	ip.tot_len = be16::from_host(static_cast<u16>(skb->len - at));
	ip_send_check(ip);
	tcp.check = tcp_pseudo_sum(ip.saddr, ip.daddr, skb->len - at - sizeof(ip));
	tcp_leave_checksum(skb);
	info->gso_segs = NAPI_GRO_CB(skb)->count;
	info->gso_type |= SKB_GSO_TCPV4;
	if (tcp.flags & kCwr)
		info->gso_type |= SKB_GSO_TCP_ECN;
	atomic_dec(&merged);
	return 0;
}

constinit struct packet_offload offload = {
	.type = 0,
	.callbacks = {.gso_segment = gso_segment, .gro_receive = gro_receive, .gro_complete = gro_complete},
};

} // namespace

void ip_offload_add()
{
	leaving = false;
	offload.type = datagram_ethertype();
	dev_add_offload(&offload);
}

void ip_offload_remove()
{
	/* A device's poll ends with nothing held, unless somebody has set gro_flush_timeout. One that is
	 * deleted meanwhile frees what it holds without a word, so there is an end to the waiting. */
	constexpr int kLongest = 1000; /* milliseconds */

	WRITE_ONCE(leaving, true);
	synchronize_net();
	for (int i = 0; i < kLongest && atomic_read(&merged); i++)
		msleep(1);
	dev_remove_offload(&offload);
}

} // namespace tcpxx
