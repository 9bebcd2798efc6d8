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

/* What a segment in the window, which begins at `next`, does to the request. */
RequestVerdict in_window(const HalfOpen &req, Seq32 next, const SegmentView &seg, u8 defer_accept)
{
	/* RFC 5961, 3.2, which RFC 9293, 3.10.7.4 applies to SYN-RECEIVED, too. */
	if (seg.has(kRst) && seg.seq() != next)
		return {RequestAct::Acknowledge, Drop::InvalidReset};
	if (seg.has(kRst))
		return {RequestAct::Discard, Drop::Reset};
	/* The first SYN's own number is just before the window and has been cut off. */
	if (seg.has(kSyn) && seg.seq() != req.rcv_isn)
		return {RequestAct::Refuse, Drop::InvalidSyn};
	/* Fifth step: "if the ACK bit is off, drop the segment". */
	if (!seg.has(kAck))
		return {RequestAct::Ignore, Drop::NoAck};
	if (req.timeouts < defer_accept && seg.end_seq() == next)
		return {RequestAct::Defer, Drop::DeferAccept};
	return {RequestAct::Establish, Drop::None};
}

} // namespace

ListenAct listen_arrives(const SegmentView &seg)
{
	/* RFC 9293, 3.10.7.2, first: a RST cannot be for anything that this listener sent. */
	if (seg.has(kRst))
		return ListenAct::Ignore;
	/* Second: an ACK is for a connection that does not exist; unless it was made to exist only now. */
	if (seg.has(kAck))
		return seg.has(kSyn) ? ListenAct::Reset : ListenAct::CheckCookie;
	/* Third: a SYN. One with FIN is a scan, no program sends it; Linux drops it, too. */
	if (seg.has(kSyn) && !seg.has(kFin))
		return ListenAct::Request;
	return ListenAct::Ignore;
}

namespace {

/* Linux keeps the last quarter of tcp_max_syn_backlog for peers whose round trip it remembers from another connection
 * (tcp_metrics): a spoofed source is none. tcpxx remembers no peer, so that every one is a stranger. With cookies
 * nobody has to be kept out. */
bool is_for_known_peers_only(const SynQueue &q)
{
	return !q.syncookies && q.max_syn_backlog - static_cast<int>(q.qlen) < q.max_syn_backlog >> 2;
}

} // namespace

SynVerdict admit_syn(const SynQueue &q)
{
	/* Like the accept queue it takes one more than the backlog, so that listen(fd, 0) lets one in. */
	const bool flood = !q.reopens && (q.syncookies == 2 || q.qlen > q.backlog);
	if (flood && !q.syncookies)
		return {SynAct::Refuse, Drop::SynQueueFull, flood};
	/* Nothing would come of the ACK. */
	if (q.accept_queue_full)
		return {SynAct::Refuse, Drop::ListenOverflow, flood};
	if (flood)
		return {SynAct::Cookie, Drop::None, flood};
	if (!q.reopens && is_for_known_peers_only(q))
		return {SynAct::Refuse, Drop::SynBacklog, flood};
	return {SynAct::Request, Drop::None, flood};
}

u8 synack_retries_now(u8 configured, u32 qlen, u32 young, u32 backlog)
{
	constexpr u8 kLeast = 2;
	u8 retries = configured;
	if (2 * qlen <= max_of<u32>(8, backlog))
		return retries;
	for (u64 enough = 2ull * young; retries > kLeast && qlen >= enough; enough *= 2)
		retries--;
	return retries;
}

RequestVerdict request_arrives(const HalfOpen &req, const SegmentView &seg, const TcpOptions &opts, u8 defer_accept)
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
	return in_window(req, rcv_nxt(req), seg, defer_accept);
}

RequestVerdict fastopen_child_arrives(const HalfOpen &req, Seq32 rcv_nxt, const SegmentView &seg, const TcpOptions &opts)
{
	const bool old = older_than_syn(req, seg, opts);
	if (is_same_syn(req, seg) && !old)
		return {RequestAct::ResendSynAck, Drop::None};
	const Drop error = old ? Drop::Paws : window_error(seg, rcv_nxt, req.rcv_wnd);
	if (error != Drop::None)
		return {seg.has(kRst) ? RequestAct::Ignore : RequestAct::Acknowledge, error};
	return in_window(req, rcv_nxt, seg, 0);
}

SynAckStep synack_timer_expires(const HalfOpen &req, u8 retries, u8 defer_accept)
{
	const bool waits_for_text = req.acked && req.timeouts < defer_accept;
	if (req.timeouts >= retries && !waits_for_text)
		return SynAckStep::Expire;
	/* The peer has the SYN-ACK. Shortly before the end another one gives it the opportunity to say that it is still
	 * there, and then a bare ACK is enough. */
	return waits_for_text && req.timeouts + 1 < defer_accept ? SynAckStep::Wait : SynAckStep::Resend;
}

namespace {

constexpr int kFirstTimeout = 1, kLongestTimeout = 120; /* seconds */

constexpr int next_timeout(int timeout) { return min_of(2 * timeout, kLongestTimeout); }

} // namespace

u8 defer_timeouts(int seconds)
{
	if (seconds <= 0)
		return 0;
	u8 n = 1;
	int timeout = kFirstTimeout;
	for (int sum = timeout; seconds > sum && n < 255; n++) {
		timeout = next_timeout(timeout);
		sum += timeout;
	}
	return n;
}

int defer_seconds(u8 timeouts)
{
	int sum = 0, timeout = kFirstTimeout;
	for (; timeouts; timeouts--) {
		sum += timeout;
		timeout = next_timeout(timeout);
	}
	return sum;
}

} // namespace tcpxx
