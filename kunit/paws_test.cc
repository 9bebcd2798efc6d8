// SPDX-License-Identifier: GPL-2.0
#include "core/paws.h"
#include "packet.h"
#include "test.h"

namespace tcpxx {
namespace {

using testing::kPlaces;

TEST(order_wraps_as_sequence_numbers_do)
{
	for (const u32 place : kPlaces) {
		if (place == 0)
			continue; /* proves nothing, see below */
		const TsRecent recent{place, 500};
		EXPECT_TRUE(!timestamp_older(recent, place, 500, 0));
		EXPECT_TRUE(!timestamp_older(recent, place + 1, 500, 0));
		EXPECT_TRUE(timestamp_older(recent, place - 1, 500, 0));
		EXPECT_TRUE(timestamp_older(recent, place - 0x7fffffff, 500, 0));
		EXPECT_TRUE(!timestamp_older(recent, place + 0x7fffffff, 500, 0));
	}
}

TEST(slack_is_counted_in_ticks)
{
	const TsRecent recent{5000, 500};
	EXPECT_TRUE(!timestamp_older(recent, 4999, 500, 1));
	EXPECT_TRUE(timestamp_older(recent, 4998, 500, 1));
	EXPECT_TRUE(!timestamp_older(recent, 4000, 500, 1000));
	EXPECT_TRUE(timestamp_older(recent, 3999, 500, 1000));
}

/* RFC 7323, 5.5. */
TEST(says_nothing_after_24_days)
{
	const TsRecent recent{5000, 500};
	EXPECT_TRUE(timestamp_older(recent, 1, 500 + kPawsIdle - 1, 0));
	EXPECT_TRUE(!timestamp_older(recent, 1, 500 + kPawsIdle, 0));
}

TEST(says_nothing_without_a_stamp_or_value)
{
	EXPECT_TRUE(!timestamp_older({5000, 0}, 1, 500, 0));
	EXPECT_TRUE(!timestamp_older({0, 500}, 0xfffffff0, 500, 0));
}

TEST_SUITE("paws", TEST_CASE(order_wraps_as_sequence_numbers_do),
	   TEST_CASE(slack_is_counted_in_ticks), TEST_CASE(says_nothing_after_24_days),
	   TEST_CASE(says_nothing_without_a_stamp_or_value));

} // namespace
} // namespace tcpxx
