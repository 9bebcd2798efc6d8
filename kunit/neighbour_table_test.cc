// SPDX-License-Identifier: GPL-2.0
/* How many neighbours there may be. */
#include "stations.h"

namespace tcpxx::testing {
namespace {

/* The stations from `first` to before `end` ask for us, one after the other. */
void hear_many(const FakeDevice &device, u32 first, u32 end)
{
	for (u32 i = first; i < end; i++)
		hear(device, Heard::Request, kOtherMac, station(i));
}

} // namespace

TEST(few_stations_stay)
{
	FakeDevice device(test);
	Thresholds two(2, 512, 1024);

	make_reachable(device);
	EXPECT_EQ(wait_until_due(device), NeighState::Stale);
	const unsigned long due = entry(device)->due;
	EXPECT_EQ(wait_until_due(device), NeighState::Stale);
	EXPECT_TRUE(time_after(entry(device)->due, due));
	/* With another they are enough: the one that is due first goes. */
	hear(device, Heard::Request, kOtherMac, station(1));
	wait_until_due(device);
	EXPECT_TRUE(!entry(device, station(1)));
	EXPECT_TRUE(entry(device));
}

TEST(table_is_bounded)
{
	FakeDevice device(test);
	Thresholds small(0, 32, 64);
	Moved runs(Mib::NeighForcedGcRuns);

	make_reachable(device);
	hear_many(device, 0, 128);
	EXPECT_EQ(table().count, 64);
	/* Those in use survive a flood. */
	KUNIT_ASSERT_NOT_NULL(test, entry(device));
	EXPECT_EQ(entry(device)->state, NeighState::Reachable);
	/* The oldest made room for the youngest. */
	EXPECT_TRUE(!entry(device, station(0)));
	EXPECT_TRUE(entry(device, station(127)));
	EXPECT_TRUE(runs.by() <= 1);
}

TEST(many_stations_lose_the_old)
{
	FakeDevice device(test);
	Thresholds small(0, 8, 64);
	Moved runs(Mib::NeighForcedGcRuns);

	hear_many(device, 0, 12);
	for (u32 i = 0; i < 6; i++)
		age_by(device, station(i), 6 * HZ);
	/* Not twice in 5 s. */
	table().last_flush = jiffies;
	const unsigned long before = runs.by();
	hear(device, Heard::Request, kOtherMac, station(12));
	EXPECT_EQ(table().count, 13);
	EXPECT_EQ(runs.by(), before);
	table().last_flush -= 6 * HZ;
	hear(device, Heard::Request, kOtherMac, station(13));
	EXPECT_EQ(runs.by(), before + 1);
	/* Down to 8, and then the new one. */
	EXPECT_EQ(table().count, 9);
	for (u32 i = 0; i < 5; i++)
		EXPECT_TRUE(!entry(device, station(i)));
	EXPECT_TRUE(entry(device, station(5)));
	/* What is young stays. */
	table().last_flush -= 6 * HZ;
	hear_many(device, 14, 20);
	EXPECT_EQ(table().count, 14);
	EXPECT_TRUE(!entry(device, station(5)));
}

TEST(full_table_refuses)
{
	FakeDevice device(test);
	Thresholds small(0, 32, 64);
	Moved drops(Drop::NoMemory), requests(Mib::ArpRequestsSent), full(Mib::NeighTableFulls);

	/* Nobody answers; each is asked for once, and no more of them at a time than there is room. */
	for (u32 i = 0; i < 64; i++)
		EXPECT_EQ(send(device, 0, station(i)), 0);
	for (u32 i = 64; i < 200; i++)
		EXPECT_EQ(send(device, 0, station(i)), -ENOBUFS);
	for (u32 i = 0; i < 64; i++)
		EXPECT_EQ(send(device, 0, station(i)), 0);
	EXPECT_EQ(drops.by(), 136);
	EXPECT_EQ(full.by(), 136);
	EXPECT_EQ(requests.by(), 64);
	EXPECT_EQ(table().count, 64);
}

TEST(hash_grows)
{
	FakeDevice device(test);
	Thresholds large(0, 4096, 4096);
	Moved grown(Mib::NeighHashGrows);

	hear_many(device, 0, 1000);
	EXPECT_EQ(table().count, 1000);
	EXPECT_TRUE(table().chains->mask + 1 >= 1000);
	EXPECT_TRUE(grown.by() > 0);
	for (u32 i = 0; i < 1000; i++)
		EXPECT_TRUE(entry(device, station(i)));
	EXPECT_TRUE(!entry(device, station(1000)));
}

TEST(permanent_stations_are_not_counted)
{
	FakeDevice device(test);
	Thresholds small(0, 4, 4);

	set_kernel_entry(test, device, &kOtherMac);
	send(device);
	hear_many(device, 0, 10);
	EXPECT_EQ(table().count, 5);
	KUNIT_ASSERT_NOT_NULL(test, entry(device));
	EXPECT_EQ(entry(device)->state, NeighState::Permanent);
}

STACK_SUITE("neighbour_table", TEST_CASE(few_stations_stay), TEST_CASE(table_is_bounded),
	    TEST_CASE(many_stations_lose_the_old), TEST_CASE(full_table_refuses),
	    TEST_CASE(hash_grows), TEST_CASE(permanent_stations_are_not_counted));

} // namespace tcpxx::testing
