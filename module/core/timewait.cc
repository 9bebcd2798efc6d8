// SPDX-License-Identifier: GPL-2.0
#include "core/timewait.h"
#include "core/in_window.h"
#include "core/paws.h"

namespace tcpxx {
namespace {

bool has_usable_timestamp(const TimeWaitVars &tw, const Arrival &a)
{
	return tw.tstamp_ok && tw.ts_recent_stamp != 0 && a.opts.has_timestamps;
}

bool paws_rejects(const TimeWaitVars &tw, const Arrival &a)
{
	return has_usable_timestamp(tw, a) && !a.seg.has(kRst) &&
	       timestamp_older({tw.ts_recent, tw.ts_recent_stamp}, a.opts.ts.tsval, a.now_s, 0);
}

/* RFC 6191, 2: provably of a later incarnation, by its timestamp or by its sequence number. */
bool is_new_syn(const TimeWaitVars &tw, const Arrival &a)
{
	if (!a.seg.has(kSyn) || a.seg.has(kRst) || a.seg.has(kAck))
		return false;
	if (has_usable_timestamp(tw, a) && static_cast<s32>(a.opts.ts.tsval - tw.ts_recent) > 0)
		return true;
	return after(a.seg.seq(), tw.rcv_nxt);
}

} // namespace

Msec fin_wait2_len(Msec setting, Usec rto)
{
	const Msec least{static_cast<u32>(static_cast<u64>(rto.v) * 7 / 2 / 1000)};
	return setting < least ? least : setting;
}

TimeWaitVerdict timewait_arrives(const TimeWaitVars &tw, const Arrival &a)
{
	/* RFC 1337, 3, fix F1: a RST does not end TIME-WAIT, or an old duplicate could. (Linux lets
	 * it unless net.ipv4.tcp_rfc1337 is set.) */
	if (a.seg.has(kRst))
		return {TimeWaitAct::Ignore, Drop::TimeWait, false};
	const bool old = paws_rejects(tw, a);
	/* A bare ACK at the right place: there is nothing to tell the peer. */
	if (!old && a.seg.seq() == tw.rcv_nxt && a.seg.seq_len() == 0)
		return {TimeWaitAct::Ignore, Drop::TimeWait, true};
	if (!old && is_new_syn(tw, a))
		return {TimeWaitAct::Reopen, Drop::None, false};
	/* RFC 9293, 3.10.7.4, first and eighth step: acknowledge, and restart the 2 MSL time-out.
	 * Not for a SYN without ACK: it may be a new one whose number is unluckily low, and its
	 * retransmissions must not keep this connection alive. */
	return {TimeWaitAct::Acknowledge, old ? Drop::Paws : Drop::TimeWait,
		old || a.seg.has(kAck)};
}

/* Timestamps make it safe (RFC 6191, 2; RFC 1323, B.2): what is late of the old connection has one that is older than
 * all of the new one's. Those that the peer sends have to be of a later second, for it may have been in the middle of a
 * tick. As Linux, the settings are for ports that are looked for, where there may be another. */
bool timewait_gives_way(const TimeWaitVars &tw, const TimeWaitClaim &claim)
{
	if (!tw.tstamp_ok || !tw.ts_recent_stamp)
		return false;
	if (claim.bound)
		return true;
	if (claim.substate == TcpState::FinWait2)
		return false;
	if (claim.setting == 0 || (claim.setting == 2 && !claim.loopback))
		return false;
	return static_cast<s32>(claim.now_s - tw.ts_recent_stamp) > 0;
}

FinWait2Verdict fin_wait2_arrives(const TimeWaitVars &tw, const Arrival &a)
{
	/* RFC 9293, 3.10.7.4, first step, PAWS before it. */
	const Drop error =
		paws_rejects(tw, a) ? Drop::Paws : window_error(a.seg, tw.rcv_nxt, tw.rcv_wnd);
	if (error != Drop::None)
		return {a.seg.has(kRst) ? FinWait2Act::Ignore : FinWait2Act::Acknowledge, error};
	/* RFC 5961, 3.2 and 4.2. */
	if (a.seg.has(kRst) && a.seg.seq() == tw.rcv_nxt)
		return {FinWait2Act::Discard, Drop::Reset};
	if (a.seg.has(kRst))
		return {FinWait2Act::Challenge, Drop::InvalidReset};
	if (a.seg.has(kSyn))
		return {FinWait2Act::Challenge, Drop::InvalidSyn};
	/* Fifth step; our FIN was acknowledged before, there is nothing else to be. */
	if (!a.seg.has(kAck))
		return {FinWait2Act::Ignore, Drop::NoAck};
	if (a.seg.seq_len() == 0)
		return {FinWait2Act::Ignore, Drop::TimeWait};
	/* Eighth step: all that is new is the FIN. Otherwise there is text that nobody will read,
	 * here or in the gap before: RFC 2525, 2.17. */
	if (a.seg.has(kFin) && a.seg.end_seq() == tw.rcv_nxt + 1)
		return {FinWait2Act::Finish, Drop::None};
	return {FinWait2Act::Reset, Drop::Closed};
}

} // namespace tcpxx
