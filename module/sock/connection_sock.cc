// SPDX-License-Identifier: GPL-2.0
/* A listener's SYN queue and accept queue, and the birth and end of a full socket. */
#include "sock/connection_sock.h"
#include "sock/listeners.h"
#include "sock/orphans.h"
#include "sock/ports.h"
#include "tcp/tcp.h"

namespace tcpxx {

namespace {

u8 synack_retries(const TcpSock &tp)
{
	const Listener &l = *tp.listener;
	const u8 configured = tp.syn_retries ?: READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_tcp_synack_retries);
	return synack_retries_now(configured, READ_ONCE(l.qlen), READ_ONCE(l.young), READ_ONCE(tp.sk.sk_max_ack_backlog));
}

/* Waits for the next time-out. false: it must end, because the listener has closed and could not find
 * it while it was off the wheel; or it has ended, because somebody took it out of the hash. */
bool back_on_wheel(Listener &l, RequestSock &req)
{
	SoftirqLock guard(&l.lock);
	if (l.closed || !entry_hashed(req.entry))
		return false;
	if (!req.half.timeouts++)
		l.young--;
	l.wheel.add(req.wheel, to_jiffies(handshake_timeout(req.half.timeouts)));
	return true;
}

/* The caller holds a reference on the request. */
void synack_timeout(Listener &l, RequestSock &req)
{
	const u8 defer_accept = READ_ONCE(req.listener->defer_accept);
	const SynAckStep step = synack_timer_expires(req.half, synack_retries(*req.listener), defer_accept);
	count(req.entry.net, Mib::TCPTimeouts);
	if (step == SynAckStep::Expire) {
		count(req.entry.net, Mib::AttemptFails);
		inet_csk_reqsk_queue_drop(req, Drop::SynAckTimeout);
	} else if (!back_on_wheel(l, req)) {
		inet_csk_reqsk_queue_drop(req, Drop::ListenerClosed);
	} else if (step == SynAckStep::Resend) {
		tcp_rtx_synack(req);
	}
}

void synack_timer(struct timer_list *t)
{
	Listener &l = *container_of(t, Listener, synack_timer);
	while (RequestSock *req = wheel_pop<RequestSock>(l.lock, l.wheel, Due::Now)) {
		synack_timeout(l, *req);
		reqsk_put(*req);
	}
	BhLock guard(&l.lock);
	if (!l.closed && l.wheel.count())
		mod_timer(&l.synack_timer, jiffies + l.wheel.tick());
}

/* Off the SYN queue's books. The caller has taken the request out of the hash, and so has the
 * right to drop the reference that hash and wheel shared. */
void leave_syn_queue(Listener &l, RequestSock &req)
{
	l.wheel.remove(req.wheel);
	l.qlen--;
	if (!req.half.timeouts)
		l.young--;
}

} // namespace

bool sk_acceptq_is_full(TcpSock &tp)
{
	return READ_ONCE(tp.sk.sk_ack_backlog) > READ_ONCE(tp.sk.sk_max_ack_backlog);
}

bool accept_queue_ready(TcpSock &listener) { return !list_empty_careful(&listener.listener->accept_queue); }

Drop inet_csk_reqsk_queue_hash_add(RequestSock &req)
{
	Listener &l = *req.listener->listener;
	SoftirqLock guard(&l.lock);
	if (l.closed)
		return Drop::ListenerClosed;
	if (!inet_ehash_insert(req.entry))
		return Drop::OldSequence;
	entry_get(req.entry);
	l.qlen++;
	l.young++;
	l.ledger.syn_queue_high = max_of(l.ledger.syn_queue_high, l.qlen);
	atomic_long_inc(&l.ledger.requests);
	if (l.wheel.add(req.wheel, to_jiffies(handshake_timeout(0))))
		mod_timer(&l.synack_timer, jiffies + l.wheel.tick());
	return Drop::None;
}

void inet_csk_reqsk_queue_restart(RequestSock &req)
{
	Listener &l = *req.listener->listener;
	BhLock guard(&l.lock);
	/* Off the wheel it is in the hands of its timer, and will be back. */
	if (hlist_unhashed(&req.wheel.node))
		return;
	l.wheel.remove(req.wheel);
	l.wheel.add(req.wheel, to_jiffies(handshake_timeout(req.half.timeouts)));
}

