// SPDX-License-Identifier: GPL-2.0
/* The three tables of hashtables.h. Written to under a chain's lock, read under RCU. */
#include "sock/hashtables.h"
#include "kapi/guards.h"
#include "tcp/request_sock.h"
#include "tcp/tcp_sock.h"
#include "tcp/timewait.h"

namespace tcpxx {

struct BindBucket {
	struct hlist_node node;
	struct net *net;
	struct hlist_head owners; /* TcpSock::bind_node */
	u16 port;
};

namespace {

constexpr u32 kListenChains = 256;
constexpr u32 kBindChains = 4096;
constexpr u32 kConnLocks = 256;

struct BindChain {
	spinlock_t lock; /* taken before a lock of conn_locks, never after one */
	struct hlist_head buckets;
};

struct hlist_nulls_head *conn_chains; /* conn_mask + 1 of them; the nulls value is the index */
u32 conn_mask;
spinlock_t conn_locks[kConnLocks];
struct hlist_nulls_head listen_chains[kListenChains];
DEFINE_SPINLOCK(listen_lock);
BindChain *bind_chains;
/* HalfSipHash, or what the kernel takes for it on 64-bit machines, is made for tables like this one: keyed, so that no
 * flooder finds a chain, and short, for nobody ever sees a slot. */
hsiphash_key_t hash_key;

u32 conn_slot(const struct net *net, const ConnKey &key)
{
	const u32 ports = static_cast<u32>(key.num) << 16 | key.dport.network();
	return hsiphash_4u32(key.saddr.network(), key.daddr.network(), ports, net_hash_mix(net), &hash_key) & conn_mask;
}
spinlock_t *conn_lock(u32 slot) { return &conn_locks[slot % kConnLocks]; }

u32 listen_slot(const struct net *net, u16 port) { return (port ^ net_hash_mix(net)) % kListenChains; }
BindChain &bind_chain(const struct net *net, u16 port)
{
	return bind_chains[(port ^ net_hash_mix(net)) % kBindChains];
}

bool entry_matches(const ConnEntry &e, const struct net *net, const ConnKey &key, int dif)
{
	return e.key == key && e.net == net && (!e.ifindex || e.ifindex == dif);
}

/* false: it is being freed. */
bool entry_try_get(ConnEntry &e)
{
	switch (e.kind) {
	case EntryKind::Sock: return refcount_inc_not_zero(&sock_of(e).sk.sk_refcnt);
	case EntryKind::Request:
	case EntryKind::TimeWait: return refcount_inc_not_zero(&e.refcnt);
	}
	return false;
}

/* Enough chains for one connection per 16 KiB of memory, within sane limits. */
u32 conn_table_size()
{
	return static_cast<u32>(roundup_pow_of_two(clamp_to(totalram_pages() / 4, 1024ul, 1ul << 18)));
}

} // namespace

int hashtables_init()
{
	const u32 size = conn_table_size();
	conn_chains = static_cast<struct hlist_nulls_head *>(kvmalloc_array(size, sizeof(*conn_chains), GFP_KERNEL));
	bind_chains = static_cast<BindChain *>(kvmalloc_array(kBindChains, sizeof(*bind_chains), GFP_KERNEL));
	if (!conn_chains || !bind_chains) {
		hashtables_exit();
		return -ENOMEM;
	}
	conn_mask = size - 1;
	for (u32 i = 0; i < size; i++)
		INIT_HLIST_NULLS_HEAD(&conn_chains[i], i);
	for (u32 i = 0; i < kConnLocks; i++)
		spin_lock_init(&conn_locks[i]);
	for (u32 i = 0; i < kListenChains; i++)
		INIT_HLIST_NULLS_HEAD(&listen_chains[i], i);
	for (u32 i = 0; i < kBindChains; i++) {
		spin_lock_init(&bind_chains[i].lock);
		INIT_HLIST_HEAD(&bind_chains[i].buckets);
	}
	get_random_bytes(&hash_key, sizeof(hash_key));
	return 0;
}

void hashtables_exit()
{
	kvfree(conn_chains);
	kvfree(bind_chains);
}

/* The node's `next` is left alone: in an object that was freed and used again, a reader that came
 * late may still follow it. */
void entry_init(ConnEntry &e, EntryKind kind, struct net *net, const ConnKey &key, int ifindex)
{
	e.node.pprev = nullptr;
	e.net = net;
	e.key = key;
	e.ifindex = ifindex;
	e.kind = kind;
}

bool entry_hashed(const ConnEntry &e) { return e.node.pprev; }

void entry_get(ConnEntry &e)
{
	if (e.kind == EntryKind::Sock)
		sock_hold(&sock_of(e).sk);
	else
		refcount_inc(&e.refcnt);
}

void entry_put(ConnEntry &e)
{
	switch (e.kind) {
	case EntryKind::Sock:
		sock_put(&sock_of(e).sk);
		return;
	case EntryKind::Request:
		if (refcount_dec_and_test(&e.refcnt))
			reqsk_free(request_of(e));
		return;
	case EntryKind::TimeWait:
		if (refcount_dec_and_test(&e.refcnt))
			timewait_free(timewait_of(e));
		return;
	}
}

ConnEntry *inet_lookup_established(struct net *net, const ConnKey &key, int dif)
{
	const u32 slot = conn_slot(net, key);
	struct hlist_nulls_node *pos;
	ConnEntry *e;
again:
	hlist_nulls_for_each_entry_rcu(e, pos, &conn_chains[slot], node) {
		if (!entry_matches(*e, net, key, dif))
			continue;
		if (!entry_try_get(*e))
			return nullptr;
		if (likely(entry_matches(*e, net, key, dif)))
			return e;
		entry_put(*e); /* freed and used again between the two looks */
		goto again;
	}
	if (unlikely(get_nulls_value(pos) != slot))
		goto again;
	return nullptr;
}

bool inet_ehash_insert(ConnEntry &fresh)
{
	const u32 slot = conn_slot(fresh.net, fresh.key);
	BhLock guard(conn_lock(slot));
	struct hlist_nulls_node *pos;
	ConnEntry *e;
	hlist_nulls_for_each_entry_rcu(e, pos, &conn_chains[slot], node)
		if (e->key == fresh.key && e->net == fresh.net && e->ifindex == fresh.ifindex)
			return false;
	hlist_nulls_add_head_rcu(&fresh.node, &conn_chains[slot]);
	return true;
}

bool inet_ehash_replace(ConnEntry &fresh, ConnEntry &old)
{
	const u32 slot = conn_slot(old.net, old.key);
	BhLock guard(conn_lock(slot));
	if (!entry_hashed(old))
		return false;
	hlist_nulls_add_head_rcu(&fresh.node, &conn_chains[slot]);
	hlist_nulls_del_init_rcu(&old.node);
	return true;
}

bool inet_ehash_remove(ConnEntry &e)
{
	BhLock guard(conn_lock(conn_slot(e.net, e.key)));
	if (!entry_hashed(e))
		return false;
	hlist_nulls_del_init_rcu(&e.node);
	return true;
}

void inet_ehash_for_each(struct net *net, void (*visit)(ConnEntry &e, void *arg), void *arg)
{
	for (u32 slot = 0; slot <= conn_mask; slot++) {
		if (hlist_nulls_empty(&conn_chains[slot]))
			continue;
		BhLock guard(conn_lock(slot));
		struct hlist_nulls_node *pos;
		ConnEntry *e;
		hlist_nulls_for_each_entry_rcu(e, pos, &conn_chains[slot], node)
			if (e->net == net)
				visit(*e, arg);
	}
}

void listeners_for_each(struct net *net, void (*visit)(TcpSock &tp, void *arg), void *arg)
{
	BhLock guard(&listen_lock);
	for (auto &chain : listen_chains) {
		struct hlist_nulls_node *pos;
		ConnEntry *e;
		hlist_nulls_for_each_entry_rcu(e, pos, &chain, node)
			if (e->net == net)
				visit(sock_of(*e), arg);
	}
}

namespace {

/* How well a listener fits: 0 not at all, a specific address and a device count one each. */
int listener_score(const ConnEntry &e, const struct net *net, be32 daddr, u16 port, int dif)
{
	if (e.net != net || e.key.num != port)
		return 0;
	int score = 1;
	if (e.key.saddr.network()) {
		if (!(e.key.saddr == daddr))
			return 0;
		score++;
	}
	if (e.ifindex) {
		if (e.ifindex != dif)
			return 0;
		score++;
	}
	return score;
}

} // namespace

TcpSock *inet_lookup_listener(struct net *net, be32 daddr, u16 port, int dif)
{
	const u32 slot = listen_slot(net, port);
	struct hlist_nulls_node *pos;
	ConnEntry *e, *best;
	int best_score;
again:
	best = nullptr;
	best_score = 0;
	hlist_nulls_for_each_entry_rcu(e, pos, &listen_chains[slot], node) {
		const int score = listener_score(*e, net, daddr, port, dif);
		if (score > best_score) {
			best = e;
			best_score = score;
		}
	}
	if (unlikely(get_nulls_value(pos) != slot))
		goto again;
	if (!best || !entry_try_get(*best))
		return nullptr;
	return &sock_of(*best);
}

void listener_hash(TcpSock &tp)
{
	BhLock guard(&listen_lock);
	hlist_nulls_add_head_rcu(&tp.entry.node, &listen_chains[listen_slot(tp.entry.net, tp.entry.key.num)]);
}

void listener_unhash(TcpSock &tp)
{
	BhLock guard(&listen_lock);
	if (entry_hashed(tp.entry))
		hlist_nulls_del_init_rcu(&tp.entry.node);
}

/* --- ports ------------------------------------------------------------------------------------ */

namespace {

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
