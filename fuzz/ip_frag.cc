// SPDX-License-Identifier: GPL-2.0
/* The input is a list of fragments of one datagram, 4 bytes each: frag_off as in the header, then the length. What
 * the map says must be what a map of bytes says. */
#include "core/ip_frag.h"
#include "fuzz.h"

#include <cstring>

using namespace tcpxx;

static bool come[65536 + 65536];

static u32 count_come(u32 from, u32 to)
{
	u32 sum = 0;
	for (u32 i = from; i < to; i++)
		sum += come[i];
	return sum;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size)
{
	fuzz::Input input(data, size);
	FragmentMap map;
	u32 end = ~0U; /* of the datagram, when it is known */
	u32 furthest = 0, bytes = 0; /* of what has come */
	std::memset(come, 0, sizeof(come));
	while (!input.empty()) {
		const u16 frag_off = input.two();
		const bool more = frag_off & 0x2000;
		const Fragment f = {(frag_off & 0x1fffU) * kFragmentUnit,
				    fragment_text(input.two(), more), more};
		const u32 stop = f.offset + f.len;
		const bool was_complete = map.complete();
		const u32 known = count_come(f.offset, stop);
		switch (map.insert(f)) {
		case FragmentFate::Added:
			FUZZ_CHECK(f.len && !known && stop <= kMaxDatagramText && !was_complete);
			std::memset(come + f.offset, 1, f.len);
			furthest = max_of(furthest, stop);
			bytes += f.len;
			if (!more)
				end = stop;
			FUZZ_CHECK(furthest <= end);
			FUZZ_CHECK(map.complete() == (bytes == end));
			break;
		case FragmentFate::Duplicate: FUZZ_CHECK(f.len && known == f.len); break;
		case FragmentFate::Overlap: FUZZ_CHECK(known && known < f.len); return 0;
		case FragmentFate::TooLarge: FUZZ_CHECK(stop > kMaxDatagramText); return 0;
		case FragmentFate::Inconsistent:
			FUZZ_CHECK(!f.len || (end != ~0U && (more ? stop > end : stop != end)) ||
				   (!more && stop < furthest));
			return 0;
		}
	}
	return 0;
}
