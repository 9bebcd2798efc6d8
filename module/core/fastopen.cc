// SPDX-License-Identifier: GPL-2.0
#include "core/fastopen.h"

namespace tcpxx {
namespace {

constexpr s8 kCookieSize = 8; /* bytes, of one that we make */

bool matches(const FastOpenOption &option, const FastOpenCookie &cookie)
{
	return option.len == cookie.len && !__builtin_memcmp(option.cookie, cookie.val, kCookieSize);
}

/* The number of the key that the cookie was made with, or `keys`. */
u32 key_of(const FastOpenOption &option, const FastOpenCookie *cookies, u32 keys)
{
	u32 key = 0;
	while (key < keys && !matches(option, cookies[key]))
		key++;
	return key;
}

FastOpenCookie keep(const FastOpenOption &option)
{
	FastOpenCookie cookie{.len = option.len, .exp = option.exp};
	if (option.len > 0)
		__builtin_memcpy(cookie.val, option.cookie, static_cast<u32>(option.len));
	return cookie;
}

} // namespace

FastOpenCookie make_fastopen_cookie(u64 hash)
{
	FastOpenCookie cookie{.len = kCookieSize};
	for (u32 i = 0; i < sizeof(hash); i++)
		cookie.val[i] = static_cast<u8>(hash >> 8 * i);
	return cookie;
}

FastOpenVerdict fastopen_syn(const FastOpenOption &option, bool no_cookie, const FastOpenCookie *cookies, u32 keys)
{
	if (no_cookie)
		return {FastOpenAct::Open, false, false};
	/* Text without a cookie waits for the handshake. */
	if (option.len < 0)
		return {FastOpenAct::Nothing, false, false};
	const FastOpenAct grant = keys ? FastOpenAct::Grant : FastOpenAct::Nothing;
	if (!option.len)
		return {grant, false, false};
	const u32 key = key_of(option, cookies, keys);
	/* RFC 7413, 4.2.2: an invalid one is answered like a request, so that the client has a valid one next time. */
	if (key == keys)
		return {grant, true, false};
	return {FastOpenAct::Open, false, key != 0};
}

FastOpenSyn fastopen_connect(const FastOpenMetrics &known, bool no_cookie, bool paused)
{
	if (paused)
		return {{}, false};
	if (no_cookie)
		return {{}, true};
	FastOpenSyn syn{known.cookie, known.cookie.len > 0};
	if (!syn.with_text && known.try_exp == 1)
		syn.cookie.exp = true;
	return syn;
}

void fastopen_learn(FastOpenMetrics &known, const FastOpenSent &sent, const FastOpenOption &answer, u16 mss)
{
	u8 try_exp = 0;
	/* Asked for in vain. A SYN that was repeated did not ask, so that its answer says nothing. */
	if (sent.option && !sent.text && !sent.repeated && answer.len < 0)
		try_exp = sent.exp ? 2 : 1;
	if (mss)
		known.mss = mss;
	/* One that nobody wanted is not kept. */
	if (sent.option && answer.len > 0)
		known.cookie = keep(answer);
	else if (try_exp > known.try_exp && known.cookie.len <= 0 && !known.cookie.exp)
		known.try_exp = try_exp;
}

bool fastopen_paused(u32 times, u64 since_ms, u64 now_ms, u32 timeout_s)
{
	constexpr u32 kMostDoublings = 6;
	if (!times || !timeout_s)
		return false;
	const u64 factor = 1u << min_of(times - 1, kMostDoublings);
	return now_ms - since_ms < factor * timeout_s * 1000;
}

} // namespace tcpxx
