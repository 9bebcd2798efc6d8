// SPDX-License-Identifier: GPL-2.0
/* bind(), and the local port of connect(). */
#include "sock/ports.h"
#include "kapi/guards.h"
#include "sock/mib.h"
#include "tcp/tcp_sock.h"
#include "tcp/timewait.h"
#include "wire/ipv4.h"

namespace tcpxx {

struct BindBucket {
	struct hlist_node node;
	struct net *net;
	struct hlist_head owners; /* BindOwner::node */
	u16 port;
	bool for_bind; /* bind() has been here, so connect() does not choose it, until the last owner has gone */
};

namespace {

constexpr u32 kBindChains = 4096;

struct BindChain {
	spinlock_t lock; /* taken before a lock of conn_locks, never after one */
	struct hlist_head buckets;
};

BindChain *bind_chains;

BindChain &bind_chain(const struct net *net, u16 port)
{
	return bind_chains[(port ^ net_hash_mix(net)) % kBindChains];
}

BindBucket *find_bucket(const BindChain &chain, const struct net *net, u16 port)
{
	BindBucket *b;
	hlist_for_each_entry(b, &chain.buckets, node)
		if (b->port == port && b->net == net)
			return b;
	return nullptr;
}

BindBucket *find_or_make_bucket(BindChain &chain, struct net *net, u16 port)
{
	BindBucket *b = find_bucket(chain, net, port);
	if (b)
		return b;
	b = static_cast<BindBucket *>(kmalloc(sizeof(*b), GFP_ATOMIC));
	if (!b)
		return nullptr;
	b->net = net;
	b->port = port;
	b->for_bind = false;
	INIT_HLIST_HEAD(&b->owners);
	hlist_add_head(&b->node, &chain.buckets);
	return b;
}

void own_port(BindOwner &owner, BindBucket &b)
{
	owner.bucket = &b;
	hlist_add_head(&owner.node, &b.owners);
}

void take_port(TcpSock &tp, BindBucket &b)
{
	own_port(tp.bind, b);
	tp.entry.key.num = b.port;
}

void free_if_unowned(BindBucket &b)
{
	if (!hlist_empty(&b.owners))
		return;
	hlist_del(&b.node);
	kfree(&b);
}

/* What an owner has to say about others at its port. Of a socket that changes just now, as it was or as it will be: its
 * own lock is not held. */
struct Claim {
	be32 address; /* 0.0.0.0: any; that of the connection, once there is one */
	int device; /* 0: any */
	bool reuse; /* SO_REUSEADDR */
	bool listens;
};

Claim claim_of(const TcpSock &tp)
{
	return {tp.entry.key.saddr, READ_ONCE(tp.sk.sk_bound_dev_if), tp.sk.sk_reuse != 0,
		READ_ONCE(tp.tcb.state) == TcpState::Listen};
}

Claim claim_of(const BindOwner &owner)
{
	if (owner.kind == EntryKind::Sock)
		return claim_of(*container_of(&owner, TcpSock, bind));
	const TimeWaitSock &tw = *container_of(&owner, TimeWaitSock, bind);
	return {tw.entry.key.saddr, tw.entry.ifindex, tw.reuse, false};
}

/* Whether both could be meant by one segment. */
bool overlap(const Claim &a, const Claim &b)
{
	if (a.device && b.device && a.device != b.device)
		return false;
	const be32 any{};
	return a.address == any || b.address == any || a.address == b.address;
}

/* What bind() wants of the others at a port. */
enum class Sharing : u8 {
	None, /* that there are none who overlap */
	Agreed, /* that they agree: both sides have set SO_REUSEADDR, and the other one does not listen */
};

/* Linux's rule; RFC 9293 is silent. That `mine` is about to listen is no conflict with connections that an earlier
 * listener has left. */
bool conflict(const Claim &mine, const Claim &other, Sharing sharing)
{
	if (!overlap(mine, other))
		return false;
	return sharing == Sharing::None || !mine.reuse || !other.reuse || other.listens;
}

bool bucket_conflicts(const TcpSock &tp, const BindBucket &b, Sharing sharing)
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
	BindChain &chain = bind_chain(net, port);
	BhLock guard(&chain.lock);
	BindBucket *b = find_or_make_bucket(chain, net, port);
	if (!b)
		return -ENOMEM;
	if (bucket_conflicts(tp, *b, sharing))
		return -EADDRINUSE;
	b->for_bind = true;
	if (!tp.bind.bucket)
		take_port(tp, *b);
	return 0;
}

/* --- connect ---------------------------------------------------------------------------------- */

bool gives_way(const TcpSock &tp, const TimeWaitSock &tw)
{
	const ConnKey &key = tw.entry.key;
	return timewait_gives_way(tw.vars, {
		.bound = tp.bind.bucket != nullptr,
		.loopback = tw.entry.ifindex == LOOPBACK_IFINDEX || ipv4::is_loopback(key.daddr) ||
			    ipv4::is_loopback(key.saddr),
		.setting = READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_tcp_tw_reuse),
		.substate = READ_ONCE(tw.substate),
		.now_s = tcp_clock_s(),
	});
}

