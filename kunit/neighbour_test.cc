// SPDX-License-Identifier: GPL-2.0
/* What the neighbour table does with packets, answers and time. */
#include "stack.h"
#include "fake_device.h"
#include "kapi/guards.h"
#include "net/ip.h"
#include "net/neighbour_entry.h"

namespace tcpxx::testing {
namespace {

NeighbourTable &table() { return pernet(&init_net).neigh; }

/* A datagram of ours with a number in it, as ip_queue_xmit() leaves it. */
SkbPtr make_datagram(const struct net_device *dev, u8 number)
{
	const Frame frame = syn_frame(0, kOurIp, kPeerIp);
	const Bytes datagram = frame.bytes().after(sizeof(EthernetHeader));
	SkbPtr skb(alloc_skb(kMaxHeaderRoom + datagram.size() + 1, GFP_ATOMIC));

	if (!skb)
		return skb;
	skb_reserve(skb.get(), kMaxHeaderRoom);
	skb_put_data(skb.get(), datagram.data(), datagram.size());
	skb_put_u8(skb.get(), number);
	skb_reset_network_header(skb.get());
	skb->dev = const_cast<struct net_device *>(dev);
	skb->protocol = datagram_ethertype();
	return skb;
}

int send(const FakeDevice &device, u8 number = 0, be32 next_hop = kPeerIp)
{
	RcuRead rcu;

	return tcpxx::neigh_output(&init_net, next_hop, make_datagram(device.dev(), number));
}

void hear(const FakeDevice &device, Heard heard, const MacAddress &mac = kPeerMac,
	  be32 ip = kPeerIp)
{
	RcuRead rcu;

	tcpxx::neigh_update(&init_net, device.dev(), ip, mac, heard);
}

const Neighbour *entry(const FakeDevice &device, be32 ip = kPeerIp)
{
	BhLock lock(&table().lock);

	return neigh_find(table(), device.dev(), ip);
}

/* Lets the time come when the entry is due. Its state then, or Failed if it has gone. */
NeighState wait_until_due(const FakeDevice &device)
{
	const Neighbour *n = entry(device);

	if (n)
		neigh_periodic_work(table(), n->due);
	n = entry(device);
	return n ? n->state : NeighState::Failed;
}

struct neigh_parms *settings(const FakeDevice &device)
{
	return device.in_dev()->arp_parms;
}

/* The next frame sent: 'd' and its number for a datagram to `mac`, 'r' for a request. */
struct Sent {
	char kind;
	u8 number;
	MacAddress to;
};

Sent next(FakeDevice &device)
{
	SkbPtr skb = device.next_sent();
	const EthernetHeader *ethernet = behind<EthernetHeader>(skb, 0);

	if (!ethernet) {
		if (skb)
			skb.consume();
		return {'-', 0, {}};
	}
	const Sent sent = {ethernet->type.host() == kArpType ? 'r' : 'd', skb->data[skb->len - 1],
			   ethernet->to};
	skb.consume();
	return sent;
}

/* An entry that answered. */
void make_reachable(FakeDevice &device)
{
	send(device);
	hear(device, Heard::Answer);
	device.forget_sent();
}

} // namespace

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

TEST(waiting_packets_leave_in_order)
{
	FakeDevice device(test);

	for (u8 i = 1; i <= 3; i++)
		EXPECT_EQ(send(device, i), 0);
	EXPECT_EQ(next(device).kind, 'r');
	EXPECT_EQ(device.count_sent(), 0);
	hear(device, Heard::Answer);
	for (u8 i = 1; i <= 3; i++) {
		const Sent sent = next(device);
		EXPECT_EQ(sent.kind, 'd');
		EXPECT_EQ(sent.number, i);
		EXPECT_TRUE(sent.to == kPeerMac);
	}
	EXPECT_EQ(entry(device)->state, NeighState::Reachable);
	EXPECT_EQ(entry(device)->waiting_bytes, 0);
	/* From now on without waiting. */
	EXPECT_EQ(send(device, 4), 0);
	EXPECT_EQ(next(device).number, 4);
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

TEST(queue_keeps_the_youngest)
{
	FakeDevice device(test);
	Moved overflow(Drop::NeighbourQueueFull);

	send(device, 1);
	const u32 each = entry(device)->waiting_bytes;
	NEIGH_VAR_SET(settings(device), QUEUE_LEN_BYTES, 3 * each);
	for (u8 i = 2; i <= 10; i++)
		send(device, i);
	EXPECT_EQ(overflow.by(), 7);
	EXPECT_EQ(entry(device)->waiting_bytes, 3 * each);
	EXPECT_EQ(next(device).kind, 'r');
	hear(device, Heard::Answer);
	for (u8 i = 8; i <= 10; i++)
		EXPECT_EQ(next(device).number, i);
	EXPECT_EQ(device.count_sent(), 0);
}

TEST(unused_station_becomes_stale_and_goes)
{
	FakeDevice device(test);

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

TEST(table_is_bounded)
{
	FakeDevice device(test);

	send(device);
	make_reachable(device);
	for (u32 i = 0; i < 2 * kNeighMaxEntries; i++)
		hear(device, Heard::Request, kOtherMac, be32::from_host(0x0a640000 + i));
	EXPECT_EQ(table().count, kNeighMaxEntries);
	/* Those in use survive a flood. */
	KUNIT_ASSERT_NOT_NULL(test, entry(device));
	EXPECT_EQ(entry(device)->state, NeighState::Reachable);
	/* The oldest made room for the youngest. */
	EXPECT_TRUE(!entry(device, be32::from_host(0x0a640000)));
	EXPECT_TRUE(entry(device, be32::from_host(0x0a640000 + 2 * kNeighMaxEntries - 1)));
}

TEST(full_table_refuses)
{
	FakeDevice device(test);
	Moved drops(Drop::NoMemory);
	u32 accepted = 0;

	while (accepted <= kNeighMaxEntries &&
	       send(device, 0, be32::from_host(0x0a640000 + accepted)) == 0)
		accepted++;
	EXPECT_EQ(accepted, kNeighMaxEntries);
	EXPECT_EQ(send(device), -ENOBUFS);
	EXPECT_EQ(drops.by(), 2);
	EXPECT_TRUE(!entry(device));
}

TEST(device_down_flushes)
{
	FakeDevice device(test), other(test);
	Moved stranded(Drop::NeighbourFailed);

	send(device);
	hear(other, Heard::Request);
	EXPECT_EQ(table().count, 2);
	rtnl_lock();
	dev_close(device.dev());
	rtnl_unlock();
	EXPECT_EQ(table().count, 1);
	EXPECT_EQ(stranded.by(), 1);
	EXPECT_TRUE(entry(other));
}

TEST(new_address_of_the_device_flushes)
{
	FakeDevice device(test);
	struct sockaddr address = {.sa_family = ARPHRD_ETHER};

	make_reachable(device);
	__builtin_memcpy(address.sa_data, kOtherMac.b, sizeof(kOtherMac.b));
	rtnl_lock();
	EXPECT_EQ(dev_set_mac_address(device.dev(), &address, nullptr), 0);
	rtnl_unlock();
	EXPECT_TRUE(!entry(device));
}

TEST(device_without_header_gets_the_datagram)
{
	FakeDevice device(test, Link::None);

	EXPECT_EQ(send(device), 0);
	SkbPtr skb = device.next_sent();
	const Ipv4Header *ip = behind<Ipv4Header>(skb, 0);
	KUNIT_ASSERT_NOT_NULL(test, ip);
	EXPECT_EQ(ip->daddr, kPeerIp);
	EXPECT_EQ(ntohs(skb->protocol), kDatagramType);
	EXPECT_EQ(table().count, 0);
	skb.consume();
}

TEST(device_without_arp_sends_to_its_own_address)
{
	FakeDevice device(test, Link::EthernetNoArp);

	EXPECT_EQ(send(device), 0);
	EXPECT_TRUE(next(device).to == kOurMac);
	EXPECT_EQ(table().count, 0);
}

TEST(proc_shows_complete_and_incomplete_entries)
{
	FakeDevice device(test);
	char text[512] = {}, expected[512];
	struct seq_file m = {.buf = text, .size = sizeof(text)};

	make_reachable(device);
	send(device, 0, ip(10, 99, 0, 9));
	neigh_seq_show(&m, &init_net);
	scnprintf(expected, sizeof(expected),
		  "IP address       HW type     Flags       HW address            Mask     Device\n"
		  "10.99.0.2        0x1         0x2         02:00:00:00:00:02     *        %s\n"
		  "10.99.0.9        0x1         0x0         00:00:00:00:00:00     *        %s\n",
		  device.dev()->name, device.dev()->name);
	KUNIT_EXPECT_STREQ(test, text, expected);
}

STACK_SUITE("neighbour", TEST_CASE(unknown_station_is_asked_for),
	    TEST_CASE(waiting_packets_leave_in_order),
	    TEST_CASE(silent_station_fails_after_three_requests),
	    TEST_CASE(failed_station_is_asked_for_again),
	    TEST_CASE(nothing_waits_where_nobody_may_ask), TEST_CASE(queue_keeps_the_youngest),
	    TEST_CASE(unused_station_becomes_stale_and_goes),
	    TEST_CASE(stale_station_is_used_and_then_probed),
	    TEST_CASE(probed_station_that_is_gone_fails),
	    TEST_CASE(used_station_is_confirmed_without_becoming_stale),
	    TEST_CASE(station_that_moves), TEST_CASE(weak_evidence_does_not_weaken),
	    TEST_CASE(request_ends_a_resolution), TEST_CASE(table_is_bounded),
	    TEST_CASE(full_table_refuses), TEST_CASE(device_down_flushes),
	    TEST_CASE(new_address_of_the_device_flushes),
	    TEST_CASE(device_without_header_gets_the_datagram),
	    TEST_CASE(device_without_arp_sends_to_its_own_address),
	    TEST_CASE(proc_shows_complete_and_incomplete_entries));

} // namespace tcpxx::testing
