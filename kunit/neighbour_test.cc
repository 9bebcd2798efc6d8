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

/* Of a connection that has made progress. */
int send_confirming(const FakeDevice &device)
{
	RcuRead rcu;
	SkbPtr skb = make_datagram(device.dev(), 0);

	skb_set_dst_pending_confirm(skb.get(), 1);
	return tcpxx::neigh_output(&init_net, kPeerIp, move(skb));
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
void age_by(const FakeDevice &device, be32 ip, unsigned long time)
{
	const_cast<Neighbour *>(entry(device, ip))->updated -= time;
}

/* An entry of the kernel's own table, as `ip neigh replace`; nullptr: `ip neigh del`. */
void set_kernel_entry(struct kunit *test, const FakeDevice &device, const MacAddress *mac,
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

TEST(few_stations_stay)
{
	FakeDevice device(test);
	Thresholds two(2, 512, 1024);

	make_reachable(device);
	EXPECT_EQ(wait_until_due(device), NeighState::Stale);
	const unsigned long due = entry(device)->due;
	EXPECT_EQ(wait_until_due(device), NeighState::Stale);
	EXPECT_TRUE(time_after(entry(device)->due, due));
	/* With another they are enough: the one that is due first goes. */
	hear(device, Heard::Request, kOtherMac, station(1));
	wait_until_due(device);
	EXPECT_TRUE(!entry(device, station(1)));
	EXPECT_TRUE(entry(device));
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

TEST(table_is_bounded)
{
	FakeDevice device(test);
	Thresholds small(0, 32, 64);
	Moved runs(Mib::NeighForcedGcRuns);

	make_reachable(device);
	for (u32 i = 0; i < 128; i++)
		hear(device, Heard::Request, kOtherMac, station(i));
	EXPECT_EQ(table().count, 64);
	/* Those in use survive a flood. */
	KUNIT_ASSERT_NOT_NULL(test, entry(device));
	EXPECT_EQ(entry(device)->state, NeighState::Reachable);
	/* The oldest made room for the youngest. */
	EXPECT_TRUE(!entry(device, station(0)));
	EXPECT_TRUE(entry(device, station(127)));
	EXPECT_TRUE(runs.by() <= 1);
}

TEST(many_stations_lose_the_old)
{
	FakeDevice device(test);
	Thresholds small(0, 8, 64);
	Moved runs(Mib::NeighForcedGcRuns);

	for (u32 i = 0; i < 12; i++)
		hear(device, Heard::Request, kOtherMac, station(i));
	for (u32 i = 0; i < 6; i++)
		age_by(device, station(i), 6 * HZ);
	/* Not twice in 5 s. */
	table().last_flush = jiffies;
	const unsigned long before = runs.by();
	hear(device, Heard::Request, kOtherMac, station(12));
	EXPECT_EQ(table().count, 13);
	EXPECT_EQ(runs.by(), before);
	table().last_flush -= 6 * HZ;
	hear(device, Heard::Request, kOtherMac, station(13));
	EXPECT_EQ(runs.by(), before + 1);
	/* Down to 8, and then the new one. */
	EXPECT_EQ(table().count, 9);
	for (u32 i = 0; i < 5; i++)
		EXPECT_TRUE(!entry(device, station(i)));
	EXPECT_TRUE(entry(device, station(5)));
	/* What is young stays. */
	table().last_flush -= 6 * HZ;
	for (u32 i = 14; i < 20; i++)
		hear(device, Heard::Request, kOtherMac, station(i));
	EXPECT_EQ(table().count, 14);
	EXPECT_TRUE(!entry(device, station(5)));
}

TEST(full_table_refuses)
{
	FakeDevice device(test);
	Thresholds small(0, 32, 64);
	Moved drops(Drop::NoMemory), requests(Mib::ArpRequestsSent), full(Mib::NeighTableFulls);

	/* Nobody answers; each is asked for once, and no more of them at a time than there is room. */
	for (u32 i = 0; i < 64; i++)
		EXPECT_EQ(send(device, 0, station(i)), 0);
	for (u32 i = 64; i < 200; i++)
		EXPECT_EQ(send(device, 0, station(i)), -ENOBUFS);
	for (u32 i = 0; i < 64; i++)
		EXPECT_EQ(send(device, 0, station(i)), 0);
	EXPECT_EQ(drops.by(), 136);
	EXPECT_EQ(full.by(), 136);
	EXPECT_EQ(requests.by(), 64);
	EXPECT_EQ(table().count, 64);
}

TEST(hash_grows)
{
	FakeDevice device(test);
	Thresholds large(0, 4096, 4096);
	Moved grown(Mib::NeighHashGrows);

	for (u32 i = 0; i < 1000; i++)
		hear(device, Heard::Request, kOtherMac, station(i));
	EXPECT_EQ(table().count, 1000);
	EXPECT_TRUE(table().chains->mask + 1 >= 1000);
	EXPECT_TRUE(grown.by() > 0);
	for (u32 i = 0; i < 1000; i++)
		EXPECT_TRUE(entry(device, station(i)));
	EXPECT_TRUE(!entry(device, station(1000)));
}

TEST(kernel_entry_is_found)
{
	FakeDevice device(test);

	set_kernel_entry(test, device, &kOtherMac);
	EXPECT_EQ(send(device, 1), 0);
	const Sent sent = next(device);
	EXPECT_EQ(sent.kind, 'd');
	EXPECT_TRUE(sent.to == kOtherMac);
	EXPECT_EQ(entry(device)->state, NeighState::Permanent);
	/* It is not to be talked out of it, and does not age. */
	hear(device, Heard::Announcement, kPeerMac);
	hear(device, Heard::Answer, kPeerMac);
	EXPECT_EQ(send(device, 2), 0);
	EXPECT_TRUE(next(device).to == kOtherMac);
	neigh_periodic_work(table(), jiffies + 3600 * HZ);
	EXPECT_EQ(entry(device)->state, NeighState::Permanent);
	EXPECT_EQ(device.count_sent(), 0);
}

TEST(kernel_entry_is_followed)
{
	FakeDevice device(test);
	MacAddress third = kOtherMac;

	/* While it is being resolved: what waits goes out. */
	send(device, 1);
	device.forget_sent();
	set_kernel_entry(test, device, &kOtherMac);
	EXPECT_EQ(next(device).number, 1);
	EXPECT_EQ(entry(device)->state, NeighState::Permanent);
	EXPECT_EQ(table().permanent, 1);
	third.b[5]++;
	set_kernel_entry(test, device, &third);
	send(device, 2);
	EXPECT_TRUE(next(device).to == third);
	/* Gone: whoever has the address is asked for. */
	set_kernel_entry(test, device, nullptr);
	EXPECT_EQ(entry(device)->state, NeighState::Failed);
	EXPECT_EQ(table().permanent, 0);
	send(device, 3);
	EXPECT_EQ(next(device).kind, 'r');
	hear(device, Heard::Answer);
	EXPECT_EQ(next(device).number, 3);
	/* Out of Reachable, and to one that the kernel itself has found out, which is not ours. */
	set_kernel_entry(test, device, &kOtherMac, NUD_NOARP);
	send(device, 4);
	EXPECT_TRUE(next(device).to == kOtherMac);
	set_kernel_entry(test, device, &kOtherMac, NUD_REACHABLE);
	send(device, 5);
	EXPECT_EQ(next(device).kind, 'r');
}

TEST(kernel_entry_wins_against_a_request)
{
	FakeDevice device(test);

	set_kernel_entry(test, device, &kOtherMac);
	hear(device, Heard::Request, kPeerMac);
	send(device);
	EXPECT_TRUE(next(device).to == kOtherMac);
}

TEST(permanent_stations_are_not_counted)
{
	FakeDevice device(test);
	Thresholds small(0, 4, 4);

	set_kernel_entry(test, device, &kOtherMac);
	send(device);
	for (u32 i = 0; i < 10; i++)
		hear(device, Heard::Request, kOtherMac, station(i));
	EXPECT_EQ(table().count, 5);
	KUNIT_ASSERT_NOT_NULL(test, entry(device));
	EXPECT_EQ(entry(device)->state, NeighState::Permanent);
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

	set_kernel_entry(test, device, &kOtherMac);
	m.count = 0;
	neigh_seq_show(&m, &init_net);
	text[m.count] = 0;
	KUNIT_EXPECT_NOT_NULL(
		test, strstr(text, "10.99.0.2        0x1         0x6         02:00:00:00:00:"));
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
	    TEST_CASE(proc_shows_complete_and_incomplete_entries), TEST_CASE(few_stations_stay),
	    TEST_CASE(confirmed_station_is_not_asked), TEST_CASE(progress_confirms),
	    TEST_CASE(progress_ends_a_doubt), TEST_CASE(many_stations_lose_the_old),
	    TEST_CASE(hash_grows), TEST_CASE(kernel_entry_is_found),
	    TEST_CASE(kernel_entry_is_followed), TEST_CASE(kernel_entry_wins_against_a_request),
	    TEST_CASE(permanent_stations_are_not_counted), TEST_CASE(lost_carrier_flushes));

} // namespace tcpxx::testing
