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

/* A SYN as it came, for TCP_SAVED_SYN. */
struct SavedSyn {
	u32 len; /* bytes */
	u8 data[];
};

struct RequestSock {
	ConnEntry entry;
	WheelLink wheel; /* when the SYN-ACK is sent again */
	TcpSock *listener; /* counted */
	SavedSyn *saved_syn; /* TCP_SAVE_SYN: its own, until a child takes it over; else nullptr */
	HalfOpen half; /* `timeouts`: under the listener's queue lock */
	u32 ts_off; /* added to our clock for TSval */
	union {
		u32 synack_us; /* our clock when the SYN-ACK was sent; 0: it has been sent again */
		u32 syn_text; /* with tfo_listener: bytes of the SYN's text that the child has taken */
	};
	u16 mss; /* peer's MSS option, bytes */
	bool sack_ok : 1;
	bool wscale_ok : 1;
	bool ecn_ok : 1;
	bool cookie : 1; /* on the stack of syncookies.cc or tcp_conn_request.cc: neither hash, wheel nor count know it */
	bool tfo_listener : 1; /* of a child that Fast Open made (tcp_fastopen.cc): they do not know it, either */
	u8 snd_wscale : 4; /* shifts */
	u8 rcv_wscale : 4;
	AckLimit ack_limit; /* and of SYN-ACKs for a SYN that comes again */
};
/* With the pointer that SLAB_TYPESAFE_BY_RCU adds, for a flood is paid in these. */
static_assert(sizeof(RequestSock) + sizeof(void *) <= 128);

/* It never was on a SYN queue. */
inline bool is_unhashed(const RequestSock &req) { return req.cookie || req.tfo_listener; }

/* What the SYN-ACK acknowledges. */
inline Seq32 rcv_nxt_of(const RequestSock &req) { return req.half.rcv_isn + 1 + (req.tfo_listener ? req.syn_text : 0); }

inline RequestSock &request_of(ConnEntry &e) { return *container_of(&e, RequestSock, entry); }

/* The part that a lookup reads, and the listener (not counted). */
void reqsk_init(RequestSock &req, TcpSock &listener, const ConnKey &key);
/* One reference, held by the caller; nullptr without memory. Softirq. */
RequestSock *reqsk_alloc(TcpSock &listener, const ConnKey &key);
void reqsk_free(RequestSock &req);
inline void reqsk_put(RequestSock &req) { entry_put(req.entry); }

} // namespace tcpxx
