// SPDX-License-Identifier: GPL-2.0
/*
 * The protocol family as the kernel's socket layer sees it: net_proto_family, proto_ops, proto, and
 * the order in which everything is registered and taken down. Process context.
 */
#include "kapi/compat.h"
#include "kapi/entry.h"
#include "net/ip_offload.h"
#include "net/pernet.h"
#include "sock/connection_sock.h"
#include "sock/listeners.h"
#include "sock/orphans.h"
#include "sock/ports.h"
#include "sock/proc.h"
#include "sock/sockopt.h"
#include "tcp/tcp.h"

namespace tcpxx {

unsigned int pernet_id;

namespace {

int family_number;

/* --- addresses -------------------------------------------------------------------------------- */

/* A program's address, checked: 0 and `in` filled, or a negative errno. */
int check_address(const struct sockaddr *addr, int len, struct sockaddr_in &in)
{
	if (len < static_cast<int>(sizeof(in)))
		return -EINVAL;
	memcpy(&in, addr, sizeof(in));
	return in.sin_family == AF_INET || in.sin_family == family_number ? 0 : -EAFNOSUPPORT;
}

int fill_address(struct sockaddr *addr, be32 ip, be16 port)
{
	struct sockaddr_in in = {};
	in.sin_family = static_cast<sa_family_t>(family_number);
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
	if (!ipv4::is_any(ip) && !is_local_address(net, ip))
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

bool is_opening(const TcpSock &tp)
{
	return tp.tcb.state == TcpState::SynSent || tp.tcb.state == TcpState::SynRecv;
}

/* What is left of the time-out when the opening has ended, or 0. */
long wait_for_connect(TcpSock &tp, long timeo)
{
	struct sock *sk = &tp.sk;
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	add_wait_queue(sk_sleep(sk), &wait);
	while (is_opening(tp)) {
		release_sock(sk);
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
		lock_sock(sk);
		if (signal_pending(current) || !timeo)
			break;
	}
	remove_wait_queue(sk_sleep(sk), &wait);
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

int begin_connect(struct socket *sock, TcpSock &tp, const struct sockaddr_in &to)
{
	if (tp.tcb.state != TcpState::Close)
		return -EISCONN;
	const int err = tcp_v4_connect(tp, to);
	if (!err)
		sock->state = SS_CONNECTING;
	return err;
}

int connect_locked(struct socket *sock, TcpSock &tp, const struct sockaddr_in &to, int flags)
{
	int pending = -EINPROGRESS;
	if (sock->state == SS_CONNECTED)
		return -EISCONN;
	if (sock->state == SS_DISCONNECTING)
		return -EINVAL;
	if (sock->state == SS_CONNECTING)
		pending = -EALREADY;
	else if (const int err = begin_connect(sock, tp, to))
		return err;

	if (is_opening(tp)) {
		long timeo = sock_sndtimeo(&tp.sk, flags & O_NONBLOCK);
		if (!timeo)
			return pending;
		timeo = wait_for_connect(tp, timeo);
		if (!timeo)
			return pending;
		if (is_opening(tp))
			return sock_intr_errno(timeo);
	}
	return connect_result(sock, tp);
}

int inet_stream_connect(struct socket *sock, struct sockaddr *addr, int len, int flags)
{
	if (len < static_cast<int>(sizeof(addr->sa_family)))
		return -EINVAL;
	SockOwned owned(sock->sk);
	TcpSock &tp = locked(sock->sk);
	if (addr->sa_family == AF_UNSPEC) {
		sock->state = SS_UNCONNECTED;
		return tcp_disconnect(tp);
	}
	struct sockaddr_in to;
	const int err = check_address(addr, len, to);
	return err ? err : connect_locked(sock, tp, to, flags);
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
		sock->state = is_opening(tp) || tp.tcb.state == TcpState::Close ? SS_DISCONNECTING : SS_CONNECTED;
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

/* --- what is registered ----------------------------------------------------------------------- */

struct proto_ops stream_ops = {
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

struct request_sock_ops request_ops = { .obj_size = sizeof(RequestSock) };
struct timewait_sock_ops timewait_ops = { .twsk_obj_size = sizeof(TimeWaitSock) };

atomic_long_t memory_allocated;
DEFINE_PER_CPU(int, memory_per_cpu_fw_alloc);
unsigned long memory_pressure;

} // namespace

struct proto tcpxx_prot = {
	.close = tcp_close,
	.init = tcp_init_sock,
	.keepalive = tcp_set_keepalive,
	.backlog_rcv = tcp_v4_do_rcv,
	.release_cb = tcp_release_cb,
	.memory_allocated = &memory_allocated,
	.per_cpu_fw_alloc = &memory_per_cpu_fw_alloc,
	.memory_pressure = &memory_pressure,
	.sysctl_wmem_offset = offsetof(struct net, ipv4.sysctl_tcp_wmem),
	.sysctl_rmem_offset = offsetof(struct net, ipv4.sysctl_tcp_rmem),
	.obj_size = sizeof(TcpSock),
	/* Requests and TIME-WAIT objects are looked up without a lock, and come and go too often for a
	 * grace period each. */
	.slab_flags = SLAB_TYPESAFE_BY_RCU,
	.rsk_prot = &request_ops,
	.twsk_prot = &timewait_ops,
	.owner = THIS_MODULE,
	.name = "TCPXX",
};

namespace {

int tcpxx_create(struct net *net, struct socket *sock, int protocol, int kern)
{
	if (sock->type != SOCK_STREAM)
		return -ESOCKTNOSUPPORT;
	if (protocol && protocol != IPPROTO_TCP)
		return -EPROTONOSUPPORT;
	if (READ_ONCE(tcpxx_privileged) && !kern && !ns_capable(net->user_ns, CAP_NET_RAW))
		return -EPERM;
	struct sock *sk = sk_alloc(net, family_number, GFP_KERNEL, &tcpxx_prot, kern);
	if (!sk)
		return -ENOBUFS;
	sock->state = SS_UNCONNECTED;
	sock->ops = &stream_ops;
	wants_own_sockopt(sock);
	sock_init_data(sock, sk);
	sk->sk_protocol = IPPROTO_TCP;
	sk->sk_backlog_rcv = tcpxx_prot.backlog_rcv;
	return tcp_init_sock(sk);
}

struct net_proto_family family_ops = { .create = tcpxx_create, .owner = THIS_MODULE };

int __net_init tcpxx_net_init(struct net *net)
{
	int err = mib_net_init(net);
	if (err)
		return err;
	fib_net_init(net);
	pmtu_net_init(net);
	icmp_net_init(net);
	challenge_net_init(net);
	ip_frag_net_init(net);
	err = neigh_net_init(net);
	if (err)
		goto no_neigh;
	err = timewait_net_init(net);
	if (err)
		goto no_timewait;
	err = proc_net_init(net);
	if (!err)
		return 0;
	timewait_net_exit(net);
no_timewait:
	neigh_net_exit(net);
no_neigh:
	ip_frag_net_exit(net);
	pmtu_net_exit(net);
	fib_net_exit(net);
	mib_net_exit(net);
	return err;
}

/* No socket is left in the namespace: what remains are objects that nobody owns. */
void __net_exit tcpxx_net_exit(struct net *net)
{
	proc_net_exit(net);
	timewait_net_exit(net);
	neigh_net_exit(net);
	ip_frag_net_exit(net);
	pmtu_net_exit(net);
	fib_net_exit(net);
	mib_net_exit(net);
}

struct pernet_operations pernet_ops = {
	.init = tcpxx_net_init,
	.exit = tcpxx_net_exit,
	.id = &pernet_id,
	.size = sizeof(Pernet),
};

bool is_usable_ethertype(unsigned int type)
{
	/* Under 0x0600 the field is a length (IEEE 802.3); the in-kernel stack answers the others. */
	return type >= 0x0600 && type <= 0xffff && type != ETH_P_IP && type != ETH_P_ARP && type != ETH_P_IPV6;
}

int check_parameters(int family, unsigned int ethertype, unsigned int arp_ethertype)
{
	if (family <= 0 || family >= AF_MAX) {
		pr_err("family %d is not between 1 and %d\n", family, AF_MAX - 1);
		return -EINVAL;
	}
	if (!is_usable_ethertype(ethertype) || !is_usable_ethertype(arp_ethertype) || ethertype == arp_ethertype) {
		pr_err("ethertypes 0x%04x and 0x%04x: both from 0x0600 to 0xffff, different, and not IP's or ARP's\n",
		       ethertype, arp_ethertype);
		return -EINVAL;
	}
	return 0;
}

int register_family(int number)
{
	family_number = number;
	stream_ops.family = number;
	family_ops.family = number;
	const int err = sock_register(&family_ops);
	if (err == -EEXIST)
		pr_err("socket family %d is taken; choose another with the parameter family=\n", number);
	return err;
}

} // namespace

} // namespace tcpxx

using namespace tcpxx;

bool tcpxx_privileged;
unsigned int tcpxx_max_orphans;

int tcpxx_init(int family, unsigned int ethertype, unsigned int arp_ethertype)
{
	int err = check_parameters(family, ethertype, arp_ethertype);
	if (err)
		return err;
	tcpxx_prot.sysctl_mem = tcp_prot.sysctl_mem; /* net.ipv4.tcp_mem steers both stacks */
	tcp_v4_init();
	err = hashtables_init();
	if (err)
		return err;
	err = listeners_init();
	if (err)
		goto no_listeners;
	err = ports_init();
	if (err)
		goto no_ports;
	err = orphans_init();
	if (err)
		goto no_orphans;
	err = proto_register(&tcpxx_prot, 1);
	if (err)
		goto no_proto;
	err = register_pernet_subsys(&pernet_ops);
	if (err)
		goto no_pernet;
	err = neigh_init();
	if (err)
		goto no_neigh;
	err = register_family(family);
	if (err)
		goto no_family;
	ethertype_add(static_cast<u16>(ethertype), static_cast<u16>(arp_ethertype));
	ip_offload_add();
	pr_info("family %d, ethertypes 0x%04x and 0x%04x\n", family, ethertype, arp_ethertype);
	return 0;

no_family:
	neigh_exit();
no_neigh:
	unregister_pernet_subsys(&pernet_ops);
no_pernet:
	proto_unregister(&tcpxx_prot);
no_proto:
	orphans_exit();
no_orphans:
	ports_exit();
no_ports:
	listeners_exit();
no_listeners:
	hashtables_exit();
	return err;
}

/* Each socket holds the module, so none is left; half-open requests ended with their listeners. */
void tcpxx_exit()
{
	sock_unregister(family_number);
	ip_offload_remove();
	ethertype_remove();
	neigh_exit();
	unregister_pernet_subsys(&pernet_ops);
	rcu_barrier(); /* freed sockets and neighbours */
	proto_unregister(&tcpxx_prot);
	orphans_exit();
	ports_exit();
	listeners_exit();
	hashtables_exit();
	pr_info("gone\n");
}
