// SPDX-License-Identifier: GPL-2.0
#include "core/rtt.h"
#include "test.h"

namespace tcpxx {
namespace {

struct Step {
	const char *row;
	Usec rtt, srtt, mdev, rto;
};

/* Computed by hand. SRTT is kept in eighths and the deviation in quarters of a microsecond, so
 * 900000/8 = 112500, 887500/8 = 110937.5, 796563/8 = 99570.4. */
constexpr Step kSequence[] = {
	{"first: SRTT = R, RTTVAR = R/2", 100_ms, 100_ms, 50_ms, 300_ms},
	{"rises by 100 ms", 200_ms, 112500_us, 62500_us, 362500_us},
	{"falls by 12.5 ms: deviation 3/4 old + 1/4 new", 100_ms, 110937_us, 50_ms, 310937_us},
	/* 90937 - 50000 = 40937, an eighth of it 5117, 205117/4 = 51279 */
	{"falls far: an eighth of the gain", 20_ms, 99570_us, 51279_us, 304687_us},
};

TEST(sequence_computed_by_hand)
{
	RttEstimator e;
	for (const Step &s : kSequence) {
		e.sample(s.rtt);
		EXPECT_EQ_IN(s.row, e.srtt(), s.srtt);
		EXPECT_EQ_IN(s.row, e.mdev(), s.mdev);
		EXPECT_EQ_IN(s.row, e.rto(), s.rto);
	}
}

TEST(before_the_first_sample)
{
	const RttEstimator e;
	EXPECT_TRUE(!e.measured());
	EXPECT_EQ(e.rto(), kRtoInit);
}

/* The floor is under the deviation: SRTT + 200 ms. */
TEST(steady_path_keeps_the_floor)
{
	RttEstimator e;
	for (int i = 0; i < 200; i++)
		e.sample(10_ms);
	EXPECT_EQ(e.srtt(), 10_ms);
	EXPECT_EQ(e.rto(), 210_ms);
}

TEST(extreme_samples_stay_in_the_limits)
{
	constexpr Usec samples[] = {0_us,	  1_us, 7_us,	      120_s,
				    {0xffffffff}, 1_us, {0x80000000}, 0_us};
	RttEstimator e;
	for (const Usec rtt : samples) {
		e.sample(rtt);
		EXPECT_TRUE(e.measured());
		EXPECT_TRUE(!(e.rto() < kRtoMin) && !(e.rto() > kRtoMax));
	}
}

TEST(random_samples_stay_in_the_limits)
{
	testing::Random random(1);
	RttEstimator e;
	for (int i = 0; i < 20000; i++) {
		e.sample({random.next() >> random.below(32)});
		EXPECT_TRUE(!(e.rto() < kRtoMin) && !(e.rto() > kRtoMax) && !(e.srtt() > kRtoMax));
	}
}

/* RFC 6298, 5.5: doubled each time, up to the limit. */
constexpr Usec kDoubled[] = {300_ms,   600_ms,	 1200_ms,  2400_ms, 4800_ms, 9600_ms,
			     19200_ms, 38400_ms, 76800_ms, 120_s,   120_s,   120_s};

TEST(back_off_doubles)
{
	RttEstimator e;
	e.sample(100_ms); /* RTO 300 ms */
	for (const Usec expected : kDoubled) {
		EXPECT_EQ(e.rto(), expected);
		e.back_off();
	}
	for (int i = 0; i < 1000; i++)
		e.back_off();
	EXPECT_EQ(e.rto(), kRtoMax);
}

TEST(progress_or_a_sample_ends_back_off)
{
	RttEstimator e;
	e.sample(100_ms);
	e.back_off();
	e.back_off();
	EXPECT_EQ(e.backoff(), 2);
	e.progress();
	EXPECT_EQ(e.rto(), 300_ms);
	e.back_off();
	e.sample(100_ms);
	EXPECT_EQ(e.backoff(), 0);
}

/* 1, 2, 4 ... 64 s: with six retransmissions ETIMEDOUT comes after 127 s, as in Linux. */
TEST(handshake_doubles_from_one_second)
{
	u32 total = 0;
	for (u32 n = 0; n <= 6; n++) {
		EXPECT_EQ(handshake_timeout(n).v, 1000000u << n);
		total += handshake_timeout(n).v / 1000000;
	}
	EXPECT_EQ(total, 127);
	EXPECT_EQ(handshake_timeout(7), kRtoMax);
	EXPECT_EQ(handshake_timeout(0xffffffff), kRtoMax);
}

/* RFC 6298, 5.7. */
TEST(handshake_that_tells_nothing)
{
	RttEstimator silent, told;
	silent.handshake_ends();
	EXPECT_EQ(silent.rto(), kRtoFallback);
	told.sample(10_ms);
	const Usec rto = told.rto();
	told.handshake_ends();
	EXPECT_EQ(told.rto(), rto);
	silent.sample(10_ms);
	EXPECT_EQ(silent.rto(), rto);
}

TEST_SUITE("rtt", TEST_CASE(sequence_computed_by_hand), TEST_CASE(before_the_first_sample),
	   TEST_CASE(steady_path_keeps_the_floor), TEST_CASE(extreme_samples_stay_in_the_limits),
	   TEST_CASE(random_samples_stay_in_the_limits), TEST_CASE(back_off_doubles),
	   TEST_CASE(progress_or_a_sample_ends_back_off),
	   TEST_CASE(handshake_doubles_from_one_second), TEST_CASE(handshake_that_tells_nothing));

} // namespace
} // namespace tcpxx
