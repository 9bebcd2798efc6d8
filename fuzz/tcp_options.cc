// SPDX-License-Identifier: GPL-2.0
/* Option list; input: one byte whether it is a SYN's, then the list. What was read is written and
 * read again, and must be the same. */
#include "fuzz.h"
#include "wire/options.h"

using namespace tcpxx;

static void check_same(const TcpOptions &a, const TcpOptions &b)
{
	FUZZ_CHECK(a.has_mss == b.has_mss && a.mss == b.mss);
	FUZZ_CHECK(a.has_wscale == b.has_wscale && a.wscale.shift == b.wscale.shift);
	FUZZ_CHECK(a.sack_permitted == b.sack_permitted && a.has_timestamps == b.has_timestamps);
	FUZZ_CHECK(a.ts.tsval == b.ts.tsval && a.ts.tsecr == b.ts.tsecr);
	FUZZ_CHECK(a.sack_count == b.sack_count);
	for (u32 i = 0; i < a.sack_count; i++)
		FUZZ_CHECK(a.sack[i].start == b.sack[i].start && a.sack[i].end == b.sack[i].end);
	FUZZ_CHECK(a.fastopen.len == b.fastopen.len);
	FUZZ_CHECK(a.fastopen.len < 0 || a.fastopen.exp == b.fastopen.exp);
	for (s32 i = 0; i < a.fastopen.len; i++)
		FUZZ_CHECK(a.fastopen.cookie[i] == b.fastopen.cookie[i]);
}

static FastOpenCookie copy(const FastOpenOption &option)
{
	FastOpenCookie cookie{.len = option.len, .exp = option.exp};
	for (s32 i = 0; i < option.len; i++)
		cookie.val[i] = option.cookie[i];
	return cookie;
}

static bool write(OptionWriter &w, const TcpOptions &o)
{
	return (!o.has_mss || w.mss(o.mss)) && (!o.has_wscale || w.window_scale(o.wscale)) &&
	       (!o.sack_permitted || w.sack_permitted()) &&
	       (!o.has_timestamps || w.timestamps(o.ts)) &&
	       w.sack(o.sack, o.sack_count) == o.sack_count &&
	       (o.fastopen.len < 0 || w.fast_open(copy(o.fastopen)));
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size)
{
	fuzz::Input input(data, size);
	const bool syn = input.flag();
	const auto o = parse_tcp_options(input.rest(), syn);
	if (!o) {
		FUZZ_CHECK(o.error() == Drop::TcpOption);
		return 0;
	}
	FUZZ_CHECK(!o->has_mss || o->mss != 0);
	FUZZ_CHECK(o->wscale.shift <= kMaxWindowScale && o->sack_count <= kMaxSackBlocks);
	FUZZ_CHECK(syn || (!o->has_mss && !o->has_wscale && !o->sack_permitted && o->fastopen.len < 0));
	FUZZ_CHECK(o->fastopen.len <= kMaxFastOpenCookie && (o->fastopen.len < 0 || !(o->fastopen.len % 2)));
	OptionWriter w;
	if (write(w, *o))
		check_same(*o, *parse_tcp_options(w.finish(), syn));
	return 0;
}
