// SPDX-License-Identifier: GPL-2.0
#include "net/pmtu.h"
#include "stack.h"
#include "fake_device.h"
#include "kapi/guards.h"
#include "net/pernet.h"
#include "rtnetlink.h"

namespace tcpxx::testing {
namespace {

Route route_to(be32 daddr)
{
	const Result<Route> route = tcpxx::ip_route_output(
		&init_net, {.daddr = daddr, .saddr = {}, .oif = 0, .mark = 0, .tos = 0});

	return route ? *route :
		       Route{.ifindex = 0, .saddr = {}, .next_hop = {}, .mtu = 0, .genid = 0};
}

void learn(be32 daddr, u32 mtu)
{
	BhOff softirq;
	pmtu_learn(&init_net, daddr, route_to(daddr), mtu);
}

/* As if all this had been learned so much earlier. */
void age_by(unsigned long time)
{
	BhLock guard(&pernet(&init_net).pmtu.lock);
	for (struct hlist_head &head : pernet(&init_net).pmtu.buckets) {
		PathMtu *path;
		hlist_for_each_entry(path, &head, node)
			path->expires -= time;
	}
}

/* Everything as it was, at the end of a case. */
class Paths {
	int expires_ = init_net.ipv4.ip_rt_mtu_expires;
	u32 min_ = init_net.ipv4.ip_rt_min_pmtu;

public:
	~Paths()
	{
		init_net.ipv4.ip_rt_mtu_expires = expires_;
		init_net.ipv4.ip_rt_min_pmtu = min_;
		pmtu_net_exit(&init_net);
		pmtu_net_init(&init_net);
	}
	static u32 count() { return pernet(&init_net).pmtu.count; }
};

} // namespace

TEST(a_route_comes_with_it)
{
	FakeDevice device(test);
	Paths paths;
	Moved learned(Mib::PmtuLearned);
	const Route before = route_to(kPeerIp);

	EXPECT_EQ(before.mtu, 1500);
	EXPECT_EQ(before.mtu_expires, 0);
	learn(kPeerIp, 1000);
	EXPECT_TRUE(route_is_stale(&init_net, before));
	const Route after = route_to(kPeerIp);
	EXPECT_EQ(after.mtu, 1000);
	EXPECT_EQ(after.first_hop_mtu, 1500);
	EXPECT_TRUE(!after.mtu_locked);
	EXPECT_TRUE(!route_is_stale(&init_net, after));
	EXPECT_EQ(route_to(ip(10, 99, 0, 3)).mtu, 1500);
	EXPECT_EQ(learned.by(), 1);
}

TEST(never_raises)
{
	FakeDevice device(test);
	Paths paths;

	learn(kPeerIp, 1501);
	EXPECT_EQ(Paths::count(), 0);
	learn(kPeerIp, 1000);
	learn(kPeerIp, 1001);
	EXPECT_EQ(route_to(kPeerIp).mtu, 1000);
	learn(kPeerIp, 999);
	EXPECT_EQ(route_to(kPeerIp).mtu, 999);
	EXPECT_EQ(Paths::count(), 1);
}

/* The same again is no news, and makes no route stale. */
TEST(repetitions)
{
	FakeDevice device(test);
	Paths paths;

	learn(kPeerIp, 1000);
	const Route route = route_to(kPeerIp);
	learn(kPeerIp, 1000);
	EXPECT_TRUE(!route_is_stale(&init_net, route));
}

TEST(not_below_the_minimum)
{
	FakeDevice device(test);
	Paths paths;

	init_net.ipv4.ip_rt_min_pmtu = 552;
	learn(kPeerIp, 551);
	EXPECT_EQ(route_to(kPeerIp).mtu, 552);
	EXPECT_TRUE(route_to(kPeerIp).mtu_locked);
	/* Whatever the setting. */
	init_net.ipv4.ip_rt_min_pmtu = 0;
	learn(ip(10, 99, 0, 3), 1);
	EXPECT_EQ(route_to(ip(10, 99, 0, 3)).mtu, 68);
}

/* RFC 1191, 6.3: the larger size is tried again. */
TEST(grows_old)
{
	FakeDevice device(test);
	Paths paths;

	constexpr unsigned long kLifetime = 600 * HZ;
	init_net.ipv4.ip_rt_mtu_expires = kLifetime;
	learn(kPeerIp, 1000);
	Route route = route_to(kPeerIp);
	EXPECT_TRUE(
		time_in_range(route.mtu_expires, jiffies + kLifetime / 2, jiffies + kLifetime + 1));
	age_by(kLifetime / 2);
	EXPECT_EQ(route_to(kPeerIp).mtu, 1000);
	EXPECT_TRUE(!route_is_stale(&init_net, route));
	age_by(kLifetime);
	const Route fresh = route_to(kPeerIp);
	EXPECT_EQ(fresh.mtu, 1500);
	/* One that was decided when the entry was young has a copy of its time. */
	route.mtu_expires -= 2 * kLifetime;
	EXPECT_TRUE(route_is_stale(&init_net, route));
	EXPECT_TRUE(!route_is_stale(&init_net, fresh));
}

TEST(a_locked_route_is_left_alone)
{
	FakeDevice device(test);
	Paths paths;
	RouteSpec spec = {ip(10, 98, 0, 0), 16, kPeerIp, 0, RTN_UNICAST};

	spec.mtu = 1400;
	spec.lock_mtu = true;
	KUNIT_ASSERT_EQ(test, add_route(spec), 0);
	learn(ip(10, 98, 0, 1), 1000);
	const Route route = route_to(ip(10, 98, 0, 1));
	EXPECT_EQ(route.mtu, 1400);
	EXPECT_TRUE(route.mtu_locked);
	EXPECT_EQ(delete_route(spec), 0);
	spec.lock_mtu = false;
	KUNIT_ASSERT_EQ(test, add_route(spec), 0);
	learn(ip(10, 98, 0, 1), 1000);
	EXPECT_EQ(route_to(ip(10, 98, 0, 1)).mtu, 1000);
	EXPECT_EQ(delete_route(spec), 0);
}

/* As much as fits, and of a chain the oldest goes. */
TEST(is_bounded)
{
	FakeDevice device(test);
	Paths paths;
	const RouteSpec spec = {ip(10, 98, 0, 0), 16, kPeerIp, 0, RTN_UNICAST};
	const be32 first = ip(10, 98, 0, 0);

	KUNIT_ASSERT_EQ(test, add_route(spec), 0);
	for (u32 i = 0; i < 8192; i++)
		learn(be32::from_host(first.host() + i), 1000);
	EXPECT_EQ(Paths::count(), kPmtuBuckets * kPmtuChain);
	EXPECT_EQ(route_to(ip(10, 98, 31, 255)).mtu, 1000);
	EXPECT_EQ(route_to(first).mtu, 1500);
	pmtu_net_exit(&init_net);
	EXPECT_EQ(Paths::count(), 0);
	EXPECT_EQ(delete_route(spec), 0);
}

STACK_SUITE("pmtu", TEST_CASE(a_route_comes_with_it), TEST_CASE(never_raises),
	    TEST_CASE(repetitions), TEST_CASE(not_below_the_minimum), TEST_CASE(grows_old),
	    TEST_CASE(a_locked_route_is_left_alone), TEST_CASE(is_bounded));

} // namespace tcpxx::testing
