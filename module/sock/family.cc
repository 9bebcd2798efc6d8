// SPDX-License-Identifier: GPL-2.0
/*
 * The protocol family as the kernel sees it: net_proto_family, proto, pernet_operations, and the order in
 * which everything is registered and taken down. Process context.
 */
#include "kapi/entry.h"
#include "net/ip_offload.h"
#include "net/pernet.h"
#include "sock/connection_sock.h"
#include "sock/listeners.h"
#include "sock/orphans.h"
#include "sock/ports.h"
#include "sock/proc.h"
#include "sock/stream_ops.h"
#include "tcp/tcp.h"

namespace tcpxx {

unsigned int pernet_id;

namespace {

/* --- what is registered ----------------------------------------------------------------------- */

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
	struct sock *sk = sk_alloc(net, tcpxx_stream_ops.family, GFP_KERNEL, &tcpxx_prot, kern);
	if (!sk)
		return -ENOBUFS;
	sock->state = SS_UNCONNECTED;
	sock->ops = &tcpxx_stream_ops;
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
	tcp_metrics_net_init(net);
	tcp_fastopen_net_init(net);
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
	tcp_metrics_net_exit(net);
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
	tcp_metrics_net_exit(net);
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
	tcpxx_stream_ops.family = number;
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
	sock_unregister(tcpxx_stream_ops.family);
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
