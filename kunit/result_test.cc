// SPDX-License-Identifier: GPL-2.0
#include "base/result.h"
#include "test.h"

namespace tcpxx {
namespace {

struct Pair {
	int first, second;
};

Result<Pair> halves(int n)
{
	if (n % 2)
		return Errno::Invalid;
	return Pair{n / 2, n / 2};
}

} // namespace

TEST(value_or_reason)
{
	const Result<Pair> even = halves(6), odd = halves(7);

	EXPECT_TRUE(!!even);
	EXPECT_EQ((*even).first, 3);
	EXPECT_EQ(even->second, 3);
	EXPECT_TRUE(!odd);
	EXPECT_EQ(odd.error(), Errno::Invalid);
	EXPECT_EQ(to_int(odd.error()), 22);
}

TEST(copies)
{
	Result<Pair> one = halves(4);
	const Result<Pair> other = one;

	one->first = 9;
	EXPECT_EQ((*one).first, 9);
	EXPECT_EQ(other->first, 2);
	one = halves(5);
	EXPECT_TRUE(!one && other);
}

TEST_SUITE("result", TEST_CASE(value_or_reason), TEST_CASE(copies));

} // namespace tcpxx
