// SPDX-License-Identifier: GPL-2.0
/* A hash table that grows while it is read: the writers' side. */
#include "sock/growing_hash.h"

namespace tcpxx {

HashChains *GrowingHash::chains_alloc(u32 size)
{
	auto *c = static_cast<HashChains *>(
		kvmalloc(sizeof(HashChains) + size * sizeof(struct hlist_nulls_head), GFP_KERNEL | __GFP_NOWARN));
	if (!c)
		return nullptr;
	c->next = nullptr;
	c->mask = size - 1;
	for (u32 i = 0; i < size; i++)
		c->heads[i].first = const_cast<Node *>(end_of(c->heads[i]));
	return c;
}

int GrowingHash::init(u32 size, HashOf hash_of)
{
	chains_ = chains_alloc(size);
	if (!chains_)
		return -ENOMEM;
	hash_of_ = hash_of;
	for (Stripe &s : stripes_) {
		spin_lock_init(&s.lock);
		lockdep_set_class(&s.lock, &lock_class_);
		s.count = 0;
	}
	mutex_init(&resize_);
	INIT_WORK(&work_, worker);
	return 0;
}

void GrowingHash::exit()
{
	if (!chains_)
		return;
	cancel_work_sync(&work_);
	kvfree(chains_);
	chains_ = nullptr;
}

HashChains &GrowingHash::newest() const
{
	HashChains *c = READ_ONCE(chains_);
	while (HashChains *next = READ_ONCE(c->next))
		c = next;
	return *c;
}

/* One lock's share stands for the whole, for a common counter would be written to by all processors. The worker counts. */
void GrowingHash::add(Node &node, u32 hash)
{
	Stripe &s = stripes_[hash % kHashLocks];
	HashChains &c = newest();
	hlist_nulls_add_head_rcu(&node, &c.heads[hash & c.mask]);
	if (++s.count > 2 * ((c.mask + 1) / kHashLocks) && c.mask + 1 < kMaxChains)
		schedule_work(&work_);
}

void GrowingHash::remove(Node &node, u32 hash)
{
	hlist_nulls_del_init_rcu(&node);
	stripes_[hash % kHashLocks].count--;
}

void GrowingHash::replace(Node &fresh, Node &old)
{
	Node *next = old.next;
	WRITE_ONCE(fresh.next, next);
	WRITE_ONCE(fresh.pprev, old.pprev);
	smp_store_release(fresh.pprev, &fresh);
	if (!is_a_nulls(next))
		WRITE_ONCE(next->pprev, &fresh.next);
	/* Its `next` stays, for readers who are there. */
	WRITE_ONCE(old.pprev, nullptr);
}

u32 GrowingHash::count() const
{
	u32 sum = 0;
	for (const Stripe &s : stripes_)
		sum += READ_ONCE(s.count);
	return sum;
}

/* --- growing, by a worker --------------------------------------------------------------------- */

namespace {

struct hlist_nulls_node *last_of(const struct hlist_nulls_head &head)
{
	struct hlist_nulls_node *n = head.first;
	while (!is_a_nulls(n->next))
		n = n->next;
	return n;
}

} // namespace

/* The lowest bits of the slot are those of every hash in it, and so its lock is theirs. */
void GrowingHash::move_chain(HashChains &from, HashChains &to, u32 slot)
{
	struct hlist_nulls_head &head = from.heads[slot];
	BhLock guard(lock(slot));
	while (!hlist_nulls_empty(&head)) {
		Node *n = last_of(head);
		Node **place = n->pprev, *end = n->next;
		hlist_nulls_add_head_rcu(n, &to.heads[hash_of_(*n) & to.mask]);
		/* Who does not see it here any more sees it there: pairs with read(). */
		smp_store_release(place, end);
	}
}

bool GrowingHash::grow_to(u32 size)
{
	HashChains *old = chains_;
	HashChains *fresh = chains_alloc(size);
	if (!fresh)
		return false;
	smp_store_release(&old->next, fresh);
	for (u32 slot = 0; slot <= old->mask; slot++) {
		move_chain(*old, *fresh, slot);
		cond_resched();
	}
	smp_store_release(&chains_, fresh);
	synchronize_rcu();
	kvfree(old);
	return true;
}

/* Entries that all have one hash, as the listeners of a port may, are no reason: chains would not become shorter. */
void GrowingHash::grow()
{
	for (u32 entries = count(); entries > size() && size() < kMaxChains; entries = count()) {
		const u32 wanted = static_cast<u32>(roundup_pow_of_two(entries));
		if (!grow_to(clamp_to(wanted, 2 * size(), kMaxChains)))
			return;
	}
}

void GrowingHash::worker(struct work_struct *work)
{
	GrowingHash &table = *container_of(work, GrowingHash, work_);
	mutex_lock(&table.resize_);
	table.grow();
	mutex_unlock(&table.resize_);
}

u32 chains_for_memory(u32 kilobytes_each, u32 least, u32 most)
{
	const unsigned long chains = totalram_pages() / (kilobytes_each / (PAGE_SIZE / 1024));
	return static_cast<u32>(roundup_pow_of_two(clamp_to<unsigned long>(chains, least, most)));
}

} // namespace tcpxx