bool inet_csk_reqsk_queue_drop(RequestSock &req, Drop cause)
{
	if (!inet_ehash_remove(req.entry))
		return false;
	Listener &l = *req.listener->listener;
	{
		BhLock guard(&l.lock);
		leave_syn_queue(l, req);
	}
	ledger_victim(l.ledger, Fate::Dropped, cause, req.entry.key);
	reqsk_put(req);
	return true;
}

namespace {

/* false: the listener has closed. Under its queue lock. */
bool join_accept_queue(TcpSock &listener, TcpSock &child)
{
	Listener &l = *listener.listener;
	if (l.closed)
		return false;
	list_add_tail(&child.accept_link, &l.accept_queue);
	sk_acceptq_added(&listener.sk);
	l.ledger.accept_queue_high = max_of(l.ledger.accept_queue_high, listener.sk.sk_ack_backlog);
	return true;
}

} // namespace

Drop inet_csk_complete_hashdance(RequestSock &req, TcpSock &child)
{
	const bool placed = is_unhashed(req) ? inet_ehash_insert(child.entry) : inet_ehash_replace(child.entry, req.entry);
	if (!placed)
		return Drop::OldSequence;
	Listener &l = *req.listener->listener;
	bool joined;
	{
		BhLock guard(&l.lock);
		if (!is_unhashed(req))
			leave_syn_queue(l, req);
		joined = join_accept_queue(*req.listener, child);
		if (joined && req.tfo_listener)
			atomic_long_inc(&l.ledger.fastopens);
	}
	child.saved_syn = req.saved_syn;
	req.saved_syn = nullptr;
	if (!is_unhashed(req))
		reqsk_put(req);
	return joined ? Drop::None : Drop::ListenerClosed;
}

namespace {

Listener *listener_alloc()
{
	auto *l = static_cast<Listener *>(kzalloc(sizeof(Listener), GFP_KERNEL_ACCOUNT));
	if (!l)
		return nullptr;
	spin_lock_init(&l->lock);
	l->wheel.init();
	INIT_LIST_HEAD(&l->accept_queue);
	l->cookies_until = jiffies - 1;
	ledger_init(l->ledger);
	timer_setup(&l->synack_timer, synack_timer, 0);
	return l;
}

} // namespace

int inet_csk_listen_start(TcpSock &tp)
{
	if (!tp.listener)
		tp.listener = listener_alloc();
	if (!tp.listener)
		return -ENOBUFS;
	{
		/* A socket that listened before: its queues are empty, but a softirq may still hold it. */
		BhLock guard(&tp.listener->lock);
		tp.listener->closed = false;
		tp.listener->flood_warned = false;
	}
	tcp_set_state(tp, TcpState::Listen);
	const int err = inet_csk_get_port(tp, tp.entry.key.num);
	if (err) {
		tcp_set_state(tp, TcpState::Close);
		return err;
	}
	listener_hash(tp);
	return 0;
}

namespace {

TcpSock *pop_accept_queue(TcpSock &listener)
{
	Listener &l = *listener.listener;
	BhLock guard(&l.lock);
	TcpSock *child = list_first_entry_or_null(&l.accept_queue, TcpSock, accept_link);
	if (!child)
		return nullptr;
	list_del_init(&child->accept_link);
	sk_acceptq_removed(&listener.sk);
	return child;
}

/* A connection that nobody will accept: the peer is told, as when a user closes with unread data. */
void forget_child(TcpSock &child)
{
	struct sock *sk = &child.sk;
	{
		BhOff softirqs_off;
		bh_lock_sock(sk);
		/* No process can own it: it has never had a descriptor. */
		if (child.tcb.state != TcpState::Close) {
			tcp_send_active_reset(child);
			count(sock_net(sk), Mib::TCPAbortOnClose);
			tcp_done(child);
		}
		sock_orphan(sk);
		inet_csk_destroy_sock(child);
		bh_unlock_sock(sk);
	}
	sock_put(sk);
}

} // namespace

