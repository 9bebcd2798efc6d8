/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The policy that core/lpm.h is tested with: memory that can run out, and a look at the table before
 * and after each single pointer that is written, or in the middle of a lookup. What is retired is
 * freed at once, where ASan and KASAN see who still uses it, unless a reader has said so.
 */
#pragma once
#include "core/lpm.h"
#ifdef __KERNEL__
#include "kapi/linux.h"
#else
#include <cstdlib>
#endif

namespace tcpxx::testing {

using Hook = void (*)();

constexpr u32 kPlenty = ~0U; /* allocations */

/* What a test sets and reads. */
struct LpmMemoryState {
	u32 allocations_left = kPlenty;
	u32 live = 0; /* objects that are not freed */
	u32 published = 0; /* pointers written */
	Hook on_publish = nullptr; /* before and after each of them */
	u32 reads_until = 0; /* on_read comes before this read, counted from 1; 0: never */
	Hook on_read = nullptr;
	bool reader = false; /* somebody may be using what is retired */
	void *retired = nullptr;
	Hook free_retired = nullptr;
};
static constinit LpmMemoryState lpm_memory;

#ifdef __KERNEL__
inline void *from_heap(unsigned long size) { return kvmalloc(size, GFP_KERNEL); }
inline void to_heap(void *p) { kvfree(p); }
#else
inline void *from_heap(unsigned long size) { return std::malloc(size); }
inline void to_heap(void *p) { std::free(p); }
#endif

struct LpmMemory {
	struct Reclaim {
		void *next;
	};

	static void *allocate(unsigned long size)
	{
		if (lpm_memory.allocations_left == 0)
			return nullptr;
		lpm_memory.allocations_left--;
		void *p = from_heap(size);
		lpm_memory.live += p != nullptr;
		return p;
	}
	static void discard(void *p)
	{
		lpm_memory.live--;
		to_heap(p);
	}
	template <class T> static void retire(T *object)
	{
		if (!lpm_memory.reader) {
			discard(object);
			return;
		}
		object->reclaim.next = lpm_memory.retired;
		lpm_memory.retired = object;
		lpm_memory.free_retired = free_all<T>;
	}
	template <class T> static T *read(T *const &place)
	{
		if (lpm_memory.reads_until && --lpm_memory.reads_until == 0)
			lpm_memory.on_read();
		return place;
	}
	template <class T> static void publish(T *&place, T *p)
	{
		lpm_memory.published++;
		if (lpm_memory.on_publish)
			lpm_memory.on_publish();
		place = p;
		if (lpm_memory.on_publish)
			lpm_memory.on_publish();
	}

private:
	template <class T> static void free_all()
	{
		while (T *object = static_cast<T *>(lpm_memory.retired)) {
			lpm_memory.retired = object->reclaim.next;
			discard(object);
		}
	}
};

/* The time of a reader: what is retired meanwhile is freed at its end. */
class LpmReader {
public:
	LpmReader() { lpm_memory.reader = true; }
	~LpmReader()
	{
		lpm_memory.reader = false;
		if (lpm_memory.retired)
			lpm_memory.free_retired();
	}
	LpmReader(const LpmReader &) = delete;
};

} // namespace tcpxx::testing
