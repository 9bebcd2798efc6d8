// SPDX-License-Identifier: GPL-2.0
/* Whom an arriving datagram is for, and whether its source may be where it came from. */
#include "stack.h"
#include "fake_device.h"
#include "kapi/guards.h"
#include "net/route.h"
#include "random_routes.h"

namespace tcpxx::testing {
namespace {

Drop judge(const struct net_device *dev, be32 daddr, be32 saddr, u8 tos = 0)
{
	RcuRead rcu;

	return tcpxx::ip_route_input(
		&init_net, {.daddr = daddr, .saddr = saddr, .oif = 0, .mark = 0, .tos = tos},
		const_cast<struct net_device *>(dev));
}

/* What the kernel's own stack says of the same datagram. */
Drop kernels_judgement(const struct net_device *dev, be32 daddr, be32 saddr, u8 tos)
{
	RcuRead rcu;
	BhOff softirq;
	SkbPtr skb(alloc_skb(64, GFP_ATOMIC));

	if (!skb)
		return Drop::NoMemory;
	skb->dev = const_cast<struct net_device *>(dev);
	skb->protocol = htons(ETH_P_IP);
	const int rc = ip_route_input_noref(skb.get(), daddr.network(), saddr.network(), tos,
					    skb->dev);
	const bool local = !rc && skb_rtable(skb.get())->rt_flags & RTCF_LOCAL;
	skb_dst_drop(skb.get());
	skb.consume();
	return rc == -EXDEV ? Drop::ReversePath :
	       rc == -EINVAL ? Drop::Martian :
	       local	     ? Drop::None :
			       Drop::NotLocal;
}

} // namespace

TEST(what_is_for_us)
{
	FakeDevice device(test);
	struct net_device *dev = device.dev(), *lo = init_net.loopback_dev;

	EXPECT_EQ(judge(dev, kOurIp, kPeerIp), Drop::None);
	EXPECT_EQ(judge(dev, kOurIp, ip(8, 8, 8, 8)), Drop::None);
	EXPECT_EQ(judge(lo, kOurIp, kOurIp), Drop::None);
	EXPECT_EQ(judge(lo, ip(127, 0, 0, 1), ip(127, 0, 0, 1)), Drop::None);
	/* Weak host model: by whichever device it came. */
	EXPECT_EQ(judge(lo, kOurIp, kPeerIp), Drop::None);
	EXPECT_EQ(judge(dev, kPeerIp, kOurIp), Drop::NotLocal);
	EXPECT_EQ(judge(dev, ip(8, 8, 8, 8), kPeerIp), Drop::NotLocal);
}

TEST(own_source_from_outside)
{
	FakeDevice device(test);

	EXPECT_EQ(judge(device.dev(), kOurIp, kOurIp), Drop::Martian);
	IN_DEV_CONF_SET(device.in_dev(), ACCEPT_LOCAL, 1);
	EXPECT_EQ(judge(device.dev(), kOurIp, kOurIp), Drop::None);
}

/* Both stacks let in the same datagrams: each mode, of sources behind this device, behind another,
 * behind both, our own, nowhere, refused, and behind routes that only the kernel can judge. */
TEST(reverse_paths_as_the_kernel)
{
	FakeDevice device(test), other(test), bare(test);
	const int oif = device.dev()->ifindex, second = other.dev()->ifindex;
	const be32 sources[] = {
		kPeerIp,	     ip(10, 50, 0, 1), ip(10, 51, 0, 1), ip(10, 52, 0, 1),
		ip(10, 53, 0, 1),    ip(10, 54, 0, 1), ip(10, 55, 0, 1), ip(10, 56, 0, 1),
		ip(203, 0, 113, 1),  kOurIp,	       ip(10, 60, 0, 1), ip(0, 0, 0, 1),
	};

	EXPECT_EQ(delete_address(second, kOurIp, 24), 0);
	EXPECT_EQ(delete_address(bare.dev()->ifindex, kOurIp, 24), 0);
	EXPECT_EQ(add_address(second, ip(10, 60, 0, 1), 24), 0);
	EXPECT_EQ(add_route({ip(10, 50, 0, 0), 16, kPeerIp, oif, RTN_UNICAST}), 0);
	EXPECT_EQ(add_route({ip(10, 51, 0, 0), 16, ip(10, 60, 0, 2), second, RTN_UNICAST}), 0);
	EXPECT_EQ(add_route({ip(10, 52, 0, 0), 16, {}, 0, RTN_BLACKHOLE}), 0);
	EXPECT_EQ(add_route({ip(10, 53, 0, 0), 16, {}, 0, RTN_UNREACHABLE}), 0);
	EXPECT_EQ(add_route({.destination = ip(10, 54, 0, 0),
			     .prefix_len = 16,
			     .gateway = kPeerIp,
			     .oif = 0,
			     .type = RTN_UNICAST,
			     .second_gateway = ip(10, 60, 0, 2)}),
		  0);
	EXPECT_EQ(add_route({ip(10, 55, 0, 0), 16, {}, 0, RTN_THROW}), 0);
	/* By a TOS of its own through the one device, else through the other. */
	EXPECT_EQ(add_route({.destination = ip(10, 56, 0, 0),
			     .prefix_len = 16,
			     .gateway = kPeerIp,
			     .oif = oif,
			     .type = RTN_UNICAST,
			     .tos = 0x10}),
		  0);
	EXPECT_EQ(add_route({ip(10, 56, 0, 0), 16, ip(10, 60, 0, 2), second, RTN_UNICAST}), 0);

	const FakeDevice *devices[] = {&device, &other, &bare};
	u32 admitted = 0, filtered = 0;
	for (const FakeDevice *by : devices)
		for (int mode = 0; mode < 4; mode++)
			for (int accept_local = 0; accept_local < 2; accept_local++) {
				IN_DEV_CONF_SET(by->in_dev(), RP_FILTER, mode);
				IN_DEV_CONF_SET(by->in_dev(), ACCEPT_LOCAL, accept_local);
				for (be32 source : sources)
					for (u8 tos = 0; tos <= 0x10; tos += 0x10) {
						const Drop own = judge(by->dev(), kOurIp, source, tos);
						EXPECT_EQ(own, kernels_judgement(by->dev(), kOurIp,
										 source, tos));
						admitted += own == Drop::None;
						filtered += own == Drop::ReversePath;
					}
			}
	EXPECT_TRUE(admitted > 100 && filtered > 100);
}

/* The stricter of the device's setting and that of all. */
TEST(reverse_path_of_all)
{
	FakeDevice device(test);
	const be32 source = ip(203, 0, 113, 1);

	EXPECT_EQ(judge(device.dev(), kOurIp, source), Drop::None);
	IPV4_DEVCONF_ALL(&init_net, RP_FILTER) = 2;
	EXPECT_EQ(judge(device.dev(), kOurIp, source), Drop::ReversePath);
	IPV4_DEVCONF_ALL(&init_net, RP_FILTER) = 0;
	EXPECT_EQ(judge(device.dev(), kOurIp, source), Drop::None);
}

TEST(local_addresses)
{
	FakeDevice device(test);

	EXPECT_TRUE(is_local_address(&init_net, kOurIp));
	EXPECT_TRUE(!is_local_address(&init_net, kPeerIp));
	EXPECT_TRUE(!is_local_address(&init_net, ip(10, 99, 0, 255)));
	EXPECT_TRUE(!is_local_address(&init_net, ip(224, 0, 0, 1)));
	EXPECT_TRUE(!is_local_address(&init_net, be32{}));
}

STACK_SUITE("fib_input", TEST_CASE(what_is_for_us), TEST_CASE(own_source_from_outside),
	    TEST_CASE(reverse_paths_as_the_kernel), TEST_CASE(reverse_path_of_all),
	    TEST_CASE(local_addresses));

} // namespace tcpxx::testing
