/* SPDX-License-Identifier: GPL-2.0 */
/* The Internet checksum (RFC 1071). The module uses the kernel's own; this one is for what the
 * pure layers check by themselves: headers of at most 60 bytes. */
#pragma once
#include "base/bytes.h"
#include "wire/be.h"

namespace tcpxx {

/* The one's complement sum of `bytes` added to `sum`; an odd last byte counts as the high half. The sum does not
 * depend on the order of the bytes in a word (RFC 1071, 2 (B)): words are read in that of most machines, four bytes
 * at once, and only the result is turned. */
constexpr u32 checksum_add(u32 sum, Bytes bytes)
{
	u64 wide = 0;
	for (; bytes.size() >= 4; bytes = bytes.after(4))
		wide += static_cast<u32>(bytes[0]) | static_cast<u32>(bytes[1]) << 8 |
			static_cast<u32>(bytes[2]) << 16 | static_cast<u32>(bytes[3]) << 24;
	for (u32 i = 0; i < bytes.size(); i++)
		wide += static_cast<u32>(bytes[i]) << 8 * (i & 1);
	while (wide >> 16)
		wide = (wide & 0xffff) + (wide >> 16);
	wide = ((wide & 0xff) << 8 | wide >> 8) + sum;
	while (wide >> 16)
		wide = (wide & 0xffff) + (wide >> 16);
	return static_cast<u32>(wide);
}

/* What goes into the header: 0 over a header that carries a right one. */
constexpr u16 checksum_fold(u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return static_cast<u16>(~sum);
}

} // namespace tcpxx
