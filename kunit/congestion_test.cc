// SPDX-License-Identifier: GPL-2.0
#include "core/congestion.h"
#include "test.h"

namespace tcpxx {
namespace {

/* RFC 6928 and RFC 5681, 3.1. */
TEST(slow_start_doubles_in_a_round_trip)
{
	Reno r;
	EXPECT_EQ(r.cwnd(), 10);
	EXPECT_TRUE(r.slow_start());
	for (u32 expected = 20; expected <= 160; expected *= 2) {
		r.on_ack(r.cwnd(), true);
		EXPECT_EQ(r.cwnd(), expected);
	}
}

TEST(unused_window_does_not_grow)
{
	Reno r;
	r.on_ack(10, false);
	EXPECT_EQ(r.cwnd(), 10);
}

TEST(avoidance_grows_one_segment_in_a_round_trip)
{
	Reno r;
	r.enter_recovery(20);
	r.leave_recovery();
	EXPECT_EQ(r.cwnd(), 10);
	EXPECT_TRUE(!r.slow_start());
	r.on_ack(9, true);
	EXPECT_EQ(r.cwnd(), 10);
	r.on_ack(1, true);
	EXPECT_EQ(r.cwnd(), 11);
	r.on_ack(22, true);
	EXPECT_EQ(r.cwnd(), 13);
}

/* RFC 5681, 3.2, steps 2, 3 and 6; RFC 6582, 3.2. */
TEST(recovery_halves_what_was_in_flight)
{
	Reno r;
	r.on_ack(10, true);
	r.enter_recovery(16);
	EXPECT_EQ(r.ssthresh(), 8);
	EXPECT_EQ(r.cwnd(), 11);
	r.leave_recovery();
	EXPECT_EQ(r.cwnd(), 8);
}

TEST(ssthresh_is_two_at_least)
{
	for (u32 flight = 0; flight <= 5; flight++) {
		Reno r;
		r.enter_recovery(flight);
		EXPECT_EQ(r.ssthresh(), 2);
	}
	Reno r;
	r.on_timeout(6, true);
	EXPECT_EQ(r.ssthresh(), 3);
}

/* RFC 5681, 3.1, equation 4 and what follows it. */
TEST(timeout_begins_anew)
{
	Reno r;
	r.on_timeout(20, true);
	EXPECT_EQ(r.cwnd(), 1);
	EXPECT_EQ(r.ssthresh(), 10);
	r.on_timeout(1, false);
	EXPECT_EQ(r.ssthresh(), 10);
	/* Nine segments of slow start, the other three count in avoidance. */
	r.on_ack(12, true);
	EXPECT_EQ(r.cwnd(), 10);
	r.on_ack(7, true);
	EXPECT_EQ(r.cwnd(), 11);
}

TEST(never_zero_and_never_wraps)
{
	testing::Random random(2);
	Reno r;
	for (int i = 0; i < 20000; i++) {
		const u32 n = random.next() >> random.below(32);
		switch (random.below(8)) {
		case 0: r.enter_recovery(n); break;
		case 1: r.leave_recovery(); break;
		case 2: r.on_timeout(n, random.below(2)); break;
		default: r.on_ack(n, true); break;
		}
		EXPECT_TRUE(r.cwnd() >= 1 && r.cwnd() <= kInfiniteSsthresh);
		EXPECT_TRUE(r.ssthresh() >= 2);
	}
}

/* What is in flight at most, in a window of text, is twice what slow start makes of cwnd. */
TEST(slow_start_goes_on_while_half_of_cwnd_is_used)
{
	Reno r;
	CwndUsage u;
	EXPECT_TRUE(!u.tested(r));
	u.sent(false, 5, Seq32{1}, Seq32{5001});
	EXPECT_TRUE(!u.tested(r));
	u.sent(false, 6, Seq32{1}, Seq32{6001});
	EXPECT_TRUE(u.tested(r));
	r.on_ack(2, true);
	EXPECT_TRUE(!u.tested(r));
	/* Fewer tell nothing before the ACK of what was sent with the most. */
	u.sent(false, 1, Seq32{2001}, Seq32{7001});
	r.on_timeout(22, true);
	EXPECT_TRUE(u.tested(r));
	r.on_ack(10, true);
	EXPECT_TRUE(!u.tested(r)); /* slow start has ended */
	u.sent(false, 1, Seq32{6001}, Seq32{8001});
	r.on_timeout(22, true);
	r.on_ack(1, true);
	EXPECT_TRUE(!u.tested(r));
}

TEST(held_back_once_counts_for_a_window)
{
	Reno r;
	CwndUsage u;
	r.enter_recovery(20);
	r.leave_recovery();
	u.sent(true, 10, Seq32{1}, Seq32{10001});
	u.sent(false, 11, Seq32{5001}, Seq32{12001});
	EXPECT_TRUE(u.tested(r) && u.limited());
	u.sent(false, 9, Seq32{10001}, Seq32{13001});
	EXPECT_TRUE(!u.tested(r) && !u.limited());
}

/* RFC 6937, with ten in flight and two acknowledged at once: one for two, until five are left. */
TEST(reduction_halves_over_a_round_trip)
{
	constexpr u32 kQuotas[] = {1, 1, 1, 0, 2};
	Reno r;
	u32 in_flight = 10;
	r.enter_reduction();
	EXPECT_EQ(r.ssthresh(), 5);
	for (const u32 quota : kQuotas) {
		in_flight -= 2;
		r.reduce(2, in_flight, 1);
		EXPECT_EQ(r.cwnd(), in_flight + quota);
		r.sent_in_reduction(quota);
		in_flight += quota;
	}
	EXPECT_EQ(in_flight, 5);
	r.leave_recovery();
	EXPECT_EQ(r.cwnd(), 5);
}

/* Less was in flight than will be allowed: it may grow up to there, and no further. */
TEST(reduction_of_a_window_that_was_not_used)
{
	Reno r;
	r.enter_reduction();
	r.reduce(1, 1, 1);
	EXPECT_EQ(r.cwnd(), 3);
	r.sent_in_reduction(2);
	r.reduce(4, 0, 1);
	EXPECT_EQ(r.cwnd(), 5);
	r.reduce(0, 0, 0); /* tells nothing */
	EXPECT_EQ(r.cwnd(), 5);
}

TEST(reduction_sends_one_at_least)
{
	Reno r;
	r.on_timeout(4, true);
	EXPECT_EQ(r.cwnd(), 1);
	r.enter_reduction();
	EXPECT_EQ(r.ssthresh(), 2);
	r.reduce(1, 9, 1);
	EXPECT_EQ(r.cwnd(), 11); /* share 2 */
	r.enter_reduction();
	r.reduce(1, 5, 1);
	EXPECT_EQ(r.cwnd(), 6); /* the first one leaves at once */
	r.sent_in_reduction(1);
	r.reduce(1, 5, 1);
	EXPECT_EQ(r.cwnd(), 5);
}

/* Nothing is reduced twice for a loss beside the mark. */
TEST(recovery_in_a_reduction)
{
	Reno r;
	r.enter_reduction();
	r.enter_recovery_reduced();
	EXPECT_EQ(r.ssthresh(), 5);
	EXPECT_EQ(r.cwnd(), 8);
}

TEST_SUITE("congestion", TEST_CASE(slow_start_doubles_in_a_round_trip),
	   TEST_CASE(unused_window_does_not_grow),
	   TEST_CASE(avoidance_grows_one_segment_in_a_round_trip),
	   TEST_CASE(recovery_halves_what_was_in_flight), TEST_CASE(ssthresh_is_two_at_least),
	   TEST_CASE(timeout_begins_anew), TEST_CASE(never_zero_and_never_wraps),
	   TEST_CASE(slow_start_goes_on_while_half_of_cwnd_is_used), TEST_CASE(held_back_once_counts_for_a_window),
	   TEST_CASE(reduction_halves_over_a_round_trip), TEST_CASE(reduction_of_a_window_that_was_not_used),
	   TEST_CASE(reduction_sends_one_at_least), TEST_CASE(recovery_in_a_reduction));

} // namespace
} // namespace tcpxx
