/* SPDX-License-Identifier: GPL-2.0 */
/* Reno (RFC 5681, RFC 6582) in segments. Other algorithms take their place beside it later. */
#pragma once
#include "base/types.h"

namespace tcpxx {

constexpr u32 kInitialWindow = 10; /* segments, RFC 6928 */
constexpr u32 kInfiniteSsthresh = 0x7fffffff;

class Reno {
	u32 cwnd_ = kInitialWindow; /* segments, at least 1 */
	u32 ssthresh_ = kInfiniteSsthresh; /* segments */
	u32 acked_ = 0; /* segments acknowledged since cwnd last grew, in congestion avoidance */

public:
	u32 cwnd() const { return cwnd_; }
	u32 ssthresh() const { return ssthresh_; }
	bool slow_start() const { return cwnd_ < ssthresh_; }

	/* Another initial window than RFC 6928's: the administrator knows the path. At least 1 segment. */
	void start(u32 segments) { cwnd_ = segments; }
	/* `segments` newly acknowledged outside recovery; `limited`: cwnd was what held the sender back
	 * (RFC 5681, 3.1 with the validation of RFC 7661). */
	void on_ack(u32 segments, bool limited);
	/* Three duplicate ACKs: half of what is in flight, plus the three segments that they tell have
	 * arrived, RFC 5681, 3.2. */
	void enter_recovery(u32 flight_segments);
	/* Recovery is over: deflate to ssthresh, RFC 6582, 3.2. */
	void leave_recovery();
	/* Time-out: one segment, RFC 5681, 3.1 equation 4. `first`: not a repetition for the same data. */
	void on_timeout(u32 flight_segments, bool first);
};

} // namespace tcpxx
