// SPDX-License-Identifier: GPL-2.0
/* Instructions and memory of core/lpm.h at several sizes: make -f kunit/host.mk lpm-cost. It runs
 * once for each row, under valgrind, which counts what is done inside answer(). */
#include "core/lpm.h"
#include "test.h"

#include <cstdio>
#include <cstdlib>

namespace tcpxx {
namespace {

struct Heap {
	struct Reclaim {
		void *head[2]; /* as large as the kernel's struct rcu_head */
	};
	static void *allocate(unsigned long size) { return std::malloc(size); }
	static void discard(void *p) { std::free(p); }
	template <class T> static void retire(T *object) { std::free(object); }
	template <class T> static T *read(T *const &place)
	{
		return __atomic_load_n(&place, __ATOMIC_RELAXED);
	}
	template <class T> static void publish(T *&place, T *p)
	{
		__atomic_store_n(&place, p, __ATOMIC_RELEASE);
	}
};
using Table = Lpm<void, Heap>;

/* Sparse: lengths as in the Internet's table, spread over all addresses. Dense: the same in a tenth
 * of them. Hosts: length 32. */
Ipv4Prefix random_prefix(char kind, testing::Random &random)
{
	const u32 share = random.below(100);
	const u32 length = kind == 'h' ? 32 :
			   share < 55  ? 24 :
			   share < 90  ? 16 + random.below(8) :
					 8 + random.below(25);
	const u32 address = kind == 'd' ? random.next() % 0x1a000000 : random.next();
	return {address & Ipv4Prefix::mask_of(length), static_cast<u8>(length)};
}

} // namespace
} // namespace tcpxx

extern "C" [[gnu::noinline]] const void *answer(const tcpxx::Table &table, unsigned int address)
{
	return table.lookup(address);
}

/* usage: lpm-cost KIND PREFIXES LOOKUPS */
int main(int argc, char **argv)
{
	using namespace tcpxx;
	if (argc != 4)
		return 2;
	const u32 prefixes = static_cast<u32>(std::atoi(argv[2])),
		  lookups = static_cast<u32>(std::atoi(argv[3]));
	auto *stored = static_cast<Ipv4Prefix *>(std::malloc(prefixes * sizeof(Ipv4Prefix)));
	testing::Random random(prefixes);
	Table table;
	while (table.size() < prefixes)
		if (const auto e = table.insert(random_prefix(argv[1][0], random), nullptr))
			stored[table.size() - 1] = (*e)->prefix();
	u32 found = 0;
	for (u32 i = 0; i < lookups; i++) {
		const Ipv4Prefix p = stored[random.below(prefixes)];
		found += answer(table, p.address | (random.next() & ~p.mask())) != nullptr;
	}
	std::printf("%u lookups, %u found; %llu bytes for each prefix\n", lookups, found,
		    table.bytes() / prefixes);
	table.clear([](void *) {});
	std::free(stored);
	return 0;
}
