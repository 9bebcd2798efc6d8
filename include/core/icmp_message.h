/* SPDX-License-Identifier: GPL-2.0 */
/* What an ICMP message asks of a host (RFC 1122, 3.2.2), with Linux's error numbers. */
#pragma once
#include "wire/icmp.h"

namespace tcpxx {

/* What is reported to whoever sent the datagram. */
struct IcmpError {
	Errno error;
	/* The peer of a half-open connection cannot be reached: it is given up. */
	bool ends_request;
};

enum class IcmpAct : u8 {
	Ignore, /* nothing that a host has to know */
	Echo, /* to be answered */
	Error,
	FragmentationNeeded, /* a segment was longer than the next hop's MTU */
};

struct IcmpMeaning {
	IcmpAct act;
	IcmpError error; /* of IcmpAct::Error */
};
IcmpMeaning icmp_meaning(u8 type, u8 code);

/* The path MTU, bytes, that a router tells with its next hop's MTU. An old one tells 0: then it is the
 * highest common MTU under the quoted datagram's length (RFC 1191, 5 and 7). 0: there is none. */
u32 icmp_path_mtu(u16 next_hop_mtu, u16 quoted_len);

} // namespace tcpxx
