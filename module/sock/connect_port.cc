// SPDX-License-Identifier: GPL-2.0
/* The local port of connect(), and its place in the connection table. */
#include "sock/bind_bucket.h"
#include "sock/mib.h"
#include "sock/port_search.h"
#include "tcp/tcp_sock.h"
#include "tcp/timewait.h"
#include "wire/ipv4.h"

namespace tcpxx {

namespace {

bool gives_way(const TcpSock &tp, const TimeWaitSock &tw)
{
	const ConnKey &key = tw.entry.key;
	return timewait_gives_way(tw.vars, {
		.bound = tp.bind.bucket != nullptr,
		.loopback = tw.entry.ifindex == LOOPBACK_IFINDEX || ipv4::is_loopback(key.daddr) ||
			    ipv4::is_loopback(key.saddr),
		.setting = READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_tcp_tw_reuse),
		.substate = READ_ONCE(tw.substate),
		.now_s = tcp_clock_s(),
	});
}

/* The TIME-WAIT object that has the socket's key and may be replaced, with a reference, or nullptr. */
TimeWaitSock *find_replaceable(const TcpSock &tp)
{
	RcuRead rcu;
	ConnEntry *e = inet_lookup_established(tp.entry.net, tp.entry.key, tp.entry.ifindex);
	if (!e)
		return nullptr;
	if (e->kind == EntryKind::TimeWait && gives_way(tp, timewait_of(*e)))
		return &timewait_of(*e);
	entry_put(*e);
	return nullptr;
}

/* Hashes the socket if its key is free, or in the place of one in TIME-WAIT. That one comes back in `replaced`, off the
 * hash: timewait_unhashed() is left to be done, without a lock of this file, and the reference to be put. */
bool check_established(TcpSock &tp, TimeWaitSock *&replaced)
{
	if (inet_ehash_insert(tp.entry))
		return true;
	TimeWaitSock *tw = find_replaceable(tp);
	if (!tw)
		return false;
	if (inet_ehash_replace(tp.entry, tw->entry)) {
		replaced = tw;
		return true;
	}
	entry_put(tw->entry);
	return inet_ehash_insert(tp.entry); /* it has just ended by itself */
}

void finish_replaced(TimeWaitSock *tw, TimeWaitVars &old)
{
	if (!tw)
		return;
	old = tw->vars;
	count(tw->entry.net, Mib::TWRecycled);
	timewait_unhashed(*tw);
	entry_put(tw->entry);
}

/* A port that connect() may use: bind() has not been there, and the whole key is free. */
int connect_one(TcpSock &tp, u16 port, TimeWaitSock *&replaced)
{
	struct net *net = sock_net(&tp.sk);
	if (is_port_for_bind(net, port))
		return -EADDRNOTAVAIL;
	BhLock guard(bucket_lock(net, port));
	BindBucket *b = find_or_make_bucket(net, port);
	if (!b)
		return -ENOMEM;
	if (b->for_bind)
		return -EADDRNOTAVAIL;
	tp.entry.key.num = port;
	if (!check_established(tp, replaced)) {
		tp.entry.key.num = 0;
		free_if_unowned(*b);
		return -EADDRNOTAVAIL;
	}
	take_port(tp, *b);
	return 0;
}

/*
 * RFC 6056, 3.3.4 (double hash): the first port for a destination is a keyed hash of it, so that nobody else can guess
 * it, and each connection takes the next one: all of the range are used before one comes again, and the search need not
 * walk over those that are in use. The place is counted in a table, for which another hash chooses the row; destinations
 * that share one only skip ports.
 */
constexpr u32 kPortCounters = 1 << 16; /* so many that what others do is not seen in one's own ports, as in Linux */
u32 *port_counters;
siphash_key_t port_key;

u64 destination_hash(const TcpSock &tp)
{
	const ConnKey &key = tp.entry.key;
	const u64 addresses = static_cast<u64>(key.saddr.network()) << 32 | key.daddr.network();
	return siphash_2u64(addresses, static_cast<u64>(net_hash_mix(tp.entry.net)) << 16 | key.dport.network(), &port_key);
}

int connect_somewhere(TcpSock &tp, TimeWaitSock *&replaced)
{
	const u64 hash = destination_hash(tp);
	u32 &counter = port_counters[hash % kPortCounters];
	/* Two at once may begin alike; the second one then takes one more look. */
	const u32 start = static_cast<u32>(hash >> 32) + READ_ONCE(counter);
	const Found found = search_ports(sock_net(&tp.sk), start, -EADDRNOTAVAIL,
					 [&](u16 port) { return connect_one(tp, port, replaced); });
	if (!found.err)
		WRITE_ONCE(counter, READ_ONCE(counter) + found.tried);
	return found.err;
}

} // namespace

int port_counters_init()
{
	port_counters = static_cast<u32 *>(kvmalloc_array(kPortCounters, sizeof(*port_counters), GFP_KERNEL));
	if (!port_counters)
		return -ENOMEM;
	get_random_bytes(port_counters, kPortCounters * sizeof(*port_counters));
	get_random_bytes(&port_key, sizeof(port_key));
	return 0;
}

void port_counters_exit() { kvfree(port_counters); }

int inet_hash_connect(TcpSock &tp, TimeWaitVars &old)
{
	TimeWaitSock *replaced = nullptr;
	int err;
	if (tp.bind.bucket)
		err = check_established(tp, replaced) ? 0 : -EADDRNOTAVAIL;
	else
		err = connect_somewhere(tp, replaced);
	finish_replaced(replaced, old);
	return err;
}

} // namespace tcpxx
