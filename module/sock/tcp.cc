// SPDX-License-Identifier: GPL-2.0
/* The calls that move data, and poll(). Process context. */
#include "sock/connection_sock.h"
#include "tcp/tcp.h"

namespace tcpxx {

/* --- send ------------------------------------------------------------------------------------- */

namespace {

constexpr int kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE | MSG_FASTOPEN | MSG_CMSG_COMPAT
#ifdef MSG_SPLICE_PAGES
			   | MSG_SPLICE_PAGES /* sendfile() of 6.12; the pages are copied for now */
#endif
#ifdef MSG_SENDPAGE_NOTLAST
			   | MSG_SENDPAGE_NOTLAST /* sendfile() of 6.1, copied by sock_no_sendpage() */
#endif
	;

/* The last packet of the send queue, if text may still be added to it. */
struct sk_buff *open_tail(TcpSock &tp, u32 size_goal)
{
	struct sk_buff *skb = skb_peek_tail(&tp.sk.sk_write_queue);
	return skb && skb->len < size_goal && !(seg_cb(skb).flags & kFin) ? skb : nullptr;
}

struct sk_buff *new_tail(TcpSock &tp)
{
	struct sk_buff *skb = tcp_stream_alloc_skb(tp, tp.sk.sk_allocation);
	if (!skb)
		return nullptr;
	seg_cb(skb) = {.seq = tp.tcb.write_seq, .end_seq = tp.tcb.write_seq, .flags = kAck};
	__skb_queue_tail(&tp.sk.sk_write_queue, skb);
	return skb;
}

} // namespace

int tcp_append_text(TcpSock &tp, struct sk_buff *skb, struct msghdr *msg, u32 want)
{
	struct sock *sk = &tp.sk;
	struct page_frag *frag = sk_page_frag(sk);
	if (!sk_page_frag_refill(sk, frag))
		return -ENOMEM;
	const int i = skb_shinfo(skb)->nr_frags;
	const bool merge = skb_can_coalesce(skb, i, frag->page, frag->offset);
	if (!merge && i >= static_cast<int>(MAX_SKB_FRAGS))
		return 0;
	const u32 n = min_of(want, frag->size - frag->offset);
	if (!sk_wmem_schedule(sk, n))
		return -ENOMEM;
	const int err = skb_copy_to_page_nocache(sk, &msg->msg_iter, skb, frag->page, frag->offset, n);
	if (err)
		return err;
	if (merge) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[i - 1], n);
	} else {
		skb_fill_page_desc(skb, i, frag->page, frag->offset, n);
		page_ref_inc(frag->page);
	}
	frag->offset += n;
	tp.tcb.write_seq += n;
	seg_cb(skb).end_seq += n;
	return n;
}

