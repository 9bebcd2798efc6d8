// SPDX-License-Identifier: GPL-2.0
/*
 * Packets of the send queues, and the segments that they are made of. Socket lock held, process or
 * softirq context.
 *
 * A packet holds the text of one segment or of many: the device, or the kernel before it, cuts it into
 * segments of gso_size bytes as late as possible. cwnd and what is in flight are counted in segments, so
 * whoever changes a packet of the retransmission queue counts it anew.
 */
#include "tcp/tcp.h"

namespace tcpxx {

namespace {

/* A packet of the send queues has become so many bytes larger, or smaller. */
void charge(TcpSock &tp, int bytes)
{
	sk_wmem_queued_add(&tp.sk, bytes);
	if (bytes < 0)
		sk_mem_uncharge(&tp.sk, -bytes);
	else
		sk_mem_charge(&tp.sk, bytes);
}

/* Gives a packet a head of its own, when a copy that was sent still has it, too. The new one may be of another
 * size, where the allocator leaves room for checks. 0 or -ENOMEM. */
int unclone(TcpSock &tp, struct sk_buff *skb)
{
	const u32 old_truesize = skb->truesize;
	if (skb_unclone(skb, GFP_ATOMIC))
		return -ENOMEM;
	charge(tp, static_cast<int>(skb->truesize) - static_cast<int>(old_truesize));
	return 0;
}

struct sk_buff *alloc_with_headroom(gfp_t gfp)
{
	struct sk_buff *skb = alloc_skb_fclone(kSegmentHeadroom, gfp);
	if (!skb)
		return nullptr;
	skb_reserve(skb, kSegmentHeadroom);
	/* The text is summed by the device, or at the end by the kernel, never while it is copied. */
	skb->ip_summed = CHECKSUM_PARTIAL;
	/* Whoever holds a clone looks at the text alone: the room before it is free for headers. */
	__skb_header_release(skb);
	return skb;
}

} // namespace

struct sk_buff *tcp_stream_alloc_skb(TcpSock &tp, gfp_t gfp)
{
	struct sk_buff *skb = alloc_with_headroom(gfp);
	if (!skb)
		return nullptr;
	if (!sk_wmem_schedule(&tp.sk, skb->truesize)) {
		kfree_skb(skb);
		return nullptr;
	}
	charge(tp, skb->truesize);
	return skb;
}

struct sk_buff *tcp_fin_alloc_skb(TcpSock &tp)
{
	const bool may_wait = sock_owned_by_user(&tp.sk);
	struct sk_buff *skb = alloc_with_headroom(may_wait ? tp.sk.sk_allocation | __GFP_NOFAIL : GFP_ATOMIC | __GFP_NOWARN);
	if (skb)
		charge(tp, skb->truesize);
	return skb;
}

void tcp_free_wmem_skb(TcpSock &tp, struct sk_buff *skb)
{
	charge(tp, -static_cast<int>(skb->truesize));
	consume_skb(skb);
}

void tcp_write_queue_purge(TcpSock &tp)
{
	while (struct sk_buff *skb = __skb_dequeue(&tp.rtx_queue))
		tcp_free_wmem_skb(tp, skb);
	while (struct sk_buff *skb = __skb_dequeue(&tp.sk.sk_write_queue))
		tcp_free_wmem_skb(tp, skb);
	tp.tcb.packets_out = 0;
	tp.tcb.lost_out = 0;
	tp.tcb.snd_nxt = tp.tcb.write_seq;
	sk_mem_reclaim(&tp.sk);
}

/* --- counting --------------------------------------------------------------------------------- */

void tcp_count_out(TcpSock &tp, const SegCb &cb)
{
	tp.tcb.packets_out += cb.segs;
	if (cb.lost)
		tp.tcb.lost_out += cb.segs;
}

void tcp_uncount_out(TcpSock &tp, const SegCb &cb)
{
	tp.tcb.packets_out -= cb.segs;
	if (cb.lost)
		tp.tcb.lost_out -= cb.segs;
}

void tcp_mark_lost(TcpSock &tp, SegCb &cb)
{
	if (cb.lost)
		return;
	cb.lost = true;
	tp.tcb.lost_out += cb.segs;
}

void tcp_clear_lost(TcpSock &tp, SegCb &cb)
{
	if (!cb.lost)
		return;
	cb.lost = false;
	tp.tcb.lost_out -= cb.segs;
}

void tcp_set_skb_segs(struct sk_buff *skb, u32 mss)
{
	SegCb &cb = seg_cb(skb);
	const bool several = skb->len > mss;
	cb.gso_size = static_cast<u16>(several ? mss : 0);
	cb.segs = static_cast<u16>(several ? DIV_ROUND_UP(skb->len, mss) : 1);
}

int tcp_resegment(TcpSock &tp, struct sk_buff *skb, u32 mss)
{
	if (seg_cb(skb).gso_size == (skb->len > mss ? mss : 0))
		return 0;
	/* What the last copy says of its segments belongs to both. */
	if (unclone(tp, skb))
		return -ENOMEM;
	tcp_uncount_out(tp, seg_cb(skb));
	tcp_set_skb_segs(skb, mss);
	tcp_count_out(tp, seg_cb(skb));
	return 0;
}

/* --- cutting ---------------------------------------------------------------------------------- */

int tcp_fragment(TcpSock &tp, struct sk_buff_head *queue, struct sk_buff *skb, u32 len, u32 mss)
{
	struct sk_buff *rest = alloc_with_headroom(GFP_ATOMIC);
	if (!rest)
		return -ENOMEM;
	if (unclone(tp, skb)) {
		kfree_skb(rest);
		return -ENOMEM;
	}
	charge(tp, rest->truesize);
	const bool in_flight = queue == &tp.rtx_queue;
	SegCb &front = seg_cb(skb), &back = seg_cb(rest);
	if (in_flight)
		tcp_uncount_out(tp, front);
	const u32 moved = skb->len - len;
	skb_split(skb, rest, len);
	rest->truesize += moved;
	skb->truesize -= moved;
	back = front;
	back.seq = front.seq + len;
	front.end_seq = back.seq;
	front.flags &= static_cast<u8>(~(kFin | kPsh));
	tcp_set_skb_segs(skb, mss);
	tcp_set_skb_segs(rest, mss);
	if (in_flight) {
		tcp_count_out(tp, front);
		tcp_count_out(tp, back);
	}
	__skb_queue_after(queue, skb, rest);
	return 0;
}

namespace {

/* Takes `len` bytes, all of them in page fragments of ours, off the front. */
void free_front(struct sk_buff *skb, u32 len)
{
	struct skb_shared_info *info = skb_shinfo(skb);
	u32 left = len;
	int whole = 0;
	while (whole < info->nr_frags && left >= skb_frag_size(&info->frags[whole])) {
		left -= skb_frag_size(&info->frags[whole]);
		put_page(skb_frag_page(&info->frags[whole++]));
	}
	info->nr_frags -= whole;
	memmove(info->frags, info->frags + whole, info->nr_frags * sizeof(info->frags[0]));
	if (left) {
		skb_frag_off_add(&info->frags[0], static_cast<int>(left));
		skb_frag_size_sub(&info->frags[0], static_cast<int>(left));
	}
	skb->len -= len;
	skb->data_len -= len;
	skb->truesize -= len;
}

} // namespace

u32 tcp_trim_head(TcpSock &tp, struct sk_buff *skb, u32 len)
{
	SegCb &cb = seg_cb(skb);
	if (skb_headlen(skb) || unclone(tp, skb))
		return 0;
	const u32 before = cb.segs;
	tcp_uncount_out(tp, cb);
	free_front(skb, len);
	cb.seq += len;
	tcp_set_skb_segs(skb, cb.gso_size ?: skb->len);
	tcp_count_out(tp, cb);
	charge(tp, -static_cast<int>(len));
	return before - cb.segs;
}

/* --- joining ---------------------------------------------------------------------------------- */

namespace {

/* One segment, of whose text nobody else has a copy. */
bool may_join(const TcpSock &tp, struct sk_buff *skb)
{
	const SegCb &cb = seg_cb(skb);
	return cb.segs == 1 && !skb_cloned(skb) && !skb_headlen(skb) && !(cb.flags & kSyn) &&
	       !after(cb.end_seq, send_window_end(tp.tcb));
}

/* Moves the text of `from`, all of it in page fragments, behind that of `to`. false: it is in too many pieces. */
bool move_text(struct sk_buff *to, struct sk_buff *from)
{
	struct skb_shared_info *front = skb_shinfo(to), *back = skb_shinfo(from);
	u32 joined = 0;
	if (front->nr_frags + back->nr_frags > MAX_SKB_FRAGS)
		return false;
	/* What was written in small pieces lies in one page. */
	if (back->nr_frags && skb_can_coalesce(to, front->nr_frags, skb_frag_page(&back->frags[0]),
					       static_cast<int>(skb_frag_off(&back->frags[0])))) {
		skb_frag_size_add(&front->frags[front->nr_frags - 1], static_cast<int>(skb_frag_size(&back->frags[0])));
		put_page(skb_frag_page(&back->frags[0]));
		joined = 1;
	}
	const u32 rest = back->nr_frags - joined;
	memcpy(front->frags + front->nr_frags, back->frags + joined, rest * sizeof(back->frags[0]));
	front->nr_frags = static_cast<u8>(front->nr_frags + rest);
	front->flags |= back->flags;
	back->nr_frags = 0;
	to->len += from->len;
	to->data_len += from->len;
	to->truesize += from->len;
	from->truesize -= from->len;
	from->len = 0;
	from->data_len = 0;
	return true;
}

} // namespace

void tcp_retrans_try_collapse(TcpSock &tp, struct sk_buff *skb, u32 room)
{
	SegCb &cb = seg_cb(skb);
	if (!READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_tcp_retrans_collapse) || cb.segs != 1 || skb_headlen(skb) ||
	    cb.flags & kSyn)
		return;
	while (skb->len < room && !skb_queue_is_last(&tp.rtx_queue, skb)) {
		struct sk_buff *next = skb_queue_next(&tp.rtx_queue, skb);
		if (!may_join(tp, next) || next->len > room - skb->len || unclone(tp, skb) || !move_text(skb, next))
			return;
		const SegCb &joined = seg_cb(next);
		cb.end_seq = joined.end_seq;
		cb.flags |= joined.flags;
		cb.retransmitted |= joined.retransmitted;
		tcp_uncount_out(tp, joined);
		__skb_unlink(next, &tp.rtx_queue);
		tcp_free_wmem_skb(tp, next);
	}
}

} // namespace tcpxx
