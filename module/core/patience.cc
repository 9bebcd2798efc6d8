// SPDX-License-Identifier: GPL-2.0
#include "core/patience.h"

namespace tcpxx {
namespace {

constexpr Msec to_msec(Usec t) { return {t.v / 1000}; }

/* A peer that is alive answers some of the probes within this time. */
constexpr Msec kShutWindowSilence{2 * to_msec(kRtoMax).v};

} // namespace

Msec model_timeout(u32 retries, Usec first)
{
	u32 sum = 0;
	Usec wait = first;
	for (u32 i = 0; i <= retries; i++) {
		sum += to_msec(wait).v;
		wait = wait.v < kRtoMax.v / 2 ? Usec{wait.v * 2} : kRtoMax;
	}
	return {sum};
}

Usec clamp_to_user_timeout(Usec rto, Msec unacked, Msec user_timeout)
{
	if (!user_timeout.v)
		return rto;
	if (!(unacked < user_timeout))
		return 1_ms;
	const Msec left = user_timeout - unacked;
	return left < to_msec(rto) ? Usec{left.v * 1000} : rto;
}

bool shut_window_timed_out(Msec unacked, Msec silence, Msec user_timeout)
{
	if (user_timeout.v && unacked > user_timeout)
		return true;
	return silence > kShutWindowSilence && unacked > kShutWindowSilence;
}

u32 orphan_retries(u32 setting, Usec rto, int soft_error)
{
	constexpr u32 kWithoutSetting = 8; /* with the smallest time-out 102 seconds */
	const bool asked_lately = rto < kRtoMax;
	if (asked_lately)
		return setting ?: kWithoutSetting;
	return soft_error ? 0 : setting;
}

} // namespace tcpxx
