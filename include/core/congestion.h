/* SPDX-License-Identifier: GPL-2.0 */
/* Reno (RFC 5681, RFC 6582) in segments. Other algorithms take their place beside it later. */
#pragma once
#include "base/seq32.h"
#include "base/types.h"

namespace tcpxx {

constexpr u32 kInitialWindow = 10; /* segments, RFC 6928 */
constexpr u32 kInfiniteSsthresh = 0x7fffffff;

class Reno {
	u32 cwnd_ = kInitialWindow; /* segments, at least 1 */
	u32 ssthresh_ = kInfiniteSsthresh; /* segments */
	u32 acked_ = 0; /* segments acknowledged since cwnd last grew, in congestion avoidance */
	/* Of a reduction (RFC 6937), segments. */
	u32 prior_cwnd_ = 0;
	u32 prr_delivered_ = 0; /* acknowledged since it began */
	u32 prr_out_ = 0; /* sent since */

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
	/* The same in a window of text for which ssthresh is reduced already. */
	void enter_recovery_reduced();
	/* Recovery or reduction is over: deflate to ssthresh, RFC 6582, 3.2. */
	void leave_recovery();
	/* Time-out: one segment, RFC 5681, 3.1 equation 4. `first`: not a repetition for the same data. */
	void on_timeout(u32 flight_segments, bool first);

	/* The peer reported congestion, and nothing is lost (RFC 3168, 6.1.2): half the window, but not at once. For
	 * each segment that arrives half a one is sent, so that the ACKs go on coming (RFC 6937). */
	void enter_reduction();
	/* `bonus`: 1 if the ACK was an advance, so that the window grows back to ssthresh. */
	void reduce(u32 delivered, u32 in_flight, u32 bonus);
	void sent_in_reduction(u32 segments) { prr_out_ += segments; }
};

/* What the sender made of cwnd lately. A window that was not used has not been tested, and does not grow (RFC 7661,
 * 4.2); but in slow start one that was used to the half does, as in Linux, or who writes less than cwnd allows, round
 * trip for round trip, would never be let to write more. Looked at over one window of text at a time. */
class CwndUsage {
	bool limited_ = false; /* cwnd held text back */
	u32 most_out_ = 0; /* segments that were in flight at most */
	Seq32 until_; /* its ACK ends the window of text */

public:
	bool limited() const { return limited_; }

	/* After each attempt to send that sent something, or could not because of cwnd (`limited`). */
	void sent(bool limited, u32 packets_out, Seq32 snd_una, Seq32 snd_nxt);
	/* Whether an ACK makes cwnd larger. */
	bool tested(const Reno &cong) const;
};

} // namespace tcpxx
