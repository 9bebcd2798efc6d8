/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A timer wheel for many small objects that each wait for one moment: 24 bytes in the object, one
 * timer_list for all. What is due later than one turn stays in its slot for another turn.
 *
 * The wheel has no lock and no timer of its own: its owner calls it under a lock, and calls
 * collect() from a timer every tick() jiffies while it is not empty.
 */
#pragma once
#include "base/types.h"
#include "kapi/linux.h"

namespace tcpxx {

struct WheelLink {
	struct hlist_node node;
	u32 due; /* tick, on a circle of 2^32 */
};

/* Slots: a power of two. TickHz: ticks in a second. */
template <u32 Slots, u32 TickHz> class Wheel {
	static_assert(Slots && !(Slots & (Slots - 1)));

	struct hlist_head slots_[Slots];
	u32 done_; /* last tick that was collected */
	u32 count_;

	static u32 now() { return static_cast<u32>(div_u64(get_jiffies_64(), tick())); }

public:
	static constexpr unsigned long tick() { return HZ / TickHz; } /* jiffies */

	void init()
	{
		for (auto &slot : slots_)
			INIT_HLIST_HEAD(&slot);
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
		for (const u32 until = now(); done_ != until; done_++) {
			struct hlist_head *slot = &slots_[(done_ + 1) % Slots];
			WheelLink *link;
			hlist_for_each_entry(link, slot, node) {
				if (static_cast<s32>(link->due - until) > 0)
					continue;
				remove(*link);
				return link;
			}
		}
		return nullptr;
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
		for (auto &slot : slots_) {
			if (hlist_empty(&slot))
				continue;
			WheelLink *link = hlist_entry(slot.first, WheelLink, node);
			remove(*link);
			return link;
		}
		return nullptr;
	}
};

} // namespace tcpxx
