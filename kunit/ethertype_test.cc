// SPDX-License-Identifier: GPL-2.0
#include "stack.h"
#include "fake_device.h"
#include "net/ip.h"

namespace tcpxx::testing {

TEST(takes_datagrams_of_its_ethertype)
{
	FakeDevice device(test);
	Moved received(Mib::InReceives), delivered(Mib::InDelivers);

	device.inject(syn_frame());
	EXPECT_EQ(received.by(), 1);
	EXPECT_EQ(delivered.by(), 1);
}

TEST(takes_address_resolution_of_its_ethertype)
{
	FakeDevice device(test);
	Moved received(Mib::ArpReceived);

	device.inject(arp_frame(make_arp(ArpOperation::Request, kPeerMac, kPeerIp, {}, kOurIp),
				kEverybody));
	EXPECT_EQ(received.by(), 1);
}

TEST(leaves_other_ethertypes_alone)
{
	FakeDevice device(test);
	Moved datagrams(Mib::InReceives), arp(Mib::ArpReceived);
	Frame frame = syn_frame();

	const u16 others[] = {0x0800, 0x0806, 0x88b4, 0x88b7};
	for (u16 type : others) {
		frame.ethernet().type = be16::from_host(type);
		device.inject(frame);
	}
	EXPECT_EQ(datagrams.by() + arp.by(), 0);
}

/* A device in promiscuous mode hands up frames for other stations. */
TEST(drops_what_is_for_another_station)
{
	FakeDevice device(test);
	Moved drops(Drop::Otherhost), datagrams(Mib::InReceives), arp(Mib::ArpReceived);
	Frame datagram = syn_frame();

	datagram.ethernet().to = kOtherMac;
	device.inject(datagram);
	device.inject(arp_frame(make_arp(ArpOperation::Request, kPeerMac, kPeerIp, {}, kOurIp),
				kOtherMac));
	EXPECT_EQ(drops.by(), 2);
	EXPECT_EQ(datagrams.by() + arp.by(), 0);
}

/* A packet that a tap sees too must not change under it. */
TEST(leaves_a_shared_packet_as_it_was)
{
	FakeDevice device(test);
	Moved delivered(Mib::InDelivers);
	const Frame frame = syn_frame();
	SkbPtr skb = device.make(frame, {10, 30});
	struct sk_buff *shared = skb.get();

	if (!shared)
		return;
	refcount_inc(&shared->users);
	const u8 *data = shared->data;
	const u32 len = shared->len, linear = skb_headlen(shared);
	FakeDevice::receive(move(skb));
	EXPECT_EQ(delivered.by(), 1);
	EXPECT_TRUE(shared->data == data);
	EXPECT_EQ(shared->len, len);
	EXPECT_EQ(skb_headlen(shared), linear);
	EXPECT_EQ(refcount_read(&shared->users), 1);
	consume_skb(shared);
}

TEST(leaves_a_clone_as_it_was)
{
	FakeDevice device(test);
	Moved delivered(Mib::InDelivers);
	const Frame frame = syn_frame();
	const Bytes datagram = frame.bytes().after(sizeof(EthernetHeader));
	SkbPtr skb = device.make(frame);
	u8 seen[64] = {};

	if (!skb)
		return;
	struct sk_buff *clone = skb_clone(skb.get(), GFP_ATOMIC);
	if (!clone) {
		skb.drop(Drop::NoMemory);
		return;
	}
	FakeDevice::receive(move(skb));
	EXPECT_EQ(delivered.by(), 1);
	EXPECT_EQ(clone->len, datagram.size());
	EXPECT_EQ(skb_copy_bits(clone, 0, seen, datagram.size()), 0);
	EXPECT_EQ(__builtin_memcmp(seen, datagram.data(), datagram.size()), 0);
	consume_skb(clone);
}

TEST(knows_its_numbers)
{
	EXPECT_EQ(ntohs(datagram_ethertype()), kDatagramType);
	EXPECT_EQ(ntohs(arp_ethertype()), kArpType);
}

STACK_SUITE("ethertype", TEST_CASE(takes_datagrams_of_its_ethertype),
	    TEST_CASE(takes_address_resolution_of_its_ethertype),
	    TEST_CASE(leaves_other_ethertypes_alone), TEST_CASE(drops_what_is_for_another_station),
	    TEST_CASE(leaves_a_shared_packet_as_it_was), TEST_CASE(leaves_a_clone_as_it_was),
	    TEST_CASE(knows_its_numbers));

} // namespace tcpxx::testing
