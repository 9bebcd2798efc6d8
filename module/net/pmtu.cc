// SPDX-License-Identifier: GPL-2.0
#include "net/pmtu.h"
#include "kapi/guards.h"
#include "net/pernet.h"

namespace tcpxx {
namespace {

/* RFC 791, 3.1: every link carries so many bytes. */
constexpr u32 kLeastMtu = 68;

struct hlist_head &chain_of(PmtuTable &table, be32 daddr)
{
	return table.buckets[jhash_1word(daddr.network(), table.seed) % kPmtuBuckets];
}

/* Under rcu_read_lock or the table's lock. */
PathMtu *find(PmtuTable &table, be32 daddr)
{
	PathMtu *path;

	hlist_for_each_entry_rcu(path, &chain_of(table, daddr), node, lockdep_is_held(&table.lock))
		if (path->daddr == daddr)
			return path;
	return nullptr;
}

bool is_valid(const PathMtu &path) { return time_before(jiffies, path.expires); }

void remove(PmtuTable &table, PathMtu *path)
{
	hlist_del_rcu(&path->node);
	WRITE_ONCE(table.count, table.count - 1);
	kfree_rcu(path, rcu);
}

/* Makes room in the chain: by what was known of daddr, or by the oldest if the chain is full. */
void replace_one(PmtuTable &table, be32 daddr)
{
	PathMtu *path, *oldest = nullptr;
	u32 length = 0;

	if (PathMtu *known = find(table, daddr)) {
		remove(table, known);
		return;
	}
	hlist_for_each_entry(path, &chain_of(table, daddr), node) {
		oldest = path;
		length++;
	}
	if (length >= kPmtuChain)
		remove(table, oldest);
}

/* Nothing new: known, and for more than half of its time still. */
bool is_fresh(const PathMtu *known, u32 mtu, unsigned long lifetime)
{
	return known && known->mtu == mtu && !known->locked &&
	       time_before(jiffies, known->expires - lifetime / 2);
}

} // namespace

void pmtu_apply(struct net *net, be32 daddr, Route &route)
{
	PmtuTable &table = pernet(net).pmtu;

	if (!READ_ONCE(table.count))
		return;
	RcuRead rcu;
	const PathMtu *path = find(table, daddr);
	if (!path || !is_valid(*path) || path->mtu > route.mtu)
		return;
	route.mtu = path->mtu;
	route.mtu_expires = path->expires;
	route.mtu_locked |= path->locked;
}

void pmtu_learn(struct net *net, be32 daddr, const Route &route, u32 mtu)
{
	PmtuTable &table = pernet(net).pmtu;
	const u32 least = max_of<u32>(READ_ONCE(net->ipv4.ip_rt_min_pmtu), kLeastMtu);
	const auto lifetime = static_cast<unsigned long>(READ_ONCE(net->ipv4.ip_rt_mtu_expires));
	const bool locked = mtu < least;

	/* An administrator has said what the MTU is (`ip route ... mtu lock`), or it is no news. */
	if (mtu > route.mtu || (route.mtu_locked && !route.mtu_expires))
		return;
	if (locked)
		mtu = min_of(route.mtu, least);
	BhLock guard(&table.lock);
	if (!locked && is_fresh(find(table, daddr), mtu, lifetime))
		return;
	auto *path = static_cast<PathMtu *>(kmalloc(sizeof(PathMtu), GFP_ATOMIC | __GFP_NOWARN));
	/* The next datagram that is too long tells it again. */
	if (!path)
		return;
	path->daddr = daddr;
	path->mtu = mtu;
	path->expires = (jiffies + lifetime) | 1;
	path->locked = locked;
	replace_one(table, daddr);
	hlist_add_head_rcu(&path->node, &chain_of(table, daddr));
	WRITE_ONCE(table.count, table.count + 1);
	/* Only now: whoever reads the new number finds the entry. */
	smp_store_release(&table.changes, table.changes + 1);
	count(net, Mib::PmtuLearned);
}

void pmtu_net_init(struct net *net)
{
	PmtuTable &table = pernet(net).pmtu;

	spin_lock_init(&table.lock);
	table.seed = get_random_u32();
	for (struct hlist_head &head : table.buckets)
		INIT_HLIST_HEAD(&head);
}

void pmtu_net_exit(struct net *net)
{
	PmtuTable &table = pernet(net).pmtu;
	PathMtu *path;
	struct hlist_node *next;

	BhLock guard(&table.lock);
	for (struct hlist_head &head : table.buckets)
		hlist_for_each_entry_safe(path, next, &head, node) remove(table, path);
}

} // namespace tcpxx
