/* SPDX-License-Identifier: GPL-2.0 */
/* The header of an ICMP message (RFC 792, RFC 1191) and what an error quotes of a datagram of ours. */
#pragma once
#include "base/bytes.h"
#include "base/drop.h"
#include "base/result.h"
#include "base/seq32.h"
#include "wire/ipv4.h"

namespace tcpxx {

enum IcmpType : u8 {
	kIcmpEchoReply = 0,
	kIcmpUnreachable = 3,
	kIcmpSourceQuench = 4,
	kIcmpRedirect = 5,
	kIcmpEcho = 8,
	kIcmpTimeExceeded = 11,
	kIcmpParameterProblem = 12,
};

/* Codes of kIcmpUnreachable. */
enum IcmpUnreachableCode : u8 {
	kIcmpNetUnreachable = 0,
	kIcmpHostUnreachable = 1,
	kIcmpProtocolUnreachable = 2,
	kIcmpPortUnreachable = 3,
	kIcmpFragmentationNeeded = 4,
};

/* A code of kIcmpTimeExceeded: of a datagram some fragments have not come. */
constexpr u8 kIcmpReassemblyTime = 1;

struct IcmpHeader {
	u8 type;
	u8 code;
	be16 check; /* over the whole message */
	be16 id; /* of an echo */
	be16 sequence; /* of an echo; of kIcmpFragmentationNeeded the next hop's MTU, or 0 */
};
static_assert(sizeof(IcmpHeader) == 8);

/* A segment that somebody on the way could not deliver: our header, and the first 8 bytes behind it. */
struct QuotedSegment {
	be32 saddr; /* ours */
	be32 daddr;
	be16 source;
	be16 dest;
	Seq32 seq;
	u16 tot_len; /* of the datagram, bytes, as the quote says */
};

/*
 * What follows the header of an error message (RFC 792; RFC 1122, 3.2.2). The checksum of the quoted header
 * is not looked at: routers have changed the TTL, and some forget the sum.
 * IpProtocol: not of TCP; IpFragment: not the beginning of a datagram, so no ports; IcmpQuote: all else that is
 * no start of a segment.
 */
Result<QuotedSegment, Drop> parse_icmp_quote(Bytes quote);

} // namespace tcpxx
