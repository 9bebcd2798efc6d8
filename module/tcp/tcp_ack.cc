// SPDX-License-Identifier: GPL-2.0
/*
 * Step 5 of SEGMENT ARRIVES (RFC 9293, 3.10.7.4): what an acceptable ACK does to the send side.
 * Loss recovery is NewReno (RFC 6582) for now. Socket lock held.
 */
#include "tcp/tcp.h"

namespace tcpxx {

namespace {

constexpr u32 kDupThresh = 3; /* RFC 5681, 3.2 */

struct Acked {
	u32 segs; /* wholly acknowledged by this ACK */
	Usec rtt; /* of the newest one that was sent only once; 0: none */
};

/* Of a packet that is not wholly acknowledged: takes off the segments that are. Their number. */
u32 trim_acked(TcpSock &tp, struct sk_buff *skb)
{
	const SegCb &cb = seg_cb(skb);
	return cb.segs > 1 && after(tp.tcb.snd_una, cb.seq) ? tcp_trim_head(tp, skb, distance(cb.seq, tp.tcb.snd_una)) :
							      0;
}

/* Frees what is acknowledged. */
Acked clean_rtx_queue(TcpSock &tp)
{
	Acked acked{};
	const u64 now = tcp_clock_us();
	while (struct sk_buff *skb = skb_peek(&tp.rtx_queue)) {
		const SegCb &cb = seg_cb(skb);
		const bool whole = !after(cb.end_seq, tp.tcb.snd_una);
		const u32 segs = whole ? cb.segs : trim_acked(tp, skb);
		if (!segs)
			break;
		acked.segs += segs;
		/* Karn (RFC 6298, 3): after a retransmission nobody knows which copy this ACK is for. */
		acked.rtt = cb.retransmitted ? Usec{} : Usec{static_cast<u32>(max_of<u64>(now - cb.sent_us, 1))};
		if (!whole)
			break;
		tcp_uncount_out(tp, cb);
		__skb_unlink(skb, &tp.rtx_queue);
		tcp_free_wmem_skb(tp, skb);
	}
	return acked;
}

/* A timestamp tells which copy was received (RFC 7323, 4.1), in milliseconds. */
Usec timestamp_rtt(const TcpSock &tp, const TcpOptions &opts)
{
	if (!tp.tcb.tstamp_ok || !opts.has_timestamps || !opts.ts.tsecr)
		return {};
	const u32 ms = tcp_time_stamp(tp) - opts.ts.tsecr;
	return ms < 1000000 ? Usec{max_of(ms * 1000, 1u)} : Usec{};
}

void take_rtt_sample(TcpSock &tp, const Acked &acked, const TcpOptions &opts)
{
	if (!acked.segs)
		return;
	const Usec rtt = acked.rtt.v ? acked.rtt : timestamp_rtt(tp, opts);
	if (rtt.v)
		tp.tcb.rtt.sample(rtt);
}

bool update_window(TcpSock &tp, const SegmentView &seg)
{
	Tcb &t = tp.tcb;
	const Window announced = announced_window(t, seg);
	if (!window_update_allowed(t, seg, announced))
		return false;
	const bool changed = announced.bytes != t.snd_wnd;
	t.snd_wl1 = seg.seq();
	t.snd_wnd = announced.bytes;
	if (announced.bytes > t.max_window) {
		t.max_window = announced.bytes;
		/* A SYN's window is not scaled, so that half of it may be less than the path takes. */
		tcp_sync_mss(tp, usable_mtu(tp.pmtudisc, tp.route));
	}
	return changed;
}

/* Of a packet of many segments the first is known to be missing, not all. */
void mark_head_lost(TcpSock &tp)
{
	struct sk_buff *head = skb_peek(&tp.rtx_queue);
	if (!head)
		return;
	SegCb &cb = seg_cb(head);
	if (cb.segs > 1 && !cb.lost && tcp_fragment(tp, &tp.rtx_queue, head, cb.gso_size, cb.gso_size))
		return; /* no memory: the timer repairs it */
	tcp_mark_lost(tp, cb);
}

/* RFC 5681, 3.2, step 3, and RFC 6582, 3.2, step 3: whatever the window says. What cannot be sent
 * now stays marked. */
void fast_retransmit(TcpSock &tp)
{
	mark_head_lost(tp);
	struct sk_buff *head = skb_peek(&tp.rtx_queue);
	if (!head || tcp_retransmit_skb(tp, head, 1))
		return;
	tcp_clear_lost(tp, seg_cb(head));
	count(sock_net(&tp.sk), Mib::TCPFastRetrans);
}

/* RFC 6582, 3.2, step 2 and RFC 5681, 3.2. */
void enter_recovery(TcpSock &tp)
{
	Tcb &t = tp.tcb;
	if (t.ca_state == CaState::Cwr) {
		t.cong.enter_recovery_reduced();
	} else {
		/* Without what the first duplicates set free (RFC 5681, 3.2, step 2). */
		t.cong.enter_recovery(min_of(t.packets_out, t.cong.cwnd()));
		t.ecn.reduced();
	}
	t.dup_acks = 0; /* the window has been inflated by these three */
	t.ca_state = CaState::Recovery;
	t.recover = t.snd_nxt;
	fast_retransmit(tp);
}

/* RFC 3168, 6.1.2: once in a window of text, and not beside a loss, which has reduced it. */
void congestion_reported(TcpSock &tp)
{
	Tcb &t = tp.tcb;
	if (t.ca_state != CaState::Open)
		return;
	t.cong.enter_reduction();
	t.ecn.reduced();
	t.ca_state = CaState::Cwr;
	t.recover = t.snd_nxt;
}

/* A reduction lasts until something is acknowledged that was sent after it began: with it CWR has arrived. */
void leave_reduction(Tcb &t)
{
	if (t.ca_state != CaState::Cwr || !after(t.snd_una, t.recover))
		return;
	t.cong.leave_recovery();
	t.ca_state = CaState::Open;
}

/* An ACK that moved snd_una. */
void ack_advanced(TcpSock &tp, u32 segs)
{
	Tcb &t = tp.tcb;
	const bool recovered = !before(t.snd_una, t.recover);
	switch (t.ca_state) {
	case CaState::Open:
		t.cong.on_ack(segs, t.usage.tested(t.cong));
		break;
	case CaState::Cwr:
		t.cong.reduce(segs, tcp_packets_in_flight(tp), 1);
		break;
	case CaState::Recovery:
		/* RFC 6582, 3.2, step 3: a full acknowledgment ends it, a partial one names the next loss. */
		if (recovered) {
			t.cong.leave_recovery();
			t.ca_state = CaState::Open;
		} else {
			fast_retransmit(tp);
		}
		break;
	case CaState::Loss:
		t.cong.on_ack(segs, true);
		if (recovered)
			t.ca_state = CaState::Open;
		break;
	}
}

/* RFC 5681, 2: the same ACK again, without text, SYN, FIN or another window, while data is out. */
bool is_duplicate(const TcpSock &tp, const SegmentView &seg, bool window_changed)
{
	return !window_changed && !seg.seq_len() && !skb_queue_empty(&tp.rtx_queue);
}

void duplicate_ack(TcpSock &tp)
{
	Tcb &t = tp.tcb;
	if (t.dup_acks < t.packets_out)
		t.dup_acks++;
	/* RFC 6582, 3.2, step 1: not again for what the last recovery covered. */
	const bool recovering = t.ca_state == CaState::Recovery || t.ca_state == CaState::Loss;
	if (t.dup_acks == kDupThresh && !recovering)
		enter_recovery(tp);
	else if (t.ca_state == CaState::Cwr)
		t.cong.reduce(1, tcp_packets_in_flight(tp), 0);
}

/* Room was made in the send buffer for a process that waits for it. */
void check_space(TcpSock &tp)
{
	struct sock *sk = &tp.sk;
	if (!sk->sk_socket || !test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		return;
	/* cwnd has room that the buffer has no text for. */
	if (tcp_packets_in_flight(tp) < tp.tcb.cong.cwnd() && !READ_ONCE(*sk->sk_prot->memory_pressure))
		tcp_sndbuf_expand(tp);
	sk->sk_write_space(sk);
}

/* The peer answered a probe: it is alive, and perhaps its window is open. */
void ack_probe(TcpSock &tp)
{
	tp.probes_out = 0;
	const struct sk_buff *head = skb_peek(&tp.sk.sk_write_queue);
	if (tp.pending != Pending::ZeroWindowProbe || !head)
		return;
	if (after(seg_cb(const_cast<struct sk_buff *>(head)).end_seq, send_window_end(tp.tcb))) {
		tcp_reset_probe_timer(tp);
		return;
	}
	tp.row_started_ms = 0;
	tp.tcb.rtt.progress();
	tcp_stop_retransmit_timer(tp);
}

} // namespace

/* The SYN-ACK was sent more than once, or by a cookie: a timestamp still tells. */
void tcp_synack_rtt_meas(TcpSock &tp, const TcpOptions &opts)
{
	const Usec rtt = timestamp_rtt(tp, opts);
	if (rtt.v && !tp.tcb.rtt.measured())
		tp.tcb.rtt.sample(rtt);
	tp.tcb.rtt.handshake_ends();
}

/* What is in flight, and as much again: it waits for the ACKs of the first half. */
void tcp_sndbuf_expand(TcpSock &tp)
{
	struct sock *sk = &tp.sk;
	if (sk->sk_userlocks & SOCK_SNDBUF_LOCK)
		return;
	const u32 overhead = kSegmentHeadroom + SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	const u64 packet = roundup_pow_of_two(tp.tcb.mss_cache + overhead) + SKB_DATA_ALIGN(sizeof(struct sk_buff));
	const u64 wanted = 2 * packet * max_of(tp.tcb.cong.cwnd(), kInitialWindow);
	const u32 most = static_cast<u32>(READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_wmem[2]));
	if (wanted > static_cast<u32>(sk->sk_sndbuf))
		WRITE_ONCE(sk->sk_sndbuf, static_cast<int>(min_of<u64>(wanted, most)));
}

bool tcp_fin_acked(const TcpSock &tp) { return kFinSent.has(tp.tcb.state) && tp.tcb.snd_una == tp.tcb.write_seq; }

void tcp_ack(TcpSock &tp, const SegmentView &seg, const TcpOptions &opts)
{
	Tcb &t = tp.tcb;
	const Seq32 ack = seg.ack_seq();
	if (before(ack, t.snd_una))
		return;
	const bool window_changed = update_window(tp, seg);
	tp.heard = static_cast<u32>(jiffies);
	ack_probe(tp);
	/* Of a window that is empty there is nothing to reduce. */
	const bool congested = t.packets_out && t.ecn.congested(seg.flags());
	tp.ack.now |= t.ecn.cwr_arrives(seg);
	if (ack == t.snd_una) {
		if (congested)
			congestion_reported(tp);
		if (is_duplicate(tp, seg, window_changed))
			duplicate_ack(tp);
	} else {
		t.snd_una = ack;
		sk_dst_confirm(&tp.sk); /* the next hop hears us: neigh_output() */
		const Acked acked = clean_rtx_queue(tp);
		take_rtt_sample(tp, acked, opts);
		tp.retransmits = 0;
		tp.row_started_ms = 0;
		t.rtt.progress();
		WRITE_ONCE(tp.sk.sk_err_soft, 0);
		t.dup_acks = 0;
		leave_reduction(t);
		if (congested)
			congestion_reported(tp);
		ack_advanced(tp, acked.segs);
		tcp_rearm_rto(tp);
		check_space(tp);
	}
	tcp_xmit_retransmit_queue(tp);
}

} // namespace tcpxx
