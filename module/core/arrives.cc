// SPDX-License-Identifier: GPL-2.0
#include "core/arrives.h"
#include "core/paws.h"

namespace tcpxx {
namespace {

/* Linux's tolerance for reordered segments, in ticks of the peer's timestamp clock. */
constexpr u32 kPawsWindow = 1;

/* The peer's FIN came: rcv_nxt - 1 is its sequence number. */
constexpr StateSet kFinReceived{TcpState::CloseWait, TcpState::Closing, TcpState::LastAck};

/* How far the peer's timestamp clock can get in one time-out, if it ticks at 1200 Hz, the fastest
 * that is known beyond the 1000 Hz of RFC 7323, 5.4. */
u32 replay_ticks(const Tcb &t) { return t.rtt.rto().v / 1000 * 6 / 5; }

/* A duplicate of the last ACK that says nothing new and was overtaken: harmless, so that it is not
 * answered, although its timestamp is old. */
bool is_overtaken_ack(const Tcb &t, const SegmentView &seg)
{
	return seg.has(kAck) && seg.seq_len() == 0 && seg.seq() == t.rcv_nxt &&
	       seg.ack_seq() == t.snd_una &&
	       !window_update_allowed(t, seg, announced_window(t, seg));
}

/*
 * RFC 9293, 3.10.7.4, first step, table 6, in the form of Linux: from rcv_wup instead of rcv_nxt,
 * because the peer has not heard of anything that was received since the last ACK; and text that
 * only overlaps the window, or is there when the window is zero, passes and is trimmed later.
 *
 *            rcv_wup      rcv_nxt      receive_window_end
 *   -------------|------------|----------------|-----------
 *          SEG.SEQ+SEG.LEN >= here             >= SEG.SEQ
 */
Drop sequence_error(const Tcb &t, const SegmentView &seg)
{
	if (before(seg.end_seq(), t.rcv_wup))
		return Drop::OldSequence;
	if (after(seg.seq(), receive_window_end(t)))
		return Drop::InvalidSequence;
	return Drop::None;
}

/* A RST that was sent together with the FIN has the FIN's number: some peers abort like that, and
 * do not answer the challenge. */
bool resets_after_fin(const Tcb &t, const SegmentView &seg)
{
	return seg.has(kRst) && kFinReceived.has(t.state) && seg.seq() == t.rcv_nxt - 1;
}

/* A SYN-ACK that crossed ours: its SYN is known, its ACK is the one we wait for. */
bool is_crossed_syn_ack(const Tcb &t, const SegmentView &seg)
{
	return t.state == TcpState::SynRecv && seg.has(kAck) && seg.seq_len() == 1 &&
	       seg.end_seq() == t.rcv_nxt && seg.ack_seq() == t.snd_nxt;
}

Errno reset_error(TcpState s)
{
	/* Only a simultaneous open waits in SYN-RECEIVED with a connection block of its own, and
	 * that was an active open: RFC 9293, 3.10.7.4, second step, "connection refused". */
	if (s == TcpState::SynRecv)
		return Errno::ConnectionRefused;
	/* As in Linux: the peer had finished, so what is lost is what we still wrote. */
	return s == TcpState::CloseWait ? Errno::Pipe : Errno::ConnectionReset;
}

/* What to say to a segment that cannot be at this place of the sequence space. */
Verdict unacceptable(const SegmentView &seg, Drop drop)
{
	/* RFC 9293, 3.10.7.4, first step: a RST is dropped without a word. */
	if (seg.has(kRst))
		return {drop};
	/* RFC 5961, 4.2: a SYN is challenged irrespective of its sequence number. */
	if (seg.has(kSyn))
		return {Drop::InvalidSyn, Act::ChallengeAck};
	return {drop, Act::SendAck};
}

/* Text beyond rcv_nxt that no user will ever read. */
bool is_new_text(const Tcb &t, const SegmentView &seg)
{
	return seg.text_len() != 0 && after(seg.end_seq() - !!seg.has(kFin), t.rcv_nxt);
}

} // namespace

bool paws_rejects(const Tcb &t, const Arrival &a)
{
	/* RFC 7323, 3.2: a segment without the option should be dropped, too; Linux takes it, for
	 * there are middleboxes that strip it. 5.2: a RST is never judged by its timestamp. */
	if (!t.tstamp_ok || !a.opts.has_timestamps || a.seg.has(kRst))
		return false;
	const TsRecent recent{t.ts_recent, t.ts_recent_stamp};
	if (!timestamp_older(recent, a.opts.ts.tsval, a.now_s, kPawsWindow))
		return false;
	return !is_overtaken_ack(t, a.seg) ||
	       timestamp_older(recent, a.opts.ts.tsval, a.now_s, replay_ticks(t));
}

Verdict check_sequence(const Tcb &t, const Arrival &a)
{
	/* RFC 7323, 5.3, R1: before the window. */
	if (paws_rejects(t, a))
		return unacceptable(a.seg, Drop::Paws);
	const Drop error = sequence_error(t, a.seg);
	if (error == Drop::None || resets_after_fin(t, a.seg))
		return kContinue;
	return unacceptable(a.seg, error);
}

/* RFC 9293, 3.10.7.4, second step, as RFC 5961, 3.2 changed it. */
Verdict check_rst(const Tcb &t, const Arrival &a)
{
	if (!a.seg.has(kRst))
		return kContinue;
	/* Exactly the next sequence number: nobody guesses that. */
	if (a.seg.seq() == t.rcv_nxt || resets_after_fin(t, a.seg))
		return {Drop::Reset, Act::Abort, reset_error(t.state)};
	/* In the window: a true peer answers the challenge with a RST that is exact. */
	return {Drop::InvalidReset, Act::ChallengeAck};
}

/* RFC 9293, 3.10.7.4, fourth step, as RFC 5961, 4.2 changed it. (The third, security, is void.) */
Verdict check_syn(const Tcb &t, const Arrival &a)
{
	if (!a.seg.has(kSyn) || is_crossed_syn_ack(t, a.seg))
		return kContinue;
	return {Drop::InvalidSyn, Act::ChallengeAck};
}

/* RFC 9293, 3.10.7.4, fifth step, up to where something is acknowledged. */
Verdict check_ack(const Tcb &t, const Arrival &a)
{
	if (!a.seg.has(kAck))
		return {Drop::NoAck};
	const Seq32 ack = a.seg.ack_seq();
	if (t.state == TcpState::SynRecv) {
		/* SND.UNA < SEG.ACK =< SND.NXT, or a reset. A child of a listener begins with
		 * its SYN already acknowledged (snd_una is iss + 1), so it is iss that must be
		 * passed. */
		if (!after(ack, t.iss) || before(ack, t.snd_una))
			return {Drop::OldAck, Act::SendReset};
		if (after(ack, t.snd_nxt))
			return {Drop::AckUnsent, Act::SendReset};
		return kContinue;
	}
	/* SEG.ACK > SND.NXT: send an ACK, drop the segment. RFC 5961, 5.2: within the limits. */
	if (after(ack, t.snd_nxt))
		return {Drop::AckUnsent, Act::ChallengeAck};
	/* RFC 5961, 5.2: SND.UNA - MAX.SND.WND =< SEG.ACK. What is older than SND.UNA but not older
	 * than this is a duplicate: its text counts, its ACK does not. */
	if (before(ack, t.snd_una - t.max_window))
		return {Drop::OldAck, Act::ChallengeAck};
	return kContinue;
}

Verdict segment_arrives(const Tcb &t, const Arrival &a)
{
	if (const Verdict v = check_sequence(t, a); v.final())
		return v;
	if (const Verdict v = check_rst(t, a); v.final())
		return v;
	if (const Verdict v = check_syn(t, a); v.final())
		return v;
	return check_ack(t, a);
}

Verdict check_text(const Tcb &t, const Arrival &a, bool user_gone)
{
	switch (t.state) {
	case TcpState::Established: return kContinue;
	case TcpState::FinWait1:
	case TcpState::FinWait2:
		/* RFC 9293, 3.6.1, and RFC 2525, 2.17: nobody is there to read it, so say so. */
		if (user_gone && is_new_text(t, a.seg))
			return {Drop::Closed, Act::AbortAndReset};
		return kContinue;
	case TcpState::CloseWait:
	case TcpState::Closing:
	case TcpState::LastAck:
		if (a.seg.seq_len() == 0)
			return kContinue;
		/* Text or FIN once more: our ACK was lost. */
		if (before(a.seg.seq(), t.rcv_nxt))
			return {Drop::OldData, Act::SendAck};
		/* "This should not occur since a FIN has been received from the remote side." */
		return {Drop::Closed};
	case TcpState::SynSent:
	case TcpState::SynRecv:
	case TcpState::TimeWait:
	case TcpState::Close:
	case TcpState::Listen:
	case TcpState::NewSynRecv: return {Drop::Closed};
	}
	return {Drop::Closed};
}

TcpState state_after_fin_acked(TcpState s)
{
	switch (s) {
	case TcpState::FinWait1: return TcpState::FinWait2;
	case TcpState::Closing: return TcpState::TimeWait;
	case TcpState::LastAck: return TcpState::Close;
	case TcpState::Established:
	case TcpState::SynSent:
	case TcpState::SynRecv:
	case TcpState::FinWait2:
	case TcpState::TimeWait:
	case TcpState::Close:
	case TcpState::CloseWait:
	case TcpState::Listen:
	case TcpState::NewSynRecv: return s;
	}
	return s;
}

TcpState state_after_fin_received(TcpState s)
{
	switch (s) {
	case TcpState::SynRecv:
	case TcpState::Established: return TcpState::CloseWait;
	case TcpState::FinWait1: return TcpState::Closing;
	case TcpState::FinWait2: return TcpState::TimeWait;
	/* "Do not process the FIN if the state is CLOSED, LISTEN or SYN-SENT", and those that have
	 * seen it remain what they are. */
	case TcpState::SynSent:
	case TcpState::TimeWait:
	case TcpState::Close:
	case TcpState::CloseWait:
	case TcpState::LastAck:
	case TcpState::Listen:
	case TcpState::Closing:
	case TcpState::NewSynRecv: return s;
	}
	return s;
}

bool window_update_allowed(const Tcb &t, const SegmentView &seg, Window announced)
{
	if (before(seg.ack_seq(), t.snd_una))
		return false;
	/* Instead of SND.WL2, which is never after SND.UNA. */
	if (after(seg.ack_seq(), t.snd_una) || after(seg.seq(), t.snd_wl1))
		return true;
	/* The same segment number twice: the larger window is the later one, as none is taken back
	 * (RFC 9293, 3.8.6, SHLD-14), but for one that was closed. */
	return seg.seq() == t.snd_wl1 && (announced.bytes > t.snd_wnd || announced.bytes == 0);
}

} // namespace tcpxx
