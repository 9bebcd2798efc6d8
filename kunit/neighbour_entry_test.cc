// SPDX-License-Identifier: GPL-2.0
/* What an entry of the neighbour table does with packets, answers and time. */
#include "stations.h"

namespace tcpxx::testing {

TEST(unknown_station_is_asked_for)
{
	FakeDevice device(test);
	Moved requests(Mib::ArpRequestsSent);

	EXPECT_EQ(send(device), 0);
	SkbPtr skb = device.next_sent();
	const ArpPacket *arp = behind<ArpPacket>(skb, sizeof(EthernetHeader));
	KUNIT_ASSERT_NOT_NULL(test, arp);
	EXPECT_TRUE(behind<EthernetHeader>(skb, 0)->to == kEverybody);
	EXPECT_EQ(arp->operation.host(), 1);
	EXPECT_EQ(arp->sender_ip, kOurIp);
	EXPECT_EQ(arp->target_ip, kPeerIp);
	EXPECT_EQ(requests.by(), 1);
	EXPECT_EQ(device.count_sent(), 0);
	EXPECT_EQ(entry(device)->state, NeighState::Incomplete);
	skb.consume();
}

TEST(silent_station_fails_after_three_requests)
{
	FakeDevice device(test);
	Moved requests(Mib::ArpRequestsSent), failed(Drop::NeighbourFailed);

	send(device, 1);
	send(device, 2);
	const unsigned long start = jiffies;
	for (u32 asked = 1; asked < 3; asked++) {
		EXPECT_EQ(wait_until_due(device), NeighState::Incomplete);
		EXPECT_EQ(requests.by(), asked + 1);
	}
	/* Not before its time: 3 s after the first request. */
	EXPECT_TRUE(time_after_eq(entry(device)->due, start + 3 * HZ - HZ / 2));
	neigh_periodic_work(table(), entry(device)->due - 1);
	EXPECT_EQ(failed.by(), 0);
	EXPECT_EQ(wait_until_due(device), NeighState::Failed);
	EXPECT_EQ(requests.by(), 3);
	EXPECT_EQ(failed.by(), 2);
	EXPECT_EQ(entry(device)->waiting_bytes, 0);
}

TEST(failed_station_is_asked_for_again)
{
	FakeDevice device(test);

	send(device);
	for (u32 i = 0; i < 3; i++)
		wait_until_due(device);
	EXPECT_EQ(entry(device)->state, NeighState::Failed);
	device.forget_sent();
	EXPECT_EQ(send(device, 7), 0);
	EXPECT_EQ(next(device).kind, 'r');
	hear(device, Heard::Answer);
	EXPECT_EQ(next(device).number, 7);
}

TEST(nothing_waits_where_nobody_may_ask)
{
	FakeDevice device(test);
	Moved failed(Drop::NeighbourFailed);

	NEIGH_VAR_SET(settings(device), MCAST_PROBES, 0);
	EXPECT_EQ(send(device), -EHOSTUNREACH);
	EXPECT_EQ(failed.by(), 1);
	EXPECT_EQ(device.count_sent(), 0);
}

TEST(unused_station_becomes_stale_and_goes)
{
	FakeDevice device(test);
	Thresholds none(0, 512, 1024);

	make_reachable(device);
	EXPECT_EQ(wait_until_due(device), NeighState::Stale);
	wait_until_due(device);
	EXPECT_TRUE(!entry(device));
	EXPECT_EQ(device.count_sent(), 0);
}

TEST(stale_station_is_used_and_then_probed)
{
	FakeDevice device(test);

	make_reachable(device);
	wait_until_due(device);
	EXPECT_EQ(send(device, 1), 0);
	EXPECT_EQ(entry(device)->state, NeighState::Delay);
	EXPECT_EQ(next(device).number, 1);
	EXPECT_EQ(wait_until_due(device), NeighState::Probe);
	const Sent probe = next(device);
	EXPECT_EQ(probe.kind, 'r');
	EXPECT_TRUE(probe.to == kPeerMac);
	/* Traffic does not wait for it. */
	EXPECT_EQ(send(device, 2), 0);
	EXPECT_EQ(next(device).number, 2);
	hear(device, Heard::Answer);
	EXPECT_EQ(entry(device)->state, NeighState::Reachable);
}

TEST(probed_station_that_is_gone_fails)
{
	FakeDevice device(test);
	u32 probes = 0;

	make_reachable(device);
	wait_until_due(device);
	send(device);
	while (wait_until_due(device) != NeighState::Failed)
		probes++;
	EXPECT_EQ(probes, 3);
	device.forget_sent();
	/* It may have moved: everybody is asked. */
	EXPECT_EQ(send(device), 0);
	EXPECT_TRUE(next(device).to == kEverybody);
}

TEST(used_station_is_confirmed_without_becoming_stale)
{
	FakeDevice device(test);

	make_reachable(device);
	/* Used a moment before it is due. */
	const_cast<Neighbour *>(entry(device))->used = entry(device)->due - 1;
	EXPECT_EQ(wait_until_due(device), NeighState::Delay);
}

TEST(station_that_moves)
{
	FakeDevice device(test);

	make_reachable(device);
	/* Two answers to one request: the first wins. */
	hear(device, Heard::Answer, kOtherMac);
	EXPECT_TRUE(entry(device)->mac == kPeerMac);
	/* It says so itself, to everybody. */
	hear(device, Heard::Announcement, kOtherMac);
	EXPECT_TRUE(entry(device)->mac == kOtherMac);
	EXPECT_EQ(entry(device)->state, NeighState::Stale);
	EXPECT_EQ(send(device), 0);
	EXPECT_TRUE(next(device).to == kOtherMac);
	/* Long afterwards whatever is heard is news. */
	const_cast<Neighbour *>(entry(device))->updated = jiffies - 2 * HZ;
	hear(device, Heard::Overheard, kPeerMac);
	EXPECT_TRUE(entry(device)->mac == kPeerMac);
	EXPECT_EQ(entry(device)->state, NeighState::Stale);
}

TEST(weak_evidence_does_not_weaken)
{
	FakeDevice device(test);

	make_reachable(device);
	hear(device, Heard::Overheard);
	hear(device, Heard::Request);
	EXPECT_EQ(entry(device)->state, NeighState::Reachable);
}

TEST(request_ends_a_resolution)
{
	FakeDevice device(test);

	send(device, 1);
	device.forget_sent();
	hear(device, Heard::Request);
	EXPECT_EQ(next(device).number, 1);
	/* It is used, and was not confirmed. */
	EXPECT_EQ(entry(device)->state, NeighState::Delay);
}

TEST(confirmed_station_is_not_asked)
{
	FakeDevice device(test);

	make_reachable(device);
	for (u32 i = 0; i < 3; i++) {
		const unsigned long due = entry(device)->due;
		auto *n = const_cast<Neighbour *>(entry(device));
		n->used = n->confirmed = due - 1;
		EXPECT_EQ(wait_until_due(device), NeighState::Reachable);
		EXPECT_TRUE(time_after(entry(device)->due, due));
	}
	EXPECT_EQ(device.count_sent(), 0);
	/* Not for ever. */
	EXPECT_EQ(wait_until_due(device), NeighState::Stale);
}

TEST(progress_confirms)
{
	FakeDevice device(test);

	make_reachable(device);
	auto *n = const_cast<Neighbour *>(entry(device));
	const unsigned long before = n->confirmed - 100;
	n->confirmed = before;
	EXPECT_EQ(send(device), 0);
	EXPECT_EQ(n->confirmed, before);
	EXPECT_EQ(send_confirming(device), 0);
	EXPECT_TRUE(time_after(n->confirmed, before));
}

TEST(progress_ends_a_doubt)
{
	FakeDevice device(test);

	make_reachable(device);
	wait_until_due(device);
	const unsigned long before = entry(device)->confirmed - 100;
	const_cast<Neighbour *>(entry(device))->confirmed = before;
	/* Of the packet that wakes it nobody knows how old its news is. */
	EXPECT_EQ(send_confirming(device), 0);
	EXPECT_EQ(entry(device)->state, NeighState::Delay);
	EXPECT_EQ(entry(device)->confirmed, before);
	age_by(device, kPeerIp, 1);
	EXPECT_EQ(send_confirming(device), 0);
	device.forget_sent();
	EXPECT_EQ(wait_until_due(device), NeighState::Reachable);
	EXPECT_EQ(device.count_sent(), 0);
}

/* --- net.ipv4.neigh.DEV, with other values than by default --------------------------------------- */

namespace {

struct Asked {
	u32 everybody, station; /* requests */
};

/* How often somebody is asked for the station until it has failed; datagrams that were sent do not count. */
Asked ask_until_failed(FakeDevice &device)
{
	constexpr u32 kMost = 20; /* so that an end is certain */
	Asked asked = {};

	for (u32 i = 0; i < kMost && wait_until_due(device) != NeighState::Failed; i++)
		;
	for (Sent sent = next(device); sent.kind != '-'; sent = next(device)) {
		asked.everybody += sent.kind == 'r' && sent.to == kEverybody;
		asked.station += sent.kind == 'r' && sent.to == kPeerMac;
	}
	return asked;
}

} // namespace

TEST(asks_as_often_as_is_set)
{
	static constexpr struct {
		const char *what;
		int mcast_solicit, ucast_solicit, mcast_resolicit;
	} rows[] = {
		{"five times", 5, 3, 0},	 {"once", 1, 1, 0},
		{"once the station", 3, 1, 0},	 {"the station, then everybody", 3, 2, 4},
		{"only everybody", 2, 0, 3},	 {"more of each", 7, 6, 5},
	};

	for (const auto &row : rows) {
		FakeDevice device(test);
		NEIGH_VAR_SET(settings(device), MCAST_PROBES, row.mcast_solicit);
		NEIGH_VAR_SET(settings(device), UCAST_PROBES, row.ucast_solicit);
		NEIGH_VAR_SET(settings(device), MCAST_REPROBES, row.mcast_resolicit);
		send(device);
		Asked asked = ask_until_failed(device);
		EXPECT_EQ_IN(row.what, asked.everybody, row.mcast_solicit);
		EXPECT_EQ_IN(row.what, asked.station, 0);

		make_reachable(device);
		EXPECT_EQ_IN(row.what, wait_until_due(device), NeighState::Stale);
		send(device);
		EXPECT_EQ_IN(row.what, entry(device)->state, NeighState::Delay);
		asked = ask_until_failed(device);
		EXPECT_EQ_IN(row.what, asked.everybody, row.mcast_resolicit);
		EXPECT_EQ_IN(row.what, asked.station, row.ucast_solicit);
	}
}

/* gc_stale_time: of one that nobody uses, and of one that has failed. */
TEST(goes_at_the_age_that_is_set)
{
	constexpr int kAges[] = {7 * HZ, 300 * HZ};
	Thresholds none(0, 512, 1024);

	for (const int age : kAges)
		for (int failed = 0; failed < 2; failed++) {
			FakeDevice device(test);
			NEIGH_VAR_SET(settings(device), GC_STALETIME, age);
			if (failed) {
				send(device);
				ask_until_failed(device);
			} else {
				make_reachable(device);
				wait_until_due(device);
			}
			const Neighbour *n = entry(device);
			KUNIT_ASSERT_NOT_NULL(test, n);
			EXPECT_EQ(n->state, failed ? NeighState::Failed : NeighState::Stale);
			const unsigned long due = n->updated + static_cast<unsigned long>(age);
			neigh_periodic_work(table(), due - 1);
			EXPECT_TRUE(entry(device));
			neigh_periodic_work(table(), due);
			EXPECT_TRUE(!entry(device));
		}
}

/* locktime: for so long the first that answered wins. */
TEST(believes_another_after_the_time_that_is_set)
{
	static constexpr struct {
		const char *what;
		int locktime, age; /* s */
		bool believed;
	} rows[] = {
		{"60 s, after 30", 60, 30, false}, {"60 s, after 61", 60, 61, true},
		{"10 s, after 30", 10, 30, true},  {"none, at once", 0, 0, true},
	};

	for (const auto &row : rows) {
		FakeDevice device(test);
		NEIGH_VAR_SET(settings(device), LOCKTIME, row.locktime * HZ);
		make_reachable(device);
		age_by(device, kPeerIp, static_cast<unsigned long>(row.age) * HZ);
		hear(device, Heard::Answer, kOtherMac);
		EXPECT_TRUE_IN(row.what, entry(device)->mac == (row.believed ? kOtherMac : kPeerMac));
	}
}

STACK_SUITE("neighbour_entry", TEST_CASE(unknown_station_is_asked_for),
	    TEST_CASE(silent_station_fails_after_three_requests),
	    TEST_CASE(failed_station_is_asked_for_again),
	    TEST_CASE(nothing_waits_where_nobody_may_ask),
	    TEST_CASE(unused_station_becomes_stale_and_goes),
	    TEST_CASE(stale_station_is_used_and_then_probed),
	    TEST_CASE(probed_station_that_is_gone_fails),
	    TEST_CASE(used_station_is_confirmed_without_becoming_stale),
	    TEST_CASE(station_that_moves), TEST_CASE(weak_evidence_does_not_weaken),
	    TEST_CASE(request_ends_a_resolution), TEST_CASE(confirmed_station_is_not_asked),
	    TEST_CASE(progress_confirms), TEST_CASE(progress_ends_a_doubt),
	    TEST_CASE(asks_as_often_as_is_set), TEST_CASE(goes_at_the_age_that_is_set),
	    TEST_CASE(believes_another_after_the_time_that_is_set));

} // namespace tcpxx::testing
