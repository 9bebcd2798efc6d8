// SPDX-License-Identifier: GPL-2.0
#include "stack.h"
#include "fake_device.h"
#include "kapi/guards.h"
#include "net/neighbour_entry.h"

namespace tcpxx::testing {
namespace {

constexpr be32 kStranger = ip(10, 99, 0, 77);
constexpr MacAddress kNobody = {};

Frame request(be32 sender, be32 target, const MacAddress &from = kPeerMac)
{
	return arp_frame(make_arp(ArpOperation::Request, from, sender, kNobody, target),
			 kEverybody);
}

Frame reply(be32 sender, const MacAddress &to = kOurMac)
{
	return arp_frame(make_arp(ArpOperation::Reply, kPeerMac, sender, kOurMac, kOurIp), to);
}

/* The state of an entry, or none. */
struct Known {
	bool there;
	NeighState state;
};

Known look_up(const FakeDevice &device, be32 ip)
{
	NeighbourTable &t = pernet(&init_net).neigh;
	BhLock lock(&t.lock);
	const Neighbour *n = neigh_find(t, device.dev(), ip);

	return n ? Known{true, n->state} : Known{false, NeighState::Failed};
}

} // namespace

TEST(answers_a_request_for_us)
{
	FakeDevice device(test);
	Moved sent(Mib::ArpRepliesSent);

	device.inject(request(kPeerIp, kOurIp));
	SkbPtr answer = device.next_sent();
	const EthernetHeader *ethernet = behind<EthernetHeader>(answer, 0);
	const ArpPacket *arp = behind<ArpPacket>(answer, sizeof(EthernetHeader));
	KUNIT_ASSERT_NOT_NULL(test, arp);
	EXPECT_TRUE(ethernet->to == kPeerMac && ethernet->from == kOurMac);
	EXPECT_EQ(ethernet->type.host(), kArpType);
	EXPECT_EQ(arp->hardware.host(), 1);
	EXPECT_EQ(arp->protocol.host(), 0x0800);
	EXPECT_EQ(arp->operation.host(), 2);
	EXPECT_TRUE(arp->sender_mac == kOurMac && arp->target_mac == kPeerMac);
	EXPECT_EQ(arp->sender_ip, kOurIp);
	EXPECT_EQ(arp->target_ip, kPeerIp);
	EXPECT_EQ(sent.by(), 1);
	/* RFC 826: whoever asks for us will be sent to. */
	EXPECT_TRUE(look_up(device, kPeerIp).there);
	EXPECT_EQ(look_up(device, kPeerIp).state, NeighState::Stale);
	answer.consume();
}

TEST(does_not_answer_for_others)
{
	FakeDevice device(test);

	device.inject(request(kPeerIp, kStranger));
	EXPECT_EQ(device.count_sent(), 0);
	EXPECT_TRUE(!look_up(device, kPeerIp).there);
}

/* As for datagrams: nobody can be the whole subnet. */
TEST(does_not_answer_martians)
{
	FakeDevice device(test);

	device.inject(request(ip(10, 99, 0, 255), kOurIp));
	EXPECT_EQ(device.count_sent(), 0);
	EXPECT_EQ(pernet(&init_net).neigh.count, 0);
}

/* RFC 5227, 2.1.1: a probe has no sender address. */
TEST(answers_a_probe_and_learns_nothing)
{
	FakeDevice device(test);

	device.inject(request(ip(0, 0, 0, 0), kOurIp));
	EXPECT_EQ(device.count_sent(), 1);
	EXPECT_EQ(pernet(&init_net).neigh.count, 0);
}

TEST(unsolicited_packets_create_nothing)
{
	FakeDevice device(test);

	device.inject(reply(kPeerIp));
	device.inject(reply(kPeerIp, kEverybody));
	device.inject(request(kPeerIp, kPeerIp));
	EXPECT_EQ(pernet(&init_net).neigh.count, 0);
	EXPECT_EQ(device.count_sent(), 0);
}

TEST(counts_duplicates_of_our_address)
{
	FakeDevice device(test);
	Moved duplicates(Mib::ArpDuplicates);

	device.inject(request(kOurIp, kStranger));
	device.inject(request(kOurIp, kOurIp));
	device.inject(reply(kOurIp));
	EXPECT_EQ(duplicates.by(), 3);
	EXPECT_EQ(pernet(&init_net).neigh.count, 0);
	EXPECT_EQ(device.count_sent(), 0);
	/* Another device of ours on the same link is none. */
	device.inject(request(kOurIp, kStranger, kOurMac));
	EXPECT_EQ(duplicates.by(), 3);
}

TEST(drops_malformed_packets)
{
	FakeDevice device(test);
	const u32 size = sizeof(EthernetHeader) + sizeof(ArpPacket);
	const u32 header = sizeof(EthernetHeader);
	const struct {
		const char *what;
		u32 at;
		u8 value;
		Drop cause;
	} rows[] = {
		{"hardware", 1, 6, Drop::ArpFormat},
		{"protocol", 2, 0x86, Drop::ArpFormat},
		{"hardware length", 4, 8, Drop::ArpFormat},
		{"protocol length", 5, 16, Drop::ArpFormat},
		{"operation", 7, 3, Drop::ArpOperation},
		{"multicast sender", 8, 1, Drop::ArpSender},
		{"loopback sender", 14, 127, Drop::ArpSender},
		{"group as sender", 14, 224, Drop::ArpSender},
		{"loopback target", 24, 127, Drop::ArpTarget},
		{"group as target", 24, 224, Drop::ArpTarget},
	};

	for (const auto &row : rows) {
		Moved drops(row.cause);
		Frame frame = request(kPeerIp, kOurIp);
		frame[header + row.at] = row.value;
		device.inject(frame);
		device.inject(frame, {9, 20});
		EXPECT_EQ_IN(row.what, drops.by(), 2);
	}
	for (u32 len = header; len < size; len++) {
		Moved drops(Drop::ArpTruncated);
		Frame frame = request(kPeerIp, kOurIp);
		frame.resize(len);
		device.inject(frame);
		EXPECT_EQ(drops.by(), 1);
	}
	EXPECT_EQ(device.count_sent(), 0);
	EXPECT_EQ(pernet(&init_net).neigh.count, 0);
}

TEST(garbage_changes_nothing)
{
	FakeDevice device(test);
	Random random(1);

	for (u32 round = 0; round < 2000; round++) {
		Frame frame = request(kPeerIp, kStranger);
		for (u32 flips = 1 + random.below(6); flips; flips--)
			frame[sizeof(EthernetHeader) + random.below(24)] ^= 1 << random.below(8);
		frame.resize(sizeof(EthernetHeader) + random.below(60));
		device.inject(frame, {random.below(20), 20 + random.below(20)});
	}
	EXPECT_EQ(device.count_sent(), 0);
	EXPECT_EQ(pernet(&init_net).neigh.count, 0);
}

TEST(takes_every_split)
{
	FakeDevice device(test);

	for (u32 linear = 0; linear <= sizeof(ArpPacket); linear++)
		for (u32 first = linear; first <= sizeof(ArpPacket); first += 5) {
			device.inject(request(kPeerIp, kOurIp), {linear, first});
			EXPECT_EQ(device.count_sent(), 1);
			device.forget_sent();
		}
}

TEST(is_silent_on_devices_without_arp)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Moved drops(Drop::ArpDevice);

