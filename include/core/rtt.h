/* SPDX-License-Identifier: GPL-2.0 */
/* Round-trip time and retransmission time-out (RFC 6298), with Linux's limits. */
#pragma once
#include "base/units.h"

namespace tcpxx {

constexpr Usec kRtoMin = 200_ms;
constexpr Usec kRtoMax = 120_s;
constexpr Usec kRtoInit = 1_s; /* before the first measurement, RFC 6298, 2.1 */
constexpr Usec kRtoFallback = 3_s; /* where the handshake was none, RFC 6298, 5.7 */

class RttEstimator {
	u32 srtt_us_ = 0; /* smoothed RTT << 3, microseconds; 0: no measurement yet */
	u32 mdev_us_ = 0; /* mean deviation << 2, microseconds */
	Usec rto_ = kRtoInit;
	u8 backoff_ = 0; /* doublings since the last measurement or progress */

public:
	/* One measurement of a segment that was sent only once, or confirmed by a timestamp (Karn). */
	void sample(Usec rtt);
	/* The handshake is over. Without a measurement it took more than one attempt, or left no trace: the path may be
	 * slower than the first time-out. */
	void handshake_ends();
	/* The retransmission timer expired: RFC 6298, 5.5. */
	void back_off();
	/* New data was acknowledged: the doublings end (Linux, and RFC 6298, 5.7 in spirit). */
	void progress();

	/* The time-out to arm now, in [kRtoMin, kRtoMax], doublings included. */
	Usec rto() const;
	Usec srtt() const { return {srtt_us_ >> 3}; }
	Usec mdev() const { return {mdev_us_ >> 2}; }
	u8 backoff() const { return backoff_; }
	bool measured() const { return srtt_us_ != 0; }
};

/* The wait before the n-th retransmission (n from 0) of a SYN or SYN-ACK. */
Usec handshake_timeout(u32 retransmits);

} // namespace tcpxx
