/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Longest prefix match: of all stored IPv4 prefixes that contain an address, the longest.
 *
 * A multibit trie with a stride of four bits [1], in which a node that would lead only one way is
 * left out [2], and with it everything below the point where prefixes part:
 *
 *	slot --> Node 10.0.0.0/8 --> 16 slots, one for each value of the next four bits
 *	slot --> Entry 10.1.2.0/24 - - > Entry 10.0.0.0/14 - - > Entry 0.0.0.0/0 - - > nowhere
 *
 * Each slot stands for a region of addresses. What touches the region either lies all inside one
 * another, like a doll in a doll: then the slot names the innermost; or it does not: then the slot
 * names a node. The dashed line is `covering`, from an entry or a node to the longest prefix around
 * it. Whoever finds that an address is not inside follows it, and so does a lookup that wants the
 * next shorter match. Which nodes there are follows from the prefixes, not from their history.
 *
 * Why this one: with four bits a node is three cache lines, and a lookup takes at most eight steps of
 * nine instructions; with 100,000 prefixes five, with a few routes none. (kunit/lpm_cost.cc counts.)
 * Poptrie and tree bitmaps pack nodes tighter, but need a population count, which a kernel for any
 * x86-64 may not use inline, and a copy of a node for each update. Linux's LC-trie adapts its stride,
 * by resizing nodes, and climbs back up them for a shorter match.
 *
 * Readers take no lock. Each update writes single pointers, and each of these writes moves some
 * addresses from the old answer to the new one: between two of them every lookup, whole chain of
 * shorter matches included, gives the one or the other. A lookup that several updates overtake is
 * promised less: the answer of a table that had some of them, not always the first ones.
 *
 * An update costs what it changes: a host route one slot, a default route whatever nothing else is
 * around, which among 100,000 prefixes is 0.2 ms if they are the Internet's, 10 ms if all are hosts.
 *
 * [1] Srinivasan, Varghese: Fast Address Lookups Using Controlled Prefix Expansion. ACM TOCS 17(1), 1999.
 * [2] Morrison: PATRICIA. JACM 15(4), 1968.
 */
#pragma once
#include "base/result.h"

namespace tcpxx {

struct Ipv4Prefix {
	u32 address; /* host byte order; the bits behind `length` are 0 */
	u8 length; /* bits, 0 to 32 */

	static constexpr u32 mask_of(u32 length) { return length ? ~0U << (32 - length) : 0; }
	constexpr u32 mask() const { return mask_of(length); }
	constexpr u32 last() const { return address | ~mask(); }
	constexpr bool is_valid() const { return length <= 32 && (address & ~mask()) == 0; }
	constexpr bool operator==(const Ipv4Prefix &) const = default;

