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

ConnEntry *best_listener(const struct net *net, be32 address, u16 port, int dif)
{
	ConnEntry *best = nullptr;
	int best_score = 0;
	listeners.read(listen_hash(net, address, port), [&](struct hlist_nulls_node &node) {
		const int score = listener_score(entry_of(node), net, address, port, dif);
		if (score > best_score) {
			best = &entry_of(node);
			best_score = score;
		}
		return Look::On;
	});
	return best;
}

/* With a reference. One whose last reference has gone has left the table before: the next look does not find it. */
TcpSock *get_listener(const struct net *net, be32 address, u16 port, int dif)
{
	while (ConnEntry *e = best_listener(net, address, port, dif))
		if (refcount_inc_not_zero(&sock_of(*e).sk.sk_refcnt))
			return &sock_of(*e);
	return nullptr;
}

} // namespace

int listeners_init() { return listeners.init(chains_for_memory(1024, 256, 1 << 14), hash_of_entry); }
void listeners_exit() { listeners.exit(); }

TcpSock *inet_lookup_listener(struct net *net, be32 daddr, u16 port, int dif)
{
	TcpSock *specific = get_listener(net, daddr, port, dif);
	return specific ? specific : get_listener(net, be32{}, port, dif);
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
