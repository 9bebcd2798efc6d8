// SPDX-License-Identifier: GPL-2.0
/*
 * A socket's timers. All have one shape: take the lock; if a process owns the socket leave a note
 * for release_sock(); otherwise handle; drop the reference that the armed timer held.
 */
#include "kapi/compat.h"
#include "sock/orphans.h"
#include "tcp/tcp.h"

namespace tcpxx {

namespace {

constexpr Msec kResourceProbeInterval{500}; /* until a device may have room again, as in Linux */

void write_error(TcpSock &tp)
{
	count(sock_net(&tp.sk), Mib::TCPAbortOnTimeout);
	tcp_done_with_error(tp, READ_ONCE(tp.sk.sk_err_soft) ?: ETIMEDOUT);
}

/* --- patience --------------------------------------------------------------------------------- */

/* A row of time-outs or probes without progress begins, unless it has begun. `now_ms`: of our clock. */
void begin_row(TcpSock &tp, u32 now_ms)
{
	if (!tp.row_started_ms)
		tp.row_started_ms = now_ms ?: 1; /* 0 means none */
}

Msec row_lasts(const TcpSock &tp) { return {tp.row_started_ms ? tcp_clock_ms() - tp.row_started_ms : 0}; }

u32 retries_allowed(const TcpSock &tp)
{
	const struct netns_ipv4 &config = sock_net(&tp.sk)->ipv4;
	if (kOpening.has(tp.tcb.state))
		return tp.syn_retries ? tp.syn_retries : READ_ONCE(config.sysctl_tcp_syn_retries);
	if (sock_flag(&tp.sk, SOCK_DEAD))
		return orphan_retries(READ_ONCE(config.sysctl_tcp_orphan_retries), tp.tcb.rtt.rto(),
				      READ_ONCE(tp.sk.sk_err_soft));
	return READ_ONCE(config.sysctl_tcp_retries2);
}

/* Whether the same data has been sent often enough, or for long enough (RFC 9293, 3.8.3). */
bool retransmits_timed_out(const TcpSock &tp)
{
	const u32 retries = retries_allowed(tp);
	const u32 linear = tp.tcb.state == TcpState::SynSent ? syn_linear_timeouts(sock_net(&tp.sk)) : 0;
	if (kOpening.has(tp.tcb.state) && tp.retransmits >= retries + linear)
		return true;
	/* However long it took: a single segment may have been lost. */
	if (!tp.retransmits)
		return false;
	const Msec limit = tp.user_timeout_ms ? Msec{tp.user_timeout_ms} :
						model_timeout(retries, kOpening.has(tp.tcb.state) ? kRtoInit : kRtoMin);
	return !(row_lasts(tp) < limit);
}

/* The probe that would be sent now is one too many. */
bool probes_timed_out(const TcpSock &tp)
{
	if (tp.user_timeout_ms && !(row_lasts(tp) < Msec{tp.user_timeout_ms}))
		return true;
	return tp.probes_out >= retries_allowed(tp);
}

Msec silence(const TcpSock &tp) { return {jiffies_to_msecs(static_cast<u32>(jiffies) - tp.heard)}; }

/* Of an orphan whose peer is silent: ends it if orphans or memory are scarce, those that have been silent for
 * longest first. true: it is over. */
bool tcp_out_of_resources(TcpSock &tp)
{
	const bool long_silent = !(tp.tcb.rtt.rto() < kRtoMax);
	if (!sock_flag(&tp.sk, SOCK_DEAD) || !tcp_check_oom(tp, !!long_silent + !!READ_ONCE(tp.sk.sk_err_soft)))
		return false;
	tcp_abort_orphan(tp, Mib::TCPAbortOnMemory);
	return true;
}

/* --- retransmission --------------------------------------------------------------------------- */

/* RFC 5681, 3.1: everything in flight may be lost; begin again with one segment. */
void enter_loss(TcpSock &tp)
{
	Tcb &t = tp.tcb;
	/* Not once more for a window of text that is being reduced (RFC 3168, 6.1.2). */
	const bool reduced = t.ca_state == CaState::Cwr && after(t.recover, t.snd_una);
	t.cong.on_timeout(tcp_packets_in_flight(tp), !tp.retransmits && !reduced);
	t.ecn.reduced();
	struct sk_buff *skb;
	skb_queue_walk(&tp.rtx_queue, skb)
		tcp_mark_lost(tp, seg_cb(skb));
	t.dup_acks = 0;
	t.ca_state = CaState::Loss;
	t.recover = t.snd_nxt;
}

/* The window was shut when text was in flight already: our retransmissions are its probes. */
bool is_shut(const TcpSock &tp) { return !tp.tcb.snd_wnd && !kOpening.has(tp.tcb.state) && !sock_flag(&tp.sk, SOCK_DEAD); }

u32 sent_ms(struct sk_buff *skb) { return static_cast<u32>(div_u64(seg_cb(skb).sent_us, 1000)); }

bool is_given_up(const TcpSock &tp, struct sk_buff *head)
{
	if (!is_shut(tp))
		return retransmits_timed_out(tp);
	const Msec unacked = tp.row_started_ms ? row_lasts(tp) : Msec{tcp_clock_ms() - sent_ms(head)};
	return shut_window_timed_out(unacked, silence(tp), {tp.user_timeout_ms});
}

/* RFC 6298, 5.4 to 5.6. */
void retransmit_timeout(TcpSock &tp)
{
	struct sk_buff *head = skb_peek(&tp.rtx_queue);
	if (WARN_ON_ONCE(!head))
		return;
	if (tcp_out_of_resources(tp))
		return;
	/* A SYN's row begins with the SYN, any other with the first retransmission (Linux's retrans_stamp). */
	if (tp.tcb.state == TcpState::SynSent)
		begin_row(tp, sent_ms(head));
	const bool given_up = is_given_up(tp, head);
	tcp_fastopen_active_detect_blackhole(tp, given_up);
	if (given_up) {
		write_error(tp);
		return;
	}
	begin_row(tp, tcp_clock_ms());
	enter_loss(tp);
	if (!tcp_retransmit_skb(tp, head, 1))
		tcp_clear_lost(tp, seg_cb(head));
	if (!is_shut(tp)) {
		count(sock_net(&tp.sk), Mib::TCPTimeouts);
		tp.retransmits++;
	}
	if (tp.tcb.state != TcpState::SynSent || tp.retransmits > syn_linear_timeouts(sock_net(&tp.sk)))
		tp.tcb.rtt.back_off();
	/* A route that leads nowhere may have been replaced meanwhile. */
	tp.route = {};
	tcp_rearm_rto(tp);
}

/* A child of Fast Open, until its third ACK: nothing else is sent again. Once more than for a request, as in Linux. */
void synack_timeout(TcpSock &tp)
{
	RequestSock &req = *tp.fastopen.rsk;
	struct net *net = sock_net(&tp.sk);
	count(net, Mib::TCPTimeouts);
	if (req.half.timeouts >= (tp.syn_retries ?: READ_ONCE(net->ipv4.sysctl_tcp_synack_retries) + 1)) {
		write_error(tp);
		return;
	}
	/* Text that it has sent may be lost as well. */
	if (tp.retransmits == 1)
		enter_loss(tp);
	tcp_rtx_synack(req);
	req.half.timeouts++;
	tp.retransmits++;
	tcp_reset_synack_timer(tp);
}

/* RFC 9293, 3.8.6.1: a window that stays shut is asked about for ever, a silent peer is not. */
void probe_timeout(TcpSock &tp)
{
	if (skb_queue_empty(&tp.sk.sk_write_queue)) {
		tp.probes_out = 0;
		tp.row_started_ms = 0;
		return;
	}
	if (tcp_out_of_resources(tp))
		return;
	begin_row(tp, tcp_clock_ms());
	if (probes_timed_out(tp)) {
		write_error(tp);
		return;
	}
	tcp_write_wakeup(tp, Mib::TCPWinProbe);
	tp.probes_out++;
	if (tp.pending != Pending::None) {
		/* The probe was a whole packet: it is the retransmission timer's, and another row. */
		tp.probes_out = 0;
		tp.row_started_ms = 0;
		tp.tcb.rtt.progress();
		tcp_rearm_rto(tp);
		return;
	}
	tp.tcb.rtt.back_off();
	tcp_reset_probe_timer(tp);
}

void handle_retransmit_timer(TcpSock &tp)
{
	/* Armed again since it fired: what it was for has happened. */
	if (tp.tcb.state == TcpState::Close || timer_pending(&tp.retransmit_timer))
		return;
	const Pending what = tp.pending;
	tp.pending = Pending::None;
	switch (what) {
	case Pending::None: return;
	case Pending::Retransmit: tp.fastopen.rsk ? synack_timeout(tp) : retransmit_timeout(tp); return;
	case Pending::ZeroWindowProbe: probe_timeout(tp); return;
	}
}

/* SYN and FIN are all that the peer has sent. */
bool fin_is_all(const TcpSock &tp)
{
	return tp.sk.sk_shutdown & RCV_SHUTDOWN && tp.tcb.rcv_nxt == tp.tcb.irs + 2 + tp.fastopen.text;
}

void handle_delack_timer(TcpSock &tp)
{
	if (tp.tcb.state == TcpState::Close || !tp.ack.delayed || timer_pending(&tp.delack_timer))
		return;
	tp.ack.delayed = false;
	count(sock_net(&tp.sk), Mib::DelayedACKs);
	tp.ack.ping_pong = false;
	tcp_send_ack(tp);
}

/* --- keepalive -------------------------------------------------------------------------------- */

void arm_keepalive(TcpSock &tp, Msec in)
{
	sk_reset_timer(&tp.sk, &tp.sk.sk_timer, jiffies + to_jiffies(in));
}

void ask_if_alive(TcpSock &tp, Msec next)
{
	/* A probe that the device refused was none. */
	if (tcp_write_wakeup(tp, Mib::TCPKeepAlive) == -ENOBUFS) {
		arm_keepalive(tp, kResourceProbeInterval);
		return;
	}
	tp.probes_out++;
	arm_keepalive(tp, next);
}

void handle_keepalive_timer(TcpSock &tp)
{
	if (!sock_flag(&tp.sk, SOCK_KEEPOPEN) || timer_pending(&tp.sk.sk_timer) ||
	    tp.tcb.state == TcpState::Close || tp.tcb.state == TcpState::SynSent)
		return;
	const KeepaliveSettings settings = tcp_keepalive_settings(tp);
	/* What is in flight, or waits for a window, has a timer that asks more often. */
	if (tp.tcb.packets_out || !skb_queue_empty(&tp.sk.sk_write_queue)) {
		arm_keepalive(tp, settings.idle);
		return;
	}
	const KeepaliveVerdict v = keepalive_timeout(settings, silence(tp), tp.probes_out);
	switch (v.act) {
	case KeepaliveAct::Wait: arm_keepalive(tp, v.next); return;
	case KeepaliveAct::Probe: ask_if_alive(tp, v.next); return;
	case KeepaliveAct::GiveUp:
		/* Perhaps only our way to it is lost, or it has begun anew: it may forget the connection, too. */
		tcp_send_active_reset(tp);
		write_error(tp);
	}
}

/* --- the shape -------------------------------------------------------------------------------- */

void fire(TcpSock &tp, void (*handle)(TcpSock &tp), Deferred note)
{
	struct sock *sk = &tp.sk;
	bh_lock_sock(sk);
	if (sock_owned_by_user(sk)) {
		if (!(tp.deferred & note))
			sock_hold(sk);
		tp.deferred |= note;
	} else {
		handle(tp);
	}
	bh_unlock_sock(sk);
	sock_put(sk);
}

void tcp_write_timer(struct timer_list *t)
{
	fire(*container_of(t, TcpSock, retransmit_timer), handle_retransmit_timer, kDeferRetransmit);
}

void tcp_delack_timer(struct timer_list *t)
{
	fire(*container_of(t, TcpSock, delack_timer), handle_delack_timer, kDeferDelack);
}

void tcp_keepalive_timer(struct timer_list *t)
{
	fire(*container_of(t, TcpSock, sk.sk_timer), handle_keepalive_timer, kDeferKeepalive);
}

void arm(TcpSock &tp, Pending what)
{
	Usec wait = tp.tcb.rtt.rto();
	if (unlikely(tp.user_timeout_ms))
		wait = clamp_to_user_timeout(wait, row_lasts(tp), {tp.user_timeout_ms});
	tp.pending = what;
	sk_reset_timer(&tp.sk, &tp.retransmit_timer, jiffies + to_jiffies(wait));
}

} // namespace

void tcp_release_cb(struct sock *sk)
{
	TcpSock &tp = locked(sk);
	const u32 notes = tp.deferred;
	tp.deferred = 0;
	if (notes & kDeferRetransmit) {
		handle_retransmit_timer(tp);
		__sock_put(sk);
	}
	if (notes & kDeferDelack) {
		handle_delack_timer(tp);
		__sock_put(sk);
	}
	if (notes & kDeferKeepalive) {
		handle_keepalive_timer(tp);
		__sock_put(sk);
	}
	if (notes & kDeferMtuReduced) {
		tcp_v4_mtu_reduced(tp, tp.deferred_mtu);
		__sock_put(sk);
	}
	if (notes & kDeferError) {
		tcp_v4_err_locked(tp, static_cast<Errno>(tp.deferred_error));
		__sock_put(sk);
	}
}

void tcp_init_xmit_timers(TcpSock &tp)
{
	timer_setup(&tp.retransmit_timer, tcp_write_timer, 0);
	timer_setup(&tp.delack_timer, tcp_delack_timer, 0);
	timer_setup(&tp.sk.sk_timer, tcp_keepalive_timer, 0);
}

void tcp_clear_xmit_timers(TcpSock &tp)
{
	tp.pending = Pending::None;
	sk_stop_timer(&tp.sk, &tp.retransmit_timer);
	tp.ack.scheduled = false;
	tp.ack.delayed = false;
	sk_stop_timer(&tp.sk, &tp.delack_timer);
	sk_stop_timer(&tp.sk, &tp.sk.sk_timer);
}

/* The timer itself is left to fire and find nothing to do: there will soon be something again. */
void tcp_stop_retransmit_timer(TcpSock &tp) { tp.pending = Pending::None; }

void tcp_reset_synack_timer(TcpSock &tp)
{
	tp.pending = Pending::Retransmit;
	sk_reset_timer(&tp.sk, &tp.retransmit_timer,
		       jiffies + to_jiffies(handshake_timeout(tp.fastopen.rsk->half.timeouts)));
}

void tcp_rearm_rto(TcpSock &tp)
{
	if (tp.fastopen.rsk)
		return; /* the SYN-ACK's */
	if (skb_queue_empty(&tp.rtx_queue))
		tcp_stop_retransmit_timer(tp);
	else
		arm(tp, Pending::Retransmit);
}

void tcp_reset_probe_timer(TcpSock &tp) { arm(tp, Pending::ZeroWindowProbe); }

/* Without text there is no interval between segments that could be waited for: the next tick, as in Linux. */
void tcp_schedule_delack(TcpSock &tp)
{
	tp.ack.scheduled = true;
	if (tp.ack.delayed)
		return;
	tp.ack.delayed = true;
	sk_reset_timer(&tp.sk, &tp.delack_timer,
		       jiffies + (fin_is_all(tp) ? 0 : to_jiffies(kDelackTime)));
}

void tcp_delay_third_ack(TcpSock &tp)
{
	tp.ack.scheduled = true;
	tp.ack.delayed = true;
	sk_reset_timer(&tp.sk, &tp.delack_timer, jiffies + to_jiffies(kLongestDelack));
}

KeepaliveSettings tcp_keepalive_settings(const TcpSock &tp)
{
	const struct netns_ipv4 &config = sock_net(&tp.sk)->ipv4;
	const Keepalive &own = tp.keepalive;
	const u32 idle = READ_ONCE(config.sysctl_tcp_keepalive_time);
	const u32 interval = READ_ONCE(config.sysctl_tcp_keepalive_intvl);
	return {.idle = {own.idle ? own.idle * 1000u : jiffies_to_msecs(idle)},
		.interval = {own.interval ? own.interval * 1000u : jiffies_to_msecs(interval)},
		.probes = own.probes ?: READ_ONCE(config.sysctl_tcp_keepalive_probes),
		.user_timeout = {tp.user_timeout_ms}};
}

void tcp_set_keepalive(struct sock *sk, int on)
{
	TcpSock &tp = locked(sk);
	if (tp.tcb.state == TcpState::Close || tp.tcb.state == TcpState::Listen)
		return; /* tcp_start_keepalive() will see the flag */
	if (!on)
		sk_stop_timer(sk, &sk->sk_timer);
	else if (!sock_flag(sk, SOCK_KEEPOPEN))
		arm_keepalive(tp, tcp_keepalive_settings(tp).idle);
}

void tcp_start_keepalive(TcpSock &tp)
{
	tp.heard = static_cast<u32>(jiffies);
	if (sock_flag(&tp.sk, SOCK_KEEPOPEN))
		arm_keepalive(tp, tcp_keepalive_settings(tp).idle);
}

void tcp_keepalive_idle_changed(TcpSock &tp)
{
	if (!sock_flag(&tp.sk, SOCK_KEEPOPEN) || tp.tcb.state == TcpState::Close || tp.tcb.state == TcpState::Listen)
		return;
	const Msec idle = tcp_keepalive_settings(tp).idle, quiet = silence(tp);
	arm_keepalive(tp, quiet < idle ? idle - quiet : Msec{});
}

} // namespace tcpxx
