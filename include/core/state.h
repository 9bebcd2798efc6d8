/* SPDX-License-Identifier: GPL-2.0 */
/* The states of a connection and every change between them that may happen (RFC 9293, 3.3.2, figure 5). */
#pragma once
#include "base/types.h"

namespace tcpxx {

/* Linux's numbers: /proc, TCP_INFO and the tracepoints show them. */
enum class TcpState : u8 {
	Established = 1,
	SynSent,
	SynRecv,
	FinWait1,
	FinWait2,
	TimeWait,
	Close,
	CloseWait,
	LastAck,
	Listen,
	Closing,
	NewSynRecv, /* a request sock: half open, no full socket yet */
};
constexpr u32 kTcpStates = 13; /* one more than the highest number */

const char *state_name(TcpState s);

/* A set of states, so that "any of these" is one test. */
class StateSet {
	u32 bits_ = 0;

public:
	template <class... States> explicit constexpr StateSet(States... s) : bits_((0u | ... | (1u << static_cast<u8>(s)))) {}
	constexpr bool has(TcpState s) const { return bits_ >> static_cast<u8>(s) & 1; }
};

/* States in which the peer's sequence numbers are known (RFC 9293, 3.3.2 "synchronized"). */
constexpr StateSet kSynchronized{TcpState::SynRecv,  TcpState::Established, TcpState::FinWait1,
					TcpState::FinWait2, TcpState::CloseWait,   TcpState::Closing,
					TcpState::LastAck,  TcpState::TimeWait};
/* States of a socket that connect() waits for (of a passive open a request sock has SYN-RECEIVED
 * instead, or a child of Fast Open, which has a timer of its own kind). */
constexpr StateSet kOpening{TcpState::SynSent, TcpState::SynRecv};
/* States in which an abort by the user tells the peer (RFC 9293, 3.10.5). */
constexpr StateSet kResetByAbort{TcpState::SynRecv, TcpState::Established, TcpState::FinWait1, TcpState::FinWait2,
				 TcpState::CloseWait};
/* States in which new text may be sent. */
constexpr StateSet kCanSend{TcpState::Established, TcpState::CloseWait};
/* States in which text of the peer is still expected. */
constexpr StateSet kCanReceive{TcpState::Established, TcpState::FinWait1, TcpState::FinWait2};
/* Our FIN is queued or sent. */
constexpr StateSet kFinSent{TcpState::FinWait1, TcpState::FinWait2, TcpState::Closing, TcpState::LastAck,
				   TcpState::TimeWait};

/* Whether figure 5 (with its notes, and abort from everywhere to CLOSED) has this arrow. */
bool may_change(TcpState from, TcpState to);

/* The state after close() or shutdown(SHUT_WR) by the user, and whether a FIN has to be sent. */
struct CloseStep {
	TcpState next;
	bool send_fin;
};
CloseStep close_step(TcpState s);

} // namespace tcpxx
