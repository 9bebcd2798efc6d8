// SPDX-License-Identifier: GPL-2.0
/* Challenge ACKs and their relatives (RFC 5961): whether one may be sent now. Softirq or process context. */
#include "tcp/tcp_challenge.h"
#include "tcp/tcp.h"

namespace tcpxx {

namespace {

bool too_early(struct net *net, AckLimit &limit, Mib skipped)
{
	const u32 interval = jiffies_to_msecs(READ_ONCE(net->ipv4.sysctl_tcp_invalid_ratelimit));
	if (limit.take(tcp_clock_ms(), interval))
		return false;
	count(net, skipped);
	return true;
}

} // namespace

bool tcp_oow_rate_limited(struct net *net, const SegmentView &seg, AckLimit &limit, Mib skipped)
{
	return may_be_an_answer(seg) && too_early(net, limit, skipped);
}

bool tcp_challenge_ack_allowed(struct net *net)
{
	const int limit = READ_ONCE(net->ipv4.sysctl_tcp_challenge_ack_limit);
	if (limit == INT_MAX)
		return true; /* without a limit there is nothing to count, and nothing to find out */
	Challenges &own = pernet(net).challenges;
	BhLock guard(&own.lock);
	return own.budget.take(tcp_clock_s(), static_cast<u32>(limit), [] { return get_random_u32(); });
}

void tcp_send_challenge_ack(TcpSock &tp)
{
	struct net *net = sock_net(&tp.sk);
	/* The connection's own limit first: a flood for one must not use up what is for all. */
	if (too_early(net, tp.ack_limit, Mib::TCPACKSkippedChallenge) || !tcp_challenge_ack_allowed(net))
		return;
	count(net, Mib::TCPChallengeACK);
	tcp_send_ack(tp);
}

void challenge_net_init(struct net *net)
{
	spin_lock_init(&pernet(net).challenges.lock);
	pernet(net).challenges.budget = {};
}

} // namespace tcpxx
