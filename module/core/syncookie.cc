// SPDX-License-Identifier: GPL-2.0
#include "core/syncookie.h"

namespace tcpxx {
namespace {

/* Linux's: the smallest that every host takes, and what most announce (tunnels, PPPoE, Ethernet). */
constexpr u16 kMssTable[] = {536, 1300, 1440, 1460};
constexpr u32 kMssCount = sizeof(kMssTable) / sizeof(kMssTable[0]);

constexpr u32 kWscaleMask = 0xf;
constexpr u32 kNoWscale = 0xf; /* no shift is as large */
constexpr u32 kSack = 1 << 4;
constexpr u32 kEcn = 1 << 5;
constexpr u32 kOptionMask = (1 << 6) - 1;

} // namespace

u8 cookie_mss_index(u16 mss)
{
	u8 i = kMssCount - 1;
	while (i && mss < kMssTable[i])
		i--;
	return i;
}

u16 cookie_mss(u32 index) { return index < kMssCount ? kMssTable[index] : 0; }

u32 cookie_timestamp(u32 now, const CookieOptions &o)
{
	const u32 options = (o.wscale_ok ? o.snd_wscale.shift : kNoWscale) | (o.sack_ok ? kSack : 0) | (o.ecn_ok ? kEcn : 0);
	const u32 ts = (now & ~kOptionMask) | options;
	return options > (now & kOptionMask) ? ts - (kOptionMask + 1) : ts;
}

CookieOptions cookie_options(u32 tsecr)
{
	const u32 shift = tsecr & kWscaleMask;
	const bool scales = shift != kNoWscale;
	return {.wscale_ok = scales,
		.snd_wscale = {static_cast<u8>(scales ? min_of<u32>(shift, kMaxWindowScale) : 0)},
		.sack_ok = (tsecr & kSack) != 0,
		.ecn_ok = (tsecr & kEcn) != 0};
}

} // namespace tcpxx
