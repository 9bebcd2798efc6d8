/* SPDX-License-Identifier: GPL-2.0 */
/* A segment for a listener (RFC 9293, 3.10.7.2) and for a half-open request (RFC 9293, 3.10.7.4 in
 * SYN-RECEIVED, without a connection block yet). */
#pragma once
#include "core/arrives.h"

namespace tcpxx {

enum class ListenAct : u8 { Ignore, Reset, Request };
ListenAct listen_arrives(const SegmentView &seg);

/* The part of a request that decides about a segment. */
struct HalfOpen {
	Seq32 rcv_isn; /* SEG.SEQ of the SYN */
	Seq32 snt_isn; /* sequence number of our SYN-ACK */
	u32 rcv_wnd; /* window that the SYN-ACK announced, bytes */
	u32 ts_recent; /* TSval of the SYN */
	bool tstamp_ok;
};

enum class RequestAct : u8 {
	Ignore,
	ResendSynAck, /* the SYN again (RFC 9293, 3.10.7.4, first step: same sequence number) */
	Acknowledge, /* outside the window: say where we are, rate-limited */
	Reset, /* answer with RST: the ACK is for something that we never sent */
	Discard, /* RST in the window: the request ends, silently */
	Refuse, /* SYN in the window: RST and the request ends (RFC 9293, 3.10.7.4, fourth step) */
	Establish, /* the third ACK */
};
struct RequestVerdict {
	RequestAct act;
	Drop drop;
};
RequestVerdict request_arrives(const HalfOpen &req, const SegmentView &seg, const TcpOptions &opts);

} // namespace tcpxx