/* The TIME-WAIT object that has the socket's key and may be replaced, with a reference, or nullptr. */
TimeWaitSock *find_replaceable(const TcpSock &tp)
{
	RcuRead rcu;
	ConnEntry *e = inet_lookup_established(tp.entry.net, tp.entry.key, tp.entry.ifindex);
	if (!e)
		return nullptr;
	if (e->kind == EntryKind::TimeWait && gives_way(tp, timewait_of(*e)))
		return &timewait_of(*e);
	entry_put(*e);
	return nullptr;
}

/* Hashes the socket if its key is free, or in the place of one in TIME-WAIT. That one comes back in `replaced`, off the
 * hash: timewait_unhashed() is left to be done, without a lock of this file, and the reference to be put. */
bool check_established(TcpSock &tp, TimeWaitSock *&replaced)
{
	if (inet_ehash_insert(tp.entry))
		return true;
	TimeWaitSock *tw = find_replaceable(tp);
	if (!tw)
		return false;
	if (inet_ehash_replace(tp.entry, tw->entry)) {
		replaced = tw;
		return true;
	}
	entry_put(tw->entry);
	return inet_ehash_insert(tp.entry); /* it has just ended by itself */
}

void finish_replaced(TimeWaitSock *tw, TimeWaitVars &old)
{
	if (!tw)
		return;
	old = tw->vars;
	count(tw->entry.net, Mib::TWRecycled);
	timewait_unhashed(*tw);
	entry_put(tw->entry);
}

/* A port that connect() may use: bind() has not been there, and the whole key is free. */
int connect_one(TcpSock &tp, u16 port, TimeWaitSock *&replaced)
{
	struct net *net = sock_net(&tp.sk);
	BindChain &chain = bind_chain(net, port);
	BhLock guard(&chain.lock);
	BindBucket *b = find_or_make_bucket(chain, net, port);
	if (!b)
		return -ENOMEM;
	if (b->for_bind)
		return -EADDRNOTAVAIL;
	tp.entry.key.num = port;
	if (!check_established(tp, replaced)) {
		tp.entry.key.num = 0;
		free_if_unowned(*b);
		return -EADDRNOTAVAIL;
	}
	take_port(tp, *b);
	return 0;
}

/* --- looking for a port ----------------------------------------------------------------------- */

/* What a search has found: 0 or an errno, and after how many ports. */
struct Found {
	int err;
	u32 tried;
};

/* Asks `take` about the ports of ip_local_port_range, but for the reserved ones, until it has something else to say than
 * `taken`: once around, beginning with number `start`. Process context. */
template <class Take> Found search_ports(struct net *net, u32 start, int taken, Take take)
{
	int low, high;
	inet_get_local_port_range(net, &low, &high);
	const u32 range = high - low + 1;
	const u32 first = start % range;
	for (u32 i = 0; i < range; i++) {
		const u16 port = low + (first + i) % range;
		if (inet_is_local_reserved_port(net, port))
			continue;
		const int err = take(port);
		if (err != taken)
			return {err, i + 1};
		cond_resched();
	}
	return {taken, range};
}

/*
 * RFC 6056, 3.3.4 (double hash): the first port for a destination is a keyed hash of it, so that nobody else can guess
 * it, and each connection takes the next one: all of the range are used before one comes again, and the search need not
 * walk over those that are in use. The place is counted in a table, for which another hash chooses the row; destinations
 * that share one only skip ports.
 */
