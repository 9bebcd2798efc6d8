// SPDX-License-Identifier: GPL-2.0
/* The neighbour table from outside: packets, devices, /proc. */
#include "stations.h"

namespace tcpxx::testing {

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

TEST(lost_carrier_flushes)
{
	FakeDevice device(test);
	Moved stranded(Drop::NeighbourFailed);

	set_kernel_entry(test, device, &kOtherMac);
	send(device);
	send(device, 0, station(1));
	EXPECT_EQ(table().count, 2);
	rtnl_lock();
	netif_carrier_off(device.dev());
	netdev_state_change(device.dev());
	rtnl_unlock();
	EXPECT_EQ(table().count, 1);
	EXPECT_TRUE(entry(device));
	EXPECT_EQ(stranded.by(), 1);
	/* net.ipv4.conf.DEV.arp_evict_nocarrier */
	IN_DEV_CONF_SET(device.in_dev(), ARP_EVICT_NOCARRIER, 0);
	send(device, 0, station(1));
	rtnl_lock();
	netdev_state_change(device.dev());
	rtnl_unlock();
	EXPECT_EQ(table().count, 2);
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
	/* A sender that is late leaves nothing behind. */
	EXPECT_EQ(send(device), -EHOSTUNREACH);
	hear(device, Heard::Request);
	EXPECT_EQ(table().count, 1);
}

TEST(new_address_of_the_device_flushes)
{
	FakeDevice device(test);

	make_reachable(device);
	EXPECT_EQ(device.set_address(kOtherMac), 0);
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

	set_kernel_entry(test, device, &kOtherMac);
	m.count = 0;
	neigh_seq_show(&m, &init_net);
	text[m.count] = 0;
	KUNIT_EXPECT_NOT_NULL(
		test, strstr(text, "10.99.0.2        0x1         0x6         02:00:00:00:00:"));
}

STACK_SUITE("neighbour", TEST_CASE(waiting_packets_leave_in_order),
	    TEST_CASE(queue_keeps_the_youngest), TEST_CASE(lost_carrier_flushes),
	    TEST_CASE(device_down_flushes), TEST_CASE(new_address_of_the_device_flushes),
	    TEST_CASE(device_without_header_gets_the_datagram),
	    TEST_CASE(device_without_arp_sends_to_its_own_address),
	    TEST_CASE(proc_shows_complete_and_incomplete_entries));

} // namespace tcpxx::testing
