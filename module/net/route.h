/* SPDX-License-Identifier: GPL-2.0 */
/* Where a datagram goes (fib.cc), and whether one is for us (fib_input.cc). */
#pragma once
#include "base/drop.h"
#include "base/result.h"
#include "kapi/linux.h"
#include "wire/be.h"

namespace tcpxx {

struct Flow {
	be32 daddr;
	be32 saddr; /* 0.0.0.0: to be chosen */
	int oif; /* SO_BINDTODEVICE, or 0 */
	u32 mark; /* SO_MARK: of use to rules only, and those are the kernel's business */
	u8 tos;
	u8 scope = RT_SCOPE_UNIVERSE; /* RT_SCOPE_LINK: only what needs no gateway, SO_DONTROUTE */
};

/* A decision, by value: it holds no reference, and names its device by index. */
struct Route {
	int ifindex;
	be32 saddr; /* source to use */
	be32 next_hop; /* whom to resolve: the gateway, or daddr itself */
	u32 mtu; /* of the path, bytes, at most 65535: first_hop_mtu, or less if a router has said so */
	u32 genid; /* generation of the namespace's tables when this was decided */
	u32 first_hop_mtu = 0; /* bytes: the route's metric, or the device's */
	u16 gso_max_size = 0; /* bytes of a packet of many segments, link-layer header included */
	u16 gso_max_segs = 0; /* of that packet */
	/* More of the route's metrics, each 0 for none. */
	u16 advmss = 0; /* MSS to announce */
	u16 initcwnd = 0; /* segments */
	u16 initrwnd = 0; /* segments */
	u32 window = 0; /* bytes, the most to announce */
	bool ecn = false; /* `features ecn` */
	bool fastopen_no_cookie = false; /* Fast Open needs no cookie */
	/* It is not to be found out (`ip route ... mtu lock`), or the path is narrower than net.ipv4.route.min_pmtu:
	 * DF has to stay clear. */
	bool mtu_locked = false;
	unsigned long mtu_expires = 0; /* jiffies; 0: mtu is no router's word */
};

/* NetUnreachable: no route, a broadcast or multicast destination, or a source that is not ours;
 * HostUnreachable: an unreachable route; Access: a prohibited one; Invalid: a blackhole. Process or
 * softirq context. */
Result<Route> ip_route_output(struct net *net, const Flow &flow);

/* Judges an arriving datagram by its addresses, TOS and mark: Drop::None if it is for this host and
 * its source may be behind `dev`. Softirq context, under rcu_read_lock. */
Drop ip_route_input(struct net *net, const Flow &flow, struct net_device *dev);

/* A unicast address of this host: what bind() and connect() may use as a source. */
bool is_local_address(struct net *net, be32 addr);

} // namespace tcpxx
