// SPDX-License-Identifier: GPL-2.0
/*
 * The calls of a program as they arrive from the kernel's socket layer: proto_ops. Process context.
 */
#include "sock/stream_ops.h"
#include "kapi/compat.h"
#include "net/pernet.h"
#include "sock/connection_sock.h"
#include "sock/ports.h"
#include "sock/sockopt.h"
#include "tcp/tcp.h"

namespace tcpxx {

namespace {

/* --- addresses -------------------------------------------------------------------------------- */

/* A program's address, checked: 0 and `in` filled, or a negative errno. */
int check_address(const struct sockaddr *addr, int len, struct sockaddr_in &in)
{
	if (!addr || len < static_cast<int>(sizeof(in)))
		return -EINVAL;
	memcpy(&in, addr, sizeof(in));
	return in.sin_family == AF_INET || in.sin_family == tcpxx_stream_ops.family ? 0 : -EAFNOSUPPORT;
}

int fill_address(struct sockaddr *addr, be32 ip, be16 port)
{
	struct sockaddr_in in = {};
	in.sin_family = static_cast<sa_family_t>(tcpxx_stream_ops.family);
	in.sin_port = port.network();
	in.sin_addr.s_addr = ip.network();
	memcpy(addr, &in, sizeof(in));
	return sizeof(in);
}

int tcpxx_getname(struct socket *sock, struct sockaddr *addr, int peer)
{
	SockOwned owned(sock->sk);
	const TcpSock &tp = locked(sock->sk);
	const ConnKey &key = tp.entry.key;
	if (!peer)
		return fill_address(addr, key.saddr, be16::from_host(key.num));
	if (tp.tcb.state == TcpState::Close || tp.tcb.state == TcpState::Listen || tp.tcb.state == TcpState::SynSent)
		return -ENOTCONN;
	return fill_address(addr, key.daddr, key.dport);
}

/* --- bind, listen, accept --------------------------------------------------------------------- */

int may_bind(struct net *net, be32 ip, u16 port)
{
	if (!ipv4::is_any(ip) && !READ_ONCE(net->ipv4.sysctl_ip_nonlocal_bind) && !is_local_address(net, ip))
		return -EADDRNOTAVAIL;
	if (port && inet_port_requires_bind_service(net, port) && !ns_capable(net->user_ns, CAP_NET_BIND_SERVICE))
		return -EACCES;
	return 0;
}

int inet_bind(struct socket *sock, struct sockaddr *addr, int len)
{
	struct sock *sk = sock->sk;
	struct sockaddr_in in;
	if (const int err = check_address(addr, len, in))
		return err;
	const be32 ip = be32::from_network(in.sin_addr.s_addr);
	const u16 port = ntohs(in.sin_port);
	if (const int err = may_bind(sock_net(sk), ip, port))
		return err;

	SockOwned owned(sk);
	TcpSock &tp = locked(sk);
	if (tp.tcb.state != TcpState::Close || tp.bind.bucket)
		return -EINVAL;
	tp.rcv_saddr = ip;
	tp.entry.key.saddr = ip;
	const int err = inet_csk_get_port(tp, port);
	if (err) {
		tp.rcv_saddr = be32{};
		tp.entry.key.saddr = be32{};
		return err;
	}
	tp.bound_by_user = true;
	return 0;
}

bool every_listener_has_fastopen(const struct net *net)
{
	constexpr u32 kBoth = kTfoServer | kTfoAllListeners;
	return (READ_ONCE(net->ipv4.sysctl_tcp_fastopen) & kBoth) == kBoth;
}

int inet_listen(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;
	SockOwned owned(sk);
	TcpSock &tp = locked(sk);
	if (sock->state != SS_UNCONNECTED)
		return -EINVAL;
	if (tp.tcb.state != TcpState::Close && tp.tcb.state != TcpState::Listen)
		return -EINVAL;
	/* A negative backlog is a large one, as everywhere. */
	const u32 limit = READ_ONCE(sock_net(sk)->core.sysctl_somaxconn);
	WRITE_ONCE(sk->sk_max_ack_backlog, min_of(static_cast<u32>(backlog), limit));
	tp.entry.ifindex = sk->sk_bound_dev_if;
	if (every_listener_has_fastopen(sock_net(sk)) && tp.tcb.state == TcpState::Close &&
	    !tp.fastopen_settings.max_qlen)
		fastopen_queue_tune(tp, static_cast<u32>(backlog));
	return tp.tcb.state == TcpState::Listen ? 0 : inet_csk_listen_start(tp);
}

int inet_accept(struct socket *sock, struct socket *newsock, TCPXX_ACCEPT_ARGS)
{
	Result<TcpSock *> child = Errno::Invalid;
	{
		SockOwned owned(sock->sk);
		child = inet_csk_accept(locked(sock->sk), TCPXX_ACCEPT_FLAGS & O_NONBLOCK);
	}
	if (!child)
		return -to_int(child.error());
	struct sock *sk = &(*child)->sk;
	SockOwned owned(sk);
	sock_graft(sk, newsock);
	wants_own_sockopt(newsock);
	newsock->state = SS_CONNECTED;
	return 0;
}

/* --- connect ---------------------------------------------------------------------------------- */

/* What is left of the time-out when the opening has ended, or 0. */
long wait_for_connect(TcpSock &tp, long timeo)
{
	struct sock *sk = &tp.sk;
	/* Text that the SYN did not take follows as soon as we are connected: the third ACK may wait for it. */
	const int text_follows = tp.fastopen.req && tp.fastopen.req->data;
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	add_wait_queue(sk_sleep(sk), &wait);
	sk->sk_write_pending += text_follows;
	while (kOpening.has(tp.tcb.state)) {
		release_sock(sk);
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
		lock_sock(sk);
		if (signal_pending(current) || !timeo)
			break;
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	sk->sk_write_pending -= text_follows;
	return timeo;
}

/* The opening has ended: how? */
int connect_result(struct socket *sock, TcpSock &tp)
{
	if (tp.tcb.state != TcpState::Close) {
		sock->state = SS_CONNECTED;
		return 0;
	}
	const int err = sock_error(&tp.sk) ?: -ECONNABORTED;
	sock->state = SS_UNCONNECTED;
	/* Back to what socket() made, so that the next connect() begins anew. */
	tcp_disconnect(tp);
	return err;
}

int begin_connect(struct socket *sock, TcpSock &tp, const struct sockaddr *addr, int len)
{
	struct sockaddr_in to;
	if (tp.tcb.state != TcpState::Close)
		return -EISCONN;
	if (const int err = check_address(addr, len, to))
		return err;
	const int err = tcp_v4_connect(tp, to);
	if (!err)
		sock->state = SS_CONNECTING;
	return err;
}

/* What connect() says while the opening that another call began goes on. */
int already(const TcpSock &tp, Caller caller)
{
	if (!tp.fastopen.defer_connect)
		return -EALREADY;
	/* As far as the user knows, who waits for nothing, TCP_FASTOPEN_CONNECT has connected. */
	return caller == Caller::Sendmsg ? -EINPROGRESS : -EISCONN;
}

} // namespace

int stream_connect(struct socket *sock, const struct sockaddr *addr, int len, int flags, Caller caller)
{
	TcpSock &tp = locked(sock->sk);
	int pending = -EINPROGRESS;
	if (sock->state == SS_CONNECTED)
		return -EISCONN;
	if (sock->state == SS_DISCONNECTING)
		return -EINVAL;
	if (sock->state == SS_CONNECTING) {
		pending = already(tp, caller);
	} else {
		if (const int err = begin_connect(sock, tp, addr, len))
			return err;
		if (tp.fastopen.defer_connect)
			return 0;
	}

	if (kOpening.has(tp.tcb.state)) {
		long timeo = sock_sndtimeo(&tp.sk, flags & O_NONBLOCK);
		if (!timeo)
			return pending;
		timeo = wait_for_connect(tp, timeo);
		if (!timeo)
			return pending;
		if (kOpening.has(tp.tcb.state))
			return sock_intr_errno(timeo);
	}
	return connect_result(sock, tp);
}

namespace {

int inet_stream_connect(struct socket *sock, struct sockaddr *addr, int len, int flags)
{
	if (len < static_cast<int>(sizeof(addr->sa_family)))
		return -EINVAL;
	SockOwned owned(sock->sk);
	if (addr->sa_family == AF_UNSPEC) {
		sock->state = SS_UNCONNECTED;
		return tcp_disconnect(locked(sock->sk));
	}
	return stream_connect(sock, addr, len, flags, Caller::Connect);
}

/* --- the rest of proto_ops -------------------------------------------------------------------- */

int inet_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	how++; /* SHUT_RD, SHUT_WR, SHUT_RDWR are 0, 1, 2; the bits are 1, 2, 3 */
	if (how & ~SHUTDOWN_MASK || !how)
		return -EINVAL;
	SockOwned owned(sk);
	TcpSock &tp = locked(sk);
	int err = 0;
	/* Nobody may have asked for the result of a nonblocking connect(). */
	if (sock->state == SS_CONNECTING)
		sock->state = kOpening.has(tp.tcb.state) || tp.tcb.state == TcpState::Close ? SS_DISCONNECTING : SS_CONNECTED;
	switch (tp.tcb.state) {
	case TcpState::Listen:
		if (!(how & RCV_SHUTDOWN))
			return 0;
		fallthrough;
	case TcpState::SynSent:
		err = tcp_disconnect(tp);
		sock->state = SS_UNCONNECTED;
		break;
	case TcpState::Close:
		err = -ENOTCONN;
		fallthrough;
	default:
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | how);
		tcp_shutdown(tp, how);
	}
	sk->sk_state_change(sk);
	return err;
}

int inet_release(struct socket *sock)
{
	struct sock *sk = sock->sk;
	if (!sk)
		return 0;
	/* A process that is being killed does not linger. */
	const bool linger = sock_flag(sk, SOCK_LINGER) && !(current->flags & PF_EXITING);
	sock->sk = nullptr;
	tcp_close(sk, linger ? sk->sk_lingertime : 0);
	return 0;
}

int inet_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	SockOwned owned(sock->sk);
	const TcpSock &tp = locked(sock->sk);
	if (cmd != SIOCINQ && cmd != SIOCOUTQ)
		return -ENOIOCTLCMD;
	if (tp.tcb.state == TcpState::Listen)
		return -EINVAL;
	const bool has_numbers = tp.tcb.state != TcpState::Close && tp.tcb.state != TcpState::SynSent;
	const u32 in = distance(tp.tcb.copied_seq, tp.tcb.rcv_nxt) - sock_flag(sock->sk, SOCK_DONE);
	const u32 out = distance(tp.tcb.snd_una, tp.tcb.write_seq);
	const int bytes = has_numbers ? static_cast<int>(cmd == SIOCINQ ? in : out) : 0;
	return put_user(bytes, reinterpret_cast<int __user *>(arg));
}

int inet_sendmsg(struct socket *sock, struct msghdr *msg, size_t len) { return tcp_sendmsg(sock->sk, msg, len); }
int inet_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags)
{
	msg->msg_namelen = 0;
	return tcp_recvmsg(sock->sk, msg, len, flags);
}

} // namespace

struct proto_ops tcpxx_stream_ops = {
	.owner = THIS_MODULE,
	.release = inet_release,
	.bind = inet_bind,
	.connect = inet_stream_connect,
	.socketpair = sock_no_socketpair,
	.accept = inet_accept,
	.getname = tcpxx_getname,
	.poll = tcp_poll,
	.ioctl = inet_ioctl,
	.listen = inet_listen,
	.shutdown = inet_shutdown,
	.setsockopt = tcp_setsockopt,
	.getsockopt = tcp_getsockopt,
	.sendmsg = inet_sendmsg,
	.recvmsg = inet_recvmsg,
	.mmap = sock_no_mmap,
};

} // namespace tcpxx
