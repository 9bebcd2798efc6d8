/* SPDX-License-Identifier: GPL-2.0 */
/* Durations and windows as types, so that a millisecond is never added to a microsecond. */
#pragma once
#include "base/types.h"

namespace tcpxx {

/* A duration in microseconds, 0 to 71 minutes. Only RTT and RTO arithmetic needs one. */
struct Usec {
	u32 v = 0;
	constexpr bool operator==(const Usec &) const = default;
};
constexpr bool operator<(Usec a, Usec b) { return a.v < b.v; }
constexpr bool operator>(Usec a, Usec b) { return a.v > b.v; }
constexpr Usec operator+(Usec a, Usec b) { return {a.v + b.v}; }

constexpr Usec operator""_us(unsigned long long v) { return {static_cast<u32>(v)}; }
constexpr Usec operator""_ms(unsigned long long v) { return {static_cast<u32>(v) * 1000}; }
constexpr Usec operator""_s(unsigned long long v) { return {static_cast<u32>(v) * 1000000}; }

/* A duration in milliseconds, 0 to 49 days: patience with a silent peer. */
struct Msec {
	u32 v = 0;
	constexpr bool operator==(const Msec &) const = default;
};
constexpr bool operator<(Msec a, Msec b) { return a.v < b.v; }
constexpr bool operator>(Msec a, Msec b) { return a.v > b.v; }
constexpr Msec operator-(Msec a, Msec b) { return {a.v - b.v}; }

/* Shift of RFC 7323, 2.2: 0 to 14. */
struct WindowScale {
	u8 shift = 0;
};
constexpr u8 kMaxWindowScale = 14;

/* A receive or send window in bytes, at most 2^30. */
struct Window {
	u32 bytes = 0;
};

/* The window field as it stands in a header. It has no meaning before it is scaled. */
class RawWindow {
	u16 v_;

public:
	explicit constexpr RawWindow(u16 v) : v_(v) {}
	constexpr u16 raw() const { return v_; }
	friend constexpr Window operator<<(RawWindow w, WindowScale s) { return {static_cast<u32>(w.v_) << s.shift}; }
};

} // namespace tcpxx
