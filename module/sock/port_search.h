/* SPDX-License-Identifier: GPL-2.0 */
/* Going round net.ipv4.ip_local_port_range. */
#pragma once
#include "kapi/linux.h"

namespace tcpxx {

/* What a search has found: 0 or an errno, and after how many ports. */
struct Found {
	int err;
	u32 tried;
};

/* Asks `take` about the ports of ip_local_port_range, but for the reserved ones, until it has something else to say than
 * `taken`: once around, beginning with number `start`. Process context. */
template <class Take> Found search_ports(struct net *net, u32 start, int taken, Take take)
{
	int low, high;
	inet_get_local_port_range(net, &low, &high);
	const u32 range = high - low + 1;
	const u32 first = start % range;
	for (u32 i = 0; i < range; i++) {
		const u16 port = low + (first + i) % range;
		if (inet_is_local_reserved_port(net, port))
			continue;
		const int err = take(port);
		if (err != taken)
			return {err, i + 1};
		cond_resched();
	}
	return {taken, range};
}

} // namespace tcpxx
