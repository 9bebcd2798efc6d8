// SPDX-License-Identifier: GPL-2.0
#include "packet.h"
#include "test.h"

namespace tcpxx {
namespace {

using testing::kPlaces;

/* What RFC 9293, 3.4 defines, at every place on the circle. */
TEST(order_does_not_depend_on_the_place)
{
	for (const u32 place : kPlaces) {
		const Seq32 a(place);
		EXPECT_TRUE(!before(a, a) && !after(a, a));
		EXPECT_TRUE(before(a, a + 1) && !after(a, a + 1) && after(a + 1, a));
		EXPECT_TRUE(before(a - 1, a) && after(a, a - 1));
		EXPECT_TRUE(before(a, a + 0x7fffffff) && !before(a + 0x7fffffff, a));
		EXPECT_TRUE(after(a, a - 0x7fffffff) && !after(a - 0x7fffffff, a));
		/* Just beyond half of the circle the order turns round. */
		EXPECT_TRUE(before(a + 0x80000001, a) && after(a, a + 0x80000001));
	}
}

TEST(distance_goes_forward)
{
	for (const u32 place : kPlaces) {
		const Seq32 a(place);
		EXPECT_EQ(distance(a, a), 0);
		EXPECT_EQ(distance(a, a + 1), 1);
		EXPECT_EQ(distance(a, a + 0xffffffff), 0xffffffff);
		EXPECT_EQ(distance(a, a + 70000), 70000);
	}
}

TEST(between_has_both_ends)
{
	for (const u32 place : kPlaces) {
		const Seq32 low(place), high = low + 100;
		EXPECT_TRUE(between(low, low, high) && between(high, low, high) &&
			    between(low + 50, low, high));
		EXPECT_TRUE(!between(low - 1, low, high) && !between(high + 1, low, high));
		EXPECT_TRUE(between(low, low, low) && !between(low + 1, low, low));
	}
}

TEST(later_of_takes_the_later)
{
	for (const u32 place : kPlaces) {
		const Seq32 a(place), b = a + 7;
		EXPECT_EQ(later_of(a, b), b);
		EXPECT_EQ(later_of(b, a), b);
		EXPECT_EQ(later_of(a, a), a);
	}
}

TEST(arithmetic_wraps)
{
	Seq32 a(0xfffffffe);
	a += 5;
	EXPECT_EQ(a.raw(), 3);
	EXPECT_EQ((Seq32(2) - 5).raw(), 0xfffffffd);
	EXPECT_EQ((Seq32(0xffffffff) + 1).raw(), 0);
}

TEST_SUITE("seq32", TEST_CASE(order_does_not_depend_on_the_place), TEST_CASE(distance_goes_forward),
	   TEST_CASE(between_has_both_ends), TEST_CASE(later_of_takes_the_later),
	   TEST_CASE(arithmetic_wraps));

} // namespace
} // namespace tcpxx
