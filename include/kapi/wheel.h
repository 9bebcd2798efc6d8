/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A timer wheel for many small objects that each wait for one moment: 24 bytes in the object, one
 * timer_list for all. What is due later than one turn stays in its slot for another turn.
 *
 * The wheel has no lock and no timer of its own: its owner calls it under a lock, and calls pop_due() until it gives
 * nothing more, from a timer every tick() jiffies while the wheel is not empty.
 */
#pragma once
#include "base/types.h"
#include "kapi/guards.h"
#include "kapi/linux.h"

namespace tcpxx {

struct WheelLink {
	struct hlist_node node;
	u32 due; /* tick, on a circle of 2^32 */
};

struct JiffiesClock {
	static u64 now() { return get_jiffies_64(); }
};

/* Slots: a power of two. TickHz: ticks in a second. Clock: a test has its own. */
template <u32 Slots, u32 TickHz, class Clock = JiffiesClock> class Wheel {
	static_assert(Slots && !(Slots & (Slots - 1)));

	struct hlist_head slots_[Slots];
	struct hlist_head due_; /* collected, and not popped yet */
	u32 done_; /* last tick that was collected */
	u32 count_; /* those in due_, too */

	static u32 now() { return static_cast<u32>(div_u64(Clock::now(), tick())); }

	/* Each tick looks once at each member of its slot, however many pops follow. */
	void collect(struct hlist_head &slot, u32 until)
	{
		WheelLink *link;
		struct hlist_node *next;
		hlist_for_each_entry_safe(link, next, &slot, node) {
			if (static_cast<s32>(link->due - until) > 0)
				continue;
			hlist_del(&link->node);
			hlist_add_head(&link->node, &due_);
		}
	}
	WheelLink *pop_head(struct hlist_head &head)
	{
		if (hlist_empty(&head))
			return nullptr;
		WheelLink *link = hlist_entry(head.first, WheelLink, node);
		remove(*link);
		return link;
	}

public:
	static constexpr unsigned long tick() { return HZ / TickHz; } /* jiffies */

	void init()
	{
		for (auto &slot : slots_)
			INIT_HLIST_HEAD(&slot);
		INIT_HLIST_HEAD(&due_);
		done_ = now();
		count_ = 0;
	}
	u32 count() const { return count_; }

	/* true: it is the first, the owner starts the timer. */
	bool add(WheelLink &link, unsigned long in_jiffies)
	{
		if (!count_)
			done_ = now();
		link.due = now() + DIV_ROUND_UP(in_jiffies, tick());
		if (link.due == done_)
			link.due++;
		hlist_add_head(&link.node, &slots_[link.due % Slots]);
		return !count_++;
	}
	void remove(WheelLink &link)
	{
		if (hlist_unhashed(&link.node))
			return;
		hlist_del_init(&link.node);
		count_--;
	}
	/* One that is due, taken off the wheel, or nullptr when there is no more for now. */
	WheelLink *pop_due()
	{
		for (const u32 until = now(); hlist_empty(&due_) && done_ != until;) {
			done_++;
			collect(slots_[done_ % Slots], until);
		}
		return pop_head(due_);
	}
	/* For tests, which have no time: every member is due now. */
	void expire_all()
	{
		for (auto &slot : slots_) {
			WheelLink *link;
			hlist_for_each_entry(link, &slot, node)
				link->due = now();
		}
		done_ = now() - Slots;
	}
	/* Any one, taken off the wheel, or nullptr when it is empty. */
	WheelLink *pop_any()
	{
		if (WheelLink *link = pop_head(due_))
			return link;
		for (auto &slot : slots_)
			if (WheelLink *link = pop_head(slot))
				return link;
		return nullptr;
	}
};

enum class Due : u8 { Now, Whenever };

/* An object of the wheel with a reference, or nullptr when there is none (any more). Its link is `wheel`, its count
 * `entry.refcnt`: one whose count is 0 is in the hands of whoever dropped it. */
template <class Object, class AnyWheel> Object *wheel_pop(spinlock_t &lock, AnyWheel &wheel, Due due)
{
	BhLock guard(&lock);
	while (WheelLink *link = due == Due::Now ? wheel.pop_due() : wheel.pop_any()) {
		Object *object = container_of(link, Object, wheel);
		if (refcount_inc_not_zero(&object->entry.refcnt))
			return object;
	}
	return nullptr;
}

} // namespace tcpxx
