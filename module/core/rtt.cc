// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 6298 in fixed point, alpha 1/8 and beta 1/4, with the two changes of Linux that matter:
 * a falling RTT raises the deviation with an eighth of the gain only (a fall is no reason to wait
 * longer), and the floor of 200 ms is under four deviations, not under the whole time-out:
 * RTO = SRTT + max(4 * RTTVAR, 200 ms). Linux also keeps the largest deviation of the last round
 * trip (rttvar_us, mdev_max_us); that is left out.
 */
#include "core/rtt.h"

namespace tcpxx {
namespace {

/* So that eight times an RTT stays within 32 bits; a longer one is no measurement. */
constexpr Usec kLongestRtt = kRtoMax;

/* The next mean deviation << 2 for an error of `error` microseconds in the estimate. */
u32 next_mdev(u32 mdev, s32 error)
{
	const bool fell = error < 0;
	s32 change = (fell ? -error : error) - static_cast<s32>(mdev >> 2);
	if (fell && change > 0)
		change >>= 3;
	return mdev + static_cast<u32>(change);
}

} // namespace

void RttEstimator::sample(Usec rtt)
{
	const u32 m = clamp_to(rtt, 1_us, kLongestRtt).v;
	if (!measured()) {
		/* RFC 6298, 2.2: SRTT = R, RTTVAR = R/2. */
		srtt_us_ = m << 3;
		mdev_us_ = m << 1;
	} else {
		/* RFC 6298, 2.3: RTTVAR first, for it needs the old SRTT. */
		const s32 error = static_cast<s32>(m - (srtt_us_ >> 3));
		mdev_us_ = next_mdev(mdev_us_, error);
		srtt_us_ = max_of(srtt_us_ + static_cast<u32>(error), 1u);
	}
	const Usec deviation = max_of(Usec{mdev_us_}, kRtoMin);
	rto_ = clamp_to(srtt() + deviation, kRtoMin, kRtoMax);
	backoff_ = 0;
}

void RttEstimator::handshake_ends()
{
	if (!measured())
		rto_ = kRtoFallback;
}

void RttEstimator::back_off()
{
	/* RFC 6298, 5.5 and 2.5: double, up to the limit; never further, so the shift is
	 * bounded. */
	if (rto() < kRtoMax)
		backoff_++;
}

void RttEstimator::progress() { backoff_ = 0; }

Usec RttEstimator::rto() const
{
	/* back_off() stops at kRtoMax, so what is shifted here is under twice that. */
	return min_of(Usec{rto_.v << backoff_}, kRtoMax);
}

Usec handshake_timeout(u32 retransmits)
{
	constexpr u32 kDoublings = 7; /* 1 s * 2^7 is over kRtoMax */
	return min_of(Usec{kRtoInit.v << min_of(retransmits, kDoublings)}, kRtoMax);
}

} // namespace tcpxx
