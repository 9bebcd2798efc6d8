/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Explicit Congestion Notification (RFC 3168, 6.1), as Linux does it: who may mark, who says so, who slows down.
 *
 *   our sender                     routers          the peer's receiver
 *     new text ............ ECT(0) -------> CE ...... sees it,
 *     reduces its window <------- ECE ............... says so with every segment, until
 *     new text ................. CWR -------------->  this tells that it was heard
 *
 * Either side is both. It is agreed on by ECE and CWR in the SYN, answered by ECE alone in the SYN-ACK.
 */
#pragma once
#include "wire/tcp.h"

namespace tcpxx {

/* The two lower bits of the TOS (RFC 3168, 5). */
enum class EcnField : u8 { NotEct = 0, Ect1 = 1, Ect0 = 2, Ce = 3 };
constexpr EcnField ecn_field(u8 tos) { return static_cast<EcnField>(tos & 3); }
constexpr u8 with_ecn_field(u8 tos, EcnField field) { return static_cast<u8>((tos & ~3) | static_cast<u8>(field)); }

/* Flags of a SYN that asks for it (RFC 3168, 6.1.1). */
constexpr u8 kEcnSetup = kEce | kCwr;

/* What the administrator says. */
struct EcnSettings {
	u8 tcp_ecn; /* net.ipv4.tcp_ecn: 0 never, 1 ask and grant, 2 only grant */
	bool route; /* the route's feature: ask and grant, whatever tcp_ecn says */
};
constexpr bool ecn_asks(const EcnSettings &s) { return s.tcp_ecn == 1 || s.route; }
constexpr bool ecn_may_be_granted(const EcnSettings &s) { return s.tcp_ecn || s.route; }

/* Whether a peer's SYN asks for what is granted. `field`: of its datagram. */
bool ecn_granted(const SegmentView &syn, EcnField field, const EcnSettings &s);

/* How a segment of ours is to be marked. */
struct EcnMarks {
	u8 flags; /* ECE, CWR */
	EcnField field;
};
/* ACKs, retransmissions and FINs are no NewText. */
enum class EcnContent : u8 { NewText, Other };

/* What arriving text says about how soon to acknowledge. */
enum class EcnHaste : u8 { None, Soon };

/* Of one connection. */
class Ecn {
	bool ok_ = false; /* both sides have agreed, or our SYN has asked */
	bool seen_ = false; /* the peer does mark its text */
	bool echo_ = false; /* CE has come, and no CWR since: Linux's TCP_ECN_DEMAND_CWR */
	bool reduced_ = false; /* the peer is to be told by CWR: Linux's TCP_ECN_QUEUE_CWR */

public:
	bool ok() const { return ok_; }

	/* Our SYN asks for it, or their SYN was granted it; or not. */
	void begin(bool ok) { *this = Ecn{}, ok_ = ok; }
	/* The answer to our SYN: a SYN-ACK, or, when both sides open at once, the peer's own SYN. */
	void synack_arrives(u8 flags) { ok_ &= (flags & kEcnSetup) == kEce; }
	void syn_arrives(u8 flags) { ok_ &= (flags & kEcnSetup) == kEcnSetup; }

	/* Of any segment of ours but a SYN. CWR is given once. */
	EcnMarks send(EcnContent content);
	/* Our window was reduced, for this or for a loss (RFC 3168, 6.1.2). */
	void reduced() { reduced_ = ok_; }
	/* Not for a SYN-ACK, where ECE means something else. */
	bool congested(u8 flags) const { return ok_ && flags & kEce && !(flags & kSyn); }

	/* An acceptable segment, before its text. true: it is CWR, and the peer's window may be so small that it waits
	 * for this ACK. */
	bool cwr_arrives(const SegmentView &seg);
	/* Text inside the window: a mark on what is not may be somebody else's (RFC 3168, 6.1.5). */
	EcnHaste text_arrives(EcnField field);
};

} // namespace tcpxx
