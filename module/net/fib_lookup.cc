// SPDX-License-Identifier: GPL-2.0
/* Readers of the forwarding table. Any context, under rcu_read_lock. */
#include "net/fib_lookup.h"
#include "net/pernet.h"
#include "wire/ipv4.h"

namespace tcpxx {
namespace {

/* Of a packet's TOS: what routes are chosen by, in Linux before 6.13. */
constexpr u8 kTosBits = RT_TOS(INET_DSCP_MASK);

bool can_be_used(const struct fib_nh_common *nhc, int oif)
{
	const u32 flags = READ_ONCE(nhc->nhc_flags);

	if (flags & RTNH_F_DEAD)
		return false;
	if (flags & RTNH_F_LINKDOWN && ip_ignore_linkdown(nhc->nhc_dev))
		return false;
	return !oif || oif == nhc->nhc_oif;
}

/* What a route of a type says by itself, or 0. */
int error_of(u8 type)
{
	switch (type) {
	case RTN_UNICAST:
	case RTN_LOCAL:
	case RTN_BROADCAST:
	case RTN_ANYCAST:
	case RTN_MULTICAST: return 0;
	case RTN_UNREACHABLE: return -EHOSTUNREACH;
	case RTN_PROHIBIT: return -EACCES;
	case RTN_THROW: return -EAGAIN;
	}
	return -EINVAL;
}

/* Whether the lookup ends here, and how. */
int judge(const FibRoute &route, const FibKey &key, FibResult &result)
{
	struct fib_info *fi = route.fi;

	if (route.tos && route.tos != (key.tos & kTosBits))
		return kFibUnsure;
	/* About to be taken out of the table. */
	if (READ_ONCE(fi->fib_dead))
		return kFibUnsure;
	if (const int error = error_of(route.type))
		return error;
	if (READ_ONCE(fi->fib_flags) & RTNH_F_DEAD)
		return kFibUnsure;
	if (fi->nh && nexthop_is_blackhole(fi->nh))
		return -EINVAL;
	const int paths = static_cast<int>(fib_info_num_path(fi));
	for (int i = 0; i < paths; i++) {
		struct fib_nh_common *nhc = fib_info_nhc(fi, i);
		if (!nhc || !can_be_used(nhc, key.oif))
			continue;
		result.fi = fi;
		result.nhc = nhc;
		result.type = route.type;
		return 0;
	}
	return kFibUnsure;
}

/* The tables say all that the kernel's lookup would look at. */
bool is_sure(const struct net *net, const FibTable &t)
{
	return smp_load_acquire(&t.complete) && !fib4_has_custom_rules(net);
}

} // namespace

int fib_table_lookup(const FibTrie &trie, const FibKey &key, FibResult &result)
{
	const FibTrie::Entry *entry = trie.lookup(key.daddr);

	if (!entry)
		return -EAGAIN;
	result.prefix_len = entry->prefix().length;
	/* Never empty. Behind a first route that does not fit anything may be hidden, so neither the
	 * next of the list nor a shorter prefix is tried. */
	return judge(*entry->value(), key, result);
}

int fib_lookup(struct net *net, const FibKey &key, FibResult &result)
{
	const FibTable &t = pernet(net).fib;

	if (!is_sure(net, t))
		return kFibUnsure;
	int rc = fib_table_lookup(t.local_main, key, result);
	if (rc == -EAGAIN)
		rc = fib_table_lookup(t.fallback, key, result);
	return rc == -EAGAIN ? -ENETUNREACH : rc;
}

/* While there are no rules the kernel, too, looks into main and local together here. */
u32 fib_address_type(struct net *net, const struct net_device *dev, be32 addr)
{
	const FibTable &t = pernet(net).fib;
	FibResult result;

	if (ipv4::is_any(addr) || ipv4::is_limited_broadcast(addr))
		return RTN_BROADCAST;
	if (ipv4::is_multicast(addr))
		return RTN_MULTICAST;
	const int rc =
		is_sure(net, t) ?
			fib_table_lookup(t.local_main, {.daddr = addr.host(), .oif = 0, .tos = 0},
					 result) :
			kFibUnsure;
	if (rc == kFibUnsure) {
		count(net, Mib::FibAsked);
		return inet_addr_type_dev_table(net, dev, addr.network());
	}
	return rc ? static_cast<u32>(RTN_UNICAST) : result.type;
}

} // namespace tcpxx
