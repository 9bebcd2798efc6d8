// SPDX-License-Identifier: GPL-2.0
/* Counters of a namespace. Each CPU adds to its own copy, so nobody locks; a sum is taken on reading. */
#include "sock/mib.h"
#include "net/pernet.h"

namespace tcpxx {
namespace {

constexpr u32 index(Mib m) { return static_cast<u32>(m); }
constexpr u32 index(Drop d) { return static_cast<u32>(d); }

MibCounters __percpu *counters(const struct net *net) { return pernet(net).mib; }

} // namespace

void count(struct net *net, Mib m, u32 by) { this_cpu_add(counters(net)->value[index(m)], by); }

void count_drop(struct net *net, Drop d) { this_cpu_inc(counters(net)->drop[index(d)]); }

void drop(struct net *net, SkbPtr skb, Drop cause)
{
	count_drop(net, cause);
	skb.drop(cause);
}

unsigned long mib_sum(struct net *net, Mib m)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(counters(net), cpu)->value[index(m)]);
	return sum;
}

unsigned long mib_sum(struct net *net, Drop d)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(counters(net), cpu)->drop[index(d)]);
	return sum;
}

int mib_net_init(struct net *net)
{
	pernet(net).mib = alloc_percpu(MibCounters);
	return pernet(net).mib ? 0 : -ENOMEM;
}

void mib_net_exit(struct net *net)
{
	free_percpu(pernet(net).mib);
	pernet(net).mib = nullptr;
}

} // namespace tcpxx
