// SPDX-License-Identifier: GPL-2.0
/* The input is a program for OptionWriter. Whatever it writes can be read, and the last value that
 * was accepted is the one that is read. */
#include "fuzz.h"
#include "wire/options.h"

using namespace tcpxx;

static void step(fuzz::Input &input, OptionWriter &w, TcpOptions &expected)
{
	const u32 room = w.room();
	switch (input.byte() % 7) {
	case 0:
		if (const u16 mss = input.two(); w.mss(mss) && mss != 0)
			expected.mss = mss;
		break;
	case 1:
		if (const u8 shift = input.byte(); w.window_scale({shift}))
			expected.wscale.shift = min_of(shift, kMaxWindowScale);
		break;
	case 2: expected.sack_permitted |= w.sack_permitted(); break;
	case 3:
		if (const Timestamps ts{input.four(), input.four()}; w.timestamps(ts))
			expected.ts = ts;
		break;
	case 4: w.nop(); break;
	case 5: {
		SackBlock blocks[6];
		for (SackBlock &b : blocks)
			b = {Seq32(input.four()), Seq32(input.byte())};
		if (const u32 n = w.sack(blocks, input.byte() % 7))
			expected.sack_count = static_cast<u8>(n), expected.sack[0] = blocks[0];
		break;
	}
	case 6: {
		const u32 words = input.byte() % 8; /* 4 to 16 bytes, or none */
		FastOpenCookie cookie{.len = static_cast<s8>(words ? 2 + 2 * words : 0), .exp = input.flag()};
		if (w.fast_open(cookie))
			expected.fastopen.len = cookie.len, expected.fastopen.exp = cookie.exp;
		break;
	}
	}
	FUZZ_CHECK(w.room() <= room);
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size)
{
	fuzz::Input input(data, size);
	OptionWriter w;
	TcpOptions expected;
	while (!input.empty())
		step(input, w, expected);
	const Bytes list = w.finish();
	FUZZ_CHECK(list.size() <= 40 && list.size() % 4 == 0);
	const auto o = parse_tcp_options(list, true);
	FUZZ_CHECK(!!o);
	FUZZ_CHECK(o->mss == expected.mss && o->wscale.shift == expected.wscale.shift);
	FUZZ_CHECK(o->sack_permitted == expected.sack_permitted);
	FUZZ_CHECK(o->ts.tsval == expected.ts.tsval && o->ts.tsecr == expected.ts.tsecr);
	FUZZ_CHECK(o->fastopen.len == expected.fastopen.len && o->fastopen.exp == expected.fastopen.exp);
	FUZZ_CHECK(o->sack_count == expected.sack_count &&
		   o->sack[0].start == expected.sack[0].start);
	return 0;
}
