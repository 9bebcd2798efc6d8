/* SPDX-License-Identifier: GPL-2.0 */
/* A segment for a connection in TIME-WAIT (RFC 9293, 3.10.7.4; RFC 6191; RFC 1337). */
#pragma once
#include "core/arrives.h"

namespace tcpxx {

constexpr Msec kTimeWaitLen{60000}; /* Linux's 2 MSL */

/* How long FIN-WAIT-2 lasts without a user: as the setting says, but long enough for the peer to send a lost FIN
 * twice again, 3.5 time-outs (Linux's tcp_fin_time()). */
Msec fin_wait2_len(Msec setting, Usec rto);

/* What is left of a connection in TIME-WAIT, or in FIN-WAIT-2 after the user has gone. */
struct TimeWaitVars {
	Seq32 rcv_nxt;
	Seq32 snd_nxt;
	u32 rcv_wnd;
	u32 ts_recent;
	u32 ts_recent_stamp;
	bool tstamp_ok;
};

enum class TimeWaitAct : u8 {
	Ignore,
	Acknowledge, /* retransmitted FIN or anything else unacceptable: say it again, restart 2 MSL */
	Reopen, /* a SYN that is provably new (RFC 6191, 2): the listener may have it */
};
struct TimeWaitVerdict {
	TimeWaitAct act;
	Drop drop;
	bool restart; /* the 60 seconds begin again */
};
/* Where the numbers of a connection begin that follows one in TIME-WAIT: beyond everything that the old one can have
 * sent, so that each side can tell their segments apart (RFC 1122, 4.2.2.13). */
constexpr Seq32 isn_after(Seq32 snd_nxt) { return snd_nxt + (0xffff + 2); }

TimeWaitVerdict timewait_arrives(const TimeWaitVars &tw, const Arrival &a);

/* connect() to where one in TIME-WAIT led, from the same port. */
struct TimeWaitClaim {
	bool bound; /* bind() has chosen the port: it is this one or none */
	bool loopback; /* neither end is on another host */
	int setting; /* net.ipv4.tcp_tw_reuse: 0 no, 1 yes, 2 if it is loopback */
	TcpState substate; /* TimeWait or FinWait2 */
	u32 now_s;
};
bool timewait_gives_way(const TimeWaitVars &tw, const TimeWaitClaim &claim);

/* The same object in FIN-WAIT-2, without a user: it waits for the peer's FIN, and nothing else. */
enum class FinWait2Act : u8 {
	Ignore,
	Acknowledge, /* unacceptable: say where we are, rate-limited */
	Challenge, /* RST or SYN that may be forged: the same, within the limits of RFC 5961, 7 */
	Reset, /* text for a user who has gone: RST, and it ends */
	Discard, /* the peer's RST: it ends, silently */
	Finish, /* the FIN in its place: rcv_nxt moves over it, acknowledge, TIME-WAIT begins */
};
struct FinWait2Verdict {
	FinWait2Act act;
	Drop drop;
};
FinWait2Verdict fin_wait2_arrives(const TimeWaitVars &tw, const Arrival &a);

} // namespace tcpxx
