// SPDX-License-Identifier: GPL-2.0
#include "stack.h"
#include "fake_device.h"
#include "kapi/guards.h"
#include "net/route.h"
#include "random_routes.h"

namespace tcpxx::testing {
namespace {

constexpr be32 kAny = ip(0, 0, 0, 0);

Result<Route> route_to(be32 daddr, be32 saddr = kAny, int oif = 0)
{
	return tcpxx::ip_route_output(
		&init_net, {.daddr = daddr, .saddr = saddr, .oif = oif, .mark = 0, .tos = 0});
}

Result<Route> route_on_link(be32 daddr)
{
	return tcpxx::ip_route_output(&init_net, {.daddr = daddr,
						  .saddr = kAny,
						  .oif = 0,
						  .mark = 0,
						  .tos = 0,
						  .scope = RT_SCOPE_LINK});
}

/* The errno, or 0 if there is a route. */
int refusal(be32 daddr, be32 saddr = kAny)
{
	const Result<Route> route = route_to(daddr, saddr);

	return route ? 0 : to_int(route.error());
}

/* The kernel's own decision, as errno or Route. */
Result<Route> kernels_route(be32 daddr, be32 saddr, int oif)
{
	struct flowi4 flow = {};

	flow.daddr = daddr.network();
	flow.saddr = saddr.network();
	flow.flowi4_oif = oif;
	struct rtable *rt = __ip_route_output_key(&init_net, &flow);
	if (IS_ERR(rt))
		return Errno(-PTR_ERR(rt));
	const Route route = {.ifindex = rt->dst.dev->ifindex,
			     .saddr = be32::from_network(flow.saddr),
			     .next_hop = be32::from_network(rt_nexthop(rt, flow.daddr)),
			     .mtu = dst_mtu(&rt->dst),
			     .genid = 0};
	const bool to_everybody = rt->rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST);
	ip_rt_put(rt);
	if (to_everybody)
		return Errno::NetUnreachable;
	return route;
}

bool as_the_kernel(be32 daddr, be32 saddr, int oif)
{
	const Result<Route> own = route_to(daddr, saddr, oif);
	const Result<Route> wanted = kernels_route(daddr, saddr, oif);

	if (!own || !wanted)
		return !own && !wanted && own.error() == wanted.error();
	return own->ifindex == wanted->ifindex && own->saddr == wanted->saddr &&
	       own->next_hop == wanted->next_hop && own->mtu == wanted->mtu;
}

} // namespace

TEST(on_the_link)
{
	FakeDevice device(test);
	const Result<Route> route = route_to(kPeerIp);

	KUNIT_ASSERT_TRUE(test, !!route);
	EXPECT_EQ(route->ifindex, device.dev()->ifindex);
	EXPECT_EQ(route->saddr, kOurIp);
	EXPECT_EQ(route->next_hop, kPeerIp);
	EXPECT_EQ(route->mtu, 1500);
}

TEST(through_a_gateway)
{
	FakeDevice device(test);
	const RouteSpec spec = {ip(10, 98, 0, 0), 16, kPeerIp, 0, RTN_UNICAST};

	KUNIT_ASSERT_EQ(test, add_route(spec), 0);
	const Result<Route> route = route_to(ip(10, 98, 1, 2));
	KUNIT_ASSERT_TRUE(test, !!route);
	EXPECT_EQ(route->next_hop, kPeerIp);
	EXPECT_EQ(route->saddr, kOurIp);
	EXPECT_EQ(delete_route(spec), 0);
}

/* Ours, on whatever device: it never leaves the host. */
TEST(to_ourselves_over_loopback)
{
	FakeDevice device(test);
	const Result<Route> route = route_to(kOurIp);

	KUNIT_ASSERT_TRUE(test, !!route);
	EXPECT_EQ(route->ifindex, init_net.loopback_dev->ifindex);
	EXPECT_EQ(route->saddr, kOurIp);
}

TEST(source_that_was_chosen)
{
	FakeDevice device(test);

	KUNIT_ASSERT_EQ(test, add_address(device.dev()->ifindex, ip(10, 99, 0, 7), 24), 0);
	const Result<Route> route = route_to(kPeerIp, ip(10, 99, 0, 7));
	KUNIT_ASSERT_TRUE(test, !!route);
	EXPECT_EQ(route->saddr, ip(10, 99, 0, 7));
	EXPECT_EQ(refusal(kPeerIp, ip(10, 99, 0, 8)), ENETUNREACH);
	EXPECT_EQ(refusal(kPeerIp, ip(224, 0, 0, 1)), EINVAL);
}

