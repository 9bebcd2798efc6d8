/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A network device without a network: what is sent on it is kept, and what a test injects is
 * received, before the call returns. It is up in init_net, with kOurMac and kOurIp/24.
 */
#pragma once
#include "frame.h"
#include "kapi/skb.h"
#include "test.h"

namespace tcpxx::testing {

/* Of what kind the link is. None: no header, no address, as a tun device. */
enum class Link : u8 { Ethernet, EthernetNoArp, None };

/* Where an injected packet is cut: bytes behind the link-layer header, in rising order. */
struct Split {
	u32 linear; /* so many are in the linear part */
	u32 first; /* and up to here in a first fragment, the rest in a second */
};
constexpr Split kLinear = {~0u, ~0u};

class FakeDevice {
	struct net_device *dev_ = nullptr;
	Link link_;

	void remove();

public:
	/* Ends the test case if there is no memory for it. */
	explicit FakeDevice(struct kunit *test, Link link = Link::Ethernet);
	~FakeDevice();
	FakeDevice(const FakeDevice &) = delete;

	struct net_device *dev() const { return dev_; }
	/* As `ip link set dev ... address`. 0 or a negative errno. */
	int set_address(const MacAddress &mac) const;
	/* Its IPv4 settings. They live as long as the device, so the lock is held for the look-up only. */
	struct in_device *in_dev() const;

	/* A packet as a driver hands it up, ready for receive(). */
	SkbPtr make(const Frame &frame, Split split = kLinear) const;
	/* The same by a device that has summed up all bytes behind the link-layer header. */
	SkbPtr make_summed(const Frame &frame, Split split = kLinear) const;
	static void receive(SkbPtr skb);
	void inject(const Frame &frame, Split split = kLinear) const
	{
		receive(make(frame, split));
	}

	/* What was sent, first things first; linear; null if there is nothing more. */
	SkbPtr next_sent();
	/* The same, as the driver got it: perhaps in pieces, and sharing them with its sender. */
	SkbPtr take_sent();
	u32 count_sent() const;
	void forget_sent();
};

/* The frame that next_sent() gave, seen as a header and what is behind it; null if it is too short. */
template <class Wire> const Wire *behind(const SkbPtr &skb, u32 offset)
{
	return skb ? linear_bytes(skb.get()).after(offset).as<Wire>() : nullptr;
}

} // namespace tcpxx::testing
