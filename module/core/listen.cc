// SPDX-License-Identifier: GPL-2.0
#include "core/listen.h"
#include "core/in_window.h"
#include "core/paws.h"

namespace tcpxx {
namespace {

Seq32 rcv_nxt(const HalfOpen &req) { return req.rcv_isn + 1; }

/* The SYN's timestamp is a handshake old at most, so it is always recent enough to judge by. */
bool older_than_syn(const HalfOpen &req, const SegmentView &seg, const TcpOptions &opts)
{
	/* RFC 7323, 5.2: a RST is never judged by its timestamp. */
	if (!req.tstamp_ok || !opts.has_timestamps || seg.has(kRst))
		return false;
	return timestamp_older({req.ts_recent, 1}, opts.ts.tsval, 1, 0);
}

bool is_same_syn(const HalfOpen &req, const SegmentView &seg)
{
	return seg.has(kSyn) && !seg.has(kRst) && !seg.has(kAck) && seg.seq() == req.rcv_isn;
}

/* What a segment in the window does to the request. */
RequestVerdict in_window(const HalfOpen &req, const SegmentView &seg)
{
	/* RFC 5961, 3.2, which RFC 9293, 3.10.7.4 applies to SYN-RECEIVED, too. */
	if (seg.has(kRst) && seg.seq() != rcv_nxt(req))
		return {RequestAct::Acknowledge, Drop::InvalidReset};
	if (seg.has(kRst))
		return {RequestAct::Discard, Drop::Reset};
	/* The first SYN's own number is just before the window and has been cut off. */
	if (seg.has(kSyn) && seg.seq() != req.rcv_isn)
		return {RequestAct::Refuse, Drop::InvalidSyn};
	/* Fifth step: "if the ACK bit is off, drop the segment". */
	if (!seg.has(kAck))
		return {RequestAct::Ignore, Drop::NoAck};
	return {RequestAct::Establish, Drop::None};
}

} // namespace

ListenAct listen_arrives(const SegmentView &seg)
{
	/* RFC 9293, 3.10.7.2, first: a RST cannot be for anything that this listener sent. */
	if (seg.has(kRst))
		return ListenAct::Ignore;
	/* Second: an ACK is for a connection that does not exist. */
	if (seg.has(kAck))
		return ListenAct::Reset;
	/* Third: a SYN. One with FIN is a scan, no program sends it; Linux drops it, too. */
	if (seg.has(kSyn) && !seg.has(kFin))
		return ListenAct::Request;
	return ListenAct::Ignore;
}

RequestVerdict request_arrives(const HalfOpen &req, const SegmentView &seg, const TcpOptions &opts)
{
	const bool old = older_than_syn(req, seg, opts);
	/* The peer did not hear our SYN-ACK, and its timer expired. */
	if (is_same_syn(req, seg) && !old)
		return {RequestAct::ResendSynAck, Drop::None};
	/* RFC 9293, 3.5.2, group 2: an unacceptable ACK in a state that is not synchronized. Before
	 * the window, or two requests from crossed forged SYNs could establish each other. */
	if (seg.has(kAck) && !seg.has(kRst) && seg.ack_seq() != req.snt_isn + 1)
		return {RequestAct::Reset, Drop::AckUnsent};
	const Drop error = old ? Drop::Paws : window_error(seg, rcv_nxt(req), req.rcv_wnd);
	if (error != Drop::None)
		return {seg.has(kRst) ? RequestAct::Ignore : RequestAct::Acknowledge, error};
	return in_window(req, seg);
}

} // namespace tcpxx
