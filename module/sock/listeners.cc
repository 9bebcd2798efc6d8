// SPDX-License-Identifier: GPL-2.0
/* The table of listeners, by address and port. Written to under its locks, read under RCU. */
#include "sock/listeners.h"
#include "sock/growing_hash.h"
#include "tcp/tcp_sock.h"

namespace tcpxx {

namespace {

GrowingHash listeners;

/* Not keyed: who listens is this host's own decision. */
u32 listen_hash(const struct net *net, be32 address, u16 port)
{
	return jhash_3words(address.network(), port, net_hash_mix(net), 0);
}

u32 spread_key;

/* Those that share a port by SO_REUSEPORT share its connections as well: each connection goes to the one for which this
 * is largest. A listener that comes or goes so changes nothing for the connections of the others (rendezvous hashing),
 * and no list of them is kept. */
u32 weight(const ConnEntry &e, const ConnKey &key)
{
	const u32 flow = jhash_3words(key.daddr.network(), key.saddr.network(),
				      static_cast<u32>(key.dport.network()) << 16 | key.num, spread_key);
	return jhash_2words(static_cast<u32>(reinterpret_cast<unsigned long>(&e) / L1_CACHE_BYTES), flow, spread_key);
}

ConnEntry &entry_of(struct hlist_nulls_node &node) { return *container_of(&node, ConnEntry, node); }

u32 hash_of_entry(const struct hlist_nulls_node &node)
{
	const ConnEntry &e = *container_of(&node, ConnEntry, node);
	return listen_hash(e.net, e.key.saddr, e.key.num);
}

/* How well a listener fits: 0 not at all, one of the segment's device better than one of any. */
int listener_score(const ConnEntry &e, const struct net *net, be32 address, u16 port, int dif)
{
	if (e.net != net || e.key.num != port || !(e.key.saddr == address))
		return 0;
	if (!e.ifindex)
		return 1;
	return e.ifindex == dif ? 2 : 0;
}

/* Of those at one address, for a connection. */
ConnEntry *best_listener(const struct net *net, be32 address, const ConnKey &key, int dif)
{
	ConnEntry *best = nullptr;
	int best_score = 0;
	u32 best_weight = 0;
	listeners.read(listen_hash(net, address, key.num), [&](struct hlist_nulls_node &node) {
		ConnEntry &e = entry_of(node);
		const int score = listener_score(e, net, address, key.num, dif);
		if (!score || score < best_score)
			return Look::On;
		const u32 w = sock_of(e).sk.sk_reuseport ? weight(e, key) : 0;
		if (score > best_score || w > best_weight) {
			best = &e;
			best_score = score;
			best_weight = w;
		}
		return Look::On;
	});
	return best;
}

/* With a reference. One whose last reference has gone has left the table before: the next look does not find it. */
TcpSock *get_listener(const struct net *net, be32 address, const ConnKey &key, int dif)
{
	while (ConnEntry *e = best_listener(net, address, key, dif))
		if (refcount_inc_not_zero(&sock_of(*e).sk.sk_refcnt))
			return &sock_of(*e);
	return nullptr;
}

} // namespace

int listeners_init()
{
	spread_key = get_random_u32();
	return listeners.init(chains_for_memory(1024, 256, 1 << 14), hash_of_entry);
}

void listeners_exit() { listeners.exit(); }

TcpSock *inet_lookup_listener(struct net *net, const ConnKey &key, int dif)
{
	TcpSock *specific = get_listener(net, key.saddr, key, dif);
	return specific ? specific : get_listener(net, be32{}, key, dif);
}

void listener_hash(TcpSock &tp)
{
	const u32 hash = hash_of_entry(tp.entry.node);
	BhLock guard(listeners.lock(hash));
	listeners.add(tp.entry.node, hash);
}

void listener_unhash(TcpSock &tp)
{
	const u32 hash = hash_of_entry(tp.entry.node);
	BhLock guard(listeners.lock(hash));
	if (entry_hashed(tp.entry))
		listeners.remove(tp.entry.node, hash);
}

void listeners_for_each(struct net *net, void (*visit)(TcpSock &tp, void *arg), void *arg)
{
	listeners.for_each([=](struct hlist_nulls_node &node) {
		if (entry_of(node).net == net)
			visit(sock_of(entry_of(node)), arg);
	});
}

} // namespace tcpxx
