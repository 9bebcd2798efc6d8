// SPDX-License-Identifier: GPL-2.0
/* bind(), and the local port of connect(). */
#include "sock/ports.h"
#include "kapi/guards.h"
#include "tcp/tcp_sock.h"

namespace tcpxx {

struct BindBucket {
	struct hlist_node node;
	struct net *net;
	struct hlist_head owners; /* TcpSock::bind_node */
	u16 port;
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
	INIT_HLIST_HEAD(&b->owners);
	hlist_add_head(&b->node, &chain.buckets);
	return b;
}

void own_port(TcpSock &tp, BindBucket &b)
{
	tp.bind_bucket = &b;
	tp.entry.key.num = b.port;
	hlist_add_head(&tp.bind_node, &b.owners);
}

void free_if_unowned(BindBucket &b)
{
	if (!hlist_empty(&b.owners))
		return;
	hlist_del(&b.node);
	kfree(&b);
}

/* Whether `tp` may not share the port with `other`: same address or any, same device or any, and
 * not both with SO_REUSEADDR, or `other` listens (Linux's rule; RFC 9293 is silent). That `tp` is about
 * to listen is no conflict with connections that an earlier listener has left. */
bool ports_conflict(const TcpSock &tp, const TcpSock &other)
{
	const int dev = tp.sk.sk_bound_dev_if, other_dev = other.sk.sk_bound_dev_if;
	if (dev && other_dev && dev != other_dev)
		return false;
	const be32 any{};
	if (!(tp.rcv_saddr == any) && !(other.rcv_saddr == any) && !(tp.rcv_saddr == other.rcv_saddr))
		return false;
	return !tp.sk.sk_reuse || !other.sk.sk_reuse || READ_ONCE(other.tcb.state) == TcpState::Listen;
}

bool bucket_conflicts(const TcpSock &tp, const BindBucket &b)
{
	TcpSock *other;
	hlist_for_each_entry(other, &b.owners, bind_node)
		if (other != &tp && ports_conflict(tp, *other))
			return true;
	return false;
}

bool owned_by_bind(const BindBucket &b)
{
	TcpSock *other;
	hlist_for_each_entry(other, &b.owners, bind_node)
		if (other->bound_by_user)
			return true;
	return false;
}

int bind_one(TcpSock &tp, u16 port)
{
	struct net *net = sock_net(&tp.sk);
	BindChain &chain = bind_chain(net, port);
	BhLock guard(&chain.lock);
	BindBucket *b = find_or_make_bucket(chain, net, port);
	if (!b)
		return -ENOMEM;
	if (bucket_conflicts(tp, *b))
		return -EADDRINUSE;
	if (!tp.bind_bucket)
		own_port(tp, *b);
	return 0;
}

/* A port that connect() may use: not reserved by bind(), and the whole key is free. */
int connect_one(TcpSock &tp, u16 port)
{
	struct net *net = sock_net(&tp.sk);
	BindChain &chain = bind_chain(net, port);
	BhLock guard(&chain.lock);
	BindBucket *b = find_or_make_bucket(chain, net, port);
	if (!b)
		return -ENOMEM;
	if (owned_by_bind(*b))
		return -EADDRNOTAVAIL;
	tp.entry.key.num = port;
	if (!inet_ehash_insert(tp.entry)) {
		tp.entry.key.num = 0;
		free_if_unowned(*b);
		return -EADDRNOTAVAIL;
	}
	own_port(tp, *b);
	return 0;
}

/* Tries the ports of ip_local_port_range from a random one on, until `take` has something else to
 * say than `taken`. */
int search_ports(TcpSock &tp, int (*take)(TcpSock &, u16), int taken)
{
	int low, high;
	inet_get_local_port_range(sock_net(&tp.sk), &low, &high);
	const u32 range = high - low + 1;
	const u32 first = reciprocal_scale(get_random_u32(), range);
	for (u32 i = 0; i < range; i++) {
		const u16 port = low + (first + i) % range;
		if (inet_is_local_reserved_port(sock_net(&tp.sk), port))
			continue;
		const int err = take(tp, port);
		if (err != taken)
			return err;
	}
	return taken;
}

} // namespace

int ports_init()
{
	bind_chains = static_cast<BindChain *>(kvmalloc_array(kBindChains, sizeof(*bind_chains), GFP_KERNEL));
	if (!bind_chains)
		return -ENOMEM;
	for (u32 i = 0; i < kBindChains; i++) {
		spin_lock_init(&bind_chains[i].lock);
		INIT_HLIST_HEAD(&bind_chains[i].buckets);
	}
	return 0;
}

void ports_exit() { kvfree(bind_chains); }

int inet_csk_get_port(TcpSock &tp, u16 port)
{
	return port ? bind_one(tp, port) : search_ports(tp, bind_one, -EADDRINUSE);
}

int inet_hash_connect(TcpSock &tp)
{
	if (tp.bind_bucket)
		return inet_ehash_insert(tp.entry) ? 0 : -EADDRNOTAVAIL;
	return search_ports(tp, connect_one, -EADDRNOTAVAIL);
}

bool inet_inherit_port(TcpSock &parent, TcpSock &child)
{
	BindChain &chain = bind_chain(child.entry.net, child.entry.key.num);
	BhLock guard(&chain.lock);
	if (!parent.bind_bucket)
		return false;
	own_port(child, *parent.bind_bucket);
	return true;
}

void inet_put_port(TcpSock &tp)
{
	if (!tp.bind_bucket)
		return;
	BindChain &chain = bind_chain(tp.entry.net, tp.entry.key.num);
	BhLock guard(&chain.lock);
	hlist_del_init(&tp.bind_node);
	free_if_unowned(*tp.bind_bucket);
	tp.bind_bucket = nullptr;
	tp.entry.key.num = 0;
}

} // namespace tcpxx
