/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TcpSock: a full socket, from socket() to CLOSED.
 *
 * Locking. A socket has one lock, struct sock's own, in its two forms:
 *
 *   process context   lock_sock(): owns the socket, may sleep; segments that arrive go to the backlog
 *   softirq context   bh_lock_sock(): only if no process owns it
 *
 * A function that takes `TcpSock &` is called with that lock held, in either form; one that takes
 * `struct sock *` is not. locked() turns the one into the other, and lockdep checks it there.
 * Under the socket lock come, each a leaf: the listener's queue lock, the chains of hashtables.h, the
 * port table, the neighbour table. A child's lock is taken only while nobody else can see the
 * child, so listener and child never wait for each other.
 */
#pragma once
#include "core/ack_limit.h"
#include "core/pmtudisc.h"
#include "core/tcb.h"
#include "kapi/skb.h"
#include "net/route.h"
#include "sock/ports.h"
#include "tcp/tcp_fastopen.h"
#include "wire/options.h"

namespace tcpxx {

struct Listener;
struct SavedSyn;

/* What a timer found while a process owned the socket: release_sock() does it then. */
enum Deferred : u32 {
	kDeferRetransmit = 1 << 0,
	kDeferDelack = 1 << 1,
	kDeferError = 1 << 2, /* an error from the network layer, in deferred_error */
	kDeferMtuReduced = 1 << 3, /* a smaller path MTU, in deferred_mtu */
	kDeferKeepalive = 1 << 4,
};

/* What retransmit_timer is armed for. */
enum class Pending : u8 { None, Retransmit, ZeroWindowProbe };

struct DelayedAck {
	bool scheduled; /* one is owed */
	bool delayed; /* and delack_timer will send it */
	bool now; /* it may not wait: a gap, a FIN */
	bool ping_pong; /* interactive: the answer will carry the ACK */
	u8 quick; /* ACKs still to be sent at once, at the start of a connection */
	u8 writes_ended; /* since the last ACK: segments, up to 2, after which the peer may have no more to send now */
	u32 text_came; /* jiffies, when the last text did */
	u16 rcv_mss; /* the peer's segment size, as observed; bytes */
};

/* What the user says about keepalive; 0: the namespace's. */
struct Keepalive {
	u16 idle; /* TCP_KEEPIDLE, seconds */
	u16 interval; /* TCP_KEEPINTVL, seconds */
	u8 probes; /* TCP_KEEPCNT */
};

struct TcpSock {
	struct sock sk; /* first: the kernel allocates, locks and counts it */
	ConnEntry entry;
	Tcb tcb;

	struct sk_buff_head rtx_queue; /* sent and not acknowledged, in order; no lock of its own */
	struct sk_buff_head ofo_queue; /* beyond a gap, in order, not overlapping */
	SackBlock sacks[kMaxSackBlocks]; /* to be reported, most recent first */
	u8 sack_count;

	struct timer_list retransmit_timer;
	struct timer_list delack_timer; /* keepalive has sk.sk_timer */
	u32 deferred; /* enum Deferred; under the spinlock of sk_lock, in either form */
	int deferred_error; /* positive errno for kDeferError */
	u32 deferred_mtu; /* bytes, for kDeferMtuReduced */
	Pending pending;
	u8 retransmits; /* time-outs in a row for the same data */
	u8 probes_out; /* zero-window and keepalive probes without an answer */
	u8 syn_retries; /* TCP_SYNCNT, or 0: the namespace's */
	u32 row_started_ms; /* our clock at the first probe or retransmission of a row, or when the SYN was sent; or 0 */
	u32 user_timeout_ms; /* TCP_USER_TIMEOUT, or 0 */
	u32 heard; /* jiffies, when the peer's last acceptable ACK or its last text came */
	Keepalive keepalive;
	s8 linger2; /* TCP_LINGER2, seconds; -1: no FIN-WAIT-2 without a user; 0: the namespace's */
	bool orphan; /* counted as one (sock/orphans.h) */

