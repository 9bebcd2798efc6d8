// SPDX-License-Identifier: GPL-2.0
/* Packets of many segments: what they count for, and how they are cut, trimmed and sent again. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

constexpr u32 kMss = 1000;

/* `count` segments were sent, in as few packets as may be. */
struct InFlight : Accepted {
	InFlight(struct kunit *test, u32 count, const Offer &offer = {}) : Accepted(test, offer)
	{
		EXPECT_EQ(sock.send(count * kMss), count * kMss);
		peer.last();
	}
	u32 packets() const { return skb_queue_len(&tp().rtx_queue); }
	SegCb &head() const { return seg_cb(skb_peek(&tp().rtx_queue)); }
	/* What has been counted agrees with the queue. */
	bool count_is_right() const
	{
		u32 segs = 0, lost = 0;
		struct sk_buff *skb;
		skb_queue_walk(&tp().rtx_queue, skb) {
			const SegCb &cb = seg_cb(skb);
			segs += cb.segs;
			lost += cb.lost ? cb.segs : 0;
			if (skb->len > cb.segs * kMss || distance(cb.seq, cb.end_seq) != skb->len)
				return false;
		}
		return segs == tcb().packets_out && lost == tcb().lost_out;
	}
};

/* The segments that come next are these, in order. */
void expect_segments(struct kunit *test, Peer &peer, u32 seq, u32 end, u32 mss = kMss)
{
	while (seq != end) {
		const Seen s = peer.next();
		EXPECT_EQ(s.seq, seq);
		EXPECT_EQ(s.text, min_of(mss, end - seq));
		EXPECT_EQ(s.wrong, 0);
		if (!s.text)
			return;
		seq += s.text;
	}
	EXPECT_EQ(peer.waiting(), 0);
}

} // namespace

TEST(many_segments_in_one_packet)
{
	Accepted c(test);
	Moved out(Mib::OutSegs);

	EXPECT_EQ(c.sock.send(4500), 4500);
	EXPECT_EQ(skb_queue_len(&c.tp().rtx_queue), 1);
	EXPECT_EQ(c.tcb().packets_out, 5);
	EXPECT_EQ(out.by(), 5);
	expect_segments(test, c.peer, 1, 4501);
}

namespace {

/* Segments that a packet of the connection may hold, once its device has these limits. */
u32 goal_with(const Accepted &c, u32 gso_max_size, u16 gso_max_segs)
{
	struct net_device *dev = c.peer.device.dev();

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	WRITE_ONCE(dev->gso_ipv4_max_size, gso_max_size);
#else
	WRITE_ONCE(dev->gso_max_size, gso_max_size);
#endif
	WRITE_ONCE(dev->gso_max_segs, gso_max_segs);
	lock_sock(&c.tp().sk);
	tcp_new_route(c.tp());
	const u32 goal = tcp_size_goal(c.tp());
	release_sock(&c.tp().sk);
	return goal % kMss ? 0 : goal / kMss;
}

} // namespace

/* What the device takes, in whole segments, with at most 255 bytes of headers. */
TEST(packet_is_as_long_as_its_device_takes)
{
	static constexpr struct {
		const char *what;
		u32 max_size;
		u16 max_segs;
		u32 goal; /* segments */
	} rows[] = {
		{"all there is", 65536, 65535, 65}, {"more than tot_len can say", 524280, 65535, 65},
		{"half of it", 32768, 65535, 32},   {"a little", 4000, 65535, 3},
		{"one and a half", 1500, 65535, 1}, {"not even one", 1000, 65535, 1},
		{"few segments", 65536, 7, 7},	    {"one at a time", 65536, 1, 1},
		{"nobody has said", 65536, 0, 1},
	};
	Accepted c(test, {.wscale = 7});

	EXPECT_TRUE(c.tcb().max_window > 2 * 65536);
	for (const auto &row : rows)
		EXPECT_EQ_IN(row.what, goal_with(c, row.max_size, row.max_segs), row.goal);
}

/* RFC 9293, 3.8.6.2.1, of segments; a packet of many of them is sent at once like one. */
TEST(packet_is_at_most_half_of_the_window)
{
	Accepted c(test, {.window = 20000});

	EXPECT_EQ(goal_with(c, 65536, 65535), 10);
	EXPECT_EQ(goal_with(c, 4000, 65535), 3);
}

