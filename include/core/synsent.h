/* SPDX-License-Identifier: GPL-2.0 */
/* A segment in SYN-SENT (RFC 9293, 3.10.7.3). */
#pragma once
#include "core/arrives.h"

namespace tcpxx {

enum class SynSentAct : u8 {
	Ignore,
	Reset, /* unacceptable ACK */
	Refused, /* RST for our SYN: ECONNREFUSED */
	Establish, /* SYN-ACK */
	Simultaneous, /* SYN without ACK: both sides open, to SYN-RECEIVED */
};
struct SynSentVerdict {
	SynSentAct act;
	Drop drop;
};
/* `now_ts`: our timestamp clock, to judge the echo (RFC 7323, 3.2). */
SynSentVerdict synsent_arrives(const Tcb &t, const Arrival &a, u32 now_ts);

} // namespace tcpxx
