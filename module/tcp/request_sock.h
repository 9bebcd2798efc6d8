/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A half-open connection: a SYN came, a SYN-ACK went out. It stands in the connection hash, and on
 * its listener's wheel (connection_sock.h), which also owns the timer.
 *
 * References: one for the hash and the wheel together, one for each user who found it by a lookup.
 * Whoever takes it out of the hash drops the first one. It holds a reference on its listener.
 */
#pragma once
#include "core/ack_limit.h"
#include "core/listen.h"
#include "kapi/wheel.h"
#include "tcp/tcp_sock.h"

namespace tcpxx {

struct RequestSock {
	ConnEntry entry;
	WheelLink wheel; /* when the SYN-ACK is sent again */
	TcpSock *listener; /* counted */
	HalfOpen half;
	u32 ts_off; /* added to our clock for TSval */
	u16 mss; /* peer's MSS option, bytes */
	bool sack_ok : 1;
	bool wscale_ok : 1;
	WindowScale snd_wscale;
	WindowScale rcv_wscale;
	u8 retransmits; /* SYN-ACKs sent again by the timer */
	u32 window_clamp;
	AckLimit ack_limit; /* and of SYN-ACKs for a SYN that comes again */
	u32 synack_ms; /* our clock when the first SYN-ACK was sent: an RTT sample */
};

inline RequestSock &request_of(ConnEntry &e) { return *container_of(&e, RequestSock, entry); }

/* One reference, held by the caller; nullptr without memory. Softirq. */
RequestSock *reqsk_alloc(TcpSock &listener, const ConnKey &key);
void reqsk_free(RequestSock &req);
inline void reqsk_put(RequestSock &req) { entry_put(req.entry); }

} // namespace tcpxx
