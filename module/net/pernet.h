/* SPDX-License-Identifier: GPL-2.0 */
/* What tcpxx keeps for each network namespace. Set up before a socket can exist, taken down after
 * the last one has gone. */
#pragma once
#include "net/fib_table.h"
#include "net/icmp.h"
#include "net/ip_fragment.h"
#include "net/neighbour.h"
#include "net/pmtu.h"
#include "net/route.h"
#include "sock/mib.h"
#include "tcp/tcp_challenge.h"
#include "tcp/tcp_fastopen.h"
#include "tcp/tcp_metrics.h"
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
	Challenges challenges;
	MetricsTable metrics;
	siphash_key_t fastopen_key; /* while the in-kernel stack has none */
	FastOpenPause fastopen_pause;
};

extern unsigned int pernet_id;
inline Pernet &pernet(const struct net *net) { return *static_cast<Pernet *>(net_generic(net, pernet_id)); }

/* Of everything that a route depends on: the kernel counts changes of addresses and devices and of
 * those routes that it was asked for, the own tables all changes of routes and of paths' MTUs. */
inline u32 route_generation(struct net *net)
{
	const Pernet &own = pernet(net);

	return static_cast<u32>(rt_genid_ipv4(net)) + smp_load_acquire(&own.fib.changes) +
	       smp_load_acquire(&own.pmtu.changes);
}

/* Whether addresses, routes or paths' MTUs have changed since, or a router's word has grown old. */
inline bool route_is_stale(struct net *net, const Route &route)
{
	if (unlikely(route.mtu_expires && !time_before(jiffies, route.mtu_expires)))
		return true;
	return route.genid != route_generation(net);
}

} // namespace tcpxx
