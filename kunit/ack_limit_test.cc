// SPDX-License-Identifier: GPL-2.0
#include "core/ack_limit.h"
#include "packet.h"
#include "test.h"

namespace tcpxx::testing {
namespace {

TEST(one_in_an_interval)
{
	AckLimit limit;
	EXPECT_TRUE(limit.take(10, 500));
	EXPECT_TRUE(!limit.take(10, 500));
	EXPECT_TRUE(!limit.take(508, 500));
	EXPECT_TRUE(limit.take(511, 500));
	EXPECT_TRUE(!limit.take(1008, 500));
	/* A longer rest earns no more than one. */
	EXPECT_TRUE(limit.take(100000, 500));
	EXPECT_TRUE(!limit.take(100001, 500));
}

TEST(what_was_left_out_does_not_count)
{
	AckLimit limit;
	u32 taken = 0;
	for (u32 ms = 1; ms < 5000; ms++)
		taken += limit.take(ms, 500);
	EXPECT_EQ(taken, 10);
}

TEST(no_interval_no_limit)
{
	AckLimit limit;
	for (u32 i = 0; i < 3; i++)
		EXPECT_TRUE(limit.take(7, 0));
}

/* A clock of 0 is a time like any other. */
TEST(limit_lives_with_any_clock)
{
	AckLimit wraps, begins;
	EXPECT_TRUE(wraps.take(0xfffffff0, 500));
	EXPECT_TRUE(!wraps.take(0x10, 500));
	EXPECT_TRUE(wraps.take(0x200, 500));
	EXPECT_TRUE(begins.take(0, 500));
	EXPECT_TRUE(!begins.take(0, 500));
}

TEST(what_may_be_an_answer)
{
	static constexpr struct {
		const char *row;
		u8 flags;
		u32 text;
		bool may;
	} rows[] = {
		{"ACK", kAck, 0, true},		  {"RST", kRst, 0, true},
		{"RST with text", kRst, 100, true},	  {"SYN", kSyn, 0, true},
		{"SYN with text", kSyn, 100, true},	  {"SYN and ACK", kSyn | kAck, 0, true},
		{"text", kAck, 1, false},		  {"FIN: it has a number", kFin | kAck, 0, false},
	};
	for (const auto &r : rows) {
		const Arrived p({.flags = r.flags, .text = r.text});
		EXPECT_EQ_IN(r.row, may_be_an_answer(p.seg()), r.may);
	}
}

u32 taken_in(ChallengeBudget &budget, u32 second, u32 limit, u32 random)
{
	u32 n = 0;
	for (u32 i = 0; i < 10000; i++)
		n += budget.take(second, limit, [random] { return random; });
	return n;
}

/* Half of it at least, one and a half at most, on average what the setting says. */
TEST(budget_is_drawn)
{
	ChallengeBudget budget;
	EXPECT_EQ(taken_in(budget, 1, 1000, 0), 500);
	EXPECT_EQ(taken_in(budget, 2, 1000, 999), 1499);
	EXPECT_EQ(taken_in(budget, 3, 1000, 1000), 500);
	EXPECT_EQ(taken_in(budget, 4, 1, 0), 1);
	EXPECT_EQ(taken_in(budget, 5, 1, 0xffffffff), 1);
	EXPECT_EQ(taken_in(budget, 6, 3, 1), 3);
	u64 sum = 0;
	Random random(1);
	for (u32 second = 10; second < 1010; second++)
		sum += taken_in(budget, second, 100, random.next());
	EXPECT_TRUE(sum > 95000 && sum < 105000);
}

/* One draw a second: who asks again gets what is left, and nobody gets any back. */
TEST(budget_is_of_a_second)
{
	ChallengeBudget budget;
	u32 draws = 0;
	const auto random = [&draws] { draws++; return 0u; };
	for (u32 i = 0; i < 10; i++)
		budget.take(1, 4, random);
	EXPECT_EQ(draws, 1);
	EXPECT_TRUE(!budget.take(1, 4, random));
	EXPECT_TRUE(budget.take(2, 4, random));
	/* What was not used is lost. */
	EXPECT_EQ(taken_in(budget, 3, 4, 0), 2);
}

TEST(budget_of_nothing)
{
	ChallengeBudget budget;
	EXPECT_EQ(taken_in(budget, 1, 0, 17), 0);
	EXPECT_EQ(taken_in(budget, 2, 0, 17), 0);
}

TEST_SUITE("ack_limit", TEST_CASE(one_in_an_interval), TEST_CASE(what_was_left_out_does_not_count),
	   TEST_CASE(no_interval_no_limit), TEST_CASE(limit_lives_with_any_clock), TEST_CASE(what_may_be_an_answer),
	   TEST_CASE(budget_is_drawn), TEST_CASE(budget_is_of_a_second), TEST_CASE(budget_of_nothing));

} // namespace
} // namespace tcpxx::testing
