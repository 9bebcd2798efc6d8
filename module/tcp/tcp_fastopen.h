/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP Fast Open (RFC 7413), what a socket keeps of it. Decisions are in core/fastopen.h; a listener's side is
 * tcp_fastopen.cc, a client's tcp_fastopen_active.cc, what clients remember of servers tcp_metrics.cc.
 */
#pragma once
#include "core/fastopen.h"
#include "kapi/linux.h"

struct tcp_fastopen_context;

namespace tcpxx {

struct RequestSock;

/* Process context. */
void tcp_fastopen_net_init(struct net *net);

/* The SYN that a client is about to send. */
struct FastOpenRequest {
	FastOpenCookie cookie; /* for the option; len -1: none, and none once the SYN has left */
	struct msghdr *data; /* of sendmsg(), while some of it is not in the SYN; else nullptr */
	size_t size; /* bytes of the message */
	u32 copied; /* of those, bytes in the SYN */
};

/* When the clients of a namespace do without, because something on the way swallows what they send. */
struct FastOpenPause {
	atomic_t times; /* that it has begun, since the last proof that all is well */
	u64 since_ms; /* when it last began, CLOCK_MONOTONIC */
};

/* What the user says; it outlives a connection. */
struct FastOpenSettings {
	struct tcp_fastopen_context *keys; /* TCP_FASTOPEN_KEY: its own, under RCU; nullptr: the namespace's */
	u32 max_qlen; /* TCP_FASTOPEN: children that wait for their third ACK, at most; 0: no Fast Open */
	bool connect; /* TCP_FASTOPEN_CONNECT */
	bool no_cookie; /* TCP_FASTOPEN_NO_COOKIE */
};

/* Of one connection. */
struct FastOpen {
	RequestSock *rsk; /* of a child of a SYN, until its third ACK or its end; counted. Read without the lock, too */
	FastOpenRequest *req; /* client: its own, from sendmsg() or connect() on */
	u16 text; /* bytes that came with the peer's SYN or SYN-ACK, and were taken */
	bool defer_connect; /* client: the SYN waits for the first write */
	bool syn_fastopen; /* client: its SYN had the option */
	bool syn_fastopen_exp; /* the experimental one */
	bool syn_fastopen_ch; /* it is the first after a pause: text from the peer proves that all is well */
	bool syn_data; /* client: its SYN had text */
	bool syn_data_acked; /* which was taken; server: the peer's SYN had text, and it was taken */
	bool data_came; /* text came later */
};

} // namespace tcpxx
