/* SPDX-License-Identifier: GPL-2.0 */
/* Protection against wrapped sequence numbers (RFC 7323, 5): the comparison that all states share. */
#pragma once
#include "base/types.h"

namespace tcpxx {

/* After 24 days even a 1 ms clock has gone half round, and TS.Recent says nothing (RFC 7323, 5.5). */
constexpr u32 kPawsIdle = 24 * 24 * 60 * 60; /* seconds */

/* TS.Recent and when it was taken: seconds of the clock that `now_s` is read from, 0: never. */
struct TsRecent {
	u32 tsval;
	u32 stamp;
};

/* Whether `tsval` is older than TS.Recent by more than `slack` ticks (RFC 7323, 5.2). A TS.Recent
 * of 0 proves nothing: there are peers whose handshake carries 0 and whose clock starts later. */
constexpr bool timestamp_older(TsRecent recent, u32 tsval, u32 now_s, u32 slack)
{
	if (recent.stamp == 0 || recent.tsval == 0)
		return false;
	if (static_cast<s32>(recent.tsval - tsval) <= static_cast<s32>(slack))
		return false;
	return now_s - recent.stamp < kPawsIdle;
}

} // namespace tcpxx
