// SPDX-License-Identifier: GPL-2.0
#include "core/keepalive.h"

namespace tcpxx {
namespace {

bool is_given_up(const KeepaliveSettings &s, Msec silence, u32 probes_out)
{
	/* RFC 9293, 3.8.4: never for a single probe, which may have been lost; a user who says how long
	 * decides that alone, but is not served before the first one. */
	if (s.user_timeout.v)
		return probes_out && !(silence < s.user_timeout);
	return probes_out >= s.probes;
}

} // namespace

KeepaliveVerdict keepalive_timeout(const KeepaliveSettings &s, Msec silence, u32 probes_out)
{
	/* Something has come since the timer was armed: it is never moved for that, there is too much of it. */
	if (silence < s.idle)
		return {KeepaliveAct::Wait, s.idle - silence};
	if (is_given_up(s, silence, probes_out))
		return {KeepaliveAct::GiveUp, {}};
	return {KeepaliveAct::Probe, s.interval};
}

} // namespace tcpxx
