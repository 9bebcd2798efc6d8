/* SPDX-License-Identifier: GPL-2.0 */
/* Integer names of the kernel, for code that sees no kernel header. */
#pragma once

namespace tcpxx {

using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long long;
using s8 = signed char;
using s16 = short;
using s32 = int;
using s64 = long long;

template <class T> constexpr T min_of(T a, T b) { return b < a ? b : a; }
template <class T> constexpr T max_of(T a, T b) { return a < b ? b : a; }
template <class T> constexpr T clamp_to(T v, T low, T high) { return min_of(max_of(v, low), high); }

/* std::move, which a freestanding program without the library has to bring along. */
template <class T> struct RemoveReference { using type = T; };
template <class T> struct RemoveReference<T &> { using type = T; };
template <class T> constexpr typename RemoveReference<T>::type &&move(T &&v)
{
	return static_cast<typename RemoveReference<T>::type &&>(v);
}

} // namespace tcpxx
