// SPDX-License-Identifier: GPL-2.0
/*
 * Arriving datagrams: for whom they are, and whether they can be from where they say. The order of the
 * checks is that of the in-kernel stack, so that the same packet is dropped for the same reason.
 * Softirq, under rcu_read_lock.
 */
#include "net/fib_lookup.h"
#include "net/pernet.h"
#include "wire/ipv4.h"

namespace tcpxx {
namespace {

/* The way back to a source. */
struct Reverse {
	struct fib_info *fi;
	u8 type; /* RTN_* */
};

/* As the kernel itself looks for it (it does not export fib_validate_source()). */
int kernel_reverse(struct net *net, const Flow &flow, struct in_device *in_dev,
		   Reverse &reverse)
{
	struct flowi4 fl4 = {};
	struct fib_result found;

	count(net, Mib::FibAsked);
	fl4.flowi4_iif = LOOPBACK_IFINDEX;
	fl4.daddr = flow.saddr.network();
	fl4.saddr = flow.daddr.network();
	fl4.flowi4_tos = flow.tos & INET_DSCP_MASK;
	fl4.flowi4_uid = sock_net_uid(net, nullptr);
	fl4.flowi4_mark = IN_DEV_SRC_VMARK(in_dev) ? flow.mark : 0;
	const int rc = ::fib_lookup(net, &fl4, &found, 0);
	reverse = {.fi = found.fi, .type = found.type};
	return rc;
}

/* 0, or a negative errno if there is no way back at all. */
int reverse_route(struct net *net, const Flow &flow, struct in_device *in_dev,
		  Reverse &reverse)
{
	FibResult found;
	const int rc = tcpxx::fib_lookup(net, {flow.saddr.host(), 0, flow.tos}, found);

	if (rc == kFibUnsure)
		return kernel_reverse(net, flow, in_dev, reverse);
	reverse = {.fi = found.fi, .type = found.type};
	return rc;
}

/* Reverse-path filter (RFC 3704): strict, 1: the best way to the source leaves by the device where
 * the datagram came in; loose, 2: there is a way. */
Drop check_reverse_path(struct net *net, const Flow &flow, struct net_device *dev,
			struct in_device *in_dev, int mode)
{
	Reverse reverse;

	if (reverse_route(net, flow, in_dev, reverse))
		return Drop::ReversePath;
	if (reverse.type != RTN_UNICAST &&
	    (reverse.type != RTN_LOCAL || !IN_DEV_ACCEPT_LOCAL(in_dev)))
		return Drop::Martian;
	if (fib_info_nh_uses_dev(reverse.fi, dev))
		return Drop::None;
	/* Through a device without any address nobody is reached. */
	if (mode == 1 || !rcu_access_pointer(in_dev->ifa_list))
		return Drop::ReversePath;
	return Drop::None;
}

/* Sources that nobody can have (RFC 1122, 3.2.1.3), or that only this host itself may use, but with
 * net.ipv4.conf.DEV.accept_local. */
Drop check_own_source(struct net *net, be32 saddr, const struct net_device *dev,
		      struct in_device *in_dev)
{
	switch (fib_address_type(net, dev, saddr)) {
	case RTN_UNICAST: return Drop::None;
	case RTN_LOCAL: return IN_DEV_ACCEPT_LOCAL(in_dev) ? Drop::None : Drop::Martian;
	}
	return Drop::Martian;
}

Drop validate_source(struct net *net, const Flow &flow, struct net_device *dev)
{
	/* What went out by loopback has been checked there. */
	if (dev->flags & IFF_LOOPBACK)
		return Drop::None;
	struct in_device *in_dev = __in_dev_get_rcu(dev);
	if (!in_dev)
		return Drop::Martian;
	/* The stricter of the device's setting and that of all. */
	const int mode = max_of(IPV4_DEVCONF_ALL(net, RP_FILTER), IN_DEV_CONF_GET(in_dev, RP_FILTER));
	return mode ? check_reverse_path(net, flow, dev, in_dev, mode) :
		      check_own_source(net, flow.saddr, dev, in_dev);
}

} // namespace

Drop ip_route_input(struct net *net, const Flow &flow, struct net_device *dev)
{
	const be32 daddr = flow.daddr, saddr = flow.saddr;

	if (ipv4::is_multicast(saddr) || ipv4::is_limited_broadcast(saddr))
		return Drop::Martian;
	if (ipv4::is_multicast(daddr) || ipv4::is_limited_broadcast(daddr))
		return Drop::Multicast;
	if (ipv4::is_any(saddr) || ipv4::is_any(daddr))
		return Drop::Martian;
	/* RFC 1122, 3.2.1.3 (g): loopback addresses never appear outside a host. */
	if ((ipv4::is_loopback(saddr) || ipv4::is_loopback(daddr)) && !(dev->flags & IFF_LOOPBACK))
		return Drop::Martian;
	/* Weak host model (RFC 1122, 3.3.4.2): an address of any device is ours on every device. */
	switch (fib_address_type(net, dev, daddr)) {
	case RTN_BROADCAST: return Drop::Multicast;
	case RTN_LOCAL: return validate_source(net, flow, dev);
	}
	return Drop::NotLocal;
}

} // namespace tcpxx
