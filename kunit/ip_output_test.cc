// SPDX-License-Identifier: GPL-2.0
#include "stack.h"
#include "fake_device.h"
#include "kapi/guards.h"
#include "net/ip.h"

namespace tcpxx::testing {
namespace {

constexpr IpParams kParams = {.saddr = kOurIp, .daddr = kPeerIp, .ttl = 17, .tos = 0x28};

/* `len` bytes that count up, behind `headroom` bytes. */
SkbPtr make_segment(u32 len, u32 headroom = kMaxHeaderRoom)
{
	SkbPtr skb(alloc_skb(headroom + len, GFP_ATOMIC));

	if (!skb)
		return skb;
	skb_reserve(skb.get(), headroom);
	for (u32 i = 0; i < len; i++)
		skb_put_u8(skb.get(), static_cast<u8>(i));
	skb_reset_transport_header(skb.get());
	return skb;
}

/* Straight to the peer; on a device that asks nobody. */
Route route_over(const FakeDevice &device)
{
	return {
		.ifindex = device.dev()->ifindex,
		.saddr = kOurIp,
		.next_hop = kPeerIp,
		.mtu = 1500,
		.genid = 0,
	};
}

int transmit(const FakeDevice &device, SkbPtr skb)
{
	return tcpxx::ip_queue_xmit(&init_net, route_over(device), kParams, move(skb));
}

} // namespace

TEST(writes_the_header)
{
	FakeDevice device(test, Link::None);
	Moved requests(Mib::OutRequests);

	EXPECT_EQ(transmit(device, make_segment(100)), 0);
	SkbPtr sent = device.next_sent();
	const Ipv4Header *header = behind<Ipv4Header>(sent, 0);
	KUNIT_ASSERT_NOT_NULL(test, header);
	EXPECT_EQ(header->version_ihl, 0x45);
	EXPECT_EQ(header->tos, kParams.tos);
	EXPECT_EQ(header->tot_len.host(), 120);
	EXPECT_EQ(header->id.host(), 0);
	EXPECT_EQ(header->frag_off.host(), kIpDontFragment);
	EXPECT_EQ(header->ttl, kParams.ttl);
	EXPECT_EQ(header->protocol, kIpProtoTcp);
	EXPECT_EQ(header->saddr, kOurIp);
	EXPECT_EQ(header->daddr, kPeerIp);
	EXPECT_EQ(checksum_fold(checksum_add(0, linear_bytes(sent.get()).first(20))), 0);
	EXPECT_EQ(requests.by(), 1);
	sent.consume();
}

/* RFC 6864, 4.2: a datagram that may be cut has a number of its own. */
TEST(numbers_what_may_be_cut)
{
	FakeDevice device(test, Link::None);
	IpParams params = kParams;
	u16 last = 0;

	params.fragments = Fragments::Allowed;
	params.protocol = kIpProtoIcmp;
	for (u32 i = 0; i < 10; i++) {
		EXPECT_EQ(tcpxx::ip_queue_xmit(&init_net, route_over(device), params,
					       make_segment(10)),
			  0);
		SkbPtr sent = device.next_sent();
		const Ipv4Header *header = behind<Ipv4Header>(sent, 0);
		KUNIT_ASSERT_NOT_NULL(test, header);
		EXPECT_EQ(header->frag_off.host(), 0);
		EXPECT_EQ(header->protocol, kIpProtoIcmp);
		EXPECT_EQ(checksum_fold(checksum_add(0, linear_bytes(sent.get()).first(20))), 0);
		EXPECT_TRUE(!i || header->id.host() != last);
		last = header->id.host();
		sent.consume();
	}
}

TEST(leaves_the_segment_alone)
{
	FakeDevice device(test, Link::None);

	EXPECT_EQ(transmit(device, make_segment(100)), 0);
	SkbPtr sent = device.next_sent();
	KUNIT_ASSERT_NOT_NULL(test, sent.get());
	EXPECT_EQ(sent->len, 120);
	EXPECT_EQ(skb_network_offset(sent.get()), 0);
	EXPECT_EQ(skb_transport_offset(sent.get()), 20);
	EXPECT_EQ(ntohs(sent->protocol), kDatagramType);
	const Bytes text = linear_bytes(sent.get()).after(20);
	for (u32 i = 0; i < text.size(); i++)
		EXPECT_EQ(text[i], i);
	sent.consume();
}

TEST(makes_room_where_there_is_none)
{
	FakeDevice device(test, Link::EthernetNoArp);
	const u32 rooms[] = {0, 1, 19, 20, 33, 34};

	for (u32 room : rooms) {
		EXPECT_EQ(transmit(device, make_segment(40, room)), 0);
		SkbPtr sent = device.next_sent();
		KUNIT_ASSERT_NOT_NULL(test, sent.get());
		EXPECT_EQ(sent->len, sizeof(EthernetHeader) + 20 + 40);
		EXPECT_EQ(behind<Ipv4Header>(sent, sizeof(EthernetHeader))->tot_len.host(), 60);
		sent.consume();
	}
}

/* TCP keeps the segment for retransmission and sends a clone of it: its bytes must stay. */
TEST(does_not_write_into_a_clone)
{
	FakeDevice device(test, Link::EthernetNoArp);
	SkbPtr original = make_segment(40);
	KUNIT_ASSERT_NOT_NULL(test, original.get());
	const u8 *before = original->data - 34;
	u8 room[34];

	__builtin_memset(const_cast<u8 *>(before), 0x5a, sizeof(room));
	__builtin_memcpy(room, before, sizeof(room));
	SkbPtr clone(skb_clone(original.get(), GFP_ATOMIC));
	KUNIT_EXPECT_NOT_NULL(test, clone.get());
	EXPECT_EQ(transmit(device, move(clone)), 0);
	EXPECT_EQ(__builtin_memcmp(room, before, sizeof(room)), 0);
	original.consume();
}

TEST(takes_priority_and_mark_of_the_owner)
{
	FakeDevice device(test, Link::None);
	struct socket *sock;

	KUNIT_ASSERT_EQ(test, sock_create_kern(&init_net, AF_INET, SOCK_DGRAM, IPPROTO_UDP, &sock),
			0);
	sock->sk->sk_priority = 5;
	sock->sk->sk_mark = 77;
	SkbPtr skb = make_segment(10);
	if (skb) {
		sock_hold(sock->sk);
		skb->sk = sock->sk;
		skb->destructor = sock_efree;
	}
	EXPECT_EQ(transmit(device, move(skb)), 0);
	SkbPtr sent = device.next_sent();
	if (sent) {
		EXPECT_EQ(sent->priority, 5);
		EXPECT_EQ(sent->mark, 77);
		sent.consume();
	}
	sock_release(sock);
}

TEST(refuses_a_device_that_is_gone)
{
	Moved drops(Drop::NoRoute), routes(Mib::OutNoRoutes);
	const Route route = {
		.ifindex = 99999, .saddr = kOurIp, .next_hop = kPeerIp, .mtu = 1500, .genid = 0};

	EXPECT_EQ(tcpxx::ip_queue_xmit(&init_net, route, kParams, make_segment(10)), -ENETUNREACH);
	EXPECT_EQ(drops.by(), 1);
	EXPECT_EQ(routes.by(), 1);
}

TEST(refuses_what_total_length_cannot_say)
{
	FakeDevice device(test, Link::None);
	Moved discards(Mib::OutDiscards);

	EXPECT_EQ(transmit(device, make_segment(65516)), -EMSGSIZE);
	EXPECT_EQ(discards.by(), 1);
	EXPECT_EQ(device.count_sent(), 0);
	EXPECT_EQ(transmit(device, make_segment(65515)), 0);
	EXPECT_EQ(device.count_sent(), 1);
}

TEST(comes_back_over_loopback)
{
	Moved delivered(Mib::InDelivers);
	const Route route = {.ifindex = init_net.loopback_dev->ifindex,
			     .saddr = ip(127, 0, 0, 1),
			     .next_hop = ip(127, 0, 0, 1),
			     .mtu = 65535,
			     .genid = 0};
	const IpParams params = {
		.saddr = ip(127, 0, 0, 1), .daddr = ip(127, 0, 0, 1), .ttl = 64, .tos = 0};

	rtnl_lock();
	const int up = dev_open(init_net.loopback_dev, nullptr);
	rtnl_unlock();
	KUNIT_ASSERT_EQ(test, up, 0);
	{
		/* lo receives in a softirq of this processor, which runs when they are let in again. */
		BhOff softirq;
		EXPECT_EQ(tcpxx::ip_queue_xmit(&init_net, route, params, make_segment(20)), 0);
	}
	EXPECT_EQ(delivered.by(), 1);
}

TEST(devices_that_get_packets_of_many_segments)
{
	static constexpr struct {
		const char *kind; /* as `ip link` names it; "": none, as a card has */
		bool takes;
	} rows[] = {
		{"veth", true},	  {"tun", true},    {"dummy", true},   {"", false},	 {"bridge", false}, {"vlan", false},
		{"macvlan", false}, {"bond", false},  {"team", false},   {"vxlan", false}, {"gre", false},    {"ipvlan", false},
		{"vet", false},	  {"vethx", false}, {"dumm", false},
	};
	auto *dev = static_cast<struct net_device *>(kunit_kzalloc(test, sizeof(struct net_device), GFP_KERNEL));
	auto *ops = static_cast<struct rtnl_link_ops *>(kunit_kzalloc(test, sizeof(struct rtnl_link_ops), GFP_KERNEL));

	KUNIT_ASSERT_TRUE(test, dev && ops);
	for (const auto &row : rows) {
		ops->kind = row.kind;
		dev->rtnl_link_ops = *row.kind ? ops : nullptr;
		EXPECT_EQ_IN(row.kind, takes_gso(dev), row.takes);
	}
	EXPECT_TRUE(takes_gso(init_net.loopback_dev));
}

STACK_SUITE("ip_output", TEST_CASE(writes_the_header), TEST_CASE(numbers_what_may_be_cut),
	    TEST_CASE(leaves_the_segment_alone),
	    TEST_CASE(makes_room_where_there_is_none), TEST_CASE(does_not_write_into_a_clone),
	    TEST_CASE(takes_priority_and_mark_of_the_owner),
	    TEST_CASE(refuses_a_device_that_is_gone),
	    TEST_CASE(refuses_what_total_length_cannot_say), TEST_CASE(comes_back_over_loopback),
	    TEST_CASE(devices_that_get_packets_of_many_segments));

} // namespace tcpxx::testing
