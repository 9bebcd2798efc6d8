// SPDX-License-Identifier: GPL-2.0
/* What is in the table is looked at here. */
#include "stack.h"
#include "fake_device.h"
#include "kapi/guards.h"
#include "rtnetlink.h"

namespace tcpxx::testing {
namespace {

constexpr be32 kAny = ip(0, 0, 0, 0);
constexpr Ipv4Prefix kNet = {ip(10, 98, 0, 0).host(), 16};
constexpr Ipv4Prefix kOurs = {kOurIp.host(), 32};

FibTable &table() { return pernet(&init_net).fib; }

/* The type of what is stored of a prefix in a table, or RTN_UNSPEC. */
u8 type_of(Ipv4Prefix prefix, u32 in = RT_TABLE_MAIN)
{
	RcuRead rcu;
	const FibTrie::Entry *entry = table().local_main.find(prefix);

	for (const FibRoute *r = entry ? entry->value() : nullptr; r; r = RcuMemory::read(r->next))
		if (r->table == in)
			return r->type;
	return RTN_UNSPEC;
}

u32 changes() { return READ_ONCE(table().changes); }

} // namespace

TEST(follows_routes)
{
	FakeDevice device(test);
	const RouteSpec spec = {ip(10, 98, 0, 0), 16, kPeerIp, 0, RTN_UNICAST};
	const u32 before = changes();

	EXPECT_TRUE(READ_ONCE(table().complete));
	EXPECT_EQ(type_of(kNet), RTN_UNSPEC);
	EXPECT_EQ(add_route(spec), 0);
	EXPECT_EQ(type_of(kNet), RTN_UNICAST);
	EXPECT_EQ(changes() - before, 1);
	EXPECT_EQ(delete_route(spec), 0);
	EXPECT_EQ(type_of(kNet), RTN_UNSPEC);
	EXPECT_EQ(changes() - before, 2);
}

TEST(follows_devices_and_addresses)
{
	const u32 before = table().local_main.size();
	{
		FakeDevice device(test);
		EXPECT_EQ(type_of(kOurs, RT_TABLE_LOCAL), RTN_LOCAL);
		EXPECT_EQ(type_of({ip(10, 99, 0, 255).host(), 32}, RT_TABLE_LOCAL), RTN_BROADCAST);
		EXPECT_EQ(type_of({ip(10, 99, 0, 0).host(), 24}), RTN_UNICAST);
	}
	EXPECT_EQ(type_of(kOurs, RT_TABLE_LOCAL), RTN_UNSPEC);
	EXPECT_EQ(table().local_main.size(), before);
}

/* Both tables have routes to one prefix, and lose them in either order. */
TEST(local_and_main_at_one_prefix)
{
	const bool orders[] = {true, false};
	for (const bool address_first : orders) {
		FakeDevice device(test);
		const RouteSpec spec = {kOurIp, 32, kAny, 0, RTN_BLACKHOLE};

		EXPECT_EQ(add_route(spec), 0);
		EXPECT_EQ(type_of(kOurs, RT_TABLE_LOCAL), RTN_LOCAL);
		EXPECT_EQ(type_of(kOurs), RTN_BLACKHOLE);
		if (address_first)
			EXPECT_EQ(delete_address(device.dev()->ifindex, kOurIp, 24), 0);
		EXPECT_EQ(type_of(kOurs), RTN_BLACKHOLE);
		EXPECT_EQ(delete_route(spec), 0);
		EXPECT_EQ(type_of(kOurs), RTN_UNSPEC);
		EXPECT_EQ(type_of(kOurs, RT_TABLE_LOCAL), address_first ? RTN_UNSPEC : RTN_LOCAL);
	}
}

/* As if there had been no memory: everything is read anew, and then true again. */
TEST(reads_anew_after_a_failure)
{
	FakeDevice device(test);
	const RouteSpec spec = {ip(10, 98, 0, 0), 16, kPeerIp, 0, RTN_UNICAST};

	rtnl_lock();
	fib_table_failed(table());
	rtnl_unlock();
	EXPECT_TRUE(!READ_ONCE(table().complete));
	EXPECT_EQ(add_route(spec), 0);
	flush_delayed_work(&table().refill);
	EXPECT_TRUE(READ_ONCE(table().complete));
	EXPECT_EQ(type_of(kNet), RTN_UNICAST);
	EXPECT_EQ(type_of(kOurs, RT_TABLE_LOCAL), RTN_LOCAL);
	/* And it listens as before. */
	EXPECT_EQ(delete_route(spec), 0);
	EXPECT_EQ(type_of(kNet), RTN_UNSPEC);
}

TEST(other_families_and_tables_are_nothing)
{
	FakeDevice device(test);
	struct fib_info *fi = nullptr;
	const u32 before = changes();
	{
		RcuRead rcu;
		fi = table().local_main.find(kOurs)->value()->fi;
		struct fib_entry_notifier_info info = {.info = {.family = AF_INET6},
						       .dst = kNet.address,
						       .dst_len = kNet.length,
						       .fi = fi,
						       .type = RTN_LOCAL,
						       .tb_id = RT_TABLE_MAIN};
		struct notifier_block *nb = &table().notifier;

		EXPECT_EQ(nb->notifier_call(nb, FIB_EVENT_ENTRY_REPLACE, &info), NOTIFY_DONE);
		info.info.family = AF_INET;
		info.tb_id = 100;
		EXPECT_EQ(nb->notifier_call(nb, FIB_EVENT_ENTRY_REPLACE, &info), NOTIFY_DONE);
		/* What was never stored is taken away: nothing happens. */
		info.tb_id = RT_TABLE_MAIN;
		EXPECT_EQ(nb->notifier_call(nb, FIB_EVENT_ENTRY_DEL, &info), NOTIFY_DONE);
	}
	EXPECT_EQ(type_of(kNet), RTN_UNSPEC);
	EXPECT_EQ(changes() - before, 1);
}

STACK_SUITE("fib_table", TEST_CASE(follows_routes), TEST_CASE(follows_devices_and_addresses),
	    TEST_CASE(local_and_main_at_one_prefix), TEST_CASE(reads_anew_after_a_failure),
	    TEST_CASE(other_families_and_tables_are_nothing));

} // namespace tcpxx::testing