	DelayedAck ack;
	AckLimit ack_limit; /* of challenge ACKs, and those for what is outside the window */
	Seq32 pushed_seq; /* end of the text that was last marked to be pushed */
	bool nodelay; /* TCP_NODELAY */
	u16 user_mss; /* TCP_MAXSEG, bytes, of text in both directions; 0: as the path and the peer say */
	u8 tos;
	u8 ttl; /* 0: the namespace's default */
	PmtuDisc pmtudisc; /* IP_MTU_DISCOVER */

	be32 rcv_saddr; /* bind()'s address, 0.0.0.0 for any */
	Route route; /* valid if route.ifindex is not 0 and it is not stale */

	BindOwner bind;
	bool bound_by_user; /* bind(), not connect(): the port stays after a failed connect */

	FastOpen fastopen;
	FastOpenSettings fastopen_settings;

	Listener *listener; /* LISTEN only */
	u8 defer_accept; /* TCP_DEFER_ACCEPT: time-outs of a SYN-ACK until which a third ACK must bring text */
	u8 save_syn; /* TCP_SAVE_SYN: 0, 1 or 2 (with the link layer's header) */
	SavedSyn *saved_syn; /* its own; the listener saved it for TCP_SAVED_SYN */
	struct list_head accept_link; /* in the listener's accept queue */
};

constexpr struct sock *sk_of(TcpSock &tp) { return &tp.sk; }
inline TcpSock *tcp_sk_unlocked(struct sock *sk) { return reinterpret_cast<TcpSock *>(sk); }

/* The socket, by somebody who holds its lock. */
inline TcpSock &locked(struct sock *sk)
{
	sock_owned_by_me(sk);
	return *tcp_sk_unlocked(sk);
}
inline TcpSock &sock_of(ConnEntry &e) { return *container_of(&e, TcpSock, entry); }

/* A packet's place in the sequence space, in skb->cb while a queue of the socket holds it. */
struct SegCb {
	Seq32 seq;
	Seq32 end_seq; /* text, SYN and FIN counted */
	u8 flags; /* TcpFlag */
	bool retransmitted; /* at least once: its ACK is no measurement (Karn) */
	bool lost; /* its segments are counted in lost_out, to be sent again */
	u16 segs = 1; /* segments that it is sent as; a GSO packet has more than one */
	u16 gso_size = 0; /* text bytes in each but the last of several, else 0 */
	u64 sent_us; /* our clock when it was last sent */
};
static_assert(sizeof(SegCb) <= sizeof(static_cast<struct sk_buff *>(nullptr)->cb));
inline SegCb &seg_cb(struct sk_buff *skb) { return *reinterpret_cast<SegCb *>(skb->cb); }

/* What came with a SYN does not count: nobody has waited for it. */
inline bool text_has_come(const TcpSock &tp) { return tp.tcb.rcv_nxt != tp.tcb.irs + 1 + tp.fastopen.text; }

/* Our clocks: microseconds for RTT, milliseconds for timestamps, seconds (never 0) for ages. */
inline u64 tcp_clock_us() { return div_u64(ktime_get_ns(), 1000); }
inline u32 tcp_clock_ms() { return static_cast<u32>(div_u64(ktime_get_ns(), 1000000)); }
inline u32 tcp_clock_s() { return static_cast<u32>(ktime_get_seconds()) + 1; }
/* What TSval says, now or at a time of tcp_clock_us(). */
inline u32 tcp_time_stamp(const TcpSock &tp) { return tcp_clock_ms() + tp.tcb.tsoffset; }
inline u32 tcp_time_stamp(const TcpSock &tp, u64 us) { return static_cast<u32>(div_u64(us, 1000)) + tp.tcb.tsoffset; }
inline unsigned long to_jiffies(Usec t) { return usecs_to_jiffies(t.v); }
inline unsigned long to_jiffies(Msec t) { return msecs_to_jiffies(t.v); }

constexpr Usec kDelackTime = 40_ms; /* Linux's TCP_DELACK_MIN and TCP_ATO_MIN; RFC 9293, 3.8.6.3 allows 500 */

constexpr Usec kLongestDelack = 200_ms; /* Linux's TCP_DELACK_MAX */

} // namespace tcpxx
