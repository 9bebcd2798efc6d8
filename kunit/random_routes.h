/* SPDX-License-Identifier: GPL-2.0 */
/* Many routes in init_net, of all types, many inside one another, in two tables. */
#pragma once
#include "rtnetlink.h"
#include "stack.h"

namespace tcpxx::testing {

/* Needs a device with kOurIp/24 for its gateways. What the kernel refuses, because it is there already
 * or its gateway no longer is on the link, is left out. */
class RandomRoutes {
	enum : u32 { kWanted = 300 };
	RouteSpec *specs_;
	u32 count_ = 0;

	static RouteSpec make(Random &random, u32 i)
	{
		const u8 types[] = {RTN_UNICAST, RTN_UNICAST,	  RTN_UNICAST,	RTN_BLACKHOLE,
				    RTN_THROW,	 RTN_UNREACHABLE, RTN_PROHIBIT, RTN_LOCAL,
				    RTN_UNICAST, RTN_BROADCAST,	  RTN_MULTICAST};
		const u8 length = static_cast<u8>(14 + random.below(19));
		const u8 type = types[random.below(sizeof(types))];
		const u32 host = address(random).host() & (~0U << (32 - length));
		RouteSpec spec = {be32::from_host(host), length, {}, 0, type};

		if (type == RTN_UNICAST) {
			spec.gateway = be32::from_host(kPeerIp.host() + i % 200);
			spec.mtu = i % 3 ? 0 : 1000 + i;
			spec.source = i % 5 ? be32{} : kOurIp;
		} else if (type == RTN_LOCAL || type == RTN_BROADCAST || type == RTN_MULTICAST) {
			spec.oif = init_net.loopback_dev->ifindex;
		}
		spec.table = i % 7 ? RT_TABLE_MAIN : RT_TABLE_DEFAULT;
		return spec;
	}

public:
	RandomRoutes(struct kunit *test, Random &random) :
		specs_(static_cast<RouteSpec *>(kcalloc(kWanted, sizeof(RouteSpec), GFP_KERNEL)))
	{
		KUNIT_ASSERT_NOT_NULL(test, specs_);
		for (u32 i = 0; i < kWanted; i++) {
			specs_[count_] = make(random, i);
			count_ += !add_route(specs_[count_]);
		}
	}
	~RandomRoutes()
	{
		while (count_)
			delete_route(specs_[--count_]);
		kfree(specs_);
	}
	RandomRoutes(const RandomRoutes &) = delete;

	/* Where the routes are: 10.96.0.0 to 10.99.255.255. */
	static be32 address(Random &random)
	{
		return be32::from_host(ip(10, 96, 0, 0).host() | random.next() >> 14);
	}
	u32 count() const { return count_; }
	const RouteSpec &at(u32 i) const { return specs_[i]; }
};

} // namespace tcpxx::testing
