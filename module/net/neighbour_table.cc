// SPDX-License-Identifier: GPL-2.0
/*
 * The neighbour table as a container: which entries there are, how they are found, when each is due,
 * and which of them make room for others. With the table's lock held, except neigh_find().
 */
#include "net/neighbour_entry.h"
#include "net/pernet.h"

namespace tcpxx {
namespace {

constexpr u32 kFirstChains = 16;
/* What has been idle for so long may go when there are more than gc_thresh2. */
constexpr unsigned long kIdleTime = 5 * HZ;

/* --- hash -------------------------------------------------------------------------------------- */

struct hlist_head &chain_of(const NeighbourTable &t, NeighChains &chains,
			    const struct net_device *dev, be32 ip)
{
	return chains.chain[jhash_2words(ip.network(), dev->ifindex, t.seed) & chains.mask];
}

NeighChains *alloc_chains(u32 number, gfp_t gfp)
{
	auto *chains = static_cast<NeighChains *>(
		kmalloc(sizeof(NeighChains) + number * sizeof(struct hlist_head), gfp));

	if (!chains)
		return nullptr;
	chains->mask = number - 1;
	for (u32 i = 0; i < number; i++)
		INIT_HLIST_HEAD(&chains->chain[i]);
	return chains;
}

/* Readers without the lock may be led from an old chain into a new one, and then find less than there
 * is: they look again with the lock. Without memory the chains get longer instead. */
void grow(NeighbourTable &t)
{
	NeighChains *old = t.chains;
	NeighChains *chains = alloc_chains(2 * (old->mask + 1), GFP_ATOMIC | __GFP_NOWARN);
	struct hlist_node *after;
	Neighbour *n;

	if (!chains)
		return;
	for (u32 i = 0; i <= old->mask; i++)
		hlist_for_each_entry_safe(n, after, &old->chain[i], node) {
			hlist_del_rcu(&n->node);
			hlist_add_head_rcu(&n->node, &chain_of(t, *chains, n->dev, n->ip));
		}
	rcu_assign_pointer(t.chains, chains);
	kfree_rcu(old, rcu);
	count(t.net, Mib::NeighHashGrows);
}

/* --- thresholds -------------------------------------------------------------------------------- */

u32 threshold(const int &setting) { return static_cast<u32>(max_of(READ_ONCE(setting), 0)); }

u32 collectable(const NeighbourTable &t) { return t.count - t.permanent; }

Neighbour *longest_idle(NeighbourTable &t)
{
	return list_first_entry_or_null(&t.idle, Neighbour, age);
}

/* What has been idle for long goes, until there are no more than gc_thresh2. */
void forced_gc(NeighbourTable &t, Outbox &out, unsigned long now)
{
	const u32 goal = threshold(arp_tbl.gc_thresh2);

	count(t.net, Mib::NeighForcedGcRuns);
	t.last_flush = now;
	while (Neighbour *n = longest_idle(t)) {
		if (collectable(t) <= goal || time_before(now, n->updated + kIdleTime))
			return;
		neigh_remove(t, *n, out);
	}
}

/* For one entry more. In a full table whatever was idle for longest goes, unlike in Linux, where a
 * flood of requests shuts out everybody else for 5 s. An entry that is in use or being resolved
 * stays. */
bool make_room(NeighbourTable &t, Outbox &out, unsigned long now)
{
	const u32 limit = threshold(arp_tbl.gc_thresh3);

	if (collectable(t) >= threshold(arp_tbl.gc_thresh2) &&
	    time_after(now, t.last_flush + kIdleTime))
		forced_gc(t, out, now);
	while (collectable(t) >= limit) {
		Neighbour *n = longest_idle(t);
		if (!n) {
			count(t.net, Mib::NeighTableFulls);
			return false;
		}
		neigh_remove(t, *n, out);
	}
	return true;
}

bool is_due_before(struct rb_node *a, const struct rb_node *b)
{
	return time_before(rb_entry(a, Neighbour, turn)->due, rb_entry(b, Neighbour, turn)->due);
}

} // namespace

Neighbour *neigh_find(NeighbourTable &t, const struct net_device *dev, be32 ip)
{
	NeighChains *chains = rcu_dereference_check(t.chains, lockdep_is_held(&t.lock));
	Neighbour *n;

	hlist_for_each_entry_rcu(n, &chain_of(t, *chains, dev, ip), node, lockdep_is_held(&t.lock))
		if (n->ip == ip && n->dev == dev)
			return n;
	return nullptr;
}

Neighbour *neigh_create(NeighbourTable &t, struct net_device *dev, be32 ip, Outbox &out,
			unsigned long now)
{
	MacAddress mac;

	/* Its flush has been, or comes when we have let the table go. */
	if (!(dev->flags & IFF_UP))
		return nullptr;
	if (!make_room(t, out, now))
		return nullptr;
	auto *n = static_cast<Neighbour *>(kzalloc(sizeof(Neighbour), GFP_ATOMIC));
	if (!n)
		return nullptr;
	netdev_hold(dev, &n->tracker, GFP_ATOMIC);
	n->dev = dev;
	n->ip = ip;
	n->state = NeighState::Failed;
	n->used = n->updated = n->confirmed = now;
	RB_CLEAR_NODE(&n->turn);
	neigh_set_due(t, *n, now);
	__skb_queue_head_init(&n->waiting);
	list_add_tail(&n->age, &t.idle);
	hlist_add_head_rcu(&n->node, &chain_of(t, *t.chains, dev, ip));
	if (++t.count > t.chains->mask + 1)
		grow(t);
	/* Looked at when the entry is there already, so that no later change of it can be missed. */
	if (kernel_permanent(dev, ip, mac))
		neigh_pin(t, *n, &mac, out, now);
	return n;
}

void neigh_remove(NeighbourTable &t, Neighbour &n, Outbox &out)
{
	hlist_del_rcu(&n.node);
	list_del(&n.age);
	neigh_set_never_due(t, n);
	t.count--;
	t.permanent -= n.state == NeighState::Permanent;
	skb_queue_splice_tail_init(&n.waiting, &out.stranded);
	netdev_put(n.dev, &n.tracker);
	kfree_rcu(&n, rcu);
}

void neigh_set_due(NeighbourTable &t, Neighbour &n, unsigned long due)
{
	neigh_set_never_due(t, n);
	n.due = due;
	rb_add_cached(&n.turn, &t.by_due, is_due_before);
}

void neigh_set_never_due(NeighbourTable &t, Neighbour &n)
{
	if (RB_EMPTY_NODE(&n.turn))
		return;
	rb_erase_cached(&n.turn, &t.by_due);
	RB_CLEAR_NODE(&n.turn);
}

Neighbour *neigh_first_due(const NeighbourTable &t)
{
	struct rb_node *first = rb_first_cached(&t.by_due);

	return first ? rb_entry(first, Neighbour, turn) : nullptr;
}

bool neigh_table_init(NeighbourTable &t, struct net *net)
{
	spin_lock_init(&t.lock);
	t.net = net;
	t.count = 0;
	t.permanent = 0;
	t.seed = get_random_u32();
	t.chains = alloc_chains(kFirstChains, GFP_KERNEL);
	INIT_LIST_HEAD(&t.idle);
	INIT_LIST_HEAD(&t.busy);
	t.by_due = {};
	t.last_flush = jiffies;
	return t.chains;
}

void neigh_table_exit(NeighbourTable &t) { kfree(t.chains); }

} // namespace tcpxx