namespace {

/* A packet that got no text is no segment. */
void drop_empty_tail(TcpSock &tp)
{
	struct sk_buff *skb = skb_peek_tail(&tp.sk.sk_write_queue);
	if (!skb || skb->len || seg_cb(skb).seq != seg_cb(skb).end_seq)
		return;
	__skb_unlink(skb, &tp.sk.sk_write_queue);
	tcp_free_wmem_skb(tp, skb);
}

/* Adds one piece of the message. Bytes, or a negative errno; -ENOMEM: wait for memory. */
int send_some(TcpSock &tp, struct msghdr *msg)
{
	const u32 size_goal = tcp_size_goal(tp);
	struct sk_buff *skb = open_tail(tp, size_goal);
	for (;;) {
		if (!skb) {
			if (!sk_stream_memory_free(&tp.sk))
				return -ENOMEM;
			skb = new_tail(tp);
			if (!skb)
				return -ENOMEM;
		}
		const u32 room = size_goal - skb->len;
		const int n = tcp_append_text(tp, skb, msg, min_of(room, static_cast<u32>(msg_data_left(msg))));
		if (n)
			return n;
		skb = nullptr; /* all its fragments are taken */
	}
}

/* Whether the peer should be woken: so much text is half of its largest window (Linux's forced_push). */
bool enough_to_push(const TcpSock &tp)
{
	return after(tp.tcb.write_seq, tp.pushed_seq + tp.tcb.max_window / 2);
}

void mark_push(TcpSock &tp)
{
	struct sk_buff *tail = skb_peek_tail(&tp.sk.sk_write_queue);
	if (!tail)
		return;
	seg_cb(tail).flags |= kPsh;
	tp.pushed_seq = tp.tcb.write_seq;
}

int wait_for_send_space(TcpSock &tp, long *timeo)
{
	set_bit(SOCK_NOSPACE, &tp.sk.sk_socket->flags);
	drop_empty_tail(tp);
	mark_push(tp);
	tcp_push_pending_frames(tp, Nagle::Off);
	return sk_stream_wait_memory(&tp.sk, timeo);
}

/* Waits until text may be sent. 0 or a negative errno. */
int wait_until_connected(TcpSock &tp, long *timeo)
{
	struct sock *sk = &tp.sk;
	if (!kCanSend.has(tp.tcb.state) && !tcp_passive_fastopen(tp)) {
		const int err = sk_stream_wait_connect(sk, timeo);
		if (err)
			return err;
	}
	return sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN) ? -EPIPE : 0;
}

/* Bytes queued, or a negative errno if there are none. */
int send_all(TcpSock &tp, struct msghdr *msg)
{
	struct sock *sk = &tp.sk;
	long timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT);
	int sent = 0;
	int err = wait_until_connected(tp, &timeo);
	while (!err && msg_data_left(msg)) {
		const int n = send_some(tp, msg);
		if (n > 0) {
			sent += n;
			if (enough_to_push(tp)) {
				mark_push(tp);
				tcp_push_pending_frames(tp, Nagle::Off);
			}
		} else if (n == -ENOMEM) {
			err = wait_for_send_space(tp, &timeo);
			if (!err && (sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN)))
				err = -EPIPE;
		} else {
			err = n;
		}
	}
	drop_empty_tail(tp);
	if (sent) {
		mark_push(tp);
		tcp_push_pending_frames(tp);
		return sent;
	}
	return err;
}

/* connect() and send() in one. 0 when the connection is open, else a negative errno; `in_syn`: bytes that the SYN took. */
int tcp_sendmsg_fastopen(TcpSock &tp, struct msghdr *msg, size_t len, int &in_syn)
{
	const auto *to = static_cast<const struct sockaddr *>(msg->msg_name);
	if (to && msg->msg_namelen >= static_cast<int>(sizeof(to->sa_family)) && to->sa_family == AF_UNSPEC)
		return -EOPNOTSUPP;
	if (const int err = tcp_fastopen_begin(tp, msg, len))
		return err;
	/* The SYN of TCP_FASTOPEN_CONNECT, which had to wait for this text. */
	if (tp.fastopen.defer_connect && tcp_connect(tp))
		tcp_set_state(tp, TcpState::Close);
	const int flags = msg->msg_flags & MSG_DONTWAIT ? O_NONBLOCK : 0;
	const int err = stream_connect(tp.sk.sk_socket, to, msg->msg_namelen, flags, Caller::Sendmsg);
	/* Whatever ended the connection meanwhile has freed it. */
	if (tp.fastopen.req) {
		in_syn = static_cast<int>(tp.fastopen.req->copied);
		tcp_free_fastopen_req(tp);
		tp.fastopen.defer_connect = false;
	}
	return err;
}

} // namespace

