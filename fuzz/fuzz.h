/* SPDX-License-Identifier: GPL-2.0 */
/* What the fuzz targets share: the input cut into values, and a check that stops the run. */
#pragma once
#include "base/bytes.h"

#include <cstdio>
#include <cstdlib>

#define FUZZ_CHECK(condition)                                                                  \
	do {                                                                                   \
		if (!(condition)) {                                                            \
			std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
				     #condition);                                              \
			std::abort();                                                          \
		}                                                                              \
	} while (0)

namespace tcpxx::fuzz {

/* Takes values from the front; zeros when the bytes are used up. */
class Input {
	Bytes rest_;

public:
	Input(const u8 *data, unsigned long size) : rest_(data, static_cast<u32>(size)) {}

	u8 byte()
	{
		const u8 v = rest_.empty() ? 0 : rest_[0];
		rest_ = rest_.after(1);
		return v;
	}
	u16 two() { return static_cast<u16>(byte() << 8 | byte()); }
	u32 four() { return static_cast<u32>(two()) << 16 | two(); }
	bool flag() { return byte() & 1; }
	Bytes rest() const { return rest_; }
	bool empty() const { return rest_.empty(); }
};

/* Reads every byte, so that the sanitizer sees a view that is too long. */
inline u32 touch(Bytes b)
{
	u32 sum = 0;
	for (const u8 v : b)
		sum += v;
	return sum;
}

} // namespace tcpxx::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size);
