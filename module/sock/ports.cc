// SPDX-License-Identifier: GPL-2.0
/* bind(): who may share a port with whom. */
#include "sock/ports.h"
#include "sock/bind_bucket.h"
#include "sock/port_search.h"
#include "tcp/tcp_sock.h"
#include "tcp/timewait.h"

namespace tcpxx {

namespace {

/* What an owner has to say about others at its port. Of a socket that changes just now, as it was or as it will be: its
 * own lock is not held. */
struct Claim {
	be32 address; /* 0.0.0.0: any; that of the connection, once there is one */
	int device; /* 0: any */
	bool reuse; /* SO_REUSEADDR */
	bool listens;
	bool reuse_port; /* SO_REUSEPORT */
	bool nobodys; /* TIME-WAIT */
	kuid_t user; /* whose it is, with SO_REUSEPORT */
};

Claim claim_of(TcpSock &tp)
{
	struct sock *sk = &tp.sk;
	return {tp.entry.key.saddr, READ_ONCE(sk->sk_bound_dev_if), sk->sk_reuse != 0,
		READ_ONCE(tp.tcb.state) == TcpState::Listen, sk->sk_reuseport != 0, false,
		sk->sk_reuseport ? sock_i_uid(sk) : GLOBAL_ROOT_UID};
}

Claim claim_of(BindOwner &owner)
{
	if (owner.kind == EntryKind::Sock)
		return claim_of(*container_of(&owner, TcpSock, bind));
	const TimeWaitSock &tw = *container_of(&owner, TimeWaitSock, bind);
	return {tw.entry.key.saddr, tw.entry.ifindex, tw.reuse, false, tw.reuse_port, true, GLOBAL_ROOT_UID};
}

/* Whether both could be meant by one segment. */
bool overlap(const Claim &a, const Claim &b)
{
	if (a.device && b.device && a.device != b.device)
		return false;
	const be32 any{};
	return a.address == any || b.address == any || a.address == b.address;
}

/* Both have set SO_REUSEADDR, and the other one does not listen. That `mine` is about to listen is no conflict with
 * connections that an earlier listener has left. */
bool share_address(const Claim &mine, const Claim &other) { return mine.reuse && other.reuse && !other.listens; }

/* Both have set SO_REUSEPORT, and nobody can steal another user's connections with it. */
bool share_port(const Claim &mine, const Claim &other)
{
	return mine.reuse_port && other.reuse_port && (other.nobodys || uid_eq(mine.user, other.user));
}

/* What bind() wants of the others at a port. */
enum class Sharing : u8 {
	None, /* that there are none who overlap */
	Address, /* that they share by SO_REUSEADDR alone (net.ipv4.ip_autobind_reuse) */
	Agreed, /* that they share by either option */
};

/* Linux's rule; RFC 9293 is silent. */
bool conflict(const Claim &mine, const Claim &other, Sharing sharing)
{
	if (!overlap(mine, other))
		return false;
	switch (sharing) {
	case Sharing::None: return true;
	case Sharing::Address: return !share_address(mine, other) || share_port(mine, other);
	case Sharing::Agreed: return !share_address(mine, other) && !share_port(mine, other);
	}
	return true;
}

bool bucket_conflicts(TcpSock &tp, const BindBucket &b, Sharing sharing)
{
	const Claim mine = claim_of(tp);
	BindOwner *other;
	hlist_for_each_entry(other, &b.owners, node)
		if (other != &tp.bind && conflict(mine, claim_of(*other), sharing))
			return true;
	return false;
}

int bind_one(TcpSock &tp, u16 port, Sharing sharing)
{
	struct net *net = sock_net(&tp.sk);
	BhLock guard(bucket_lock(net, port));
	BindBucket *b = find_or_make_bucket(net, port);
	if (!b)
		return -ENOMEM;
	if (bucket_conflicts(tp, *b, sharing))
		return -EADDRINUSE;
	WRITE_ONCE(b->for_bind, true);
	if (!tp.bind.bucket)
		take_port(tp, *b);
	return 0;
}

/* bind(): any will do. */
int bind_somewhere(TcpSock &tp, Sharing sharing)
{
	return search_ports(sock_net(&tp.sk), get_random_u32(), -EADDRINUSE,
			    [&](u16 port) { return bind_one(tp, port, sharing); })
		.err;
}
} // namespace

int ports_init()
{
	const int err = bind_buckets_init();
	if (err)
		return err;
	const int no_counters = port_counters_init();
	if (no_counters)
		bind_buckets_exit();
	return no_counters;
}

void ports_exit()
{
	port_counters_exit();
	bind_buckets_exit();
}

int inet_csk_get_port(TcpSock &tp, u16 port)
{
	if (port)
		return bind_one(tp, port, Sharing::Agreed);
	const int err = bind_somewhere(tp, Sharing::None);
	if (err != -EADDRINUSE || !READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_ip_autobind_reuse))
		return err;
	return bind_somewhere(tp, Sharing::Address);
}

} // namespace tcpxx
