/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SEGMENT ARRIVES (RFC 9293, 3.10.7.4) for a synchronized connection, one function for each of
 * its steps. A step looks and decides; it changes nothing, and it does not know what a packet
 * is. The module applies what was decided in one place: apply() in tcp/tcp_input.cc.
 */
#pragma once
#include "base/drop.h"
#include "base/result.h"
#include "core/tcb.h"
#include "wire/options.h"
#include "wire/tcp.h"

namespace tcpxx {

/* What is to be done to the connection, beyond dropping the segment or going on with it. */
enum class Act : u8 {
	Nothing,
	SendAck, /* acknowledge at once: the segment was out of order or a duplicate; rarely, if it has no text */
	ChallengeAck, /* the same, within the limits of RFC 5961, 7 */
	SendReset, /* answer with the RST that RFC 9293, 3.5.2 prescribes for this segment */
	Abort, /* the peer reset the connection: tell the user `error`, then CLOSED */
	AbortAndReset, /* both: our user is gone and the peer sends data (RFC 2525, 2.17) */
};

struct Verdict {
	Drop drop = Drop::None; /* None: go on with the next step */
	Act act = Act::Nothing;
	Errno error = Errno::ConnectionReset; /* for Abort */

	constexpr bool final() const { return drop != Drop::None; }
};
constexpr Verdict kContinue{};

/* A segment, its options, and our clock when it came. */
struct Arrival {
	const SegmentView &seg;
	const TcpOptions &opts;
	u32 now_s; /* seconds of a monotonic clock, never 0 */
};

/* Timestamp older than the last one seen (RFC 7323, 5.2), unless that one is 24 days old. */
bool paws_rejects(const Tcb &t, const Arrival &a);

Verdict check_sequence(const Tcb &t, const Arrival &a);
Verdict check_rst(const Tcb &t, const Arrival &a);
Verdict check_syn(const Tcb &t, const Arrival &a);
Verdict check_ack(const Tcb &t, const Arrival &a);

/* The four above in the RFC's order: the first final verdict, or kContinue. */
Verdict segment_arrives(const Tcb &t, const Arrival &a);

/* Whether text of this segment may be queued in this state: step 7. Asked after tcp_ack(). */
Verdict check_text(const Tcb &t, const Arrival &a, bool user_gone);

/* The state after our FIN was acknowledged (step 5), and after the peer's FIN came (step 8). */
TcpState state_after_fin_acked(TcpState s);
TcpState state_after_fin_received(TcpState s);

/* The window that a segment announces, in bytes: a SYN's is never scaled (RFC 7323, 2.2). */
inline Window announced_window(const Tcb &t, const SegmentView &seg)
{
	return seg.window() << (seg.has(kSyn) ? WindowScale{} : t.snd_wscale);
}

/* Whether the segment may update the send window: RFC 9293, 3.10.7.4, step 5, SND.WL1 and SND.WL2.
 * Asked before its ACK moves snd_una. */
bool window_update_allowed(const Tcb &t, const SegmentView &seg, Window announced);

} // namespace tcpxx
