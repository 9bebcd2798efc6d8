// SPDX-License-Identifier: GPL-2.0
#include "core/isn.h"
#include "test.h"

namespace tcpxx {
namespace {

/* RFC 6528, 3: ISN = M + F(...), M a clock that here ticks every 64 ns. */
TEST(clock_moves_it_forward)
{
	EXPECT_EQ(initial_sequence(1000, 0), Seq32(1000));
	EXPECT_EQ(initial_sequence(1000, 63), Seq32(1000));
	EXPECT_EQ(initial_sequence(1000, 64), Seq32(1001));
	EXPECT_TRUE(before(initial_sequence(7, 1000000), initial_sequence(7, 2000000)));
}

TEST(hash_and_clock_wrap)
{
	EXPECT_EQ(initial_sequence(0xffffffff, 64), Seq32(0));
	/* Once round in 274 seconds, longer than 2 MSL. */
	EXPECT_EQ(initial_sequence(5, (1ULL << 32) << 6), Seq32(5));
}

TEST_SUITE("isn", TEST_CASE(clock_moves_it_forward), TEST_CASE(hash_and_clock_wrap));

} // namespace
} // namespace tcpxx
