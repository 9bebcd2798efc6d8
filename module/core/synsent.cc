// SPDX-License-Identifier: GPL-2.0
#include "core/synsent.h"
#include "core/paws.h"

namespace tcpxx {
namespace {

/* RFC 9293, 3.10.7.3, first: SEG.ACK =< ISS or SEG.ACK > SND.NXT. */
Drop ack_error(const Tcb &t, const SegmentView &seg)
{
	if (!after(seg.ack_seq(), t.snd_una))
		return Drop::OldAck;
	return after(seg.ack_seq(), t.snd_nxt) ? Drop::AckUnsent : Drop::None;
}

/* An echo of a timestamp that we have not sent yet comes from another connection. 0 is what
 * peers send that have nothing to echo. */
bool echoes_the_future(const TcpOptions &opts, u32 now_ts)
{
	return opts.has_timestamps && opts.ts.tsecr != 0 &&
	       static_cast<s32>(now_ts - opts.ts.tsecr) < 0;
}

SynSentVerdict with_ack(const Tcb &t, const Arrival &a, u32 now_ts)
{
	Drop error = ack_error(t, a.seg);
	if (error == Drop::None && echoes_the_future(a.opts, now_ts))
		error = Drop::Paws;
	/* "If SEG.ACK =< ISS or SEG.ACK > SND.NXT, send a reset (unless the RST bit is set)". */
	if (error != Drop::None)
		return {a.seg.has(kRst) ? SynSentAct::Ignore : SynSentAct::Reset, error};
	/* Second: the ACK was acceptable, so the peer itself refuses. */
	if (a.seg.has(kRst))
		return {SynSentAct::Refused, Drop::Reset};
	/* Fifth: neither SYN nor RST. */
	if (!a.seg.has(kSyn))
		return {SynSentAct::Ignore, Drop::InvalidSyn};
	/* Fourth: our SYN has been acknowledged. */
	return {SynSentAct::Establish, Drop::None};
}

} // namespace

SynSentVerdict synsent_arrives(const Tcb &t, const Arrival &a, u32 now_ts)
{
	if (a.seg.has(kAck))
		return with_ack(t, a, now_ts);
	/* Second: a RST without ACK may be anybody's. */
	if (a.seg.has(kRst))
		return {SynSentAct::Ignore, Drop::InvalidReset};
	/* TS.Recent is set here only if the ports are those of a connection that was in
	 * TIME-WAIT. */
	if (a.opts.has_timestamps &&
	    timestamp_older({t.ts_recent, t.ts_recent_stamp}, a.opts.ts.tsval, a.now_s, 0))
		return {SynSentAct::Ignore, Drop::Paws};
	if (!a.seg.has(kSyn))
		return {SynSentAct::Ignore, Drop::NoAck};
	/* Fourth, "otherwise, enter SYN-RECEIVED": both SYNs are on their way, RFC 9293, 3.5,
	 * figure 7. */
	return {SynSentAct::Simultaneous, Drop::None};
}

} // namespace tcpxx
