// SPDX-License-Identifier: GPL-2.0
/* Routes: for now the kernel's own tables answer where a packet goes, and the own one whom it is for. */
#include "net/fib_lookup.h"
#include "kapi/guards.h"
#include "wire/ipv4.h"

namespace tcpxx {
namespace {

struct flowi4 kernel_flow(struct net *net, const Flow &flow)
{
	struct flowi4 fl4;

	flowi4_init_output(&fl4, flow.oif, flow.mark, flow.tos & INET_DSCP_MASK, RT_SCOPE_UNIVERSE,
			   IPPROTO_TCP, 0, flow.daddr.network(), flow.saddr.network(), 0, 0,
			   sock_net_uid(net, nullptr));
	return fl4;
}

/* What of the kernel's route is needed; `rt` stays the caller's. */
Result<Route> taken_from(const struct rtable *rt, const struct flowi4 &fl4, int genid)
{
	/* No TCP connection to everybody (RFC 9293, 3.9.2.3). */
	if (rt->rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST))
		return Errno::NetUnreachable;
	/* A gateway with an IPv6 address would have to be asked for by neighbour discovery. */
	if (rt->rt_gw_family == AF_INET6)
		return Errno::HostUnreachable;
	return Route{
		.ifindex = rt->dst.dev->ifindex,
		.saddr = be32::from_network(fl4.saddr),
		.next_hop = be32::from_network(rt_nexthop(rt, fl4.daddr)),
		.mtu = dst_mtu(&rt->dst),
		.genid = genid,
	};
}

/* Sources that nobody can have (RFC 1122, 3.2.1.3), or that only this host itself may use. */
bool source_is_martian(struct net *net, be32 saddr, const struct net_device *dev)
{
	if (dev->flags & IFF_LOOPBACK)
		return false;
	switch (fib_address_type(net, dev, saddr)) {
	case RTN_UNICAST: return false;
	case RTN_LOCAL: {
		/* Our own address comes back to us from outside: net.ipv4.conf.DEV.accept_local. */
		struct in_device *in_dev = __in_dev_get_rcu(dev);
		return !in_dev || !IN_DEV_ACCEPT_LOCAL(in_dev);
	}
	}
	return true;
}

} // namespace

Result<Route> ip_route_output(struct net *net, const Flow &flow)
{
	/* Read before the tables are: a change in between makes the answer stale, not wrong for ever. */
	const int genid = rt_genid_ipv4(net);
	struct flowi4 fl4 = kernel_flow(net, flow);
	/* Not ip_route_output_key(), which asks IPsec policies too: they are not applied to our packets. */
	struct rtable *rt = __ip_route_output_key(net, &fl4);

	/* Whatever the kernel's own socket would report: ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL. */
	if (IS_ERR(rt))
		return Errno(-PTR_ERR(rt));
	const Result<Route> route = taken_from(rt, fl4, genid);
	ip_rt_put(rt);
	return route;
}

bool route_is_stale(struct net *net, const Route &route)
{
	return route.genid != rt_genid_ipv4(net);
}

/* The order is that of the in-kernel stack, so that the same packet is dropped for the same reason. */
Drop ip_route_input(struct net *net, be32 daddr, be32 saddr, struct net_device *dev)
{
	if (ipv4::is_multicast(saddr) || ipv4::is_limited_broadcast(saddr))
		return Drop::Martian;
	if (ipv4::is_multicast(daddr) || ipv4::is_limited_broadcast(daddr))
		return Drop::Multicast;
	if (ipv4::is_zeronet(saddr) || ipv4::is_zeronet(daddr))
		return Drop::Martian;
	/* RFC 1122, 3.2.1.3 (g): loopback addresses never appear outside a host. */
	if ((ipv4::is_loopback(saddr) || ipv4::is_loopback(daddr)) && !(dev->flags & IFF_LOOPBACK))
		return Drop::Martian;
	/* Weak host model (RFC 1122, 3.3.4.2): an address of any device is ours on every device. */
	switch (fib_address_type(net, dev, daddr)) {
	case RTN_BROADCAST: return Drop::Multicast;
	case RTN_LOCAL: return source_is_martian(net, saddr, dev) ? Drop::Martian : Drop::None;
	}
	return Drop::NotLocal;
}

bool is_local_address(struct net *net, be32 addr)
{
	RcuRead rcu;

	return fib_address_type(net, nullptr, addr) == RTN_LOCAL;
}

} // namespace tcpxx
