// SPDX-License-Identifier: GPL-2.0
/*
 * SEGMENT ARRIVES (RFC 9293, 3.10.7) for a socket that does not listen. The steps that only decide are in core; this
 * file asks them in order and carries out what they decided. Socket lock held.
 */
#include "core/synsent.h"
#include "sock/connection_sock.h"
#include "tcp/tcp.h"

namespace tcpxx {

void tcp_done_with_error(TcpSock &tp, int error)
{
	struct sock *sk = &tp.sk;
	WRITE_ONCE(sk->sk_err, error);
	/* poll() looks at sk_err after it saw the state. */
	smp_wmb();
	tcp_write_queue_purge(tp);
	tcp_done(tp);
	if (!sock_flag(sk, SOCK_DEAD))
		sk_error_report(sk);
}

void tcp_reset(TcpSock &tp, Errno error) { tcp_done_with_error(tp, to_int(error)); }

namespace {

/* What counts the ACK that is left out for this cause. */
Mib skipped_for(Drop cause) { return cause == Drop::Paws ? Mib::TCPACKSkippedPAWS : Mib::TCPACKSkippedSeq; }

/* The one place where a verdict becomes something that happens. */
void apply(TcpSock &tp, SkbPtr skb, const SegmentView &seg, const Verdict &v)
{
	struct net *net = sock_net(&tp.sk);
	switch (v.act) {
	case Act::Nothing:
		break;
	case Act::SendAck:
		if (!tcp_oow_rate_limited(net, seg, tp.ack_limit, skipped_for(v.drop)))
			tcp_send_ack(tp);
		break;
	case Act::ChallengeAck:
		if (v.drop == Drop::InvalidSyn)
			count(net, Mib::TCPSYNChallenge);
		if (v.drop == Drop::InvalidReset)
			tcp_fastopen_active_rst(tp);
		tcp_send_challenge_ack(tp);
		break;
	case Act::SendReset:
		tcp_v4_send_reset(net, skb.get(), seg, tp.sk.sk_bound_dev_if);
		break;
	case Act::AbortAndReset:
		if (tp.fastopen.syn_fastopen && seg.has(kFin))
			tcp_fastopen_active_disable(tp);
		tcp_v4_send_reset(net, skb.get(), seg, tp.sk.sk_bound_dev_if);
		count(net, Mib::TCPAbortOnData);
		tcp_reset(tp, v.error);
		break;
	case Act::Abort:
		tcp_reset(tp, v.error);
		break;
	}
	drop(net, move(skb), v.drop);
}

/* Steps that every acceptable segment of a synchronized connection has in common. */
void handle_text(TcpSock &tp, SkbPtr skb, const SegmentView &seg, const Arrival &a)
{
	const Verdict v = check_text(tp.tcb, a, tp.sk.sk_shutdown & RCV_SHUTDOWN);
	if (v.final()) {
		apply(tp, move(skb), seg, v);
		return;
	}
	tcp_data_queue(tp, move(skb), seg);
}

/* After the segment: send what its ACK set free, then acknowledge what it brought. */
void send_what_follows(TcpSock &tp)
{
	if (tp.tcb.state == TcpState::Close)
		return;
	tcp_push_pending_frames(tp);
	tcp_ack_snd_check(tp);
}

} // namespace

void tcp_rcv_established(TcpSock &tp, SkbPtr skb, const SegmentView &seg)
{
	const Result<TcpOptions, Drop> opts = parse_tcp_options(seg.options(), seg.has(kSyn));
	if (!opts) {
		drop(sock_net(&tp.sk), move(skb), opts.error());
		return;
	}
	const Arrival a{seg, *opts, tcp_clock_s()};
	const Verdict v = segment_arrives(tp.tcb, a);
	if (v.final()) {
		apply(tp, move(skb), seg, v);
		return;
	}
	replace_ts_recent(tp.tcb, *opts, seg.seq(), a.now_s);
	tcp_ack(tp, seg, *opts);
	handle_text(tp, move(skb), seg, a);
	send_what_follows(tp);
}

/* --- SYN-SENT (RFC 9293, 3.10.7.3) ------------------------------------------------------------ */

namespace {

void initial_send_window(Tcb &t, const SegmentView &seg)
{
	const Window window = announced_window(t, seg);
	t.snd_wl1 = seg.seq();
	t.snd_wnd = window.bytes;
	t.max_window = max_of(t.max_window, window.bytes);
}

/* The segment size for the path, and for the window that the peer has announced just now. */
void sync_mss(TcpSock &tp)
{
	const bool known = !tcp_route(tp);
	tcp_sync_mss(tp, known ? usable_mtu(tp.pmtudisc, tp.route) : 576);
}

/* What the peer's SYN settles: numbers, options, windows. */
void adopt_syn(TcpSock &tp, const SegmentView &seg, const Arrival &a)
{
	Tcb &t = tp.tcb;
	const struct netns_ipv4 &config = sock_net(&tp.sk)->ipv4;
	t.irs = seg.seq();
	t.rcv_nxt = seg.seq() + 1;
	t.rcv_wup = t.rcv_nxt;
	t.copied_seq = t.rcv_nxt;
	adopt_syn_options(t, a.opts, READ_ONCE(config.sysctl_tcp_timestamps), READ_ONCE(config.sysctl_tcp_sack),
			  READ_ONCE(config.sysctl_tcp_window_scaling), a.now_s);
	/* Who has said nothing is taken for one who can do as the user wishes, as in Linux. */
	if (tp.user_mss)
		t.mss_clamp = a.opts.has_mss ? tcp_mss_clamp(tp, a.opts.mss) : tp.user_mss;
	initial_send_window(t, seg);
	sync_mss(tp);
}

void tcp_finish_connect(TcpSock &tp)
{
	struct sock *sk = &tp.sk;
	tcp_set_state(tp, TcpState::Established);
	tcp_sndbuf_expand(tp);
	tcp_start_keepalive(tp);
	if (!sock_flag(sk, SOCK_DEAD)) {
		sk->sk_state_change(sk);
		sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
	}
}

/* Both sides opened at once (RFC 9293, 3.5, figure 7): our SYN goes again, with an ACK. */
void simultaneous_open(TcpSock &tp)
{
	struct sk_buff *syn = skb_peek(&tp.rtx_queue);
	tcp_set_state(tp, TcpState::SynRecv);
	if (WARN_ON_ONCE(!syn))
		return;
	seg_cb(syn).flags = static_cast<u8>(kSyn | kAck | (tp.tcb.ecn.ok() ? kEce : 0));
	tcp_transmit_queued(tp, syn);
}

/* At once, unless text of ours will follow at once, or our user waits for the peer's (TCP_DEFER_ACCEPT): as in Linux. */
void send_third_ack(TcpSock &tp)
{
	if (tp.sk.sk_write_pending || READ_ONCE(tp.defer_accept))
		tcp_delay_third_ack(tp);
	else
		tcp_send_ack(tp);
}

void tcp_rcv_synsent_state_process(TcpSock &tp, SkbPtr skb, const SegmentView &seg, const Arrival &a)
{
	const u32 repeats = tp.retransmits;
	const SynSentVerdict v = synsent_arrives(tp.tcb, a, tcp_time_stamp(tp));
	switch (v.act) {
	case SynSentAct::Ignore:
		break;
	case SynSentAct::Reset:
		tcp_v4_send_reset(sock_net(&tp.sk), skb.get(), seg, tp.sk.sk_bound_dev_if);
		break;
	case SynSentAct::Refused:
		tcp_reset(tp, Errno::ConnectionRefused);
		break;
	case SynSentAct::Establish:
		adopt_syn(tp, seg, a);
		tp.tcb.ecn.synack_arrives(seg.flags());
		tcp_ack(tp, seg, a.opts);
		tp.tcb.rtt.handshake_ends();
		tcp_finish_connect(tp);
		if (tcp_rcv_fastopen_synack(tp, skb.get(), seg, a.opts, repeats))
			send_third_ack(tp);
		tcp_push_pending_frames(tp);
		break;
	case SynSentAct::Simultaneous:
		/* TCP_FASTOPEN_CONNECT, and nothing written yet: there is no SYN of ours that could have crossed it. */
		if (skb_queue_empty(&tp.rtx_queue))
			break;
		adopt_syn(tp, seg, a);
		tp.tcb.ecn.syn_arrives(seg.flags());
		simultaneous_open(tp);
		break;
	}
	drop(sock_net(&tp.sk), move(skb), v.drop);
}

/* --- every other state ------------------------------------------------------------------------ */

/* Step 5 in SYN-RECEIVED: the handshake is complete. */
void established_by_ack(TcpSock &tp, const SegmentView &seg)
{
	initial_send_window(tp.tcb, seg);
	sync_mss(tp);
	tcp_finish_connect(tp);
}

/* Step 5 once our FIN is acknowledged. false: the connection is over. */
bool fin_was_acked(TcpSock &tp)
{
	const TcpState next = state_after_fin_acked(tp.tcb.state);
	if (next == tp.tcb.state)
		return true;
	if (next == TcpState::TimeWait) {
		tcp_time_wait(tp, TcpState::TimeWait, kTimeWaitLen);
		return false;
	}
	if (next == TcpState::Close) {
		tcp_done(tp);
		return false;
	}
	tcp_set_state(tp, next);
	if (!sock_flag(&tp.sk, SOCK_DEAD))
		tp.sk.sk_state_change(&tp.sk);
	return true;
}

/* TCP_LINGER2 under 0: nobody waits for the peer's FIN. */
bool ends_at_fin_wait2(const TcpSock &tp)
{
	return tp.tcb.state == TcpState::FinWait2 && sock_flag(&tp.sk, SOCK_DEAD) && tp.linger2 < 0;
}

void tcp_rcv_synchronized(TcpSock &tp, SkbPtr skb, const SegmentView &seg, const Arrival &a)
{
	if (tp.fastopen.rsk && !tcp_check_fastopen_child(tp, skb, seg, a.opts))
		return;
	const Verdict v = segment_arrives(tp.tcb, a);
	if (v.final()) {
		apply(tp, move(skb), seg, v);
		return;
	}
	replace_ts_recent(tp.tcb, a.opts, seg.seq(), a.now_s);
	const bool opening = tp.tcb.state == TcpState::SynRecv;
	if (tp.fastopen.rsk)
		tcp_rcv_synrecv_state_fastopen(tp);
	if (opening)
		established_by_ack(tp, seg);
	tcp_ack(tp, seg, a.opts);
	if (opening)
		tcp_synack_rtt_meas(tp, a.opts);
	/* The user has shut it down meanwhile. */
	if (opening && tp.sk.sk_shutdown & SEND_SHUTDOWN)
		tcp_shutdown(tp, SEND_SHUTDOWN);
	if (tcp_fin_acked(tp) && !fin_was_acked(tp)) {
		skb.consume();
		return;
	}
	if (ends_at_fin_wait2(tp)) {
		apply(tp, move(skb), seg, {Drop::Closed, Act::AbortAndReset});
		return;
	}
	handle_text(tp, move(skb), seg, a);
	send_what_follows(tp);
	if (tp.tcb.state == TcpState::FinWait2 && sock_flag(&tp.sk, SOCK_DEAD))
		tcp_fin_wait2_orphan(tp);
}

} // namespace

void tcp_rcv_state_process(TcpSock &tp, SkbPtr skb, const SegmentView &seg)
{
	const Result<TcpOptions, Drop> opts = parse_tcp_options(seg.options(), seg.has(kSyn));
	if (!opts) {
		drop(sock_net(&tp.sk), move(skb), opts.error());
		return;
	}
	const Arrival a{seg, *opts, tcp_clock_s()};
	if (tp.tcb.state == TcpState::SynSent)
		tcp_rcv_synsent_state_process(tp, move(skb), seg, a);
	else
		tcp_rcv_synchronized(tp, move(skb), seg, a);
}

} // namespace tcpxx
