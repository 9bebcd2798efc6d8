/* SPDX-License-Identifier: GPL-2.0 */
/* Stations beside the fake device, for the suites of the neighbour table. */
#pragma once
#include "stack.h"
#include "fake_device.h"
#include "kapi/guards.h"
#include "net/ip.h"
#include "net/neighbour_entry.h"

namespace tcpxx::testing {

inline NeighbourTable &table() { return pernet(&init_net).neigh; }

/* A datagram of ours with a number in it, as ip_queue_xmit() leaves it. */
inline SkbPtr make_datagram(const struct net_device *dev, u8 number)
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

inline int send(const FakeDevice &device, u8 number = 0, be32 next_hop = kPeerIp)
{
	RcuRead rcu;

	return tcpxx::neigh_output(&init_net, next_hop, make_datagram(device.dev(), number));
}

/* Of a connection that has made progress. */
inline int send_confirming(const FakeDevice &device)
{
	RcuRead rcu;
	SkbPtr skb = make_datagram(device.dev(), 0);

	skb_set_dst_pending_confirm(skb.get(), 1);
	return tcpxx::neigh_output(&init_net, kPeerIp, move(skb));
}

inline void hear(const FakeDevice &device, Heard heard, const MacAddress &mac = kPeerMac,
	  be32 ip = kPeerIp)
{
	RcuRead rcu;

	tcpxx::neigh_update(&init_net, device.dev(), ip, mac, heard);
}

inline const Neighbour *entry(const FakeDevice &device, be32 ip = kPeerIp)
{
	BhLock lock(&table().lock);

	return neigh_find(table(), device.dev(), ip);
}

/* Lets the time come when the entry is due. Its state then, or Failed if it has gone. */
inline NeighState wait_until_due(const FakeDevice &device)
{
	const Neighbour *n = entry(device);

	if (n)
		neigh_periodic_work(table(), n->due);
	n = entry(device);
	return n ? n->state : NeighState::Failed;
}

inline struct neigh_parms *settings(const FakeDevice &device)
{
	return device.in_dev()->arp_parms;
}

/* The kernel's thresholds for its ARP table, for a while. */
class Thresholds {
	const int first_ = arp_tbl.gc_thresh1, second_ = arp_tbl.gc_thresh2,
		  third_ = arp_tbl.gc_thresh3;

	static void set(int first, int second, int third)
	{
		WRITE_ONCE(arp_tbl.gc_thresh1, first);
		WRITE_ONCE(arp_tbl.gc_thresh2, second);
		WRITE_ONCE(arp_tbl.gc_thresh3, third);
	}

public:
	Thresholds(int first, int second, int third) { set(first, second, third); }
	~Thresholds() { set(first_, second_, third_); }
};

constexpr be32 station(u32 number) { return be32::from_host(0x0a640000 + number); }

/* So long ago that it counts as old. */
inline void age_by(const FakeDevice &device, be32 ip, unsigned long time)
{
	const_cast<Neighbour *>(entry(device, ip))->updated -= time;
}

/* An entry of the kernel's own table, as `ip neigh replace`; nullptr: `ip neigh del`. */
inline void set_kernel_entry(struct kunit *test, const FakeDevice &device, const MacAddress *mac,
		      u8 nud_state = NUD_PERMANENT)
{
	const __be32 key = kPeerIp.network();
	struct neighbour *n = __neigh_lookup_errno(&arp_tbl, &key, device.dev());

	KUNIT_ASSERT_FALSE(test, IS_ERR(n));
	EXPECT_EQ(::neigh_update(n, mac ? mac->b : nullptr, mac ? nud_state : NUD_FAILED,
				 NEIGH_UPDATE_F_OVERRIDE | NEIGH_UPDATE_F_ADMIN, 0),
		  0);
	neigh_release(n);
}

/* The next frame sent: 'd' and its number for a datagram to `mac`, 'r' for a request. */
struct Sent {
	char kind;
	u8 number;
	MacAddress to;
};

inline Sent next(FakeDevice &device)
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
inline void make_reachable(FakeDevice &device)
{
	send(device);
	hear(device, Heard::Answer);
	device.forget_sent();
}

} // namespace tcpxx::testing
