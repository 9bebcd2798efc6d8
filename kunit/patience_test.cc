// SPDX-License-Identifier: GPL-2.0
#include "core/patience.h"
#include "test.h"

namespace tcpxx {
namespace {

/* Those of net.ipv4.tcp_retries2 in Linux's ip-sysctl: 924.6 seconds for 15. */
TEST(retries_stand_for_a_time)
{
	static constexpr struct {
		u32 retries;
		Usec first;
		u32 ms;
	} rows[] = {
		{0, 200_ms, 200},	  {1, 200_ms, 600},	    {2, 200_ms, 1400},	    {8, 200_ms, 102200},
		{9, 200_ms, 204600},	  {10, 200_ms, 324600},	    {15, 200_ms, 924600},   {6, 1_s, 127000},
		{7, 1_s, 247000},	  {255, 200_ms, 29724600},
	};
	for (const auto &r : rows)
		EXPECT_EQ(model_timeout(r.retries, r.first), Msec{r.ms});
}

TEST(time_out_ends_with_the_user)
{
	EXPECT_EQ(clamp_to_user_timeout(800_ms, {500}, {}), 800_ms);
	EXPECT_EQ(clamp_to_user_timeout(800_ms, {500}, {2000}), 800_ms);
	EXPECT_EQ(clamp_to_user_timeout(800_ms, {1200}, {2000}), 800_ms);
	EXPECT_EQ(clamp_to_user_timeout(800_ms, {1201}, {2000}), 799_ms);
	EXPECT_EQ(clamp_to_user_timeout(800_ms, {1999}, {2000}), 1_ms);
	EXPECT_EQ(clamp_to_user_timeout(800_ms, {2000}, {2000}), 1_ms);
	EXPECT_EQ(clamp_to_user_timeout(800_ms, {9000}, {2000}), 1_ms);
	/* Longer than microseconds can say. */
	EXPECT_EQ(clamp_to_user_timeout(120_s, {0}, {0xffffffff}), 120_s);
}

TEST(shut_window)
{
	EXPECT_TRUE(!shut_window_timed_out({100000000}, {240000}, {}));
	EXPECT_TRUE(!shut_window_timed_out({240000}, {100000000}, {}));
	EXPECT_TRUE(shut_window_timed_out({240001}, {240001}, {}));
	/* The user is not put off by a peer that says again and again that it cannot. */
	EXPECT_TRUE(!shut_window_timed_out({5000}, {0}, {5000}));
	EXPECT_TRUE(shut_window_timed_out({5001}, {0}, {5000}));
	EXPECT_TRUE(shut_window_timed_out({240001}, {240001}, {900000}));
}

TEST(orphans_are_waited_for_less)
{
	EXPECT_EQ(orphan_retries(0, 200_ms, 0), 8);
	EXPECT_EQ(orphan_retries(3, 200_ms, 0), 3);
	EXPECT_EQ(orphan_retries(0, 200_ms, 113), 8);
	EXPECT_EQ(orphan_retries(0, 120_s, 0), 0);
	EXPECT_EQ(orphan_retries(3, 120_s, 0), 3);
	EXPECT_EQ(orphan_retries(3, 120_s, 113), 0);
}

TEST_SUITE("patience", TEST_CASE(retries_stand_for_a_time), TEST_CASE(time_out_ends_with_the_user),
	   TEST_CASE(shut_window), TEST_CASE(orphans_are_waited_for_less));

} // namespace
} // namespace tcpxx