	/* One of two prefixes lies inside the other, or they share no address. */
	constexpr bool covers(Ipv4Prefix p) const
	{
		return length <= p.length && ((address ^ p.address) & mask()) == 0;
	}
	constexpr bool touches(Ipv4Prefix p) const { return covers(p) || p.covers(*this); }
	/* The order of a walk: by address, and what is around before what is inside. */
	constexpr bool precedes(Ipv4Prefix p) const
	{
		return address != p.address ? address < p.address : length < p.length;
	}
};

constexpr u8 kLpmStride = 4; /* bits; a node's length is a multiple of it */
constexpr u32 kLpmSlots = 1U << kLpmStride;

/* Memory and publication: kmalloc and RCU in the kernel (kapi/rcu_memory.h), malloc on the host.
 *	Reclaim          part of each object, for retire()
 *	allocate(size)   may fail with nullptr; aligned as malloc does
 *	discard(p)       frees what no reader has seen
 *	retire(object)   frees it, its `reclaim` inside, when no reader can see it any more
 *	read(place)      rcu_dereference
 *	publish(place,p) rcu_assign_pointer */
template <class P>
concept LpmPolicy = requires(void *memory, void *&place)
{
	typename P::Reclaim;
	P::allocate(sizeof(void *));
	P::discard(memory);
	P::read(place);
	P::publish(place, memory);
};

/*
 * A table of prefixes, each with a pointer that means something to the owner only (nullptr may be
 * stored, too). The table never follows it.
 *
 * Readers: lookup, next_shorter, find, at_or_after, in any context, inside whatever keeps retired
 * objects alive (rcu_read_lock), which must last as long as an Entry is used.
 * Writers: insert, replace, remove, clear, one at a time, which is the caller's business; in any
 * context in which the policy can allocate.
 */
template <class Value, LpmPolicy Policy> class Lpm {
	/* What a slot names. Nothing but pointers changes while readers can see it. */
	struct Item {
		u32 address;
		u32 mask;
		u8 length; /* bits; of a node: how many its region has in common */
		u8 shift; /* of a node: how many bits of an address follow those of its slot, 0 to 28 */
		bool is_node;
		Item *covering; /* longest prefix around this one, or nowhere_; never a node */
		typename Policy::Reclaim reclaim;

		Ipv4Prefix prefix() const { return {address, length}; }
	};

	struct Node : Item {
		Item *slots[kLpmSlots]; /* none is null */

		Ipv4Prefix region(u32 i) const
		{
			return {this->address | i << this->shift,
				static_cast<u8>(this->length + kLpmStride)};
		}
	};

public:
	/* A stored prefix, for readers. */
	class Entry : Item {
		friend class Lpm;
		Value *value_;

	public:
		Ipv4Prefix prefix() const { return Item::prefix(); }
		Value *value() const { return Policy::read(value_); }
	};

	Lpm() = default;
	Lpm(const Lpm &) = delete;
	Lpm &operator=(const Lpm &) = delete;
	/* Before this: clear(), and no reader any more. */
	~Lpm() = default;

	/* The longest prefix that contains `address` (host byte order), or nullptr. */
	const Entry *lookup(u32 address) const
	{
		const Item *item = descend(address);
		while ((address ^ item->address) & item->mask)
			item = Policy::read(item->covering);
		return as_entry(item);
	}

	/* The longest prefix around `e`, or nullptr: what a lookup goes on with that cannot use `e`. */
	const Entry *next_shorter(const Entry &e) const
	{
		return as_entry(Policy::read(e.covering));
	}

	/* Exactly this prefix, or nullptr. */
	const Entry *find(Ipv4Prefix p) const
	{
		const Item *item = descend(p.address);
		while (item->length > p.length)
			item = Policy::read(item->covering);
		return item->prefix() == p ? as_entry(item) : nullptr;
	}

	/* The first prefix of the walk that is `bound` or comes behind it, or nullptr. */
	const Entry *at_or_after(Ipv4Prefix bound) const
	{
		return as_entry(first_of(Policy::read(root_), bound));
	}
	const Entry *first() const { return at_or_after({0, 0}); }
	const Entry *after(Ipv4Prefix p) const
	{
		p.length++; /* to at most 33, which nothing but the order ever looks at */
		return at_or_after(p);
	}

	/* Invalid: no prefix; Exists: it is there already; NoMemory. Nothing has changed then. */
	Result<const Entry *> insert(Ipv4Prefix p, Value *value);
	/* Gives a prefix another value and returns the last one, which readers may still hold;
	 * NoEntry: there is no such prefix. */
	Result<Value *> replace(Ipv4Prefix p, Value *value);
	/* Returns the value, which readers may still hold; NoEntry: there is no such prefix. */
	Result<Value *> remove(Ipv4Prefix p);
	/* Removes all at once and calls `dispose` with the value of each, which readers may still hold. */
	template <class Dispose> void clear(Dispose dispose);

	u32 size() const { return size_; } /* prefixes */
	/* Entries and nodes, without what the allocator adds. */
	u64 bytes() const { return u64{size_} * sizeof(Entry) + u64{nodes_} * sizeof(Node); }

private:
	/* Contains all addresses, is around all prefixes, and ends every chain. */
	Item nowhere_{.address = 0,
		      .mask = 0,
		      .length = 0,
		      .shift = 0,
		      .is_node = false,
		      .covering = &nowhere_,
		      .reclaim = {}};
	Item *root_ = &nowhere_; /* the slot of all addresses */
	u32 size_ = 0;
	u32 nodes_ = 0;

	/* The slots that a prefix is about, and the slot that leads to the node of which they are part. */
	struct Place {
		Item **slots;
		u32 count;
		Item **holder; /* nullptr: the slot is root_ */
	};

	const Entry *as_entry(const Item *item) const
	{
		return item == &nowhere_ ? nullptr : static_cast<const Entry *>(item);
	}

	/* The innermost of what touches the region in which `address` is: the start of its chain. */
	const Item *descend(u32 address) const
	{
		const Item *item = Policy::read(root_);
		while (item->is_node) {
			/* Bits that differ in front of the slot's make it too large. */
			const u32 i = (address ^ item->address) >> item->shift;
			item = i < kLpmSlots ?
				       Policy::read(static_cast<const Node *>(item)->slots[i]) :
				       Policy::read(item->covering);
		}
		return item;
	}

	const Item *first_of(const Item *item, Ipv4Prefix bound) const;
	Place place_of(Ipv4Prefix p);
	Node *fork(Ipv4Prefix p, Item *item);
	void repoint(Item *&slot, Item *from, Item *to);
	void collapse(Item *&slot);
	template <class Dispose> void dismantle(Item *item, u32 last, Dispose &dispose);

	template <class T> static T *allocate()
	{
		return static_cast<T *>(Policy::allocate(sizeof(T)));
	}

	/* The longest prefix of the chain that is around `p` or is `p`. */
	static Item *first_around(Item *item, Ipv4Prefix p)
	{
		while (item->is_node || !item->prefix().covers(p))
			item = item->covering;
		return item;
	}
	/* The innermost of the chain that touches `region`. */
	static Item *first_touching(Item *item, Ipv4Prefix region)
	{
		while (!item->prefix().touches(region))
			item = item->covering;
		return item;
	}
};

/* A chain leads backwards in the walk, and whatever touches a slot is in the chain of the slot: so
 * the first slot that knows an answer knows the right one. As deep as the trie: eight nodes. */
template <class Value, LpmPolicy Policy>
auto Lpm<Value, Policy>::first_of(const Item *item, Ipv4Prefix bound) const -> const Item *
{
	if (!item->is_node) {
		const Item *best = &nowhere_;
		for (; item != &nowhere_ && !item->prefix().precedes(bound);
		     item = Policy::read(item->covering))
			best = item;
		return best;
	}
	u32 i = bound.address > item->address ? (bound.address - item->address) >> item->shift : 0;
	for (; i < kLpmSlots; i++) {
		const Item *slot = Policy::read(static_cast<const Node *>(item)->slots[i]);
		if (const Item *found = first_of(slot, bound); found != &nowhere_)
			return found;
	}
	return &nowhere_;
}

/* Several slots, if the prefix ends inside the bits of a node; otherwise the one around it. */
template <class Value, LpmPolicy Policy> auto Lpm<Value, Policy>::place_of(Ipv4Prefix p) -> Place
{
	Item **holder = nullptr;
	Item **slot = &root_;
	while ((*slot)->is_node && (*slot)->length < p.length && (*slot)->prefix().covers(p)) {
		Node *node = static_cast<Node *>(*slot);
		holder = slot;
		slot = &node->slots[(p.address ^ node->address) >> node->shift];
		const u32 ends = node->length + kLpmStride;
		if (p.length <= ends)
			return {slot, 1U << (ends - p.length), holder};
	}
	return {slot, 1, holder};
}

/* A node where `p` and `item` part, with the same answers as `item` alone; nullptr: no memory. */
template <class Value, LpmPolicy Policy>
auto Lpm<Value, Policy>::fork(Ipv4Prefix p, Item *item) -> Node *
{
	const u32 common = static_cast<u32>(__builtin_clz(p.address ^ item->address));
	const u8 length = common / kLpmStride * kLpmStride;
	const u32 mask = Ipv4Prefix::mask_of(length);
	const Ipv4Prefix at{p.address & mask, length};
	Node *node = allocate<Node>();
	if (!node)
		return nullptr;
	*node = {{.address = at.address,
		  .mask = mask,
		  .length = length,
		  .shift = static_cast<u8>(32 - kLpmStride - length),
		  .is_node = true,
		  .covering = first_around(item, at),
		  .reclaim = {}},
		 {}};
	for (u32 i = 0; i < kLpmSlots; i++)
		node->slots[i] = first_touching(item, node->region(i));
	return node;
}

/* Where `from` came first in the slot, or next, `to` does: a new prefix comes between others and
 * `from`, or `from` goes and what was around it remains. As deep as the trie: eight nodes. */
template <class Value, LpmPolicy Policy>
void Lpm<Value, Policy>::repoint(Item *&slot, Item *from, Item *to)
{
	if (slot == from) {
		Policy::publish(slot, to);
		return;
	}
	Item *item = slot;
	while (item->covering != from && item->covering != to)
		item = item->covering;
	if (item->covering == from)
		Policy::publish(item->covering, to);
	/* Inside a node that has a longer prefix around it, nothing has `from` for its next. */
	if (item->is_node)
		for (Item *&below : static_cast<Node *>(item)->slots)
			repoint(below, from, to);
}

/* Leaves a node out, if the innermost item in it gives the same answers alone. */
template <class Value, LpmPolicy Policy> void Lpm<Value, Policy>::collapse(Item *&slot)
{
	Node *node = static_cast<Node *>(slot);
	Item *innermost = node->slots[0];
	for (Item *item : node->slots)
		if (item->length > innermost->length)
			innermost = item;
	for (u32 i = 0; i < kLpmSlots; i++)
		if (node->slots[i] != first_touching(innermost, node->region(i)))
			return;
	Policy::publish(slot, innermost);
	nodes_--;
	Policy::retire(static_cast<Item *>(node));
}

template <class Value, LpmPolicy Policy>
auto Lpm<Value, Policy>::insert(Ipv4Prefix p, Value *value) -> Result<const Entry *>
{
	if (!p.is_valid())
		return Errno::Invalid;
	Place place = place_of(p);
	Item *around = first_around(*place.slots, p);
	if (around != &nowhere_ && around->length == p.length)
		return Errno::Exists;
	Entry *entry = allocate<Entry>();
	if (!entry)
		return Errno::NoMemory;
	*static_cast<Item *>(entry) = {.address = p.address,
				       .mask = p.mask(),
				       .length = p.length,
				       .shift = 0,
				       .is_node = false,
				       .covering = around,
				       .reclaim = {}};
	entry->value_ = value;
	if (!(*place.slots)->prefix().touches(p)) {
		Node *node = fork(p, *place.slots);
		if (!node) {
			Policy::discard(entry);
			return Errno::NoMemory;
		}
		Policy::publish(*place.slots, static_cast<Item *>(node));
		nodes_++;
		place = place_of(p);
	}
	for (u32 i = 0; i < place.count; i++)
		repoint(place.slots[i], around, entry);
	size_++;
	return entry;
}

template <class Value, LpmPolicy Policy>
Result<Value *> Lpm<Value, Policy>::replace(Ipv4Prefix p, Value *value)
{
	if (!p.is_valid())
		return Errno::NoEntry;
	Item *item = first_around(*place_of(p).slots, p);
	if (item == &nowhere_ || item->length != p.length)
		return Errno::NoEntry;
	Entry *entry = static_cast<Entry *>(item);
	Value *last = entry->value_;
	Policy::publish(entry->value_, value);
	return last;
}

template <class Value, LpmPolicy Policy> Result<Value *> Lpm<Value, Policy>::remove(Ipv4Prefix p)
{
	if (!p.is_valid())
		return Errno::NoEntry;
	const Place place = place_of(p);
	Item *item = first_around(*place.slots, p);
	if (item == &nowhere_ || item->length != p.length)
		return Errno::NoEntry;
	for (u32 i = 0; i < place.count; i++)
		repoint(place.slots[i], item, item->covering);
	/* Two prefixes that part at a node are why it is there. Without this one, one node may have
	 * lost its reason, and none of those around it has. */
	if (place.holder)
		collapse(*place.holder);
	size_--;
	Value *value = static_cast<Entry *>(item)->value_;
	Policy::retire(item);
	return value;
}

template <class Value, LpmPolicy Policy>
template <class Dispose>
void Lpm<Value, Policy>::clear(Dispose dispose)
{
	Item *all = root_;
	Policy::publish(root_, &nowhere_);
	size_ = nodes_ = 0;
	dismantle(all, ~0U, dispose);
}

/* Frees what no reader finds any more, and writes nothing, for some are still inside. A prefix goes
 * with the slot in which its last address is: nothing behind that slot has it around. As deep as
 * the trie: eight nodes. */
template <class Value, LpmPolicy Policy>
template <class Dispose>
void Lpm<Value, Policy>::dismantle(Item *item, u32 last, Dispose &dispose)
{
	if (item->is_node) {
		Node *node = static_cast<Node *>(item);
		/* Those that end where the node does go with its last slot. */
		do
			item = item->covering;
		while (item != &nowhere_ && item->prefix().last() == node->prefix().last());
		for (u32 i = 0; i < kLpmSlots; i++)
			dismantle(node->slots[i], node->region(i).last(), dispose);
		Policy::retire(static_cast<Item *>(node));
	}
	while (item != &nowhere_ && item->prefix().last() <= last) {
		Item *around = item->covering;
		dispose(static_cast<Entry *>(item)->value_);
		Policy::retire(item);
		item = around;
	}
}

} // namespace tcpxx
