/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A hash table that grows while it is read: the connections, the listeners and the ports are in one each.
 *
 * Readers take no lock. They are under rcu_read_lock, or have softirqs off, which is as good. A chain ends with its own
 * address (a nulls value), so that a reader whose entry went into another chain meanwhile sees it at the end, and begins
 * again: because the entry's memory was used again, or because the table is growing.
 *
 * Writers hold the lock of the hash. There are 256, whatever the size: the lock follows from the lowest bits of the hash,
 * as the chain does, so it is the same one before and after the table has grown.
 *
 * Growing. A worker publishes the larger chains behind the old ones (`next`) and then moves one chain after the other,
 * under its lock. From then on new entries go into the larger ones. A reader looks through the old chain first and
 * through the new one next: an entry is in the new chain before it leaves the old one, and it leaves it from the end, so
 * that it hides nobody behind it. It can be seen twice then, but never missed. When all have moved, the larger chains are
 * the table; the old ones are freed after a grace period. Without memory the table stays as it is, and works.
 */
#pragma once
#include "base/types.h"
#include "kapi/guards.h"

namespace tcpxx {

/* So many buckets, and where entries are sent while these are moved. */
struct HashChains {
	HashChains *next; /* nullptr: nowhere. Written by the worker, read under RCU */
	u32 mask;
	struct hlist_nulls_head heads[]; /* mask + 1 */
};

constexpr u32 kHashLocks = 256;
constexpr u32 kMaxChains = 1 << 22;

/* What a reader says about an entry that it is shown. */
enum class Look : u8 {
	On, /* the next one */
	Done,
	Again, /* from the beginning: it is not what it seemed to be */
};

class GrowingHash {
public:
	using Node = struct hlist_nulls_node;
	using HashOf = u32 (*)(const Node &);

	/* Process context. Static objects only: the lock classes are inside. `size` is a power of two from kHashLocks to
	 * kMaxChains. `hash_of` is asked when a chain is moved. 0 or -ENOMEM. */
	int init(u32 size, HashOf hash_of);
	/* No reader and no writer is left. */
	void exit();

	spinlock_t *lock(u32 hash) { return &stripes_[hash % kHashLocks].lock; }

	/* Under the lock of the hash. */
	void add(Node &node, u32 hash);
	void remove(Node &node, u32 hash);
	/* In the very place of `old`, whose hash is the same: a reader meets the one or the other. */
	static void replace(Node &fresh, Node &old);

	/* Shows `look` every entry that may have this hash, until it has seen enough: all of them at least once. */
	template <class F> void read(u32 hash, F look) const;
	/* Every entry once, under its lock. Process context. */
	template <class F> void for_each(F visit);

	u32 size() const { return READ_ONCE(chains_)->mask + 1; }
	u32 count() const;

private:
	struct Stripe {
		spinlock_t lock;
		u32 count; /* entries whose hash has this lock; under it */
	};

	/* The reader's loads depend on each other; the address of a chain's head says which chain it is. */
	static const Node *end_of(const struct hlist_nulls_head &head)
	{
		return reinterpret_cast<const Node *>(NULLS_MARKER(reinterpret_cast<unsigned long>(&head) >> 1));
	}
	static HashChains *chains_alloc(u32 size);
	static void worker(struct work_struct *work);
	HashChains &newest() const;
	void grow();
	bool grow_to(u32 size);
	void move_chain(HashChains &from, HashChains &to, u32 slot);

	HashChains *chains_;
	HashOf hash_of_;
	Stripe stripes_[kHashLocks];
	struct mutex resize_; /* held while it grows, and by those who must see each entry once */
	struct work_struct work_;
	struct lock_class_key lock_class_;
};

template <class F> void GrowingHash::read(u32 hash, F look) const
{
again:
	for (const HashChains *c = READ_ONCE(chains_); c; c = READ_ONCE(c->next)) {
		const struct hlist_nulls_head &head = c->heads[hash & c->mask];
		Node *pos = READ_ONCE(head.first);
		for (; !is_a_nulls(pos); pos = READ_ONCE(pos->next)) {
			const Look verdict = look(*pos);
			if (verdict == Look::Done)
				return;
			if (verdict == Look::Again)
				goto again;
		}
		if (unlikely(pos != end_of(head)))
			goto again;
		/* Whatever has left this chain is seen in the next one: pairs with move_chain(). */
		smp_rmb();
	}
}

template <class F> void GrowingHash::for_each(F visit)
{
	mutex_lock(&resize_);
	HashChains &c = *chains_;
	for (u32 slot = 0; slot <= c.mask; slot++) {
		if (hlist_nulls_empty(&c.heads[slot]))
			continue;
		BhLock guard(lock(slot));
		for (Node *pos = c.heads[slot].first; !is_a_nulls(pos); pos = pos->next)
			visit(*pos);
	}
	mutex_unlock(&resize_);
}

/* So many chains that each is for as much memory, within limits. */
u32 chains_for_memory(u32 kilobytes_each, u32 least, u32 most);

} // namespace tcpxx
