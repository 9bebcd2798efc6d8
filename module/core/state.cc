// SPDX-License-Identifier: GPL-2.0
#include "core/state.h"

namespace tcpxx {
namespace {

using enum TcpState;

/*
 * RFC 9293, 3.3.2, figure 5: row by row the states that may follow, CLOSED left out (everything may
 * end there). Two arrows are ours. A child is a new object, so LISTEN -> SYN-RECEIVED shows as
 * CLOSED -> SYN-RECEIVED; and a request that becomes one counts as its SYN-RECEIVED.
 */
constexpr StateSet kNext[kTcpStates] = {
	StateSet{}, /* no state has number 0 */
	/* Established */ StateSet{FinWait1, CloseWait},
	/* SynSent */ StateSet{Established, SynRecv},
	/* SynRecv: back to LISTEN is note 1; CLOSE-WAIT is 3.10.7.4, eighth step */
	StateSet{Established, FinWait1, CloseWait, Listen},
	/* FinWait1: TIME-WAIT at once is note 2 */
	StateSet{FinWait2, Closing, TimeWait},
	/* FinWait2 */ StateSet{TimeWait},
	/* TimeWait */ StateSet{},
	/* Close */ StateSet{Listen, SynSent, SynRecv},
	/* CloseWait */ StateSet{LastAck},
	/* LastAck */ StateSet{},
	/* Listen */ StateSet{SynRecv, SynSent},
	/* Closing */ StateSet{TimeWait},
	/* NewSynRecv */ StateSet{SynRecv, Established},
};

} // namespace

bool may_change(TcpState from, TcpState to)
{
	return to == Close || kNext[static_cast<u8>(from)].has(to);
}

const char *state_name(TcpState s)
{
	switch (s) {
	case Established: return "ESTABLISHED";
	case SynSent: return "SYN_SENT";
	case SynRecv: return "SYN_RECV";
	case FinWait1: return "FIN_WAIT1";
	case FinWait2: return "FIN_WAIT2";
	case TimeWait: return "TIME_WAIT";
	case Close: return "CLOSE";
	case CloseWait: return "CLOSE_WAIT";
	case LastAck: return "LAST_ACK";
	case Listen: return "LISTEN";
	case Closing: return "CLOSING";
	case NewSynRecv: return "NEW_SYN_RECV";
	}
	return "?";
}

CloseStep close_step(TcpState s)
{
	switch (s) {
	/* RFC 9293, 3.10.4: nothing was said to the peer yet that a FIN could end. */
	case Close:
	case Listen:
	case SynSent:
	case NewSynRecv: return {Close, false};
	case SynRecv:
	case Established: return {FinWait1, true};
	case CloseWait: return {LastAck, true};
	/* The FIN is already on its way. */
	case FinWait1:
	case FinWait2:
	case Closing:
	case LastAck:
	case TimeWait: return {s, false};
	}
	return {s, false};
}

} // namespace tcpxx
