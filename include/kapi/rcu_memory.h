/* SPDX-License-Identifier: GPL-2.0 */
/* Memory and publication for the structures of include/core whose readers are under RCU. */
#pragma once
#include "kapi/linux.h"

namespace tcpxx {

/* A static function, because with lockdep rcu_dereference() has a static variable, of which an inline
 * one would make a common symbol (-fno-weak), and modules may have none. */
template <class T> [[gnu::always_inline]] static inline T *rcu_read(T *const &place)
{
	return rcu_dereference(place);
}

/* Readers hold rcu_read_lock, or are softirqs. Writers may be in atomic context, as those are that
 * follow the notifiers of routes: hence GFP_ATOMIC. */
struct RcuMemory {
	using Reclaim = struct rcu_head;

	static void *allocate(size_t size) { return kmalloc(size, GFP_ATOMIC); }
	static void discard(void *p) { kfree(p); }
	template <class T> static void retire(T *object) { kfree_rcu(object, reclaim); }
	template <class T> static T *read(T *const &place) { return rcu_read(place); }
	template <class T> static void publish(T *&place, T *p) { rcu_assign_pointer(place, p); }
};

} // namespace tcpxx