constexpr u32 kPortCounters = 1 << 16; /* so many that what others do is not seen in one's own ports, as in Linux */
u32 *port_counters;
siphash_key_t port_key;

u64 destination_hash(const TcpSock &tp)
{
	const ConnKey &key = tp.entry.key;
	const u64 addresses = static_cast<u64>(key.saddr.network()) << 32 | key.daddr.network();
	return siphash_2u64(addresses, static_cast<u64>(net_hash_mix(tp.entry.net)) << 16 | key.dport.network(), &port_key);
}

int connect_somewhere(TcpSock &tp, TimeWaitSock *&replaced)
{
	const u64 hash = destination_hash(tp);
	u32 &counter = port_counters[hash % kPortCounters];
	/* Two at once may begin alike; the second one then takes one more look. */
	const u32 start = static_cast<u32>(hash >> 32) + READ_ONCE(counter);
	const Found found = search_ports(sock_net(&tp.sk), start, -EADDRNOTAVAIL,
					 [&](u16 port) { return connect_one(tp, port, replaced); });
	if (!found.err)
		WRITE_ONCE(counter, READ_ONCE(counter) + found.tried);
	return found.err;
}

/* bind(): any will do. */
int bind_somewhere(TcpSock &tp, Sharing sharing)
{
	return search_ports(sock_net(&tp.sk), get_random_u32(), -EADDRINUSE,
			    [&](u16 port) { return bind_one(tp, port, sharing); })
		.err;
}

void put_port(struct net *net, u16 port, BindOwner &owner)
{
	if (!owner.bucket)
		return;
	BindChain &chain = bind_chain(net, port);
	BhLock guard(&chain.lock);
	hlist_del_init(&owner.node);
	free_if_unowned(*owner.bucket);
	owner.bucket = nullptr;
}

} // namespace

int ports_init()
{
	bind_chains = static_cast<BindChain *>(kvmalloc_array(kBindChains, sizeof(*bind_chains), GFP_KERNEL));
	port_counters = static_cast<u32 *>(kvmalloc_array(kPortCounters, sizeof(*port_counters), GFP_KERNEL));
	if (!bind_chains || !port_counters) {
		ports_exit();
		return -ENOMEM;
	}
	get_random_bytes(port_counters, kPortCounters * sizeof(*port_counters));
	get_random_bytes(&port_key, sizeof(port_key));
	for (u32 i = 0; i < kBindChains; i++) {
		spin_lock_init(&bind_chains[i].lock);
		INIT_HLIST_HEAD(&bind_chains[i].buckets);
	}
	return 0;
}

void ports_exit()
{
	kvfree(port_counters);
	kvfree(bind_chains);
}

int inet_csk_get_port(TcpSock &tp, u16 port)
{
	if (port)
		return bind_one(tp, port, Sharing::Agreed);
	const int err = bind_somewhere(tp, Sharing::None);
	if (err != -EADDRINUSE || !READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_ip_autobind_reuse))
		return err;
	return bind_somewhere(tp, Sharing::Agreed);
}

int inet_hash_connect(TcpSock &tp, TimeWaitVars &old)
{
	TimeWaitSock *replaced = nullptr;
	int err;
	if (tp.bind.bucket)
		err = check_established(tp, replaced) ? 0 : -EADDRNOTAVAIL;
	else
		err = connect_somewhere(tp, replaced);
	finish_replaced(replaced, old);
	return err;
}

bool inet_inherit_port(TcpSock &parent, TcpSock &child)
{
	BindChain &chain = bind_chain(child.entry.net, child.entry.key.num);
	BhLock guard(&chain.lock);
	if (!parent.bind.bucket)
		return false;
	take_port(child, *parent.bind.bucket);
	return true;
}

void inet_put_port(TcpSock &tp)
{
	if (!tp.bind.bucket)
		return;
	put_port(tp.entry.net, tp.entry.key.num, tp.bind);
	tp.entry.key.num = 0;
}

void inet_share_port(TcpSock &tp, TimeWaitSock &tw)
{
	BindChain &chain = bind_chain(tp.entry.net, tp.entry.key.num);
	BhLock guard(&chain.lock);
	if (tp.bind.bucket)
		own_port(tw.bind, *tp.bind.bucket);
}

void inet_put_port(TimeWaitSock &tw) { put_port(tw.entry.net, tw.entry.key.num, tw.bind); }

} // namespace tcpxx
