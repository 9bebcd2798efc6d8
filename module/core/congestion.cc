// SPDX-License-Identifier: GPL-2.0
#include "core/congestion.h"

namespace tcpxx {
namespace {

constexpr u32 kLeastSsthresh = 2; /* segments, RFC 5681, 3.1, equation 4 */
constexpr u32 kDupAckThreshold = 3; /* RFC 5681, 3.2 */

u32 half_of_flight(u32 flight_segments)
{
	return clamp_to(flight_segments / 2, kLeastSsthresh, kInfiniteSsthresh - kDupAckThreshold);
}

} // namespace

void Reno::on_ack(u32 segments, bool limited)
{
	/* RFC 7661, 4.2 in short: a window that was not used has not been tested. */
	if (!limited)
		return;
	if (slow_start()) {
		/* RFC 5681, 3.1, equation 2, and RFC 3465: one segment for each that was
		 * acknowledged. */
		const u32 grow = min_of(segments, ssthresh_ - cwnd_);
		cwnd_ += grow;
		segments -= grow;
	}
	if (segments == 0)
		return;
	/* RFC 5681, 3.1, equation 3: one segment for each full window. */
	const u64 acked = static_cast<u64>(acked_) + segments;
	const u32 cwnd = cwnd_;
	const u32 windows = static_cast<u32>(min_of<u64>(acked, ~0u)) / cwnd;
	acked_ = static_cast<u32>(min_of<u64>(acked, ~0u)) % cwnd;
	cwnd_ = cwnd + min_of(windows, kInfiniteSsthresh - cwnd);
}

void Reno::enter_recovery(u32 flight_segments)
{
	ssthresh_ = half_of_flight(flight_segments);
	enter_recovery_reduced();
}

void Reno::enter_recovery_reduced()
{
	/* RFC 5681, 3.2, step 3: three segments have left the network. */
	cwnd_ = ssthresh_ + kDupAckThreshold;
	acked_ = 0;
}

void Reno::leave_recovery()
{
	cwnd_ = ssthresh_;
	acked_ = 0;
}

void Reno::on_timeout(u32 flight_segments, bool first)
{
	/* RFC 5681, 3.1: ssthresh is held when the same segment times out again. */
	if (first)
		ssthresh_ = half_of_flight(flight_segments);
	cwnd_ = 1;
	acked_ = 0;
}

void Reno::enter_reduction()
{
	ssthresh_ = max_of(cwnd_ / 2, kLeastSsthresh);
	acked_ = 0;
	prior_cwnd_ = cwnd_;
	prr_delivered_ = 0;
	prr_out_ = 0;
}

void Reno::reduce(u32 delivered, u32 in_flight, u32 bonus)
{
	if (delivered == 0)
		return;
	prr_delivered_ += delivered;
	/* RFC 6937, 3: in proportion as long as more is in flight than will be, then slow start up to there. */
	const u64 share = (static_cast<u64>(ssthresh_) * prr_delivered_ + prior_cwnd_ - 1) / prior_cwnd_;
	const u64 due = in_flight > ssthresh_ ? share : max_of<u64>(prr_delivered_, prr_out_ + u64{delivered}) + bonus;
	u32 quota = due > prr_out_ ? static_cast<u32>(due - prr_out_) : 0;
	if (in_flight <= ssthresh_)
		quota = min_of(quota, ssthresh_ - in_flight);
	/* One at least, and at once: it will carry CWR. */
	if (prr_out_ == 0)
		quota = max_of(quota, 1u);
	cwnd_ = max_of(in_flight + quota, 1u);
}

void CwndUsage::sent(bool limited, u32 packets_out, Seq32 snd_una, Seq32 snd_nxt)
{
	const bool more = limited || (!limited_ && packets_out > most_out_);
	if (!more && before(snd_una, until_))
		return;
	limited_ = limited;
	most_out_ = packets_out;
	until_ = snd_nxt;
}

bool CwndUsage::tested(const Reno &cong) const
{
	return limited_ || (cong.slow_start() && cong.cwnd() / 2 < most_out_);
}

} // namespace tcpxx
