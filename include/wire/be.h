/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Integers in network byte order. They are bytes (alignment 1), they convert to a host integer
 * only by name, and they can be compared for equality only.
 */
#pragma once
#include "base/types.h"

namespace tcpxx {

struct be16 {
	u8 b[2];

	static constexpr be16 from_host(u16 v) { return {{static_cast<u8>(v >> 8), static_cast<u8>(v)}}; }
	constexpr u16 host() const { return static_cast<u16>(b[0] << 8 | b[1]); }
	/* The same bytes as the kernel's __be16 holds them, and back. */
	static constexpr be16 from_network(u16 raw) { return __builtin_bit_cast(be16, raw); }
	constexpr u16 network() const { return __builtin_bit_cast(u16, *this); }
	friend constexpr bool operator==(be16 x, be16 y) { return x.network() == y.network(); }
};

struct be32 {
	u8 b[4];

	static constexpr be32 from_host(u32 v)
	{
		return {{static_cast<u8>(v >> 24), static_cast<u8>(v >> 16), static_cast<u8>(v >> 8),
			 static_cast<u8>(v)}};
	}
	constexpr u32 host() const
	{
		return static_cast<u32>(b[0]) << 24 | static_cast<u32>(b[1]) << 16 |
		       static_cast<u32>(b[2]) << 8 | b[3];
	}
	/* The same bytes as the kernel's __be32 holds them, and back. */
	static constexpr be32 from_network(u32 raw) { return __builtin_bit_cast(be32, raw); }
	constexpr u32 network() const { return __builtin_bit_cast(u32, *this); }
	friend constexpr bool operator==(be32 x, be32 y) { return x.network() == y.network(); }
};

static_assert(alignof(be32) == 1 && sizeof(be32) == 4);

} // namespace tcpxx