TEST(acknowledged_segments_leave_their_packet)
{
	InFlight c(test, 5);
	const int charged = c.tp().sk.sk_wmem_queued;

	c.peer.send({.ack = 2501});
	EXPECT_EQ(c.packets(), 1);
	EXPECT_EQ(c.tcb().packets_out, 3);
	EXPECT_TRUE(c.count_is_right());
	EXPECT_EQ(charged - c.tp().sk.sk_wmem_queued, 2500);
	c.peer.send({.ack = 5001});
	EXPECT_EQ(c.tcb().packets_out, 0);
	EXPECT_EQ(c.tp().sk.sk_wmem_queued, 0);
}

/* From where it was trimmed, and with nothing left in it of the packet that it was cut out of. */
TEST(one_segment_goes_again_after_a_timeout)
{
	InFlight c(test, 5);
	Moved again(Mib::RetransSegs);

	c.peer.send({.ack = 2501});
	EXPECT_TRUE(fire_retransmit(c.tp()));
	expect_segments(test, c.peer, 2501, 3501);
	EXPECT_EQ(again.by(), 1);
	EXPECT_EQ(c.packets(), 2);
	EXPECT_EQ(c.tcb().lost_out, 2);
	EXPECT_TRUE(c.count_is_right());
	/* Then the rest, as far as cwnd allows. */
	c.peer.send({.ack = 3501});
	expect_segments(test, c.peer, 3501, 5001);
	EXPECT_EQ(c.tcb().lost_out, 0);
	EXPECT_TRUE(c.count_is_right());
}

TEST(three_duplicates_are_for_one_segment)
{
	InFlight c(test, 10);

	for (int i = 0; i < 3; i++)
		c.peer.send({});
	expect_segments(test, c.peer, 1, 1001);
	EXPECT_TRUE(c.count_is_right());
	EXPECT_EQ(c.tcb().lost_out, 0);
}

/* The path has become narrower: what is sent again fits. */
TEST(smaller_segments_when_sent_again)
{
	InFlight c(test, 4);

	rtnl_lock();
	EXPECT_EQ(dev_set_mtu(c.peer.device.dev(), 40 + 300), 0);
	rtnl_unlock();
	EXPECT_TRUE(fire_retransmit(c.tp()));
	for (u32 next = 1; next < 4001; c.peer.send({.ack = next})) {
		const Seen s = c.peer.next();
		EXPECT_EQ(s.seq, next);
		EXPECT_EQ(s.text, min_of(300u, 4001 - next));
		EXPECT_EQ(s.wrong, 0);
		EXPECT_TRUE(c.count_is_right());
		if (!s.text)
			break;
		next += s.text;
	}
	EXPECT_EQ(c.tcb().packets_out, 0);
	EXPECT_EQ(c.tp().sk.sk_wmem_queued, 0);
}

/* Whole segments only, although the window has room for a part of the next. */
TEST(window_ends_inside_a_segment)
{
	Accepted c(test);

	for (u32 i = 1; i < 3; i++)
		c.peer.send({.seq = i, .text = 1, .window = 2500});
	c.peer.last();
	EXPECT_EQ(c.sock.send(10000), 10000);
	expect_segments(test, c.peer, 1, 2001);
	c.peer.send({.seq = 3, .ack = 2001, .window = 9500});
	expect_segments(test, c.peer, 2001, 10001);
}

/* Minshall's rule, for the last segment of a packet. */
TEST(nagle_holds_the_end_of_a_packet)
{
	Accepted c(test);

	EXPECT_EQ(c.sock.send(100), 100);
	expect_segments(test, c.peer, 1, 101);
	EXPECT_EQ(c.sock.send(2500), 2500);
	expect_segments(test, c.peer, 101, 2101);
	c.peer.send({.ack = 101});
	expect_segments(test, c.peer, 2101, 2601);
}

/* A copy that a receiver on this machine has not read yet stays as it was sent. */
TEST(sent_again_while_the_first_copy_waits)
{
	Accepted c(test, {.timestamps = true, .sack = true});
	u8 before[60], after[60];

	EXPECT_EQ(c.sock.send(500), 500);
	SkbPtr first = c.peer.device.take_sent();
	KUNIT_ASSERT_TRUE(test, first && skb_headlen(first.get()) >= sizeof(before));
	memcpy(before, first->data, sizeof(before));
	/* Its header will be of another length. */
	c.peer.send({.seq = 101, .text = 100});
	c.peer.last();
	EXPECT_TRUE(fire_retransmit(c.tp()));
	EXPECT_EQ(c.peer.last().options.sack_count, 1);
	memcpy(after, first->data, sizeof(after));
	EXPECT_EQ(memcmp(before, after, sizeof(before)), 0);
	first.consume();
}

