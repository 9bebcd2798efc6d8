/* SPDX-License-Identifier: GPL-2.0 */
/* The IPv4 header (RFC 791, 3.1) as it lies in a packet, and the one way to a trusted view of it. */
#pragma once
#include "base/bytes.h"
#include "base/drop.h"
#include "base/result.h"
#include "wire/be.h"

namespace tcpxx {

struct Ipv4Header {
	u8 version_ihl;
	u8 tos;
	be16 tot_len;
	be16 id;
	be16 frag_off;
	u8 ttl;
	u8 protocol;
	be16 check;
	be32 saddr;
	be32 daddr;

	constexpr u32 version() const { return version_ihl >> 4; }
	constexpr u32 header_len() const { return (version_ihl & 15) * 4; }
	/* Part of a fragmented datagram: more follow, or it is not the first. */
	constexpr bool is_fragment() const { return frag_off.host() & 0x3fff; }
	/* In units of 8 bytes; 0: the beginning of the datagram. */
	constexpr u32 fragment_offset() const { return frag_off.host() & 0x1fff; }
};
static_assert(sizeof(Ipv4Header) == 20);

constexpr u16 kIpDontFragment = 0x4000;
constexpr u16 kIpMoreFragments = 0x2000;
constexpr u8 kIpProtoIcmp = 1;
constexpr u8 kIpProtoTcp = 6;

namespace ipv4 {

/* RFC 1122, 3.2.1.3 and RFC 6890. Addresses as they lie in the packet. */
constexpr bool is_any(be32 a) { return a.network() == 0; }
constexpr bool is_loopback(be32 a) { return a.b[0] == 127; }
constexpr bool is_multicast(be32 a) { return (a.b[0] & 0xf0) == 0xe0; }
constexpr bool is_limited_broadcast(be32 a) { return a.host() == 0xffffffff; }

} // namespace ipv4

/*
 * Checks the first `linear` bytes of a datagram against `datagram_len`, the bytes that there are
 * in all. What comes back is a header that can be trusted as far as RFC 1122, 3.2.1 can say:
 * version, lengths, checksum. Its options, if any, are inside `linear`.
 */
Result<const Ipv4Header *, Drop> parse_ipv4(Bytes linear, u32 datagram_len);

/* Walks the option list. Refused: a source route (RFC 7126, 4.3), a record route or timestamps whose pointer is before
 * the first entry or has not enough room, one of them twice, and a list that overruns. */
Drop check_ipv4_options(Bytes options);

} // namespace tcpxx