int tcp_sendmsg(struct sock *sk, struct msghdr *msg, size_t len)
{
	if (msg->msg_flags & ~kSendFlags)
		return -EOPNOTSUPP;
	SockOwned owned(sk);
	sk_clear_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	TcpSock &tp = locked(sk);
	int in_syn = 0;
	if (unlikely(msg->msg_flags & MSG_FASTOPEN || tp.fastopen.defer_connect)) {
		const int err = tcp_sendmsg_fastopen(tp, msg, len, in_syn);
		if (err == -EINPROGRESS && in_syn)
			return in_syn;
		if (err)
			return sk_stream_error(sk, msg->msg_flags, err);
	}
	const int sent = send_all(tp, msg);
	if (sent < 0 && !in_syn)
		return sk_stream_error(sk, msg->msg_flags, sent);
	return max_of(sent, 0) + in_syn;
}

/* --- receive ---------------------------------------------------------------------------------- */

namespace {

constexpr int kReceiveFlags = MSG_DONTWAIT | MSG_PEEK | MSG_WAITALL | MSG_TRUNC | MSG_NOSIGNAL |
			      MSG_CMSG_COMPAT | MSG_CMSG_CLOEXEC;

/* Text was read: announce the room that it made, if that is worth a segment. */
void announce_room(TcpSock &tp, u32 copied)
{
	Tcb &t = tp.tcb;
	if (!kCanReceive.has(t.state))
		return;
	/* The peer wrote no more than that, and may wait for its ACK. Twice, and it does not wait for answers either. */
	const bool drained = copied && !atomic_read(&tp.sk.sk_rmem_alloc) &&
			     tp.ack.writes_ended > (tp.ack.ping_pong ? 1 : 0);
	bool now = tp.ack.scheduled && (drained || distance(t.rcv_wup, t.rcv_nxt) > tp.ack.rcv_mss);
	if (copied && !now) {
		const u32 current_window = receive_window(t);
		if (2 * current_window <= t.window_clamp) {
			const u32 fresh = select_window(t, window_space(tp), full_window_space(tp), tp.ack.rcv_mss);
			now = fresh && fresh >= 2 * current_window;
		}
	}
	if (now)
		tcp_send_ack(tp);
}

/* What ends a recv() that found no text: 0 end of stream, or a negative errno; 1: nothing does. */
int receive_ends(TcpSock &tp, long timeo, bool have_some)
{
	struct sock *sk = &tp.sk;
	if (sock_flag(sk, SOCK_DONE))
		return 0;
	if (sk->sk_err)
		return have_some ? 0 : sock_error(sk);
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return 0;
	if (tp.tcb.state == TcpState::Close)
		return have_some ? 0 : -ENOTCONN;
	if (!timeo)
		return -EAGAIN;
	if (signal_pending(current))
		return sock_intr_errno(timeo);
	return 1;
}

/* The queued packet that holds `seq`, or nullptr. */
struct sk_buff *packet_at(TcpSock &tp, Seq32 seq)
{
	struct sk_buff *skb;
	skb_queue_walk(&tp.sk.sk_receive_queue, skb)
		if (before(seq, seg_cb(skb).seq + skb->len))
			return skb;
	return nullptr;
}

/* Copies what one packet has from `seq` on. Bytes, or -EFAULT. */
int copy_from_packet(struct sk_buff *skb, Seq32 seq, struct msghdr *msg, u32 want, int flags)
{
	const u32 offset = distance(seg_cb(skb).seq, seq);
	const u32 n = min_of(want, skb->len - offset);
	if (!(flags & MSG_TRUNC) && skb_copy_datagram_msg(skb, offset, msg, n))
		return -EFAULT;
	return n;
}

void free_if_read(TcpSock &tp, struct sk_buff *skb)
{
	if (before(tp.tcb.copied_seq, seg_cb(skb).seq + skb->len))
		return;
	__skb_unlink(skb, &tp.sk.sk_receive_queue);
	consume_skb(skb);
}

/* Bytes copied, or a negative errno if there were none. */
int receive(TcpSock &tp, struct msghdr *msg, u32 len, int flags)
{
	struct sock *sk = &tp.sk;
	long timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	const u32 target = sock_rcvlowat(sk, flags & MSG_WAITALL, len);
	Seq32 peeked = tp.tcb.copied_seq;
	u32 copied = 0;

	while (copied < len) {
		Seq32 &seq = flags & MSG_PEEK ? peeked : tp.tcb.copied_seq;
		struct sk_buff *skb = packet_at(tp, seq);
		if (skb) {
			const int n = copy_from_packet(skb, seq, msg, len - copied, flags);
			if (n < 0)
				return copied ? static_cast<int>(copied) : n;
			seq += n;
			copied += n;
			if (!(flags & MSG_PEEK))
				free_if_read(tp, skb);
			continue;
		}
		if (copied >= target && !READ_ONCE(sk->sk_backlog.tail))
			break;
		const int end = receive_ends(tp, timeo, copied);
		if (end <= 0)
			return copied ? static_cast<int>(copied) : end;
		announce_room(tp, copied);
		if (copied >= target)
			__sk_flush_backlog(sk);
		else
			sk_wait_data(sk, &timeo, skb_peek_tail(&sk->sk_receive_queue));
	}
	announce_room(tp, copied);
	return copied;
}

} // namespace

