// SPDX-License-Identifier: GPL-2.0
/*
 * Routes: where a datagram goes (and fib_input.cc: for whom one is). The own table answers (fib_lookup.h); whatever
 * it cannot be sure of is asked of the kernel as a whole.
 */
#include "net/fib_lookup.h"
#include "kapi/compat.h"
#include "kapi/guards.h"
#include "net/pernet.h"
#include "wire/ipv4.h"

namespace tcpxx {
namespace {

void set_gso_limits(const struct net_device *dev, Route &route)
{
	route.gso_max_size = gso_max_size(dev);
	route.gso_max_segs = static_cast<u16>(READ_ONCE(dev->gso_max_segs));
}

/* --- the kernel's answer --------------------------------------------------------------------- */

struct flowi4 kernel_flow(struct net *net, const Flow &flow)
{
	struct flowi4 fl4;

	flowi4_init_output(&fl4, flow.oif, flow.mark, flow.tos & INET_DSCP_MASK, flow.scope,
			   IPPROTO_TCP, 0, flow.daddr.network(), flow.saddr.network(), 0, 0,
			   sock_net_uid(net, nullptr));
	return fl4;
}

/* A metric of 16 bits here, which is more than any has that means something. */
u16 short_metric(const u32 *metrics, int number)
{
	return static_cast<u16>(min_of<u32>(metrics[number - 1], 0xffff));
}

void take_metrics(const u32 *metrics, Route &route)
{
	route.advmss = short_metric(metrics, RTAX_ADVMSS);
	route.initcwnd = short_metric(metrics, RTAX_INITCWND);
	route.initrwnd = short_metric(metrics, RTAX_INITRWND);
	route.window = metrics[RTAX_WINDOW - 1];
	route.ecn = metrics[RTAX_FEATURES - 1] & RTAX_FEATURE_ECN;
	route.fastopen_no_cookie = metrics[RTAX_FASTOPEN_NO_COOKIE - 1];
}

/* What of the kernel's route is needed; `rt` stays the caller's. 0 or a negative errno. */
int taken_from(struct rtable *rt, const struct flowi4 &fl4, Route &route)
{
	/* No TCP connection to everybody (RFC 9293, 3.9.2.3). */
	if (rt->rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST))
		return -ENETUNREACH;
	/* A gateway with an IPv6 address would have to be asked for by neighbour discovery. */
	if (rt->rt_gw_family == AF_INET6)
		return -EHOSTUNREACH;
	route.ifindex = rt->dst.dev->ifindex;
	route.saddr = be32::from_network(fl4.saddr);
	route.next_hop = be32::from_network(rt_nexthop(rt, fl4.daddr));
	route.mtu = dst_mtu(&rt->dst);
	route.mtu_locked = ip_mtu_locked(&rt->dst);
	set_gso_limits(rt->dst.dev, route);
	take_metrics(dst_metrics_ptr(&rt->dst), route);
	return 0;
}

/* Not ip_route_output_key(), which asks IPsec policies too: they are not applied to our packets. */
struct rtable *ask_kernel(struct net *net, const Flow &flow, struct flowi4 &fl4)
{
	fl4 = kernel_flow(net, flow);
	return __ip_route_output_key(net, &fl4);
}

int kernel_route(struct net *net, const Flow &flow, Route &route)
{
	struct flowi4 fl4;
	struct rtable *rt = ask_kernel(net, flow, fl4);

	count(net, Mib::FibAsked);
	/* The source that it chose has a say in the path, see select_next_hop(). */
	if (!IS_ERR(rt) && ipv4::is_any(flow.saddr) && fl4.saddr) {
		Flow from_there = flow;
		from_there.saddr = be32::from_network(fl4.saddr);
		ip_rt_put(rt);
		rt = ask_kernel(net, from_there, fl4);
	}
	/* Whatever the kernel's own socket would report: ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL. */
	if (IS_ERR(rt))
		return static_cast<int>(PTR_ERR(rt));
	const int rc = taken_from(rt, fl4, route);
	ip_rt_put(rt);
	return rc;
}

/* --- the own answer: 0, a negative errno or kFibUnsure; under rcu_read_lock ------------------ */

/* Destinations that are no station. The kernel knows how each of them is refused. */
bool is_no_station(be32 daddr)
{
	return ipv4::is_multicast(daddr) || ipv4::is_limited_broadcast(daddr) ||
	       ipv4::is_any(daddr);
}

/* A source that was chosen: it must be an address of ours, of any device, be that up or down. */
int check_source(struct net *net, be32 saddr)
{
	if (ipv4::is_any(saddr))
		return 0;
	if (is_no_station(saddr))
		return -EINVAL;
	return __ip_dev_find(net, saddr.network(), false) ? 0 : -ENETUNREACH;
}

/* The end of each way: `mtu` is a route's metric, or 0. */
int leave_by(struct net_device *dev, be32 saddr, be32 next_hop, u32 mtu, Route &route)
{
	struct in_device *in_dev = __in_dev_get_rcu(dev);

	if (!in_dev)
		return -EINVAL;
	/* RFC 1122, 3.2.1.3 (g): loopback addresses never appear outside a host. */
	if (ipv4::is_loopback(saddr) && !(dev->flags & IFF_LOOPBACK) &&
	    !IN_DEV_ROUTE_LOCALNET(in_dev))
		return -EINVAL;
	route.ifindex = dev->ifindex;
	route.saddr = saddr;
	route.next_hop = next_hop;
	route.mtu = min_of<u32>(mtu ?: READ_ONCE(dev->mtu), IP_MAX_MTU);
	set_gso_limits(dev, route);
	return 0;
}

be32 address_on(const struct net_device *dev, int scope)
{
	return be32::from_network(inet_select_addr(dev, 0, scope));
}

/* Who binds to a device may send there without any route: everybody is taken to be on the link. */
int on_the_link(struct net_device *dev, const Flow &flow, Route &route)
{
	const be32 saddr = ipv4::is_any(flow.saddr) ? address_on(dev, RT_SCOPE_LINK) : flow.saddr;

	return leave_by(dev, saddr, flow.daddr, 0, route);
}

/* The source of whoever has not chosen one: what the route prefers, else an address on its device. */
be32 source_of(struct net *net, const FibResult &found)
{
	struct fib_nh_common *nhc = found.nhc;

	if (found.fi->fib_prefsrc)
		return be32::from_network(found.fi->fib_prefsrc);
	if (nhc->nhc_family != AF_INET)
		return address_on(nhc->nhc_dev, found.fi->fib_scope);
	/* The kernel remembers the answer, until an address changes. */
	const struct fib_nh *nh = container_of(nhc, struct fib_nh, nh_common);
	if (READ_ONCE(nh->nh_saddr_genid) == atomic_read(&net->ipv4.dev_addr_genid))
		return be32::from_network(READ_ONCE(nh->nh_saddr));
	return be32::from_network(
		inet_select_addr(nhc->nhc_dev, nhc->nhc_gw.ipv4, found.fi->fib_scope));
}

/* Of several next hops that of the flow, so that its packets stay in order: by both addresses, as with
 * fib_multipath_hash_policy 0. Each next hop has a share of the numbers below 2^31, up to its upper
 * bound, as its weight says; one that is down has none. */
struct fib_nh_common *next_hop_of(struct net *net, be32 saddr, be32 daddr, const FibResult &found)
{
	const u32 seed = pernet(net).fib.seed;
	const int hash =
		static_cast<int>(jhash_2words(saddr.network(), daddr.network(), seed) >> 1);

