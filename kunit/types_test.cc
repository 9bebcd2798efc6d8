// SPDX-License-Identifier: GPL-2.0
#include "base/types.h"
#include "test.h"

namespace tcpxx {

TEST(sizes)
{
	EXPECT_EQ(sizeof(u8) * 8 + sizeof(s8), 9);
	EXPECT_EQ(sizeof(u16) + sizeof(s16), 4);
	EXPECT_EQ(sizeof(u32) + sizeof(s32), 8);
	EXPECT_EQ(sizeof(u64) + sizeof(s64), 16);
	EXPECT_TRUE(static_cast<s8>(-1) < 0 && static_cast<u8>(-1) > 0);
}

TEST(smaller_and_larger)
{
	EXPECT_EQ(min_of(-1, 1), -1);
	EXPECT_EQ(min_of(~0u, 1u), 1);
	EXPECT_EQ(max_of(-1, 1), 1);
	EXPECT_EQ(max_of(~0u, 1u), ~0u);
	EXPECT_EQ(clamp_to(5, 1, 3), 3);
	EXPECT_EQ(clamp_to(0, 1, 3), 1);
	EXPECT_EQ(clamp_to(2, 1, 3), 2);
}

TEST_SUITE("types", TEST_CASE(sizes), TEST_CASE(smaller_and_larger));

} // namespace tcpxx
