/* SPDX-License-Identifier: GPL-2.0 */
/* IP_MTU_DISCOVER: what a socket does about the MTU of its path. */
#pragma once
#include "base/types.h"

namespace tcpxx {

/* Linux's IP_PMTUDISC_*, ip(7). */
enum class PmtuDisc : u8 {
	Dont, /* DF clear; what routers say of this connection's segments is not believed */
	Want, /* DF set, unless the route says otherwise */
	Do, /* DF set */
	Probe, /* DF clear, as Linux's TCP has it; routers are believed */
	Interface, /* DF clear; segments for the first link, whatever is known of the path */
	Omit, /* the same, and more may be sent than the link takes: nothing that TCP does */
};

/* Below this MTU DF is clear whatever a socket says: the shortest segments that a sender makes (kMinSendMss) need not
 * fit, so what is too long has to be cut. */
constexpr u32 kLeastMtuWithDf = 128;

constexpr bool sets_df(PmtuDisc disc, bool mtu_locked)
{
	return disc == PmtuDisc::Do || (disc == PmtuDisc::Want && !mtu_locked);
}

/* Whether an ICMP error to this connection may reduce the path's MTU. */
constexpr bool believes_routers(PmtuDisc disc)
{
	return disc == PmtuDisc::Want || disc == PmtuDisc::Do || disc == PmtuDisc::Probe;
}

/* Whether segments are made for the path, as far as it is known, or for the first link. */
constexpr bool uses_path_mtu(PmtuDisc disc)
{
	return disc != PmtuDisc::Interface && disc != PmtuDisc::Omit;
}

} // namespace tcpxx