void inet_csk_listen_stop(TcpSock &tp)
{
	Listener &l = *tp.listener;
	{
		BhLock guard(&l.lock);
		l.closed = true;
	}
	timer_delete_sync(&l.synack_timer);
	while (RequestSock *req = wheel_pop<RequestSock>(l.lock, l.wheel, Due::Whenever)) {
		inet_csk_reqsk_queue_drop(*req, Drop::ListenerClosed);
		reqsk_put(*req);
	}
	while (TcpSock *child = pop_accept_queue(tp)) {
		ledger_victim(l.ledger, Fate::Dropped, Drop::ListenerClosed, child->entry.key);
		sock_hold(&child->sk);
		forget_child(*child);
	}
	tcp_fastopen_queue_purge(l);
}

namespace {

/* 0 when there is a child, else the errno (positive) that ended the wait. */
int wait_for_connect(TcpSock &listener, long timeo)
{
	struct sock *sk = &listener.sk;
	DEFINE_WAIT(wait);
	int err;
	for (;;) {
		prepare_to_wait_exclusive(sk_sleep(sk), &wait, TASK_INTERRUPTIBLE);
		release_sock(sk);
		if (!accept_queue_ready(listener))
			timeo = schedule_timeout(timeo);
		sched_annotate_sleep();
		lock_sock(sk);
		err = 0;
		if (accept_queue_ready(listener))
			break;
		err = EINVAL;
		if (listener.tcb.state != TcpState::Listen)
			break;
		err = -sock_intr_errno(timeo);
		if (signal_pending(current))
			break;
		err = EAGAIN;
		if (!timeo)
			break;
	}
	finish_wait(sk_sleep(sk), &wait);
	return err;
}

} // namespace

Result<TcpSock *> inet_csk_accept(TcpSock &listener, bool nonblock)
{
	if (listener.tcb.state != TcpState::Listen)
		return Errno::Invalid;
	if (!accept_queue_ready(listener)) {
		const long timeo = sock_rcvtimeo(&listener.sk, nonblock);
		if (!timeo)
			return Errno::Again;
		const int err = wait_for_connect(listener, timeo);
		if (err)
			return static_cast<Errno>(err);
	}
	TcpSock *child = pop_accept_queue(listener);
	if (WARN_ON_ONCE(!child))
		return Errno::Again;
	atomic_long_inc(&ledger_of(listener).accepted);
	return child;
}

TcpSock *inet_csk_clone_lock(TcpSock &listener, const RequestSock &req)
{
	struct sock *sk = sk_clone_lock(&listener.sk, GFP_ATOMIC);
	if (!sk)
		return nullptr;
	TcpSock &child = *tcp_sk_unlocked(sk);
	child.listener = nullptr;
	child.bind = {.kind = EntryKind::Sock};
	child.bound_by_user = false;
	child.deferred = 0;
	child.defer_accept = 0;
	child.saved_syn = nullptr;
	INIT_LIST_HEAD(&child.accept_link);
	tcp_init_vars(child);
	child.fastopen_settings.keys = nullptr;
	child.fastopen_settings.max_qlen = 0;
	tcp_init_xmit_timers(child);
	entry_init(child.entry, EntryKind::Sock, req.entry.net, req.entry.key, req.entry.ifindex);
	child.rcv_saddr = req.entry.key.saddr;
	sk->sk_bound_dev_if = req.entry.ifindex;
	tcp_set_state(child, TcpState::SynRecv);
	return &child;
}

void inet_csk_destroy_unborn(TcpSock &child)
{
	struct sock *sk = &child.sk;
	/* It never had a user, and its two references (sk_clone_lock) are ours alone. */
	sock_set_flag(sk, SOCK_DEAD);
	tcp_set_state(child, TcpState::Close);
	inet_csk_destroy_sock(child);
	bh_unlock_sock(sk);
	sock_put(sk);
}

void inet_csk_destroy_sock(TcpSock &tp)
{
	struct sock *sk = &tp.sk;
	WARN_ON(tp.tcb.state != TcpState::Close);
	WARN_ON(!sock_flag(sk, SOCK_DEAD));
	tcp_clear_xmit_timers(tp);
	tcp_write_queue_purge(tp);
	tcp_fastopen_active_disable_ofo_check(tp);
	__skb_queue_purge(&tp.ofo_queue);
	tcp_free_fastopen_req(tp);
	inet_put_port(tp);
	tcp_orphan_count_dec(tp);
	kfree(tp.saved_syn);
	tp.saved_syn = nullptr;
	sk_stream_kill_queues(sk);
	sock_put(sk);
}

} // namespace tcpxx
