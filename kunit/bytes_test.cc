// SPDX-License-Identifier: GPL-2.0
#include "base/bytes.h"
#include "test.h"

namespace tcpxx {
namespace {

constexpr u8 kData[4] = {1, 2, 3, 4};

TEST(cuts_never_leave_the_run)
{
	const Bytes b(kData, 4);
	for (u32 n = 0; n < 6; n++) {
		EXPECT_EQ(b.first(n).size(), n < 4 ? n : 4);
		EXPECT_EQ(b.after(n).size(), n < 4 ? 4 - n : 0);
	}
	EXPECT_EQ(b.after(0xffffffff).size(), 0);
	EXPECT_EQ(b.after(3)[0], 4);
	EXPECT_TRUE(Bytes().empty() && Bytes().after(1).empty() && Bytes().first(1).empty());
}

TEST(structure_needs_its_bytes)
{
	struct Wire {
		u8 b[4];
	};
	EXPECT_TRUE(Bytes(kData, 3).as<Wire>() == nullptr);
	EXPECT_TRUE(Bytes(kData, 4).as<Wire>() != nullptr);
	EXPECT_TRUE(Bytes().as<Wire>() == nullptr);
}

TEST_SUITE("bytes", TEST_CASE(cuts_never_leave_the_run), TEST_CASE(structure_needs_its_bytes));

} // namespace
} // namespace tcpxx
