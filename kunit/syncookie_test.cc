// SPDX-License-Identifier: GPL-2.0
#include "core/syncookie.h"
#include "test.h"

namespace tcpxx {
namespace {

using testing::Random;

/* Stands for a keyed hash: whoever has another `key` knows nothing of this one's values. */
struct FakeHash {
	u32 key;
	u32 of_pair() const { return testing::Random(key).next(); }
	u32 of_minute(u32 minute) const { return testing::Random(static_cast<u64>(minute) << 32 | key).next(); }
};

struct MssCase {
	u16 mss, kept;
};

constexpr MssCase kMss[] = {
	{0, 536},     {1, 536},	    {535, 536},	  {536, 536},	{537, 536},   {1299, 536},   {1300, 1300},
	{1439, 1300}, {1440, 1440}, {1459, 1440}, {1460, 1460}, {9000, 1460}, {65535, 1460},
};

TEST(mss_of_a_table)
{
	for (const MssCase &c : kMss)
		EXPECT_EQ(cookie_mss(cookie_mss_index(c.mss)), c.kept);
	EXPECT_EQ(cookie_mss(4), 0);
	EXPECT_EQ(cookie_mss(~0u), 0);
}

/* As Linux lays it out, so that it can be read in a capture. */
TEST(layout)
{
	struct Constant {
		u32 of_pair() const { return 0x01020304; }
		u32 of_minute(u32) const { return 0xff123456; }
	};
	EXPECT_EQ(make_cookie(Constant{}, Seq32(1000), 0x105, 3), Seq32(0x01020304 + 1000 + 0x05123459));
}

TEST(good_for_two_minutes)
{
	static constexpr u32 kMinutes[] = {0, 1, 77, 255, 256, 257, 0xffffff, 0xffffffff};
	Random random(1);

	for (u32 i = 0; i < 1000; i++) {
		const FakeHash hash{random.next()};
		const Seq32 isn(random.next());
		const u32 minute = i % 2 ? random.next() : kMinutes[i / 2 % 8];
		const u8 index = static_cast<u8>(random.below(4));
		const Seq32 cookie = make_cookie(hash, isn, minute, index);
		EXPECT_EQ(check_cookie(hash, cookie, isn, minute), cookie_mss(index));
		EXPECT_EQ(check_cookie(hash, cookie, isn, minute + 1), cookie_mss(index));
		EXPECT_EQ(check_cookie(hash, cookie, isn, minute + 2), 0);
		EXPECT_EQ(check_cookie(hash, cookie, isn, minute + 255), 0);
		/* The minute comes round after 256, but its hash does not. */
		EXPECT_EQ(check_cookie(hash, cookie, isn, minute + 256), 0);
		EXPECT_EQ(check_cookie(hash, cookie, isn, minute - 1), 0);
	}
}

/* A cookie is for one pair of hosts, and one SYN. */
TEST(nothing_else_is_good)
{
	Random random(2);

	for (u32 i = 0; i < 1000; i++) {
		const FakeHash hash{random.next()}, other{random.next()};
		const Seq32 isn(random.next());
		const Seq32 cookie = make_cookie(hash, isn, i, 3);
		EXPECT_EQ(check_cookie(other, cookie, isn, i), 0);
		EXPECT_EQ(check_cookie(hash, cookie, isn + 1, i), cookie_mss(2)); /* the same sum: an index is all it is off by */
		EXPECT_EQ(check_cookie(hash, cookie, isn + 4, i), 0);
		EXPECT_EQ(check_cookie(hash, cookie, isn - 1, i), 0);
		EXPECT_EQ(check_cookie(hash, cookie + 0x01000000, isn, i), 0);
	}
}

/* Four values of 2^24 pass, in each of two minutes of 256. */
TEST(guessing_does_not_help)
{
	Random random(3);
	const FakeHash hash{4711};
	u32 hits = 0;

	for (u32 i = 0; i < 100000; i++)
		hits += check_cookie(hash, Seq32(random.next()), Seq32(7), 1000) != 0;
	EXPECT_EQ(hits, 0);
}

TEST(options_come_back)
{
	for (u32 now = 0; now < 300; now++) {
		for (u32 bits = 0; bits < 64; bits++) {
			const bool scales = (bits & 15) != 15;
			const CookieOptions said{.wscale_ok = scales,
						 .snd_wscale = {static_cast<u8>(scales ? bits & 15 : 0)},
						 .sack_ok = (bits & 16) != 0,
						 .ecn_ok = (bits & 32) != 0};
			const u32 ts = cookie_timestamp(1000 + now, said);
			/* Neither from the future nor much older than now. */
			EXPECT_TRUE(ts <= 1000 + now && ts + 64 > 1000 + now);
			EXPECT_EQ(ts & 63, bits);
			const CookieOptions read = cookie_options(ts);
			EXPECT_EQ(read.wscale_ok, said.wscale_ok);
			EXPECT_EQ(read.snd_wscale.shift, said.snd_wscale.shift);
			EXPECT_EQ(read.sack_ok, said.sack_ok);
			EXPECT_EQ(read.ecn_ok, said.ecn_ok);
		}
	}
}

TEST_SUITE("syncookie", TEST_CASE(mss_of_a_table), TEST_CASE(layout), TEST_CASE(good_for_two_minutes),
	   TEST_CASE(nothing_else_is_good), TEST_CASE(guessing_does_not_help), TEST_CASE(options_come_back));

} // namespace
} // namespace tcpxx
