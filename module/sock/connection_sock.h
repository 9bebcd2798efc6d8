/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bind, listen, accept: a listener's two queues.
 *
 *   SYN queue      half-open requests: qlen of them, on a wheel of one timer, found through the hash
 *   accept queue   complete connections in order of arrival, waiting for accept()
 *
 * Listener::lock protects both and is a leaf, taken with softirqs off; qlen and the accept queue's
 * length are read without it where a stale answer is harmless.
 */
#pragma once
#include "kapi/wheel.h"
#include "sock/ledger.h"
#include "tcp/request_sock.h"
#include "tcp/tcp_sock.h"

namespace tcpxx {

/* Children of Fast Open (tcp/tcp_fastopen.cc). Under Listener::lock. */
struct FastOpenQueue {
	u32 qlen; /* that wait for their third ACK, or are in the list; also read without the lock */
	struct hlist_head rst_head; /* RequestSock::wheel.node of those that a RST ended, the oldest first ... */
	RequestSock *rst_tail; /* ... and the last; WheelLink::due is when it is forgotten, in jiffies */
};

struct Listener {
	spinlock_t lock;
	bool closed; /* nothing may join a queue any more */
	u32 qlen; /* half-open requests */
	u32 young; /* those whose SYN-ACK was never sent again */
	bool flood_warned; /* the log has it; written without the lock */
	unsigned long cookies_until; /* jiffies: until then ACKs of cookies may come; written without the lock */
	struct timer_list synack_timer; /* armed while the wheel is not empty; ends before the socket */
	Wheel<64, 32> wheel; /* RequestSock::wheel */
	struct list_head accept_queue; /* TcpSock::accept_link */
	FastOpenQueue fastopenq;
	Ledger ledger;
};

inline Ledger &ledger_of(TcpSock &listener) { return listener.listener->ledger; }

int inet_csk_listen_start(TcpSock &tp);
/* Ends both queues: half-open requests vanish, waiting children are reset. Called with the lock,
 * which it gives up and takes again. */
void inet_csk_listen_stop(TcpSock &tp);

bool sk_acceptq_is_full(TcpSock &tp);

/* Puts a request on the SYN queue and into the hash. OldSequence: another CPU has taken the same SYN, and its request
 * answers; ListenerClosed. Softirq. */
Drop inet_csk_reqsk_queue_hash_add(RequestSock &req);
/* Its SYN-ACK has just been sent again: the time until the next begins now. */
void inet_csk_reqsk_queue_restart(RequestSock &req);
/* Takes it out of both; the caller still holds its own reference. false: somebody else did. */
bool inet_csk_reqsk_queue_drop(RequestSock &req, Drop cause);

/* The third ACK: `child` takes the request's place in the hash, or one of its own if the request had none, and
 * joins the accept queue. Else the child has to be forgotten. OldSequence: another segment was first, and there is a
 * connection already, or none any more; ListenerClosed. */
Drop inet_csk_complete_hashdance(RequestSock &req, TcpSock &child);

/* Waits for a child as long as the socket's timeout allows; the listener's lock is held. */
Result<TcpSock *> inet_csk_accept(TcpSock &listener, bool nonblock);
bool accept_queue_ready(TcpSock &listener);

/* Copies the listener into a new, locked socket for a request. nullptr without memory. Softirq. */
TcpSock *inet_csk_clone_lock(TcpSock &listener, const RequestSock &req);

/* Undoes a child that never became visible. It is locked; it is gone afterwards. */
void inet_csk_destroy_unborn(TcpSock &child);
/* The socket is CLOSED and has no user: lets go of everything that it holds. Lock held. */
void inet_csk_destroy_sock(TcpSock &tp);

} // namespace tcpxx
