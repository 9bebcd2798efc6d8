// SPDX-License-Identifier: GPL-2.0
/* How many connections have no user any more. Any context. */
#include "sock/orphans.h"
#include "kapi/entry.h"

namespace tcpxx {

namespace {

struct percpu_counter orphans;

bool too_many_orphans(u32 suspicions)
{
	return percpu_counter_compare(&orphans, READ_ONCE(tcpxx_max_orphans) >> suspicions) > 0;
}

bool out_of_memory(const TcpSock &tp)
{
	const struct sock *sk = &tp.sk;
	return sk->sk_wmem_queued > static_cast<int>(SOCK_MIN_SNDBUF) &&
	       atomic_long_read(sk->sk_prot->memory_allocated) > sk_prot_mem_limits(sk, 2);
}

} // namespace

int orphans_init()
{
	/* net.ipv4.tcp_max_orphans is out of a module's reach. Its default is that of tcp_max_tw_buckets. */
	if (!tcpxx_max_orphans)
		tcpxx_max_orphans = static_cast<u32>(READ_ONCE(init_net.ipv4.tcp_death_row.sysctl_max_tw_buckets));
	return percpu_counter_init(&orphans, 0, GFP_KERNEL);
}

void orphans_exit() { percpu_counter_destroy(&orphans); }

void tcp_orphan_count_inc(TcpSock &tp)
{
	tp.orphan = true;
	percpu_counter_inc(&orphans);
}

void tcp_orphan_count_dec(TcpSock &tp)
{
	if (tp.orphan)
		percpu_counter_dec(&orphans);
	tp.orphan = false;
}

u32 tcp_orphan_count_sum() { return static_cast<u32>(percpu_counter_sum_positive(&orphans)); }

bool tcp_check_oom(const TcpSock &tp, u32 suspicions)
{
	return too_many_orphans(suspicions) || out_of_memory(tp);
}

} // namespace tcpxx