TEST(refusals_have_the_errors_of_the_kernel)
{
	FakeDevice device(test);
	const struct {
		u8 type;
		int error;
	} rows[] = {
		{RTN_BLACKHOLE, EINVAL},
		{RTN_UNREACHABLE, EHOSTUNREACH},
		{RTN_PROHIBIT, EACCES},
		{RTN_THROW, ENETUNREACH},
	};

	for (const auto &row : rows) {
		const RouteSpec spec = {ip(10, 98, 0, 0), 16, kAny, 0, row.type};
		EXPECT_EQ(add_route(spec), 0);
		EXPECT_EQ(refusal(ip(10, 98, 1, 2)), row.error);
		EXPECT_EQ(delete_route(spec), 0);
	}
	EXPECT_EQ(refusal(ip(10, 98, 1, 2)), ENETUNREACH);
}

TEST(no_connection_to_everybody)
{
	FakeDevice device(test);

	EXPECT_EQ(refusal(ip(10, 99, 0, 255)), ENETUNREACH);
	EXPECT_EQ(refusal(ip(255, 255, 255, 255)), ENETUNREACH);
	EXPECT_EQ(refusal(ip(224, 0, 0, 1), kOurIp), ENETUNREACH);
}

TEST(bound_to_a_device)
{
	FakeDevice one(test);
	const Result<Route> bound = route_to(kPeerIp, kAny, one.dev()->ifindex);

	KUNIT_ASSERT_TRUE(test, !!bound);
	EXPECT_EQ(bound->ifindex, one.dev()->ifindex);
	EXPECT_TRUE(!route_to(kPeerIp, kAny, 99999));
}

TEST(changes_make_a_route_stale)
{
	FakeDevice device(test);
	const RouteSpec spec = {ip(10, 98, 0, 0), 16, kPeerIp, 0, RTN_UNICAST};
	Result<Route> route = route_to(kPeerIp);

	KUNIT_ASSERT_TRUE(test, !!route);
	EXPECT_TRUE(!route_is_stale(&init_net, *route));
	EXPECT_EQ(add_route(spec), 0);
	EXPECT_TRUE(route_is_stale(&init_net, *route));
	/* The kernel does not count the loss of a route that it was never asked for. */
	route = route_to(ip(10, 98, 1, 2));
	KUNIT_ASSERT_TRUE(test, !!route);
	EXPECT_TRUE(!route_is_stale(&init_net, *route));
	EXPECT_EQ(delete_route(spec), 0);
	EXPECT_TRUE(route_is_stale(&init_net, *route));
}

TEST(as_the_kernel_over_random_tables)
{
	FakeDevice device(test);
	Random random(3);
	RandomRoutes routes(test, random);
	Moved asked(Mib::FibAsked);
	const int bound = device.dev()->ifindex;
	u32 differ = 0, bound_differ = 0;

	EXPECT_TRUE(routes.count() > 100);
	for (u32 i = 0; i < 5000; i++) {
		const be32 daddr = RandomRoutes::address(random);
		differ += !as_the_kernel(daddr, i % 4 ? kAny : kOurIp, 0);
	}
	EXPECT_EQ(differ, 0);
	EXPECT_EQ(asked.by(), 0);
	for (u32 i = 0; i < 5000; i++)
		bound_differ += !as_the_kernel(RandomRoutes::address(random), kAny, bound);
	EXPECT_EQ(bound_differ, 0);
}

TEST(as_the_kernel_to_special_addresses)
{
	FakeDevice device(test);
	const be32 rows[] = {kAny,
			     kOurIp,
			     kPeerIp,
			     ip(0, 1, 2, 3),
			     ip(127, 0, 0, 1),
			     ip(127, 9, 9, 9),
			     ip(10, 99, 0, 255),
			     ip(224, 0, 0, 1),
			     ip(239, 1, 2, 3),
			     ip(240, 0, 0, 1),
			     ip(8, 8, 8, 8),
			     ip(255, 255, 255, 255)};
	const int oifs[] = {0, device.dev()->ifindex, init_net.loopback_dev->ifindex, 99999};

	for (const be32 daddr : rows)
		for (const be32 saddr : rows)
			for (const int oif : oifs)
				/* For "any" the caller has put the loopback address. */
				KUNIT_EXPECT_TRUE_MSG(
					test,
					ipv4::is_any(daddr) || as_the_kernel(daddr, saddr, oif),
					"from %pI4 to %pI4 by %d", &saddr, &daddr, oif);
}

