// SPDX-License-Identifier: GPL-2.0
#include "net/fib_lookup.h"
#include "stack.h"
#include "fake_device.h"
#include "kapi/guards.h"
#include "random_routes.h"

namespace tcpxx::testing {
namespace {

constexpr be32 kAny = ip(0, 0, 0, 0);
constexpr be32 kTo = ip(10, 98, 1, 2);

FibTable &table() { return pernet(&init_net).fib; }

/* An answer without what lasts only as long as RCU. */
struct Answer {
	int rc;
	u8 type, prefix_len;
	u32 ifindex;
	be32 gateway;
};

Answer answer_of(int rc, u8 type, u8 prefix_len, const struct fib_nh_common *nhc)
{
	if (rc)
		return {rc, 0, 0, 0, kAny};
	return {rc, type, prefix_len, static_cast<u32>(nhc->nhc_oif),
		be32::from_network(nhc->nhc_gw.ipv4)};
}

Answer ours(be32 daddr, int oif = 0, u8 tos = 0)
{
	RcuRead rcu;
	FibResult result = {};
	const int rc = tcpxx::fib_lookup(&init_net, {daddr.host(), oif, tos}, result);

	return answer_of(rc, result.type, result.prefix_len, result.nhc);
}

Answer kernels(be32 daddr, int oif = 0, u8 tos = 0)
{
	RcuRead rcu;
	struct fib_result result = {};
	struct flowi4 flow = {};

	flow.daddr = daddr.network();
	flow.flowi4_oif = oif;
	/* As ip_route_output_key() prepares it; in 6.1 the lookup itself compares all bits. */
	flow.flowi4_tos = tos & RT_TOS(INET_DSCP_MASK);
	flow.flowi4_iif = LOOPBACK_IFINDEX;
	const int rc = ::fib_lookup(&init_net, &flow, &result, 0);
	return answer_of(rc, result.type, result.prefixlen, result.nhc);
}

bool equal(const Answer &a, const Answer &b)
{
	return a.rc == b.rc && a.type == b.type && a.prefix_len == b.prefix_len &&
	       a.ifindex == b.ifindex && a.gateway == b.gateway;
}

/* Sure, and the same. */
bool same(be32 daddr, int oif = 0, u8 tos = 0)
{
	return equal(ours(daddr, oif, tos), kernels(daddr, oif, tos));
}

bool unsure(be32 daddr, int oif = 0, u8 tos = 0) { return ours(daddr, oif, tos).rc == kFibUnsure; }

u32 type_of(be32 addr)
{
	RcuRead rcu;

	return fib_address_type(&init_net, nullptr, addr);
}

} // namespace

TEST(as_the_kernel_over_random_tables)
{
	FakeDevice device(test);
	Random random(6);
	RandomRoutes routes(test, random);
	u32 differ = 0, sure = 0;

	EXPECT_TRUE(routes.count() > 100);
	for (u32 i = 0; i < 20000; i++) {
		const be32 addr = RandomRoutes::address(random);
		const Answer own = ours(addr);
		sure += own.rc != kFibUnsure;
		differ += own.rc != kFibUnsure && !equal(own, kernels(addr));
	}
	EXPECT_EQ(differ, 0);
	EXPECT_EQ(sure, 20000);
	for (u32 i = 0; i < routes.count(); i++) {
		const RouteSpec spec = routes.at(i);
		EXPECT_TRUE(same(spec.destination));
		EXPECT_EQ(type_of(spec.destination),
			  inet_addr_type(&init_net, spec.destination.network()));
	}
}

TEST(errors_and_the_next_table)
{
	FakeDevice device(test);
	RouteSpec other = {ip(10, 98, 0, 0), 16, kPeerIp, 0, RTN_UNICAST};
	other.table = RT_TABLE_DEFAULT;
	const struct {
		u8 type;
		int alone, with_other;
	} rows[] = {
		{RTN_BLACKHOLE, -EINVAL, -EINVAL},
		{RTN_UNREACHABLE, -EHOSTUNREACH, -EHOSTUNREACH},
		{RTN_PROHIBIT, -EACCES, -EACCES},
		{RTN_THROW, -ENETUNREACH, 0},
	};

	EXPECT_EQ(ours(kTo).rc, -ENETUNREACH);
	for (const auto &row : rows) {
		const RouteSpec spec = {ip(10, 98, 0, 0), 16, kAny, 0, row.type};
		EXPECT_EQ(add_route(spec), 0);
		EXPECT_EQ(ours(kTo).rc, row.alone);
		EXPECT_EQ(add_route(other), 0);
		EXPECT_EQ(ours(kTo).rc, row.with_other);
		EXPECT_TRUE(same(kTo));
		EXPECT_EQ(delete_route(spec), 0);
		EXPECT_EQ(ours(kTo).rc, 0);
		EXPECT_EQ(delete_route(other), 0);
	}
}

/* The kernel keeps both tables in one trie, as long as nobody adds a rule. */
TEST(longer_prefix_of_main_before_local)
{
	FakeDevice device(test);
	const RouteSpec spec = {ip(127, 1, 0, 0), 16, kPeerIp, 0, RTN_UNICAST};

	EXPECT_EQ(add_route(spec), 0);
	EXPECT_EQ(ours(ip(127, 1, 2, 3)).type, RTN_UNICAST);
	EXPECT_EQ(ours(ip(127, 2, 2, 3)).type, RTN_LOCAL);
	EXPECT_TRUE(same(ip(127, 1, 2, 3)));
	EXPECT_TRUE(same(ip(127, 2, 2, 3)));
	EXPECT_EQ(type_of(ip(127, 1, 2, 3)), inet_addr_type(&init_net, htonl(0x7f010203)));
	EXPECT_EQ(delete_route(spec), 0);
}

/* What does not fit may hide what does. */
TEST(unsure_where_a_route_may_be_hidden)
{
	FakeDevice one(test), two(test);
	const int first = one.dev()->ifindex, second = two.dev()->ifindex;
	RouteSpec plain = {ip(10, 98, 0, 0), 16, kPeerIp, first, RTN_UNICAST};
	RouteSpec urgent = plain;
	urgent.gateway = ip(10, 99, 0, 3);
	urgent.tos = 0x10;

	EXPECT_EQ(add_route(plain), 0);
	EXPECT_TRUE(same(kTo));
	EXPECT_TRUE(same(kTo, 0, 0x10));
	EXPECT_TRUE(same(kTo, first));
	EXPECT_TRUE(unsure(kTo, second));
	EXPECT_EQ(add_route(urgent), 0);
	EXPECT_TRUE(same(kTo, 0, 0x10));
	/* ECN is no part of it. */
	EXPECT_TRUE(same(kTo, 0, 0x10 | 2));
	EXPECT_EQ(ours(kTo, 0, 0x12).gateway, ip(10, 99, 0, 3));
	EXPECT_TRUE(unsure(kTo));
	EXPECT_TRUE(unsure(kTo, 0, 0x08));
	EXPECT_EQ(delete_route(plain), 0);
	EXPECT_TRUE(unsure(kTo));
	EXPECT_EQ(delete_route(urgent), 0);
	EXPECT_EQ(ours(kTo).rc, -ENETUNREACH);
}

TEST(address_types)
{
	FakeDevice device(test);
	const be32 rows[] = {kOurIp,
			     kPeerIp,
			     ip(10, 99, 0, 255),
			     ip(10, 99, 0, 0),
			     ip(127, 0, 0, 1),
			     ip(127, 255, 255, 255),
			     ip(0, 0, 0, 0),
			     ip(0, 1, 2, 3),
			     ip(224, 0, 0, 1),
			     ip(255, 255, 255, 255),
			     ip(240, 0, 0, 1),
			     ip(8, 8, 8, 8)};
	Moved asked(Mib::FibAsked);

	for (const be32 addr : rows)
		EXPECT_EQ(type_of(addr), inet_addr_type(&init_net, addr.network()));
	EXPECT_EQ(type_of(kOurIp), RTN_LOCAL);
	EXPECT_EQ(asked.by(), 0);
}

TEST(incomplete_table_lets_the_kernel_answer)
{
	FakeDevice device(test);
	Moved asked(Mib::FibAsked);

	rtnl_lock();
	fib_table_failed(table());
	rtnl_unlock();
	EXPECT_TRUE(unsure(kPeerIp));
	EXPECT_EQ(type_of(kOurIp), RTN_LOCAL);
	EXPECT_EQ(type_of(kPeerIp), RTN_UNICAST);
	EXPECT_EQ(asked.by(), 2);
	flush_delayed_work(&table().refill);
	EXPECT_TRUE(same(kPeerIp));
	EXPECT_EQ(type_of(kOurIp), RTN_LOCAL);
	EXPECT_EQ(asked.by(), 2);
}

STACK_SUITE("fib_lookup", TEST_CASE(as_the_kernel_over_random_tables),
	    TEST_CASE(errors_and_the_next_table), TEST_CASE(longer_prefix_of_main_before_local),
	    TEST_CASE(unsure_where_a_route_may_be_hidden), TEST_CASE(address_types),
	    TEST_CASE(incomplete_table_lets_the_kernel_answer));

} // namespace tcpxx::testing
