// SPDX-License-Identifier: GPL-2.0
/* The connection table. Written to under a chain's lock, read under RCU. */
#include "sock/hashtables.h"
#include "sock/growing_hash.h"
#include "tcp/request_sock.h"
#include "tcp/tcp_sock.h"
#include "tcp/timewait.h"

namespace tcpxx {

namespace {

GrowingHash connections;
/* HalfSipHash, or what the kernel takes for it on 64-bit machines, is made for tables like this one: keyed, so that no
 * flooder finds a chain, and short, for nobody ever sees a slot. */
hsiphash_key_t hash_key;

/* As many bits as an entry has room for. */
u32 conn_hash(const struct net *net, const ConnKey &key)
{
	constexpr u32 kBits = (1 << 24) - 1;
	static_assert(kMaxChains <= kBits + 1);
	const u32 ports = static_cast<u32>(key.num) << 16 | key.dport.network();
	return hsiphash_4u32(key.saddr.network(), key.daddr.network(), ports, net_hash_mix(net), &hash_key) & kBits;
}

ConnEntry &entry_of(struct hlist_nulls_node &node) { return *container_of(&node, ConnEntry, node); }

u32 hash_of_entry(const struct hlist_nulls_node &node) { return container_of(&node, ConnEntry, node)->hash; }

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

} // namespace

int hashtables_init()
{
	get_random_bytes(&hash_key, sizeof(hash_key));
	return connections.init(chains_for_memory(64, 1024, 1 << 16), hash_of_entry);
}

void hashtables_exit() { connections.exit(); }

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
	ConnEntry *found = nullptr;
	connections.read(conn_hash(net, key), [&](struct hlist_nulls_node &node) {
		ConnEntry &e = entry_of(node);
		if (!entry_matches(e, net, key, dif))
			return Look::On;
		if (!entry_try_get(e))
			return Look::Done;
		if (likely(entry_matches(e, net, key, dif))) {
			found = &e;
			return Look::Done;
		}
		entry_put(e); /* freed and used again between the two looks */
		return Look::Again;
	});
	return found;
}

bool inet_ehash_insert(ConnEntry &fresh)
{
	const u32 hash = conn_hash(fresh.net, fresh.key);
	BhLock guard(connections.lock(hash));
	bool taken = false;
	connections.read(hash, [&](struct hlist_nulls_node &node) {
		taken = entry_matches(entry_of(node), fresh.net, fresh.key, fresh.ifindex);
		return taken ? Look::Done : Look::On;
	});
	if (taken)
		return false;
	fresh.hash = hash;
	connections.add(fresh.node, hash);
	return true;
}

bool inet_ehash_replace(ConnEntry &fresh, ConnEntry &old)
{
	BhLock guard(connections.lock(old.hash));
	if (!entry_hashed(old))
		return false;
	fresh.hash = old.hash;
	GrowingHash::replace(fresh.node, old.node);
	return true;
}

bool inet_ehash_remove(ConnEntry &e)
{
	BhLock guard(connections.lock(e.hash));
	if (!entry_hashed(e))
		return false;
	connections.remove(e.node, e.hash);
	return true;
}

void inet_ehash_for_each(struct net *net, void (*visit)(ConnEntry &e, void *arg), void *arg)
{
	connections.for_each([=](struct hlist_nulls_node &node) {
		if (entry_of(node).net == net)
			visit(entry_of(node), arg);
	});
}

u32 inet_ehash_size() { return connections.size(); }

} // namespace tcpxx
