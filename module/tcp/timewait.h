/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TIME-WAIT, and FIN-WAIT-2 of a socket whose user is gone: a small object takes the socket's
 * place in the connection hash for 60 seconds. A wheel per namespace ages them, so that none has a
 * timer of its own; the namespace's exit purges the wheel.
 */
#pragma once
#include "core/ack_limit.h"
#include "core/timewait.h"
#include "kapi/wheel.h"
#include "sock/ports.h"

namespace tcpxx {

struct TcpSock;

struct TimeWaitSock {
	ConnEntry entry;
	WheelLink wheel;
	BindOwner bind;
	TimeWaitVars vars;
	u32 tsoffset;
	AckLimit ack_limit;
	TcpState substate; /* TimeWait or FinWait2 */
	WindowScale rcv_wscale;
	u8 tos;
	bool reuse; /* SO_REUSEADDR */
	bool reuse_port; /* SO_REUSEPORT */
};

inline TimeWaitSock &timewait_of(ConnEntry &e) { return *container_of(&e, TimeWaitSock, entry); }

/* `lock` protects the wheel; a leaf, taken with softirqs off. */
struct TimeWaitTable {
	spinlock_t lock;
	struct timer_list timer; /* armed while the wheel is not empty */
	Wheel<256, 4> wheel;
};

int timewait_net_init(struct net *net);
/* Process context, when no socket is left: removes every object of the namespace. */
void timewait_net_exit(struct net *net);

/* Replaces the socket by a small object for `timeout`; the socket is left in CLOSE. Without
 * memory, or with max_tw_buckets reached, it just closes. */
void tcp_time_wait(TcpSock &tp, TcpState substate, Msec timeout);

/* A socket in FIN-WAIT-2 that has no user needs no more than such an object has: it becomes one for TCP_LINGER2,
 * which is not negative, or net.ipv4.tcp_fin_timeout. */
void tcp_fin_wait2_orphan(TcpSock &tp);

enum class TimeWaitFate : u8 {
	Done, /* answered, if an answer was due */
	Reset, /* text for a user who has gone: answer with RST; the object is gone */
	Reopen, /* a SYN that may open the connection again, if there is a listener */
};
struct TimeWaitResult {
	TimeWaitFate fate;
	Drop drop;
};
/* A segment for one. Softirq. */
TimeWaitResult tcp_timewait_state_process(TimeWaitSock &tw, const Arrival &a);

/* Says where the connection is. Softirq. */
void tcp_timewait_send_ack(const TimeWaitSock &tw);

/* Takes it out of hash and wheel, if nobody else did. */
void timewait_remove(TimeWaitSock &tw);
/* What is left to be done by whoever took it out of the hash: wheel, port, and the reference that was theirs. */
void timewait_unhashed(TimeWaitSock &tw);
void timewait_free(TimeWaitSock &tw);

} // namespace tcpxx
