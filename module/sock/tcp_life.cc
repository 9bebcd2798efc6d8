// SPDX-License-Identifier: GPL-2.0
/* A socket's life: how it begins, how its state changes, and how its user or its peer ends it. */
#include "kapi/trace_events.h"
#include "sock/connection_sock.h"
#include "sock/listeners.h"
#include "sock/orphans.h"
#include "sock/ports.h"
#include "tcp/tcp.h"

namespace tcpxx {

/* --- state ------------------------------------------------------------------------------------ */

void tcp_init_vars(TcpSock &tp)
{
	const TcpState state = tp.tcb.state;
	tp.tcb = Tcb{};
	tp.tcb.state = state;
	__skb_queue_head_init(&tp.rtx_queue);
	__skb_queue_head_init(&tp.ofo_queue);
	tp.sack_count = 0;
	tp.pending = Pending::None;
	tp.retransmits = 0;
	tp.probes_out = 0;
	tp.row_started_ms = 0;
	tp.ack = {};
	tp.route = {};
	WARN_ON_ONCE(tp.fastopen.rsk);
	tp.fastopen = {};
}

namespace {

/* The last reference is gone: nothing may be left that counts against the socket's memory. */
void tcp_sock_destruct(struct sock *sk)
{
	TcpSock &tp = *tcp_sk_unlocked(sk);
	__skb_queue_purge(&sk->sk_receive_queue);
	__skb_queue_purge(&sk->sk_error_queue);
	WARN_ON_ONCE(tp.tcb.state != TcpState::Close);
	WARN_ON_ONCE(tp.bind.bucket);
	WARN_ON_ONCE(tp.orphan);
	WARN_ON_ONCE(atomic_read(&sk->sk_rmem_alloc));
	WARN_ON_ONCE(refcount_read(&sk->sk_wmem_alloc));
	WARN_ON_ONCE(sk->sk_wmem_queued);
	WARN_ON_ONCE(sk->sk_forward_alloc);
	tcp_fastopen_destroy_cipher(tp);
	kfree(tp.listener);
}

/* A third of the send buffer is free again (sk_stream_write_space() of the kernel, not exported). */
void wake_writers(struct sock *sk)
{
	struct socket *sock = sk->sk_socket;
	if (!sock || !sk_stream_is_writeable(sk))
		return;
	clear_bit(SOCK_NOSPACE, &sock->flags);
	RcuRead rcu;
	struct socket_wq *wq = rcu_dereference(sk->sk_wq);
	if (skwq_has_sleeper(wq))
		wake_up_interruptible_poll(&wq->wait, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	if (wq && wq->fasync_list && !(sk->sk_shutdown & SEND_SHUTDOWN))
		sock_wake_async(wq, SOCK_WAKE_SPACE, POLL_OUT);
}

} // namespace

int tcp_init_sock(struct sock *sk)
{
	TcpSock &tp = *tcp_sk_unlocked(sk);
	struct net *net = sock_net(sk);
	tp.tcb.state = TcpState::Close;
	tcp_init_vars(tp);
	tcp_init_xmit_timers(tp);
	INIT_LIST_HEAD(&tp.accept_link);
	entry_init(tp.entry, EntryKind::Sock, net, ConnKey{}, 0);
	tp.bind = {.kind = EntryKind::Sock};
	tp.pmtudisc = READ_ONCE(net->ipv4.sysctl_ip_no_pmtu_disc) ? PmtuDisc::Dont : PmtuDisc::Want;
	sk->sk_state = TCP_CLOSE;
	sk->sk_write_space = wake_writers;
	sk->sk_destruct = tcp_sock_destruct;
	sk->sk_sndbuf = READ_ONCE(net->ipv4.sysctl_tcp_wmem[1]);
	sk->sk_rcvbuf = READ_ONCE(net->ipv4.sysctl_tcp_rmem[1]);
	sock_set_flag(sk, SOCK_USE_WRITE_QUEUE);
	/* Readers of the hash may still look at a socket whose last reference has gone. */
	sock_set_flag(sk, SOCK_RCU_FREE);
	return 0;
}

namespace {

void leave_hash(TcpSock &tp, TcpState old)
{
	if (old == TcpState::Listen)
		listener_unhash(tp);
	else
		inet_ehash_remove(tp.entry);
	if (!tp.bound_by_user)
		inet_put_port(tp);
}

} // namespace

void tcp_set_state(TcpSock &tp, TcpState next)
{
	struct sock *sk = &tp.sk;
	const TcpState old = tp.tcb.state;
	const ConnKey &key = tp.entry.key;
	WARN_ONCE(!may_change(old, next), "tcpxx: no arrow from %s to %s\n", state_name(old), state_name(next));
	trace_inet_sock_set_state(sk, static_cast<int>(old), static_cast<int>(next), key.num, key.dport.host(),
				  key.saddr.network(), key.daddr.network(), sk->sk_family, IPPROTO_TCP);
	if (next == TcpState::Close) {
		if (old == TcpState::Established || old == TcpState::CloseWait)
			count(sock_net(sk), Mib::EstabResets);
		leave_hash(tp, old);
		if (tp.fastopen.rsk)
			reqsk_fastopen_remove(tp, Opening::Done);
	}
	WRITE_ONCE(tp.tcb.state, next);
	/* poll() and sk_stream_wait_*() read it without the lock. */
	smp_store_release(&sk->sk_state, static_cast<unsigned char>(next));
}

void tcp_done(TcpSock &tp)
{
	struct sock *sk = &tp.sk;
	if (tp.tcb.state == TcpState::SynSent || tp.tcb.state == TcpState::SynRecv)
		count(sock_net(sk), Mib::AttemptFails);
	tcp_set_state(tp, TcpState::Close);
	tcp_clear_xmit_timers(tp);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	if (sock_flag(sk, SOCK_DEAD))
		inet_csk_destroy_sock(tp);
	else
		sk->sk_state_change(sk);
}

/* --- close ------------------------------------------------------------------------------------ */

namespace {

/* The user will send no more. */
void end_sending(TcpSock &tp)
{
	const CloseStep step = close_step(tp.tcb.state);
	if (step.next == tp.tcb.state)
		return;
	const bool queued = !step.send_fin || tcp_queue_fin(tp);
	/* In a softirq there may be no memory for what shutdown() had left until then: close() will try again. */
	if (!queued && !sock_owned_by_user(&tp.sk))
		return;
	tcp_set_state(tp, step.next);
	if (step.send_fin)
		tcp_push_pending_frames(tp);
}

} // namespace

void tcp_shutdown(TcpSock &tp, int how)
{
	/* In SYN-RECEIVED it waits for the ACK of our SYN, as in Linux; a close() does not. */
	if (how & SEND_SHUTDOWN && tp.tcb.state != TcpState::SynRecv)
		end_sending(tp);
}

namespace {

/* RFC 9293, 3.10.5. A peer that has our FIN knows that we are gone; but the state says only that it was to be sent. */
bool aborts_with_reset(const TcpSock &tp)
{
	const TcpState s = tp.tcb.state;
	return kResetByAbort.has(s) ||
	       ((s == TcpState::Closing || s == TcpState::LastAck) && tp.tcb.snd_nxt != tp.tcb.write_seq);
}

} // namespace

int tcp_disconnect(TcpSock &tp)
{
	struct sock *sk = &tp.sk;
	const TcpState old = tp.tcb.state;
	if (aborts_with_reset(tp))
		tcp_send_active_reset(tp);
	/* Another thread may wait in this socket, and has to learn why it ends. */
	if (kSynchronized.has(old) || old == TcpState::SynSent)
		WRITE_ONCE(sk->sk_err, ECONNRESET);
	if (old != TcpState::Close)
		tcp_set_state(tp, TcpState::Close);
	if (old == TcpState::Listen)
		inet_csk_listen_stop(tp);
	tcp_clear_xmit_timers(tp);
	__skb_queue_purge(&sk->sk_receive_queue);
	tcp_write_queue_purge(tp);
	tcp_fastopen_active_disable_ofo_check(tp);
	__skb_queue_purge(&tp.ofo_queue);
	tcp_free_fastopen_req(tp);
	WRITE_ONCE(sk->sk_shutdown, 0);
	sock_reset_flag(sk, SOCK_DONE);
	tcp_init_vars(tp);
	tp.entry.key.daddr = be32{};
	tp.entry.key.dport = be16{};
	tp.entry.key.saddr = tp.rcv_saddr;
	sk_error_report(sk);
	return 0;
}

namespace {

/* Frees what the user did not read. true: there was something. */
bool discard_unread(TcpSock &tp)
{
	bool unread = false;
	while (struct sk_buff *skb = __skb_dequeue(&tp.sk.sk_receive_queue)) {
		unread = true;
		kfree_skb(skb);
	}
	return unread;
}

/* Starts the end of a connection: RST for a user who threw data away (RFC 2525, 2.17) or asked for
 * it with a linger time of 0, FIN otherwise. */
void begin_close(TcpSock &tp)
{
	struct sock *sk = &tp.sk;
	const bool unread = discard_unread(tp);
	if (tp.tcb.state == TcpState::Close)
		return;
	if (unread) {
		count(sock_net(sk), Mib::TCPAbortOnClose);
		tcp_send_active_reset(tp);
		tcp_set_state(tp, TcpState::Close);
		return;
	}
	if (sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime) {
		count(sock_net(sk), Mib::TCPAbortOnData);
		if (aborts_with_reset(tp))
			tcp_send_active_reset(tp);
		tcp_set_state(tp, TcpState::Close);
		return;
	}
	end_sending(tp);
}

/* The user has gone. What is left of the connection goes on by itself, if it may. */
void finish_orphan(TcpSock &tp)
{
	if (tp.tcb.state == TcpState::Close) {
		inet_csk_destroy_sock(tp);
		return;
	}
	tcp_orphan_count_inc(tp);
	if (tp.tcb.state == TcpState::FinWait2 && tp.linger2 < 0)
		tcp_abort_orphan(tp, Mib::TCPAbortOnLinger);
	else if (tp.tcb.state == TcpState::FinWait2)
		tcp_fin_wait2_orphan(tp);
	else if (tcp_check_oom(tp, 0))
		tcp_abort_orphan(tp, Mib::TCPAbortOnMemory);
}

} // namespace

void tcp_abort_orphan(TcpSock &tp, Mib cause)
{
	count(sock_net(&tp.sk), cause);
	tcp_send_active_reset(tp);
	tcp_done(tp);
}

void tcp_close(struct sock *sk, long timeout)
{
	TcpState before_orphan;
	sock_hold(sk);
	{
		SockOwned owned(sk);
		TcpSock &tp = locked(sk);
		WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
		if (tp.tcb.state == TcpState::Listen) {
			tcp_set_state(tp, TcpState::Close);
			inet_csk_listen_stop(tp);
		} else {
			begin_close(tp);
			sk_stream_wait_close(sk, timeout);
		}
		before_orphan = tp.tcb.state;
		sock_orphan(sk);
	}
	{
		/* Segments that waited in the backlog have been handled; whoever comes now finds an
		 * orphan. If one of them ended the connection, tcp_done() destroyed it already. */
		BhOff softirqs_off;
		bh_lock_sock(sk);
		TcpSock &tp = *tcp_sk_unlocked(sk);
		if (before_orphan == TcpState::Close || tp.tcb.state != TcpState::Close)
			finish_orphan(tp);
		bh_unlock_sock(sk);
	}
	sock_put(sk);
}

} // namespace tcpxx
