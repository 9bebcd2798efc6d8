// SPDX-License-Identifier: GPL-2.0
#include "wire/be.h"
#include "test.h"

namespace tcpxx {
namespace {

TEST(most_significant_byte_is_first)
{
	const be16 two = be16::from_host(0x1234);
	EXPECT_TRUE(two.b[0] == 0x12 && two.b[1] == 0x34);
	const be32 four = be32::from_host(0x12345678);
	EXPECT_TRUE(four.b[0] == 0x12 && four.b[1] == 0x34 && four.b[2] == 0x56 &&
		    four.b[3] == 0x78);
}

constexpr u32 kValues[] = {0, 1, 0x80, 0xff00, 0x80000000, 0xffffffff, 0xdeadbeef};

TEST(round_trips)
{
	for (const u32 v : kValues) {
		EXPECT_EQ(be32::from_host(v).host(), v);
		EXPECT_EQ(be32::from_network(v).network(), v);
		const u16 low = static_cast<u16>(v);
		EXPECT_EQ(be16::from_host(low).host(), low);
		EXPECT_EQ(be16::from_network(low).network(), low);
	}
	EXPECT_TRUE(be32::from_host(5) == be32::from_host(5));
	EXPECT_TRUE(!(be16::from_host(0x0102) == be16::from_host(0x0201)));
}

TEST_SUITE("be", TEST_CASE(most_significant_byte_is_first), TEST_CASE(round_trips));

} // namespace
} // namespace tcpxx