int tcp_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	if (flags & ~kReceiveFlags)
		return -EOPNOTSUPP;
	SockOwned owned(sk);
	TcpSock &tp = locked(sk);
	if (tp.tcb.state == TcpState::Listen)
		return -ENOTCONN;
	return receive(tp, msg, static_cast<u32>(min_of(len, static_cast<size_t>(INT_MAX))), flags);
}

/* --- poll ------------------------------------------------------------------------------------- */

namespace {

bool writable(struct sock *sk)
{
	if (sk_stream_is_writeable(sk))
		return true;
	sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	/* Space may have come between the look and the bit; sk_stream_write_space() has the pair. */
	smp_mb__after_atomic();
	return sk_stream_is_writeable(sk);
}

/* SO_RCVLOWAT bytes have come, or more may not come before some are read. */
bool readable(struct sock *sk)
{
	const TcpSock &tp = *tcp_sk_unlocked(sk);
	const Tcb &t = tp.tcb;
	const s32 unread = static_cast<s32>(distance(READ_ONCE(t.copied_seq), READ_ONCE(t.rcv_nxt)));
	return unread > 0 && (unread >= sock_rcvlowat(sk, 0, INT_MAX) || receive_window(t) <= tp.ack.rcv_mss);
}

} // namespace

/* No lock: every answer is a hint that the next call will check. */
__poll_t tcp_poll(struct file *file, struct socket *sock, struct poll_table_struct *wait)
{
	struct sock *sk = sock->sk;
	sock_poll_wait(file, sock, wait);
	const auto state = static_cast<TcpState>(smp_load_acquire(&sk->sk_state));
	if (state == TcpState::Listen)
		return accept_queue_ready(*tcp_sk_unlocked(sk)) ? EPOLLIN | EPOLLRDNORM : 0;

	const u8 shutdown = READ_ONCE(sk->sk_shutdown);
	__poll_t mask = 0;
	if (shutdown == SHUTDOWN_MASK || state == TcpState::Close)
		mask |= EPOLLHUP;
	if (shutdown & RCV_SHUTDOWN)
		mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
	if (state != TcpState::SynSent && (state != TcpState::SynRecv || tcp_passive_fastopen(*tcp_sk_unlocked(sk)))) {
		if (readable(sk))
			mask |= EPOLLIN | EPOLLRDNORM;
		if ((shutdown & SEND_SHUTDOWN) || writable(sk))
			mask |= EPOLLOUT | EPOLLWRNORM;
	}
	/* Pairs with the barrier in sk_error_report(). */
	smp_rmb();
	if (state == TcpState::SynSent && READ_ONCE(tcp_sk_unlocked(sk)->fastopen.defer_connect))
		mask |= EPOLLOUT | EPOLLWRNORM; /* a write sends the SYN */
	if (READ_ONCE(sk->sk_err) || !skb_queue_empty_lockless(&sk->sk_error_queue))
		mask |= EPOLLERR;
	return mask;
}

} // namespace tcpxx
