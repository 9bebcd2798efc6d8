// SPDX-License-Identifier: GPL-2.0
/* The connection table. Written to under a chain's lock, read under RCU. */
#include "sock/hashtables.h"
#include "kapi/guards.h"
#include "tcp/request_sock.h"
#include "tcp/tcp_sock.h"
#include "tcp/timewait.h"

namespace tcpxx {

namespace {

constexpr u32 kConnLocks = 256;

struct hlist_nulls_head *conn_chains; /* conn_mask + 1 of them; the nulls value is the index */
u32 conn_mask;
spinlock_t conn_locks[kConnLocks];
/* HalfSipHash, or what the kernel takes for it on 64-bit machines, is made for tables like this one: keyed, so that no
 * flooder finds a chain, and short, for nobody ever sees a slot. */
hsiphash_key_t hash_key;

u32 conn_slot(const struct net *net, const ConnKey &key)
{
	const u32 ports = static_cast<u32>(key.num) << 16 | key.dport.network();
	return hsiphash_4u32(key.saddr.network(), key.daddr.network(), ports, net_hash_mix(net), &hash_key) & conn_mask;
}
spinlock_t *conn_lock(u32 slot) { return &conn_locks[slot % kConnLocks]; }

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
	if (!conn_chains)
		return -ENOMEM;
	conn_mask = size - 1;
	for (u32 i = 0; i < size; i++)
		INIT_HLIST_NULLS_HEAD(&conn_chains[i], i);
	for (u32 i = 0; i < kConnLocks; i++)
		spin_lock_init(&conn_locks[i]);
	get_random_bytes(&hash_key, sizeof(hash_key));
	return 0;
}

void hashtables_exit() { kvfree(conn_chains); }

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
		if (entry_matches(*e, fresh.net, fresh.key, fresh.ifindex))
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

} // namespace tcpxx