TEST(what_a_route_says_of_mtu_and_source)
{
	FakeDevice device(test);
	RouteSpec spec = {ip(10, 98, 0, 0), 16, kPeerIp, 0, RTN_UNICAST};

	KUNIT_ASSERT_EQ(test, add_address(device.dev()->ifindex, ip(10, 99, 0, 7), 24), 0);
	spec.mtu = 1300;
	spec.source = ip(10, 99, 0, 7);
	KUNIT_ASSERT_EQ(test, add_route(spec), 0);
	const Result<Route> route = route_to(ip(10, 98, 1, 2));
	KUNIT_ASSERT_TRUE(test, !!route);
	EXPECT_EQ(route->mtu, 1300);
	EXPECT_EQ(route->saddr, ip(10, 99, 0, 7));
	EXPECT_EQ(delete_route(spec), 0);
}

/* By the flow, and in the proportion of the weights, of which rtnetlink wants one less. */
TEST(several_next_hops)
{
	FakeDevice device(test);
	RouteSpec spec = {ip(10, 98, 0, 0), 16, kPeerIp, 0, RTN_UNICAST};
	u32 first = 0, second = 0;
	constexpr u32 kFlows = 2000;

	spec.second_gateway = ip(10, 99, 0, 3);
	spec.first_weight = 3;
	KUNIT_ASSERT_EQ(test, add_route(spec), 0);
	for (u32 i = 0; i < kFlows; i++) {
		const be32 daddr = be32::from_host(ip(10, 98, 0, 0).host() + i);
		const Result<Route> route = route_to(daddr), again = route_to(daddr, kOurIp);
		KUNIT_ASSERT_TRUE(test, route && again);
		EXPECT_EQ(route->next_hop, again->next_hop);
		first += route->next_hop == kPeerIp;
		second += route->next_hop == ip(10, 99, 0, 3);
	}
	EXPECT_EQ(first + second, kFlows);
	EXPECT_TRUE(first > kFlows * 70 / 100);
	EXPECT_TRUE(first < kFlows * 80 / 100);
	EXPECT_EQ(delete_route(spec), 0);
}

/* A flow is a pair of addresses: many sources and one destination use both next hops, too. */
TEST(sources_have_their_own_next_hops)
{
	FakeDevice device(test);
	RouteSpec spec = {ip(10, 98, 0, 0), 16, kPeerIp, 0, RTN_UNICAST};
	const be32 daddr = ip(10, 98, 1, 2);
	u32 first = 0, second = 0;

	spec.second_gateway = ip(10, 99, 0, 3);
	KUNIT_ASSERT_EQ(test, add_route(spec), 0);
	for (u8 i = 100; i < 164; i++) {
		const be32 saddr = ip(10, 99, 0, i);
		KUNIT_ASSERT_EQ(test, add_address(device.dev()->ifindex, saddr, 24), 0);
		const Result<Route> route = route_to(daddr, saddr), again = route_to(daddr, saddr);
		KUNIT_ASSERT_TRUE(test, route && again);
		EXPECT_EQ(route->next_hop, again->next_hop);
		first += route->next_hop == kPeerIp;
		second += route->next_hop == ip(10, 99, 0, 3);
	}
	EXPECT_EQ(first + second, 64);
	EXPECT_TRUE(first > 8);
	EXPECT_TRUE(second > 8);
	EXPECT_EQ(delete_route(spec), 0);
}

/* The same of the kernel, which has to be asked because of a TOS: the path is that which a connection finds when it
 * asks again with its source. */
TEST(the_kernel_knows_the_source)
{
	FakeDevice device(test);
	RouteSpec spec = {ip(10, 98, 0, 0), 16, kPeerIp, 0, RTN_UNICAST};
	RouteSpec other = {ip(10, 98, 0, 0), 16, kAny, 0, RTN_UNREACHABLE};
	Moved asked(Mib::FibAsked);

	spec.second_gateway = ip(10, 99, 0, 3);
	other.tos = 0x10;
	KUNIT_ASSERT_EQ(test, add_route(spec), 0);
	KUNIT_ASSERT_EQ(test, add_route(other), 0);
	for (u8 i = 0; i < 64; i++) {
		const Result<Route> route = route_to(ip(10, 98, 1, i)), again = route_to(ip(10, 98, 1, i), kOurIp);
		KUNIT_ASSERT_TRUE(test, route && again);
		EXPECT_EQ(route->saddr, kOurIp);
		EXPECT_EQ(route->next_hop, again->next_hop);
	}
	EXPECT_EQ(asked.by(), 128);
	EXPECT_EQ(delete_route(other), 0);
	EXPECT_EQ(delete_route(spec), 0);
}