/* A little of a large packet is not worth a packet of its own while ACKs will set more free. */
TEST(small_piece_waits_for_the_next_ack)
{
	InFlight c(test, 30);

	EXPECT_EQ(c.tcb().packets_out, kInitialWindow);
	/* The first has been out for long, and the last leaves just now, however slow this machine is. */
	c.head().sent_us = 0;
	seg_cb(skb_peek_tail(&c.tp().rtx_queue)).sent_us += 3600'000'000;
	c.peer.send({.ack = 1001});
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_TRUE(c.tp().tcb.usage.limited());
	c.peer.send({.ack = 5001});
	EXPECT_EQ(c.tcb().cong.cwnd(), 15);
	expect_segments(test, c.peer, 10001, 20001);
}

/* Small segments, and the FIN behind them, go again as one (tcp_retrans_collapse). */
TEST(small_segments_are_joined)
{
	Accepted c(test);

	c.tp().nodelay = true;
	for (u32 i = 0; i < 4; i++)
		EXPECT_EQ(c.sock.send(300), 300);
	EXPECT_EQ(c.sock.shutdown(SHUT_WR), 0);
	c.peer.last();
	EXPECT_EQ(c.tcb().packets_out, 5);
	EXPECT_TRUE(fire_retransmit(c.tp()));
	const Seen joined = c.peer.last();
	EXPECT_EQ(joined.seq, 1);
	EXPECT_EQ(joined.text, 900);
	EXPECT_EQ(joined.wrong, 0);
	EXPECT_EQ(joined.flags, kAck | kPsh);
	EXPECT_EQ(c.tcb().packets_out, 3);
	EXPECT_EQ(c.tcb().lost_out, 2);
	/* A part of it is acknowledged; the rest is what goes again. */
	c.peer.send({.ack = 601});
	c.peer.last();
	EXPECT_TRUE(fire_retransmit(c.tp()));
	const Seen rest = c.peer.last();
	EXPECT_EQ(rest.seq, 601);
	EXPECT_EQ(rest.text, 600);
	EXPECT_EQ(rest.wrong, 0);
	EXPECT_EQ(rest.flags, kAck | kPsh | kFin);
	EXPECT_EQ(c.tcb().packets_out, 1);
	/* All of the text is. */
	c.peer.send({.ack = 1201});
	c.peer.last();
	EXPECT_TRUE(fire_retransmit(c.tp()));
	const Seen fin = c.peer.last();
	EXPECT_EQ(fin.seq, 1201);
	EXPECT_EQ(fin.text, 0);
	EXPECT_TRUE(fin.flags & kFin);
	c.peer.send({.ack = 1202});
	EXPECT_EQ(c.tcb().packets_out, 0);
	EXPECT_EQ(c.tp().sk.sk_wmem_queued, 0);
}

TEST(small_segments_stay_apart_if_so_said)
{
	const Sysctl<u8> collapse(init_net.ipv4.sysctl_tcp_retrans_collapse, 0);
	Accepted c(test);

	c.tp().nodelay = true;
	for (u32 i = 0; i < 2; i++)
		EXPECT_EQ(c.sock.send(300), 300);
	c.peer.last();
	EXPECT_TRUE(fire_retransmit(c.tp()));
	EXPECT_EQ(c.peer.last().text, 300);
	EXPECT_EQ(c.tcb().packets_out, 2);
}

STACK_SUITE("tcp_queue", TEST_CASE(many_segments_in_one_packet),
	    TEST_CASE(packet_is_as_long_as_its_device_takes), TEST_CASE(packet_is_at_most_half_of_the_window),
	    TEST_CASE(acknowledged_segments_leave_their_packet),
	    TEST_CASE(one_segment_goes_again_after_a_timeout), TEST_CASE(three_duplicates_are_for_one_segment),
	    TEST_CASE(smaller_segments_when_sent_again), TEST_CASE(window_ends_inside_a_segment),
	    TEST_CASE(nagle_holds_the_end_of_a_packet), TEST_CASE(sent_again_while_the_first_copy_waits),
	    TEST_CASE(small_piece_waits_for_the_next_ack),
	    TEST_CASE(small_segments_are_joined), TEST_CASE(small_segments_stay_apart_if_so_said));

} // namespace tcpxx::testing
