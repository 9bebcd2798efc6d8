/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The transmission control block: the variables of RFC 9293, 3.3.1 that decisions are made from,
 * under the names that Linux gives them. No queue, no timer, no lock: TcpSock (tcp/tcp_sock.h)
 * has those, and holds the socket lock whenever it lets one of these change.
 *
 *            snd_una        snd_nxt        snd_una + snd_wnd        write_seq
 *   ------------|--------------|------------------|--------------------|-----
 *     acked     |  in flight   |   may be sent    |  waits for window  |
 *
 *            copied_seq     rcv_nxt        rcv_wup + rcv_wnd
 *   ------------|--------------|------------------|--------------------------
 *     read      |  to be read  |   may arrive     |  beyond the window
 */
#pragma once
#include "base/seq32.h"
#include "base/units.h"
#include "core/congestion.h"
#include "core/ecn.h"
#include "core/rtt.h"
#include "core/state.h"

namespace tcpxx {

/* What the sender believes about the network. Linux's TCP_CA_*. */
enum class CaState : u8 {
	Open, /* no loss known */
	Cwr, /* the peer reported congestion: cwnd goes down, until more than `recover` is acknowledged */
	Recovery, /* fast retransmit after duplicate ACKs, until `recover` is acknowledged */
	Loss, /* the timer expired: everything in flight then is sent again */
};

struct Tcb {
	TcpState state = TcpState::Close;

	/* send side */
	Seq32 iss; /* initial send sequence number */
	Seq32 snd_una; /* oldest byte not acknowledged */
	Seq32 snd_nxt; /* next byte to send for the first time */
	Seq32 write_seq; /* one past the last byte that the user gave us (FIN included) */
	Seq32 snd_sml; /* end of the last segment under mss_cache that was sent (Minshall) */
	Seq32 snd_wl1; /* SEG.SEQ of the segment that last changed snd_wnd */
	u32 snd_wnd = 0; /* peer's window from snd_una on, bytes, scaled */
	u32 max_window = 0; /* largest snd_wnd ever seen, for silly-window avoidance */
	u16 mss_clamp = 536; /* peer's MSS option, or the default of RFC 9293, 3.7.1 */
	u16 mss_cache = 536; /* text bytes in one segment that fits path and peer, timestamps deducted */

	/* receive side */
	Seq32 irs; /* initial receive sequence number */
	Seq32 rcv_nxt; /* next byte expected */
	Seq32 rcv_wup; /* rcv_nxt when the window was last announced */
	Seq32 copied_seq; /* next byte that the user reads */
	u32 rcv_wnd = 0; /* window announced at rcv_wup, bytes */
	u32 window_clamp = 0; /* never announce more, bytes */
	u16 advmss = 536; /* MSS that we announce */

	/* options agreed in the handshake */
	bool tstamp_ok = false;
	bool sack_ok = false;
	bool wscale_ok = false;
	WindowScale snd_wscale; /* applied to what the peer announces */
	WindowScale rcv_wscale; /* applied to what we announce */

	/* timestamps (RFC 7323, 4): our clock is milliseconds + tsoffset */
	u32 tsoffset = 0;
	u32 ts_recent = 0; /* TS.Recent, echoed to the peer */
	u32 ts_recent_stamp = 0; /* when it was taken, our clock in seconds; 0: never */
	Seq32 last_ack_sent; /* Last.ACK.sent of RFC 7323, 4.3 */

	/* recovery */
	u32 dup_acks = 0; /* in a row, RFC 5681, 2 */
	u32 packets_out = 0; /* segments sent and not acknowledged */
	u32 lost_out = 0; /* those of them that are taken for lost */
	Seq32 recover; /* RFC 6582, 3.2: highest byte sent when recovery, loss or reduction began */
	CaState ca_state = CaState::Open;

	RttEstimator rtt;
	Reno cong;
	CwndUsage usage;
	Ecn ecn;
};

/* Bytes that may still arrive: the announced window less what came since. */
constexpr u32 receive_window(const Tcb &t)
{
	const Seq32 edge = t.rcv_wup + t.rcv_wnd;
	return before(edge, t.rcv_nxt) ? 0 : distance(t.rcv_nxt, edge);
}
constexpr Seq32 receive_window_end(const Tcb &t) { return t.rcv_nxt + receive_window(t); }

/* One past the last byte that the peer lets us send. */
constexpr Seq32 send_window_end(const Tcb &t) { return t.snd_una + t.snd_wnd; }
constexpr u32 in_flight(const Tcb &t) { return distance(t.snd_una, t.snd_nxt); }

} // namespace tcpxx
