// SPDX-License-Identifier: GPL-2.0
#include "core/fastopen.h"
#include "test.h"

namespace tcpxx {
namespace {

constexpr FastOpenCookie kNew{.val = {1, 2, 3, 4, 5, 6, 7, 8}, .len = 8};
constexpr FastOpenCookie kOld{.val = {8, 7, 6, 5, 4, 3, 2, 1}, .len = 8};
constexpr FastOpenCookie kStrange{.val = {1, 2, 3, 4, 5, 6, 7, 9}, .len = 8};
constexpr FastOpenCookie kShort{.val = {1, 2, 3, 4}, .len = 4};
constexpr FastOpenCookie kAsks{.len = 0};
constexpr FastOpenCookie kNone{};
constexpr FastOpenCookie kOurs[] = {kNew, kOld};

FastOpenOption option(const FastOpenCookie &cookie) { return {cookie.val, cookie.len, cookie.exp}; }

TEST(cookie_is_the_hash)
{
	const FastOpenCookie cookie = make_fastopen_cookie(0x0807060504030201);
	EXPECT_EQ(cookie.len, kNew.len);
	for (u32 i = 0; i < 8; i++)
		EXPECT_EQ(cookie.val[i], kNew.val[i]);
}

struct SynRow {
	const char *what;
	FastOpenCookie shown;
	bool no_cookie;
	u32 keys;
	FastOpenVerdict verdict;
};

constexpr SynRow kSyns[] = {
	{"text without an option", kNone, false, 2, {FastOpenAct::Nothing, false, false}},
	{"asks for one", kAsks, false, 2, {FastOpenAct::Grant, false, false}},
	{"asks for one, no key", kAsks, false, 0, {FastOpenAct::Nothing, false, false}},
	{"a valid one", kNew, false, 2, {FastOpenAct::Open, false, false}},
	{"of the older key", kOld, false, 2, {FastOpenAct::Open, false, true}},
	{"of the older key, which is gone", kOld, false, 1, {FastOpenAct::Grant, true, false}},
	{"none of ours", kStrange, false, 2, {FastOpenAct::Grant, true, false}},
	{"too short to be ours", kShort, false, 2, {FastOpenAct::Grant, true, false}},
	{"no key", kNew, false, 0, {FastOpenAct::Nothing, true, false}},
	{"none is needed", kNone, true, 2, {FastOpenAct::Open, false, false}},
	{"a wrong one where none is needed", kStrange, true, 2, {FastOpenAct::Open, false, false}},
};

TEST(listener_judges_a_syn)
{
	for (const SynRow &row : kSyns) {
		const FastOpenVerdict v = fastopen_syn(option(row.shown), row.no_cookie, kOurs, row.keys);
		EXPECT_EQ_IN(row.what, v.act, row.verdict.act);
		EXPECT_EQ_IN(row.what, v.wrong, row.verdict.wrong);
		EXPECT_EQ_IN(row.what, v.renew, row.verdict.renew);
	}
	EXPECT_TRUE(!asks_for_fastopen(option(kNone), false));
	EXPECT_TRUE(asks_for_fastopen(option(kNone), true));
	EXPECT_TRUE(asks_for_fastopen(option(kAsks), false));
}

struct ConnectRow {
	const char *what;
	FastOpenMetrics known;
	bool no_cookie;
	bool paused;
	s8 len;
	bool exp;
	bool with_text;
};

constexpr ConnectRow kConnects[] = {
	{"nothing is known", {}, false, false, 0, false, false},
	{"a cookie", {.cookie = kNew}, false, false, 8, false, true},
	{"an experimental cookie", {.cookie = {.len = 8, .exp = true}}, false, false, 8, true, true},
	{"asked in vain", {.try_exp = 1}, false, false, 0, true, false},
	{"asked in vain both ways", {.try_exp = 2}, false, false, 0, false, false},
	{"paused", {.cookie = kNew}, false, true, -1, false, false},
	{"none is needed", {.cookie = kNew}, true, false, -1, false, true},
	{"none is needed, but paused", {.cookie = kNew}, true, true, -1, false, false},
};

TEST(client_chooses_its_syn)
{
	for (const ConnectRow &row : kConnects) {
		const FastOpenSyn syn = fastopen_connect(row.known, row.no_cookie, row.paused);
		EXPECT_EQ_IN(row.what, syn.cookie.len, row.len);
		EXPECT_EQ_IN(row.what, syn.cookie.exp, row.exp);
		EXPECT_EQ_IN(row.what, syn.with_text, row.with_text);
	}
}

struct LearnRow {
	const char *what;
	FastOpenMetrics known;
	FastOpenSent sent; /* option, exp, text, repeated */
	FastOpenCookie answer;
	s8 len;
	u8 try_exp;
};

constexpr LearnRow kLearns[] = {
	{"asked for", {}, {true, false, false, false}, kNew, 8, 0},
	{"a new one", {.cookie = kOld}, {true, false, true, false}, kNew, 8, 0},
	{"one that nobody wanted", {}, {false, false, true, false}, kNew, 0, 0},
	{"no answer", {}, {true, false, false, false}, kNone, 0, 1},
	{"no answer to the experiment", {.try_exp = 1}, {true, true, false, false}, kNone, 0, 2},
	{"the second try is the last", {.try_exp = 2}, {true, false, false, false}, kNone, 0, 2},
	{"the SYN was repeated without it", {}, {true, false, false, true}, kNone, 0, 0},
	{"a cookie that still works", {.cookie = kNew}, {true, false, true, false}, kNone, 8, 0},
	{"a request for what is known", {.cookie = kNew}, {true, false, false, false}, kNone, 8, 0},
};

TEST(client_learns_from_the_answer)
{
	for (const LearnRow &row : kLearns) {
		FastOpenMetrics known = row.known;
		fastopen_learn(known, row.sent, option(row.answer), 1400);
		EXPECT_EQ_IN(row.what, known.cookie.len, row.len);
		EXPECT_EQ_IN(row.what, known.try_exp, row.try_exp);
		EXPECT_EQ_IN(row.what, known.mss, 1400);
		if (row.answer.len > 0 && row.len)
			EXPECT_EQ_IN(row.what, known.cookie.val[0], row.answer.val[0]);
	}
	FastOpenMetrics known{.mss = 1300};
	fastopen_learn(known, {true, false, false, false}, option(kNone), 0);
	EXPECT_EQ(known.mss, 1300);
}

TEST(experimental_cookie_is_kept_as_one)
{
	FastOpenMetrics known{.try_exp = 1};
	fastopen_learn(known, {true, true, false, false}, {kNew.val, 8, true}, 1400);
	EXPECT_TRUE(known.cookie.exp);
}

struct PauseRow {
	const char *what;
	u32 times;
	u32 timeout_s;
	u32 seconds; /* that it lasts */
};

constexpr PauseRow kPauses[] = {
	{"never", 0, 3600, 0},	       {"once", 1, 3600, 3600},		 {"twice", 2, 3600, 7200},
	{"seven times", 7, 10, 640},  {"more than that", 100, 10, 640}, {"not configured", 3, 0, 0},
};

TEST(pause_doubles)
{
	constexpr u64 kSince = 0xfffffff000;
	for (const PauseRow &row : kPauses) {
		const u64 end = kSince + row.seconds * 1000ull;
		EXPECT_EQ_IN(row.what, fastopen_paused(row.times, kSince, end, row.timeout_s), false);
		if (row.seconds)
			EXPECT_EQ_IN(row.what, fastopen_paused(row.times, kSince, end - 1, row.timeout_s), true);
	}
}

TEST(third_timeout_is_a_sign)
{
	EXPECT_TRUE(!is_blackhole(0, false) && !is_blackhole(1, false) && is_blackhole(2, false));
	EXPECT_TRUE(!is_blackhole(3, false) && !is_blackhole(3, true));
	EXPECT_TRUE(is_blackhole(0, true) && is_blackhole(1, true));
}

TEST_SUITE("fastopen", TEST_CASE(cookie_is_the_hash), TEST_CASE(listener_judges_a_syn), TEST_CASE(client_chooses_its_syn),
	   TEST_CASE(client_learns_from_the_answer), TEST_CASE(experimental_cookie_is_kept_as_one),
	   TEST_CASE(pause_doubles), TEST_CASE(third_timeout_is_a_sign));

} // namespace
} // namespace tcpxx