/* Two default routes of one metric: the kernel tells them apart by what it knows of its neighbours. */
TEST(several_defaults_are_the_kernels_business)
{
	FakeDevice device(test);
	RouteSpec one = {kAny, 0, kPeerIp, 0, RTN_UNICAST};
	RouteSpec two = one;
	Moved asked(Mib::FibAsked);

	two.gateway = ip(10, 99, 0, 3);
	two.priority = 5;
	EXPECT_EQ(add_route(one), 0);
	EXPECT_TRUE(!!route_to(ip(10, 98, 1, 2)));
	EXPECT_EQ(asked.by(), 0);
	EXPECT_EQ(add_route(two), 0);
	EXPECT_TRUE(!!route_to(ip(10, 98, 1, 2)));
	EXPECT_EQ(asked.by(), 1);
	EXPECT_EQ(delete_route(two), 0);
	EXPECT_EQ(delete_route(one), 0);
}

TEST(what_a_route_says_of_windows)
{
	FakeDevice device(test);
	RouteSpec spec = {ip(10, 98, 0, 0), 16, kPeerIp, 0, RTN_UNICAST};

	spec.advmss = 1000;
	spec.window = 8000;
	spec.initcwnd = 2;
	spec.initrwnd = 3;
	spec.features = RTAX_FEATURE_ECN;
	spec.fastopen_no_cookie = 1;
	KUNIT_ASSERT_EQ(test, add_route(spec), 0);
	/* From the own table, and from the kernel, which has to be asked for a route without gateway. */
	const Result<Route> route = route_to(ip(10, 98, 1, 2));
	spec.destination = ip(10, 97, 0, 0);
	spec.gateway = {};
	spec.oif = device.dev()->ifindex;
	KUNIT_ASSERT_EQ(test, add_route(spec), 0);
	const Result<Route> asked = route_on_link(ip(10, 97, 1, 2));
	const Result<Route> *routes[] = {&route, &asked};
	for (const Result<Route> *r : routes) {
		KUNIT_ASSERT_TRUE(test, !!*r);
		EXPECT_EQ((*r)->advmss, 1000);
		EXPECT_EQ((*r)->window, 8000);
		EXPECT_EQ((*r)->initcwnd, 2);
		EXPECT_EQ((*r)->initrwnd, 3);
		EXPECT_TRUE((*r)->ecn);
		EXPECT_TRUE((*r)->fastopen_no_cookie);
	}
	const Result<Route> plain = route_to(kPeerIp);
	KUNIT_ASSERT_TRUE(test, !!plain);
	EXPECT_EQ(plain->advmss, 0);
	EXPECT_EQ(plain->window, 0);
	EXPECT_TRUE(!plain->ecn);
}

/* SO_DONTROUTE */
TEST(only_on_the_link)
{
	FakeDevice device(test);

	KUNIT_ASSERT_EQ(test, add_route({ip(10, 98, 0, 0), 16, kPeerIp, 0, RTN_UNICAST}), 0);
	EXPECT_TRUE(!!route_to(ip(10, 98, 0, 1)));
	EXPECT_TRUE(route_on_link(ip(10, 98, 0, 1)).error() == Errno::NetUnreachable);
	const Result<Route> near = route_on_link(kPeerIp);
	KUNIT_ASSERT_TRUE(test, !!near);
	EXPECT_EQ(near->next_hop, kPeerIp);
}

STACK_SUITE("fib", TEST_CASE(on_the_link), TEST_CASE(through_a_gateway),
	    TEST_CASE(to_ourselves_over_loopback), TEST_CASE(source_that_was_chosen),
	    TEST_CASE(refusals_have_the_errors_of_the_kernel),
	    TEST_CASE(no_connection_to_everybody), TEST_CASE(bound_to_a_device),
	    TEST_CASE(changes_make_a_route_stale), TEST_CASE(as_the_kernel_over_random_tables),
	    TEST_CASE(as_the_kernel_to_special_addresses),
	    TEST_CASE(what_a_route_says_of_mtu_and_source), TEST_CASE(several_next_hops),
	    TEST_CASE(sources_have_their_own_next_hops), TEST_CASE(the_kernel_knows_the_source),
	    TEST_CASE(several_defaults_are_the_kernels_business),
	    TEST_CASE(what_a_route_says_of_windows), TEST_CASE(only_on_the_link));

} // namespace tcpxx::testing
