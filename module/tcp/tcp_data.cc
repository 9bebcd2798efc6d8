// SPDX-License-Identifier: GPL-2.0
/*
 * Steps 7 and 8 of SEGMENT ARRIVES (RFC 9293, 3.10.7.4): text and FIN into the queues.
 *
 *   sk_receive_queue   in order, up to rcv_nxt; what recv() reads
 *   ofo_queue          beyond a gap, in order of their first byte; may overlap
 *
 * A queued packet's skb->data is its text; seg_cb().seq is the number of its first byte.
 */
#include "core/reassembly.h"
#include "tcp/tcp.h"

namespace tcpxx {

namespace {

constexpr u8 kMaxQuickAcks = 16;

/* --- a full receive buffer -------------------------------------------------------------------- */

/* Text of a packet that takes a page, with all that belongs to it. */
constexpr u32 kCollapsedText = SKB_MAX_ORDER(0, 0);

bool is_full(const TcpSock &tp)
{
	return atomic_read(&tp.sk.sk_rmem_alloc) > READ_ONCE(tp.sk.sk_rcvbuf);
}

/* One packet in place of those from `first` up to but without `end`, whose text is at most `len` bytes
 * and which take `truesize` bytes of the buffer. Unless that saves nothing, or there is no memory. */
void collapse(TcpSock &tp, struct sk_buff *first, struct sk_buff *end, u32 len, u32 truesize)
{
	struct sk_buff *whole = alloc_skb(len, GFP_ATOMIC);
	if (!whole)
		return;
	if (whole->truesize >= truesize) {
		kfree_skb(whole);
		return;
	}
	struct sk_buff_head *queue = &tp.sk.sk_receive_queue;
	SegCb &cb = seg_cb(whole);
	cb = seg_cb(first);
	cb.end_seq = cb.seq;
	__skb_queue_before(queue, first, whole);
	while (first != end) {
		struct sk_buff *next = first->next;
		/* Packets may overlap. Not all of one can be there before: it would not have been queued. */
		const u32 skip = distance(seg_cb(first).seq, cb.end_seq);
		const u32 n = first->len - skip;
		if (skb_copy_bits(first, skip, skb_put(whole, n), n))
			WARN_ON_ONCE(1); /* the text is shorter than its own length */
		cb.end_seq += n;
		__skb_unlink(first, queue);
		consume_skb(first);
		count(sock_net(&tp.sk), Mib::TCPRcvCollapsed);
		first = next;
	}
	skb_set_owner_r(whole, &tp.sk);
}

/* A packet with a byte of text takes as much of the buffer as one with hundreds: puts neighbours of the
 * receive queue together, up to a page. */
void collapse_receive_queue(TcpSock &tp)
{
	auto *end_of_queue = reinterpret_cast<struct sk_buff *>(&tp.sk.sk_receive_queue);
	struct sk_buff *first = tp.sk.sk_receive_queue.next;
	while (first != end_of_queue) {
		struct sk_buff *behind = first;
		u32 len = 0, truesize = 0;
		while (behind != end_of_queue && len + behind->len <= kCollapsedText) {
			len += behind->len;
			truesize += behind->truesize;
			behind = behind->next;
		}
		if (behind == first)
			behind = first->next; /* larger than a page all alone */
		else
			collapse(tp, first, behind, len, truesize);
		first = behind;
	}
}

/* Gives up what lies furthest beyond a gap. The peer keeps what it has only been told of by SACK, and
 * sends it again (RFC 2018, 8). */
void prune_ofo_queue(TcpSock &tp)
{
	while (struct sk_buff *skb = is_full(tp) ? __skb_dequeue_tail(&tp.ofo_queue) : nullptr) {
		count(sock_net(&tp.sk), Mib::OfoPruned);
		drop(sock_net(&tp.sk), SkbPtr(skb), Drop::OutOfOrderLimit);
		tp.sack_count = 0;
	}
}

enum class Place : u8 { InOrder, BeyondGap };

/* Charges the packet to the receive buffer. false: the buffer is full, or there is no memory. */
bool charge(TcpSock &tp, struct sk_buff *skb, Place place)
{
	struct sock *sk = &tp.sk;
	if (is_full(tp))
		collapse_receive_queue(tp);
	/* What lies beyond a gap must never keep out what closes it. */
	if (place == Place::InOrder)
		prune_ofo_queue(tp);
	if (is_full(tp) || !sk_rmem_schedule(sk, skb, skb->truesize))
		return false;
	skb_set_owner_r(skb, sk);
	return true;
}

/* --- the queues ------------------------------------------------------------------------------- */

/* Joins `skb` to the packet before it, if the kernel can do so without a copy. */
bool try_coalesce(TcpSock &tp, struct sk_buff *tail, struct sk_buff *skb)
{
	bool stolen;
	int delta;
	if (!tail || seg_cb(tail).seq + tail->len != seg_cb(skb).seq ||
	    !skb_try_coalesce(tail, skb, &stolen, &delta))
		return false;
	atomic_add(delta, &tp.sk.sk_rmem_alloc);
	sk_mem_charge(&tp.sk, delta);
	count(sock_net(&tp.sk), Mib::TCPRcvCoalesce);
	kfree_skb_partial(skb, stolen);
	return true;
}

void queue_in_order(TcpSock &tp, SkbPtr skb)
{
	struct sk_buff_head *queue = &tp.sk.sk_receive_queue;
	tp.tcb.rcv_nxt = seg_cb(skb.get()).seq + skb->len;
	if (try_coalesce(tp, skb_peek_tail(queue), skb.get()))
		(void)skb.release();
	else
		__skb_queue_tail(queue, skb.release());
}

/* The peer will send no more (RFC 9293, 3.10.7.4, eighth step). */
void tcp_fin(TcpSock &tp)
{
	struct sock *sk = &tp.sk;
	tp.tcb.rcv_nxt += 1;
	tp.ack.scheduled = true;
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
	sock_set_flag(sk, SOCK_DONE);
	const TcpState next = state_after_fin_received(tp.tcb.state);
	if (next == TcpState::TimeWait) {
		tcp_send_ack(tp);
		tcp_time_wait(tp, TcpState::TimeWait, kTimeWaitLen);
		return;
	}
	if (next != tp.tcb.state)
		tcp_set_state(tp, next);
	/* A user who now closes sends a FIN: it can carry the ACK. In CLOSING nothing more is sent. */
	tp.ack.ping_pong = next == TcpState::CloseWait;
	if (next == TcpState::Closing)
		tp.ack.now = true;
	__skb_queue_purge(&tp.ofo_queue);
	tp.sack_count = 0;
	if (!sock_flag(sk, SOCK_DEAD)) {
		sk->sk_state_change(sk);
		sk_wake_async(sk, SOCK_WAKE_WAITD, sk->sk_shutdown == SHUTDOWN_MASK ? POLL_HUP : POLL_IN);
	}
}

/* Moves what is no longer beyond a gap. true: there was a FIN. */
bool drain_ofo_queue(TcpSock &tp)
{
	Tcb &t = tp.tcb;
	while (struct sk_buff *skb = skb_peek(&tp.ofo_queue)) {
		const SegCb cb = seg_cb(skb);
		if (after(cb.seq, t.rcv_nxt))
			break;
		__skb_unlink(skb, &tp.ofo_queue);
		if (after(cb.seq + skb->len, t.rcv_nxt))
			queue_in_order(tp, SkbPtr(skb));
		else
			drop(sock_net(&tp.sk), SkbPtr(skb), Drop::OldData);
		if (cb.flags & kFin && !after(cb.end_seq - 1, t.rcv_nxt))
			return true;
	}
	return false;
}

/* Puts a packet in its place: by first byte, behind its equals. */
void queue_ofo(TcpSock &tp, SkbPtr skb)
{
	const SegCb &cb = seg_cb(skb.get());
	/* RFC 2018, 2: only for a peer that permitted it. */
	if (tp.tcb.sack_ok)
		tp.sack_count = static_cast<u8>(add_sack_block(tp.sacks, tp.sack_count, {cb.seq, cb.end_seq}));
	count(sock_net(&tp.sk), Mib::TCPOFOQueue);
	struct sk_buff *at;
	skb_queue_reverse_walk(&tp.ofo_queue, at) {
		if (after(seg_cb(at).seq, cb.seq))
			continue;
		if (!after(cb.end_seq, seg_cb(at).end_seq)) {
			drop(sock_net(&tp.sk), move(skb), Drop::OldData);
			return;
		}
		__skb_queue_after(&tp.ofo_queue, at, skb.release());
		return;
	}
	__skb_queue_head(&tp.ofo_queue, skb.release());
}

/* What ECN says of the way that a segment with text has come. */
void tcp_ecn_check_ce(TcpSock &tp, const struct sk_buff *skb)
{
	constexpr u8 kEcnQuickAcks = 2;

	if (tp.tcb.ecn.text_arrives(ecn_field(ip_of(skb).tos)) == EcnHaste::None)
		return;
	tp.ack.quick = max_of(tp.ack.quick, kEcnQuickAcks);
	tp.ack.ping_pong = false;
}

/* What the sizes and times of segments say about the peer. */
void event_data_recv(TcpSock &tp, struct sk_buff *skb)
{
	DelayedAck &a = tp.ack;
	/* Several may have come as one packet. */
	const u32 text_len = skb->len, segment_len = skb_shinfo(skb)->gso_size ?: text_len;
	a.scheduled = true;
	tp.heard = static_cast<u32>(jiffies);
	/* The first text: the peer is in slow start and waits for every ACK. */
	if (!text_has_come(tp))
		a.quick = kMaxQuickAcks;
	a.text_came = static_cast<u32>(jiffies);
	/* A short segment, or a full one that is pushed, ends what the peer wrote: nothing more may come by itself. */
	if (segment_len < a.rcv_mss)
		a.writes_ended = min_of<u8>(a.writes_ended + 1, 2);
	else if (seg_cb(skb).flags & kPsh)
		a.writes_ended = max_of<u8>(a.writes_ended, 1);
	if (segment_len > a.rcv_mss)
		a.rcv_mss = static_cast<u16>(min_of<u32>(segment_len, tp.tcb.advmss));
	tcp_ecn_check_ce(tp, skb);
}

/* The peer does not know where we are: tell it with each of the next segments. */
void enter_quickack(TcpSock &tp)
{
	tp.ack.scheduled = true;
	tp.ack.ping_pong = false;
	tp.ack.quick = kMaxQuickAcks;
	tp.ack.now = true;
}

void refuse(TcpSock &tp, SkbPtr skb, Drop cause)
{
	enter_quickack(tp);
	drop(sock_net(&tp.sk), move(skb), cause);
}

/* Fills in seg_cb() and takes header and out-of-window tail off. false: nothing is left. */
bool prepare(TcpSock &tp, struct sk_buff *skb, const SegmentView &seg)
{
	const Trim trim = trim_to_window(tp.tcb, seg.seq(), seg.text_len(), seg.has(kFin));
	const u32 text = trim.skip + trim.keep;
	seg_cb(skb) = {.seq = seg.seq() + seg.has(kSyn),
		       .end_seq = seg.seq() + seg.has(kSyn) + text + trim.fin,
		       .flags = static_cast<u8>(trim.fin ? seg.flags() : seg.flags() & ~kFin)};
	if (!trim.keep && !trim.fin)
		return false;
	__skb_pull(skb, seg.header_len());
	return !pskb_trim(skb, text);
}

void data_in_order(TcpSock &tp, SkbPtr skb)
{
	const SegCb cb = seg_cb(skb.get());
	const bool had_gap = !skb_queue_empty(&tp.ofo_queue);
	if (skb->len) {
		if (!charge(tp, skb.get(), Place::InOrder)) {
			refuse(tp, move(skb), Drop::ReceiveBuffer);
			return;
		}
		event_data_recv(tp, skb.get());
		queue_in_order(tp, move(skb));
	} else {
		skb.consume();
	}
	bool fin = cb.flags & kFin;
	if (had_gap) {
		fin |= drain_ofo_queue(tp);
		tp.sack_count = static_cast<u8>(prune_sack_blocks(tp.sacks, tp.sack_count, tp.tcb.rcv_nxt));
		/* RFC 5681, 4.2: a segment that fills a gap is acknowledged at once. */
		tp.ack.now = true;
	}
	if (!sock_flag(&tp.sk, SOCK_DEAD))
		tp.sk.sk_data_ready(&tp.sk);
	if (fin)
		tcp_fin(tp);
}

} // namespace

void tcp_data_queue(TcpSock &tp, SkbPtr skb, const SegmentView &seg)
{
	Tcb &t = tp.tcb;
	/* The SYN-ACK that crossed ours has a SYN that is known: it is answered like any text that comes again. */
	if (!seg.seq_len()) {
		skb.consume();
		return;
	}
	tp.fastopen.data_came |= seg.text_len() != 0;
	if (!prepare(tp, skb.get(), seg)) {
		refuse(tp, move(skb), receive_window(t) ? Drop::OldData : Drop::ZeroWindow);
		return;
	}
	if (!after(seg_cb(skb.get()).seq, t.rcv_nxt)) {
		data_in_order(tp, move(skb));
		return;
	}
	tcp_ecn_check_ce(tp, skb.get());
	enter_quickack(tp);
	if (charge(tp, skb.get(), Place::BeyondGap))
		queue_ofo(tp, move(skb));
	else
		drop(sock_net(&tp.sk), move(skb), Drop::OutOfOrderLimit);
}

void tcp_ack_snd_check(TcpSock &tp)
{
	const Tcb &t = tp.tcb;
	if (!tp.ack.scheduled || t.state == TcpState::Close)
		return;
	/* A reader who waits for SO_RCVLOWAT bytes sends no ACK before they have come. */
	const bool too_few_to_read =
		distance(t.copied_seq, t.rcv_nxt) < static_cast<u32>(READ_ONCE(tp.sk.sk_rcvlowat));
	/* RFC 9293, 3.8.6.3: at least every second full-sized segment at once, provided that the window
	 * can be what it was: else whoever reads will send the ACK, and with it a window of more use. */
	const bool two_segments =
		distance(t.rcv_wup, t.rcv_nxt) > tp.ack.rcv_mss &&
		(too_few_to_read ||
		 select_window(t, window_space(tp), full_window_space(tp), tp.ack.rcv_mss) >= t.rcv_wnd);
	const bool quick = tp.ack.quick && !tp.ack.ping_pong;
	if (two_segments || quick || tp.ack.now || !skb_queue_empty(&tp.ofo_queue))
		tcp_send_ack(tp);
	else
		tcp_schedule_delack(tp);
}

} // namespace tcpxx