	device.inject(request(kPeerIp, kOurIp));
	EXPECT_EQ(drops.by(), 1);
	EXPECT_EQ(device.count_sent(), 0);
}

TEST(ignores_what_it_is_told_to)
{
	FakeDevice device(test);
	const struct {
		int arp_ignore;
		be32 asker;
		u32 answers;
	} rows[] = {
		{0, kPeerIp, 1}, {1, kPeerIp, 1},	   {2, kPeerIp, 1},
		{3, kPeerIp, 1}, {2, ip(10, 98, 0, 2), 0}, {8, kPeerIp, 0},
	};

	for (const auto &row : rows) {
		IN_DEV_CONF_SET(device.in_dev(), ARP_IGNORE, row.arp_ignore);
		device.inject(request(row.asker, kOurIp));
		EXPECT_EQ(device.count_sent(), row.answers);
		device.forget_sent();
	}
}

TEST(request_has_a_source_of_ours)
{
	FakeDevice device(test);
	const struct {
		be32 wanted, used;
	} rows[] = {
		{kOurIp, kOurIp},
		{ip(0, 0, 0, 0), kOurIp},
		{kStranger, kOurIp},
		{ip(127, 0, 0, 1), kOurIp},
	};

	for (const auto &row : rows) {
		SkbPtr skb = arp_create_request(device.dev(), row.wanted, kPeerIp, nullptr);
		const ArpPacket *arp = behind<ArpPacket>(skb, sizeof(EthernetHeader));
		KUNIT_ASSERT_NOT_NULL(test, arp);
		EXPECT_EQ(arp->sender_ip, row.used);
		EXPECT_EQ(arp->target_ip, kPeerIp);
		EXPECT_TRUE(arp->target_mac == kNobody);
		EXPECT_TRUE(behind<EthernetHeader>(skb, 0)->to == kEverybody);
		skb.consume();
	}
}

