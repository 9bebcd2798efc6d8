/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A TCP sequence number (RFC 9293, 3.4): a point on a circle of 2^32.
 *
 *            b - a < 2^31                      after(b, a)
 *        a ---------------> b                  before(a, b)
 *
 * There is no `<`: on a circle it would be wrong for half of all pairs, and nobody would notice
 * until a connection had moved 2 GiB.
 */
#pragma once
#include "base/types.h"

namespace tcpxx {

class Seq32 {
	u32 v_ = 0;

public:
	constexpr Seq32() = default;
	explicit constexpr Seq32(u32 v) : v_(v) {}

	constexpr u32 raw() const { return v_; }
	constexpr Seq32 operator+(u32 n) const { return Seq32(v_ + n); }
	constexpr Seq32 operator-(u32 n) const { return Seq32(v_ - n); }
	constexpr Seq32 &operator+=(u32 n) { v_ += n; return *this; }
	constexpr bool operator==(const Seq32 &) const = default;
};

/* Bytes from `from` forward to `to`; the caller knows that `to` is not before `from`. */
constexpr u32 distance(Seq32 from, Seq32 to) { return to.raw() - from.raw(); }

constexpr bool before(Seq32 a, Seq32 b) { return static_cast<s32>(a.raw() - b.raw()) < 0; }
constexpr bool after(Seq32 a, Seq32 b) { return before(b, a); }
constexpr Seq32 later_of(Seq32 a, Seq32 b) { return before(a, b) ? b : a; }

/* low <= seq <= high, on the circle. */
constexpr bool between(Seq32 seq, Seq32 low, Seq32 high)
{
	return distance(low, seq) <= distance(low, high);
}

} // namespace tcpxx
