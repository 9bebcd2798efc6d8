/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SYN cookies (RFC 4987, 3.6 and appendix A), laid out as Linux lays them out: a handshake of which this host remembers
 * nothing. What it would have to remember stands in the numbers of the SYN-ACK, and comes back with the third ACK.
 *
 *   sequence number    hash(pair) + the peer's ISN + [ minute: 8 | hash(pair, minute) + index of the MSS: 24 ]
 *   timestamp, if any  [ our clock: 26 | ECN: 1 | SACK: 1 | window scale: 4, 15 if there is none ]
 *
 * The hashes are keyed, and come from outside, as does the time: a counter of minutes.
 */
#pragma once
#include "base/seq32.h"
#include "base/units.h"

namespace tcpxx {

/* Both hashes of a pair of addresses and ports. */
template <class T>
concept CookieHash = requires(const T hash, u32 minute) {
	u32{hash.of_pair()};
	u32{hash.of_minute(minute)};
};

constexpr u32 kCookieMinutes = 2; /* a cookie of this minute and of the one before is good */
constexpr u32 kCookieBits = 24; /* below the minute */
constexpr u32 kCookieMask = (1u << kCookieBits) - 1;

/* There is room for one of four. That below the peer's is chosen, so that no segment is too long for it. */
u8 cookie_mss_index(u16 mss);
/* 0: there is no such index. */
u16 cookie_mss(u32 index);

template <CookieHash Hash> Seq32 make_cookie(const Hash &hash, Seq32 peer_isn, u32 minute, u8 mss_index)
{
	const u32 low = (hash.of_minute(minute) + mss_index) & kCookieMask;
	return peer_isn + (hash.of_pair() + (minute << kCookieBits) + low);
}

/* The MSS that the cookie was made with, or 0: it is too old, or none of ours. */
template <CookieHash Hash> u16 check_cookie(const Hash &hash, Seq32 cookie, Seq32 peer_isn, u32 minute)
{
	const u32 data = cookie.raw() - peer_isn.raw() - hash.of_pair();
	/* Of the minute only 8 bits have come along: a cookie that is hours old may pass here, and fails below. */
	const u32 age = (minute - (data >> kCookieBits)) & (~0u >> kCookieBits);
	if (age >= kCookieMinutes)
		return 0;
	return cookie_mss((data - hash.of_minute(minute - age)) & kCookieMask);
}

/* What the peer's SYN said besides its MSS. */
struct CookieOptions {
	bool wscale_ok;
	WindowScale snd_wscale;
	bool sack_ok;
	bool ecn_ok;
};
/* TSval of the SYN-ACK: not later than our clock, for the next segment carries that. */
u32 cookie_timestamp(u32 now, const CookieOptions &o);
/* What the third ACK's TSecr says. */
CookieOptions cookie_options(u32 tsecr);

} // namespace tcpxx