namespace {

/* The next frame of our ARP that was sent, or null; the kernel's stack announces itself, too. */
SkbPtr next_arp(FakeDevice &device)
{
	SkbPtr skb = device.next_sent();

	while (skb && behind<EthernetHeader>(skb, 0)->type.host() != kArpType) {
		skb.consume();
		skb = device.next_sent();
	}
	return skb;
}

void expect_announcement(struct kunit *test, FakeDevice &device, const MacAddress &from)
{
	SkbPtr frame = next_arp(device);
	const ArpPacket *arp = behind<ArpPacket>(frame, sizeof(EthernetHeader));

	KUNIT_ASSERT_NOT_NULL(test, arp);
	EXPECT_TRUE(behind<EthernetHeader>(frame, 0)->to == kEverybody);
	EXPECT_EQ(arp->operation.host(), 1);
	EXPECT_TRUE(arp->sender_mac == from && arp->target_mac == kNobody);
	EXPECT_EQ(arp->sender_ip, kOurIp);
	EXPECT_EQ(arp->target_ip, kOurIp);
	frame.consume();
}

} // namespace

TEST(announces_itself_when_asked_to)
{
	FakeDevice device(test);
	Moved sent(Mib::ArpRequestsSent);

	netdev_notify_peers(device.dev());
	expect_announcement(test, device, kOurMac);
	EXPECT_TRUE(!next_arp(device));
	EXPECT_EQ(sent.by(), 1);
}

TEST(announces_changes_if_arp_notify_says_so)
{
	FakeDevice device(test);
	const MacAddress first = {{2, 0, 0, 0, 1, 1}}, second = {{2, 0, 0, 0, 1, 2}};

	EXPECT_EQ(device.set_address(first), 0);
	EXPECT_TRUE(!next_arp(device));
	IN_DEV_CONF_SET(device.in_dev(), ARP_NOTIFY, 1);
	EXPECT_EQ(device.set_address(second), 0);
	expect_announcement(test, device, second);
	rtnl_lock();
	dev_close(device.dev());
	EXPECT_EQ(dev_open(device.dev(), nullptr), 0);
	rtnl_unlock();
	expect_announcement(test, device, second);
	EXPECT_TRUE(!next_arp(device));
}

TEST(announces_nothing_on_devices_without_arp)
{
	FakeDevice device(test, Link::EthernetNoArp);

	netdev_notify_peers(device.dev());
	EXPECT_TRUE(!next_arp(device));
}

STACK_SUITE("arp", TEST_CASE(answers_a_request_for_us), TEST_CASE(does_not_answer_for_others),
	    TEST_CASE(does_not_answer_martians), TEST_CASE(answers_a_probe_and_learns_nothing),
	    TEST_CASE(unsolicited_packets_create_nothing),
	    TEST_CASE(counts_duplicates_of_our_address), TEST_CASE(drops_malformed_packets),
	    TEST_CASE(garbage_changes_nothing), TEST_CASE(takes_every_split),
	    TEST_CASE(is_silent_on_devices_without_arp), TEST_CASE(ignores_what_it_is_told_to),
	    TEST_CASE(request_has_a_source_of_ours), TEST_CASE(announces_itself_when_asked_to),
	    TEST_CASE(announces_changes_if_arp_notify_says_so),
	    TEST_CASE(announces_nothing_on_devices_without_arp));

} // namespace tcpxx::testing
