// SPDX-License-Identifier: GPL-2.0
#include "core/token_bucket.h"
#include "test.h"

namespace tcpxx {
namespace {

u32 taken(TokenBucket &bucket, u32 now_ms, u32 tries, u32 per_second, u32 burst)
{
	u32 n = 0;
	for (u32 i = 0; i < tries; i++)
		n += bucket.take(now_ms, per_second, burst);
	return n;
}

TEST(begins_with_a_burst)
{
	TokenBucket bucket;
	EXPECT_EQ(taken(bucket, 0, 100, 1000, 50), 50);
}

TEST(earns_with_time)
{
	TokenBucket bucket;
	taken(bucket, 0, 100, 100, 5);
	EXPECT_EQ(taken(bucket, 9, 1, 100, 5), 0);
	EXPECT_EQ(taken(bucket, 10, 9, 100, 5), 1);
	EXPECT_EQ(taken(bucket, 30, 9, 100, 5), 2);
	/* However long the rest. */
	EXPECT_EQ(taken(bucket, 100000, 9, 100, 5), 5);
}

/* Questions do not eat what is less than a token. */
TEST(keeps_fractions)
{
	TokenBucket bucket;
	taken(bucket, 0, 1, 1, 1);
	u32 n = 0;
	for (u32 ms = 1; ms <= 5000; ms++)
		n += bucket.take(ms, 1, 1);
	EXPECT_EQ(n, 5);
}

TEST(clock_wraps)
{
	TokenBucket bucket;
	taken(bucket, 0xfffffffe, 9, 1000, 1);
	EXPECT_EQ(taken(bucket, 0xfffffffe, 9, 1000, 1), 0);
	EXPECT_EQ(taken(bucket, 3, 9, 1000, 1), 1);
}

TEST(nothing_is_allowed)
{
	TokenBucket bucket;
	EXPECT_EQ(taken(bucket, 0, 9, 1000, 0), 0);
	EXPECT_EQ(taken(bucket, 5000, 9, 1000, 0), 0);
}

TEST_SUITE("token_bucket", TEST_CASE(begins_with_a_burst), TEST_CASE(earns_with_time),
	   TEST_CASE(keeps_fractions), TEST_CASE(clock_wraps), TEST_CASE(nothing_is_allowed));

} // namespace
} // namespace tcpxx
