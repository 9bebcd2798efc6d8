// SPDX-License-Identifier: GPL-2.0
#include "stack.h"
#include "core/pmtudisc.h"
#include "fake_device.h"
#include "net/ip.h"
#include "net/ip_fragment.h"

namespace tcpxx::testing {
namespace {

constexpr IpParams kMayBeCut = {
	.saddr = kOurIp, .daddr = kPeerIp, .ttl = 17, .tos = 0x28, .fragments = Fragments::Allowed};

u8 byte_at(u32 offset) { return static_cast<u8>(offset * 13 + offset / 256); }

SkbPtr make_text(u32 len)
{
	SkbPtr skb(alloc_skb(kMaxHeaderRoom + len, GFP_KERNEL));

	if (!skb)
		return skb;
	skb_reserve(skb.get(), kMaxHeaderRoom);
	for (u32 i = 0; i < len; i++)
		skb_put_u8(skb.get(), byte_at(i));
	skb_reset_transport_header(skb.get());
	return skb;
}

int transmit(const FakeDevice &device, u32 mtu, const IpParams &params, SkbPtr skb)
{
	const Route route = {.ifindex = device.dev()->ifindex,
			     .saddr = kOurIp,
			     .next_hop = kPeerIp,
			     .mtu = mtu,
			     .genid = 0};
	return tcpxx::ip_queue_xmit(&init_net, route, params, move(skb));
}

/* Looks at the fragments of one datagram as they were sent; the number of them, 0 if something is wrong. */
u32 check_sent(struct kunit *test, FakeDevice &device, u32 mtu, u32 text_len)
{
	u32 count = 0, offset = 0;
	u16 id = 0;
	bool more = true;

	for (; more; count++) {
		SkbPtr sent = device.next_sent();
		const Ipv4Header *ip = behind<Ipv4Header>(sent, 0);
		if (!ip)
			return 0;
		const Bytes text = linear_bytes(sent.get()).after(sizeof(Ipv4Header));
		more = ip->frag_off.host() & kIpMoreFragments;
		EXPECT_TRUE(sent->len <= mtu && (!more || sent->len + kFragmentUnit > mtu));
		EXPECT_EQ(ip->tot_len.host(), sent->len);
		EXPECT_EQ(ip->frag_off.host() & kIpDontFragment, 0);
		EXPECT_EQ(ip->fragment_offset() * kFragmentUnit, offset);
		EXPECT_EQ(ip->ttl, 17);
		EXPECT_EQ(ip->tos, 0x28);
		EXPECT_EQ(checksum_fold(checksum_add(0, linear_bytes(sent.get()).first(20))), 0);
		EXPECT_TRUE(!count || ip->id.host() == id);
		id = ip->id.host();
		EXPECT_EQ(ntohs(sent->protocol), kDatagramType);
		for (u32 i = 0; i < text.size(); i++)
			if (text[i] != byte_at(offset + i)) {
				EXPECT_EQ(text[i], byte_at(offset + i));
				break;
			}
		offset += text.size();
		sent.consume();
	}
	EXPECT_EQ(offset, text_len);
	EXPECT_EQ(device.count_sent(), 0);
	return count;
}

} // namespace

struct SizeCase {
	u32 mtu, text, fragments;
};

TEST(cuts_to_the_mtu)
{
	FakeDevice device(test, Link::None);
	const SizeCase sizes[] = {
		{68, 48, 1},  {68, 49, 2},     {68, 96, 2},	{68, 97, 3},	 {100, 80, 1},
		{100, 81, 2}, {1500, 1480, 1}, {1500, 1481, 2}, {576, 5000, 10}, {1500, 65515, 45}};

	for (const SizeCase &c : sizes) {
		Moved wholes(Mib::FragOKs), pieces(Mib::FragCreates), fails(Mib::FragFails);
		EXPECT_EQ(transmit(device, c.mtu, kMayBeCut, make_text(c.text)), 0);
		EXPECT_EQ(check_sent(test, device, c.mtu, c.text), c.fragments);
		EXPECT_EQ(wholes.by(), c.fragments > 1);
		EXPECT_EQ(pieces.by(), c.fragments > 1 ? c.fragments : 0);
		EXPECT_EQ(fails.by(), 0);
	}
}

/* What a socket that does not believe in the path's MTU asks for. */
TEST(cuts_for_the_first_link_if_told_so)
{
	FakeDevice device(test, Link::None);
	IpParams params = kMayBeCut;

	params.mtu = 1500;
	EXPECT_EQ(transmit(device, 600, params, make_text(1480)), 0);
	EXPECT_EQ(check_sent(test, device, 1500, 1480), 1);
}

TEST(df_is_clear_below_128)
{
	FakeDevice device(test, Link::None);
	IpParams params = kMayBeCut;

	params.fragments = Fragments::Forbidden;
	EXPECT_EQ(transmit(device, kLeastMtuWithDf - 1, params, make_text(300)), 0);
	EXPECT_EQ(check_sent(test, device, kLeastMtuWithDf - 1, 300), 3);
	/* From there on it is set, and nothing is cut. */
	EXPECT_EQ(transmit(device, kLeastMtuWithDf, params, make_text(300)), 0);
	SkbPtr sent = device.next_sent();
	const Ipv4Header *ip = behind<Ipv4Header>(sent, 0);
	KUNIT_ASSERT_NOT_NULL(test, ip);
	EXPECT_EQ(ip->frag_off.host(), kIpDontFragment);
	EXPECT_EQ(sent->len, 320);
	sent.consume();
}

/* A checksum that was left to the device is in the first fragment, over all of them. */
TEST(fills_the_checksum_in_before)
{
	FakeDevice device(test, Link::None);
	SkbPtr skb = make_text(301);
	u32 sum = 0;

	KUNIT_ASSERT_NOT_NULL(test, skb.get());
	skb->data[16] = skb->data[17] = 0;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = static_cast<u16>(skb->data - skb->head);
	skb->csum_offset = 16;
	EXPECT_EQ(transmit(device, 100, kMayBeCut, move(skb)), 0);
	EXPECT_EQ(device.count_sent(), 4);
	while (SkbPtr sent = device.next_sent()) {
		EXPECT_EQ(sent->ip_summed, CHECKSUM_NONE);
		/* Every fragment begins at an even place, so the sums add up. */
		sum = checksum_add(sum, linear_bytes(sent.get()).after(sizeof(Ipv4Header)));
		sent.consume();
	}
	EXPECT_EQ(checksum_fold(sum), 0);
}

/* The sender pays for fragments: here while they wait for a neighbour. */
TEST(charges_the_socket)
{
	struct socket *sock;

	KUNIT_ASSERT_EQ(test, sock_create_kern(&init_net, AF_INET, SOCK_DGRAM, IPPROTO_UDP, &sock),
			0);
	const auto before = sk_wmem_alloc_get(sock->sk);
	{
		FakeDevice device(test, Link::Ethernet);
		SkbPtr skb = make_text(300);
		if (skb)
			skb_set_owner_w(skb.get(), sock->sk);
		EXPECT_EQ(transmit(device, 100, kMayBeCut, move(skb)), 0);
		/* The whole is gone, so what is charged are the fragments. */
		EXPECT_TRUE(sk_wmem_alloc_get(sock->sk) > before);
	}
	EXPECT_EQ(sk_wmem_alloc_get(sock->sk), before);
	sock_release(sock);
}

/* Part of a datagram is of no use to anybody. */
TEST(stops_when_the_device_refuses)
{
	FakeDevice device(test, Link::Ethernet);
	Moved wholes(Mib::FragOKs), fails(Mib::FragFails), pieces(Mib::FragCreates);

	/* ARP is not spoken there. */
	device.dev()->addr_len = 8;
	EXPECT_EQ(transmit(device, 100, kMayBeCut, make_text(300)), -EHOSTUNREACH);
	device.dev()->addr_len = sizeof(MacAddress);
	EXPECT_EQ(wholes.by(), 0);
	EXPECT_EQ(fails.by(), 1);
	EXPECT_EQ(pieces.by(), 1);
}

STACK_SUITE("ip_do_fragment", TEST_CASE(cuts_to_the_mtu),
	    TEST_CASE(cuts_for_the_first_link_if_told_so), TEST_CASE(df_is_clear_below_128),
	    TEST_CASE(fills_the_checksum_in_before), TEST_CASE(charges_the_socket),
	    TEST_CASE(stops_when_the_device_refuses));

} // namespace tcpxx::testing
