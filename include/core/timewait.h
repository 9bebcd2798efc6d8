/* SPDX-License-Identifier: GPL-2.0 */
/* A segment for a connection in TIME-WAIT (RFC 9293, 3.10.7.4; RFC 6191; RFC 1337). */
#pragma once
#include "core/arrives.h"

namespace tcpxx {

constexpr Usec kTimeWaitLen = 60_s; /* Linux's 2 MSL */

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
TimeWaitVerdict timewait_arrives(const TimeWaitVars &tw, const Arrival &a);

} // namespace tcpxx
