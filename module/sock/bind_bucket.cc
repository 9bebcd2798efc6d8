// SPDX-License-Identifier: GPL-2.0
/* Which ports have an owner. */
#include "sock/bind_bucket.h"
#include "tcp/tcp_sock.h"
#include "tcp/timewait.h"

namespace tcpxx {

namespace {

GrowingHash ports;

/* Not keyed: ports are given out in turn or at random, or the local user's choice. */
u32 port_hash(const struct net *net, u16 port) { return jhash_2words(port, net_hash_mix(net), 0); }

u32 hash_of_bucket(const struct hlist_nulls_node &node)
{
	const BindBucket &b = *container_of(&node, BindBucket, node);
	return port_hash(b.net, b.port);
}

/* Under the bucket's lock, or under RCU. */
BindBucket *find_bucket(const struct net *net, u16 port)
{
	BindBucket *found = nullptr;
	ports.read(port_hash(net, port), [&](struct hlist_nulls_node &node) {
		BindBucket *b = container_of(&node, BindBucket, node);
		if (b->port != port || b->net != net)
			return Look::On;
		found = b;
		return Look::Done;
	});
	return found;
}

void put_port(struct net *net, u16 port, BindOwner &owner)
{
	if (!owner.bucket)
		return;
	BhLock guard(bucket_lock(net, port));
	hlist_del_init(&owner.node);
	free_if_unowned(*owner.bucket);
	owner.bucket = nullptr;
}

} // namespace

int bind_buckets_init() { return ports.init(chains_for_memory(128, 1024, 1 << 14), hash_of_bucket); }
void bind_buckets_exit() { ports.exit(); }

spinlock_t *bucket_lock(const struct net *net, u16 port) { return ports.lock(port_hash(net, port)); }

BindBucket *find_or_make_bucket(struct net *net, u16 port)
{
	BindBucket *b = find_bucket(net, port);
	if (b)
		return b;
	b = static_cast<BindBucket *>(kmalloc(sizeof(*b), GFP_ATOMIC));
	if (!b)
		return nullptr;
	b->net = net;
	b->port = port;
	b->for_bind = false;
	INIT_HLIST_HEAD(&b->owners);
	ports.add(b->node, port_hash(net, port));
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
	ports.remove(b.node, port_hash(b.net, b.port));
	kfree_rcu(&b, rcu);
}

bool is_port_for_bind(const struct net *net, u16 port)
{
	RcuRead rcu;
	const BindBucket *b = find_bucket(net, port);
	return b && READ_ONCE(b->for_bind);
}

/* --- owners that come and go ------------------------------------------------------------------ */

bool inet_inherit_port(TcpSock &parent, TcpSock &child)
{
	BhLock guard(bucket_lock(child.entry.net, child.entry.key.num));
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
	BhLock guard(bucket_lock(tp.entry.net, tp.entry.key.num));
	if (tp.bind.bucket)
		own_port(tw.bind, *tp.bind.bucket);
}

void inet_put_port(TimeWaitSock &tw) { put_port(tw.entry.net, tw.entry.key.num, tw.bind); }

} // namespace tcpxx