	if (found.fi->nh) {
		const struct nexthop *nh = nexthop_select_path(found.fi->nh, hash);
		return &rcu_dereference(nh->nh_info)->fib_nhc;
	}
	for (int i = 0; i < found.fi->fib_nhs; i++) {
		struct fib_nh_common *nhc = &found.fi->fib_nh[i].nh_common;
		if (hash <= atomic_read(&nhc->nhc_upper_bound))
			return nhc;
	}
	return found.nhc;
}

/* Who has not chosen a source gets that of the first answer, and with it the path that a connection will
 * find when it asks again: Linux's connect() does the same in two questions. */
struct fib_nh_common *select_next_hop(struct net *net, be32 &saddr, be32 daddr, const FibResult &found)
{
	if (ipv4::is_any(saddr)) {
		FibResult first = found;
		first.nhc = next_hop_of(net, saddr, daddr, found);
		saddr = source_of(net, first);
	}
	return next_hop_of(net, saddr, daddr, found);
}

/* Default routes beside one another: the kernel takes the one whose gateway it knows to be alive. */
bool has_several_defaults(const struct fib_table *table)
{
	return table && READ_ONCE(table->tb_num_default) > 1;
}

bool may_be_another_default(struct net *net, const FibResult &found)
{
	if (found.prefix_len || found.type != RTN_UNICAST)
		return false;
#ifdef CONFIG_IP_MULTIPLE_TABLES
	return has_several_defaults(rcu_dereference(net->ipv4.fib_main)) ||
	       has_several_defaults(rcu_dereference(net->ipv4.fib_default));
#else
	return has_several_defaults(fib_get_table(net, RT_TABLE_MAIN));
#endif
}

/* The next hop is more than the table says: a tunnel, or destinations that a redirect or a smaller
 * path MTU is known for. */
bool has_exceptions(const struct fib_nh_common *nhc)
{
	return nhc->nhc_lwtstate || rcu_access_pointer(nhc->nhc_exceptions);
}

/* May choose the source, too. */
int choose_path(struct net *net, be32 &saddr, be32 daddr, FibResult &found)
{
	if (fib_info_num_path(found.fi) > 1) {
#ifdef CONFIG_IP_ROUTE_MULTIPATH
		/* The kernel's neighbours have a say. */
		if (READ_ONCE(net->ipv4.sysctl_fib_multipath_use_neigh))
			return kFibUnsure;
#endif
		found.nhc = select_next_hop(net, saddr, daddr, found);
		return 0;
	}
	return may_be_another_default(net, found) ? kFibUnsure : 0;
}

/* Along a route that was found. */
int along(struct net *net, const Flow &flow, FibResult &found, Route &route)
{
	const bool local = found.type == RTN_LOCAL;
	be32 saddr = flow.saddr;

	if (!local && !flow.oif)
		if (const int rc = choose_path(net, saddr, flow.daddr, found))
			return rc;
	const struct fib_nh_common *nhc = found.nhc;
	if (has_exceptions(nhc))
		return kFibUnsure;
	const bool gateway = nhc->nhc_gw_family && nhc->nhc_scope == RT_SCOPE_LINK;
	/* A gateway with an IPv6 address would have to be asked for by neighbour discovery. */
	if (gateway && nhc->nhc_gw_family != AF_INET)
		return -EHOSTUNREACH;
	if (ipv4::is_any(saddr))
		saddr = local && !found.fi->fib_prefsrc ? flow.daddr : source_of(net, found);
	const int rc = leave_by(local ? net->loopback_dev : nhc->nhc_dev, saddr,
				gateway ? be32::from_network(nhc->nhc_gw.ipv4) : flow.daddr,
				found.fi->fib_mtu, route);
	route.mtu_locked = found.fi->fib_metrics->metrics[RTAX_LOCK - 1] & 1 << RTAX_MTU;
	if (found.fi->fib_metrics != &dst_default_metrics)
		take_metrics(found.fi->fib_metrics->metrics, route);
	/* No TCP connection to everybody (RFC 9293, 3.9.2.3). */
	if (!rc && (found.type == RTN_BROADCAST || found.type == RTN_MULTICAST))
		return -ENETUNREACH;
	return rc;
}

int own_route(struct net *net, const Flow &flow, Route &route)
{
	struct net_device *bound = nullptr;
	FibResult found;

	if (is_no_station(flow.daddr))
		return kFibUnsure;
	if (const int rc = check_source(net, flow.saddr))
		return rc;
	if (flow.oif) {
		bound = dev_get_by_index_rcu(net, flow.oif);
		if (!bound)
			return -ENODEV;
		if (!(bound->flags & IFF_UP) || !__in_dev_get_rcu(bound))
			return -ENETUNREACH;
	}
	const int rc = tcpxx::fib_lookup(net, {flow.daddr.host(), flow.oif, flow.tos}, found);
	if (!rc)
		return along(net, flow, found, route);
	return bound && rc < 0 ? on_the_link(bound, flow, route) : rc;
}

} // namespace

Result<Route> ip_route_output(struct net *net, const Flow &flow)
{
	RcuRead rcu;
	/* Read before the tables are: a change in between makes the answer stale, not wrong for ever. */
	Route route = {};
	route.genid = route_generation(net);
	/* Which routes have gateways, and what is behind one that has, only the kernel knows. */
	int rc = flow.scope == RT_SCOPE_UNIVERSE ? own_route(net, flow, route) : kFibUnsure;

	if (rc == kFibUnsure)
		rc = kernel_route(net, flow, route);
	if (rc)
		return Errno(-rc);
	route.first_hop_mtu = route.mtu;
	pmtu_apply(net, flow.daddr, route);
	return route;
}

bool is_local_address(struct net *net, be32 addr)
{
	RcuRead rcu;

	return fib_address_type(net, nullptr, addr) == RTN_LOCAL;
}

} // namespace tcpxx
