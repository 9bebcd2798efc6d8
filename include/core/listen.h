/* SPDX-License-Identifier: GPL-2.0 */
/* A segment for a listener (RFC 9293, 3.10.7.2) and for a half-open request (RFC 9293, 3.10.7.4 in
 * SYN-RECEIVED, without a connection block yet). */
#pragma once
#include "core/arrives.h"

namespace tcpxx {

enum class ListenAct : u8 {
	Ignore,
	Reset,
	Request,
	CheckCookie, /* an ACK: of a cookie, or for nothing, and then Reset */
};
ListenAct listen_arrives(const SegmentView &seg);

/* What a SYN finds. */
struct SynQueue {
	u32 qlen; /* half-open requests */
	u32 backlog; /* of listen(), which bounds both queues */
	int max_syn_backlog; /* net.ipv4.tcp_max_syn_backlog */
	u8 syncookies; /* net.ipv4.tcp_syncookies: 0 never, 1 when there is no room, 2 always */
	bool accept_queue_full;
	bool reopens; /* it ends a TIME-WAIT of the same pair: no limit but the accept queue's */
};
enum class SynAct : u8 {
	Refuse,
	Request, /* remember it */
	Cookie, /* let the SYN-ACK remember it (RFC 4987, 3.6) */
};
struct SynVerdict {
	SynAct act;
	Drop drop; /* why it is refused */
	bool flood; /* there is no room for it, or tcp_syncookies pretends that there is none */
};
SynVerdict admit_syn(const SynQueue &q);

/* How often a SYN-ACK may be sent again, `configured` times at most. Once the queue is half full the old requests go
 * before their time, as many as it takes to keep half of it for young ones (whose SYN-ACK was never sent again). */
u8 synack_retries_now(u8 configured, u32 qlen, u32 young, u32 backlog);

/* The part of a request that decides about a segment. */
struct HalfOpen {
	Seq32 rcv_isn; /* SEG.SEQ of the SYN */
	Seq32 snt_isn; /* sequence number of our SYN-ACK */
	u32 ts_recent; /* TSval of the SYN */
	u16 rcv_wnd; /* window that the SYN-ACK announced, bytes; never scaled there */
	bool tstamp_ok : 1;
	bool acked : 1; /* the third ACK has come, and there was no child for it */
	u8 timeouts; /* of the SYN-ACK, so far */
};

enum class RequestAct : u8 {
	Ignore,
	ResendSynAck, /* the SYN again (RFC 9293, 3.10.7.4, first step: same sequence number) */
	Acknowledge, /* outside the window: say where we are, rate-limited */
	Reset, /* answer with RST: the ACK is for something that we never sent */
	Discard, /* RST in the window: the request ends, silently */
	Refuse, /* SYN in the window: RST and the request ends (RFC 9293, 3.10.7.4, fourth step) */
	Defer, /* the third ACK, but the user waits for text */
	Establish, /* the third ACK */
};
struct RequestVerdict {
	RequestAct act;
	Drop drop;
};
/* `defer_accept`: time-outs of the SYN-ACK until which a third ACK must bring text, or 0 (TCP_DEFER_ACCEPT). */
RequestVerdict request_arrives(const HalfOpen &req, const SegmentView &seg, const TcpOptions &opts, u8 defer_accept);

/* The same for a child that Fast Open made of the SYN, up to its third ACK: it has taken the SYN's text up to `rcv_nxt`,
 * and judges the ACK itself, for it may have sent text. Refuse answers with RST, and Discard alone ends the child. */
RequestVerdict fastopen_child_arrives(const HalfOpen &req, Seq32 rcv_nxt, const SegmentView &seg, const TcpOptions &opts);

/* What to do when the time has come to send the SYN-ACK again, `retries` times at most. */
enum class SynAckStep : u8 { Expire, Resend, Wait };
SynAckStep synack_timer_expires(const HalfOpen &req, u8 retries, u8 defer_accept);

/* TCP_DEFER_ACCEPT is told in seconds and kept in time-outs: as many as take so long, and back. */
u8 defer_timeouts(int seconds);
int defer_seconds(u8 timeouts);

} // namespace tcpxx
