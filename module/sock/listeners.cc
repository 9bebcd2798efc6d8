// SPDX-License-Identifier: GPL-2.0
/* The table of listeners. Written to under its lock, read under RCU. */
#include "sock/listeners.h"
#include "kapi/guards.h"
#include "tcp/tcp_sock.h"

namespace tcpxx {

namespace {

constexpr u32 kListenChains = 256;

struct hlist_nulls_head listen_chains[kListenChains]; /* the nulls value is the index */
DEFINE_SPINLOCK(listen_lock);

u32 listen_slot(const struct net *net, u16 port) { return (port ^ net_hash_mix(net)) % kListenChains; }

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

void listeners_init()
{
	for (u32 i = 0; i < kListenChains; i++)
		INIT_HLIST_NULLS_HEAD(&listen_chains[i], i);
}

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
	if (!best || !refcount_inc_not_zero(&sock_of(*best).sk.sk_refcnt))
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

} // namespace tcpxx
