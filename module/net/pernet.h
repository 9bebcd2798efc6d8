/* SPDX-License-Identifier: GPL-2.0 */
/* What tcpxx keeps for each network namespace. Set up before a socket can exist, taken down after
 * the last one has gone. */
#pragma once
#include "net/fib_table.h"
#include "net/icmp.h"
#include "net/ip_fragment.h"
#include "net/neighbour.h"
#include "net/pmtu.h"
#include "sock/mib.h"
#include "tcp/timewait.h"

namespace tcpxx {

struct Pernet {
	MibCounters __percpu *mib;
	FibTable fib;
	PmtuTable pmtu;
	IcmpLimit icmp;
	FragmentTable fragments;
	NeighbourTable neigh;
	TimeWaitTable timewait;
};

extern unsigned int pernet_id;
inline Pernet &pernet(const struct net *net) { return *static_cast<Pernet *>(net_generic(net, pernet_id)); }

} // namespace tcpxx
