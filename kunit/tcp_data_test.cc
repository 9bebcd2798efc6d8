// SPDX-License-Identifier: GPL-2.0
/* Text and FIN into the queues, and when they are acknowledged. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

constexpr u32 kMany = 1 << 20; /* more than any test sends */

u32 received_up_to(const Accepted &c) { return distance(Seq32(c.peer.iss), c.tcb().rcv_nxt); }

/* No more ACKs at once, as after the start of a connection. */
void end_quick_acks(Accepted &c)
{
	c.tp().ack.quick = 0;
	c.tp().ack.ping_pong = false;
}

} // namespace

TEST(text_in_order)
{
	Accepted c(test);

	EXPECT_EQ(c.sock.receive(10), -EAGAIN);
	c.peer.send({.text = 100});
	const Seen ack = c.peer.next();
	EXPECT_EQ(ack.flags, kAck);
	EXPECT_EQ(ack.ack, 101);
	c.peer.send({.seq = 101, .text = 100});
	EXPECT_EQ(c.sock.receive(150, MSG_PEEK), 150);
	EXPECT_EQ(c.sock.receive(150), 150);
	EXPECT_EQ(c.sock.receive(150), 50);
	EXPECT_EQ(c.sock.receive(150), -EAGAIN);
}

TEST(text_out_of_order)
{
	Accepted c(test);
	Moved queued(Mib::TCPOFOQueue);

	c.peer.send({.seq = 201, .text = 100});
	EXPECT_EQ(c.peer.next().ack, 1);
	c.peer.send({.seq = 101, .text = 100});
	EXPECT_EQ(c.peer.next().ack, 1);
	EXPECT_EQ(queued.by(), 2);
	EXPECT_EQ(c.sock.receive(kMany), -EAGAIN);
	c.peer.send({.seq = 1, .text = 100});
	/* RFC 5681, 4.2: at once. */
	EXPECT_EQ(c.peer.next().ack, 301);
	EXPECT_EQ(c.sock.receive(kMany), 300);
	EXPECT_TRUE(skb_queue_empty(&c.tp().ofo_queue));
}

/* RFC 2018, 4: the block of the segment that came last is the first. */
TEST(gaps_are_reported)
{
	Accepted c(test, {.sack = true});
	const u32 iss = c.peer.iss;

	c.peer.send({.seq = 101, .text = 100});
	const Seen one = c.peer.next();
	EXPECT_EQ(one.options.sack_count, 1);
	EXPECT_EQ(one.options.sack[0].start.raw(), iss + 101);
	EXPECT_EQ(one.options.sack[0].end.raw(), iss + 201);
	c.peer.send({.seq = 301, .text = 100});
	const Seen two = c.peer.next();
	EXPECT_EQ(two.options.sack_count, 2);
	EXPECT_EQ(two.options.sack[0].start.raw(), iss + 301);
	EXPECT_EQ(two.options.sack[1].start.raw(), iss + 101);
	c.peer.send({.seq = 201, .text = 100});
	const Seen joined = c.peer.next();
	EXPECT_EQ(joined.options.sack_count, 1);
	EXPECT_EQ(joined.options.sack[0].start.raw(), iss + 101);
	EXPECT_EQ(joined.options.sack[0].end.raw(), iss + 401);
	c.peer.send({.seq = 1, .text = 100});
	const Seen none = c.peer.next();
	EXPECT_EQ(none.ack, 401);
	EXPECT_EQ(none.options.sack_count, 0);
}

TEST(no_sack_blocks_for_a_peer_that_did_not_permit_them)
{
	Accepted c(test);

	c.peer.send({.seq = 101, .text = 100});
	EXPECT_EQ(c.peer.next().options.sack_count, 0);
}

TEST(overlapping_text)
{
	static constexpr struct {
		const char *what;
		Segment first, second, third;
		u32 in_all;
	} rows[] = {
		{"again", {.text = 100}, {.text = 100}, {}, 100},
		{"longer", {.text = 100}, {.text = 150}, {}, 150},
		{"half", {.text = 100}, {.seq = 51, .text = 100}, {}, 150},
		{"within", {.text = 100}, {.seq = 51, .text = 10}, {}, 100},
		{"gap, covered", {.seq = 51, .text = 50}, {.text = 200}, {}, 200},
		{"gap, half", {.seq = 51, .text = 100}, {.text = 100}, {}, 150},
		{"two in a gap",
		 {.seq = 51, .text = 100},
		 {.seq = 101, .text = 100},
		 {.text = 60},
		 200},
		{"two in a gap, turned",
		 {.seq = 101, .text = 100},
		 {.seq = 51, .text = 100},
		 {.text = 60},
		 200},
		{"same start",
		 {.seq = 51, .text = 10},
		 {.seq = 51, .text = 100},
		 {.text = 50},
		 150},
	};

	for (const auto &row : rows) {
		Accepted c(test);
		c.peer.send(row.first);
		c.peer.send(row.second);
		c.peer.send(row.third);
		EXPECT_EQ_IN(row.what, c.sock.receive(kMany), row.in_all);
		EXPECT_EQ_IN(row.what, received_up_to(c), row.in_all + 1);
		EXPECT_EQ_IN(row.what, c.peer.last().ack, row.in_all + 1);
		EXPECT_TRUE_IN(row.what, skb_queue_empty(&c.tp().ofo_queue));
	}
}

/* Pieces of any length from any place, until all is there. */
TEST(random_pieces)
{
	constexpr u32 kText = 5000;

	for (u32 seed = 0; seed < 10; seed++) {
		Accepted c(test, {.sack = true});
		Random random(seed);
		for (u32 i = 0; i < 40; i++) {
			const u32 from = random.below(kText);
			const u32 len = 1 + random.below(min_of(kText - from, 700u));
			c.peer.send({.seq = 1 + from, .text = len});
			c.peer.last();
		}
		for (u32 from = 0; from < kText; from += 1000)
			c.peer.send({.seq = 1 + from, .text = 1000});
		EXPECT_EQ(c.sock.receive(kMany), kText);
		EXPECT_EQ(c.peer.last().ack, kText + 1);
		EXPECT_TRUE(skb_queue_empty(&c.tp().ofo_queue));
		EXPECT_EQ(c.tp().sack_count, 0);
		EXPECT_EQ(atomic_read(&c.tp().sk.sk_rmem_alloc), 0);
	}
}

/* --- window ----------------------------------------------------------------------------------- */

/* RFC 9293, 3.8.6, SHLD-14: nobody reads, and the right edge never moves back. */
TEST(window_is_never_taken_back)
{
	Accepted c(test);
	u32 edge = 0, seq = 1;

	for (u32 i = 0; i < 200; i++) {
		c.peer.send({.seq = seq, .text = 1000});
		c.tp().sk.sk_rcvbuf -= 300;
		const Seen ack = c.peer.last();
		if (!ack.sent)
			continue;
		EXPECT_TRUE(ack.ack + ack.window >= edge);
		edge = ack.ack + ack.window;
		seq = ack.ack;
	}
	/* The buffer is full. What was promised is refused only when there is no memory for it. */
	EXPECT_TRUE(seq < 200 * 1000);
	c.tp().sk.sk_rcvbuf += 200 * 300;
	EXPECT_EQ(c.sock.receive(kMany), seq - 1);
	/* Room was made, and the peer is told. */
	const Seen update = c.peer.last();
	EXPECT_TRUE(update.sent);
	EXPECT_TRUE(update.ack + update.window > edge);
}

TEST(text_beyond_the_window_is_cut_off)
{
	Accepted c(test);

	c.tcb().window_clamp = 2000;
	c.tcb().rcv_wnd = 2000;
	c.peer.send({.flags = kFin | kAck, .text = 2500});
	EXPECT_EQ(c.sock.receive(kMany), 2000);
	EXPECT_EQ(received_up_to(c), 2001);
	EXPECT_EQ(c.peer.next().ack, 2001);
	/* With its FIN. */
	EXPECT_EQ(c.sock.state(), TcpState::Established);
}

TEST(probe_of_a_closed_window)
{
	Accepted c(test);
	Moved closed(Drop::ZeroWindow);

	c.tcb().rcv_wnd = 0;
	c.tp().sk.sk_rcvbuf = 0;
	c.peer.send({.text = 1});
	const Seen ack = c.peer.next();
	EXPECT_EQ(ack.ack, 1);
	EXPECT_EQ(ack.window, 0);
	EXPECT_EQ(closed.by(), 1);
	EXPECT_EQ(c.sock.receive(1), -EAGAIN);
}

/* A byte in a packet of its own takes a kilobyte of the buffer. Nobody reads, the peer goes on for as
 * long as the window says, and not one byte that it was promised room for may be refused: a reader that
 * waits for all of them would wait for ever. */
TEST(many_small_packets)
{
	constexpr u32 kText = 2000;
	Accepted c(test);
	Moved refused(Drop::ReceiveBuffer), collapsed(Mib::TCPRcvCollapsed);

	c.tp().sk.sk_rcvbuf = 6000;
	for (u32 i = 0; i < kText; i++) {
		c.peer.send({.seq = 1 + i, .text = 1});
		c.peer.device.forget_sent();
	}
	EXPECT_EQ(received_up_to(c), kText + 1);
	EXPECT_EQ(refused.by(), 0);
	EXPECT_TRUE(collapsed.by() > 0);
	EXPECT_TRUE(atomic_read(&c.tp().sk.sk_rmem_alloc) <= c.tp().sk.sk_rcvbuf);
	EXPECT_EQ(c.sock.receive(kMany), kText);
	EXPECT_EQ(atomic_read(&c.tp().sk.sk_rmem_alloc), 0);
}

/* Packets that overlap are put together without the bytes that were there already. */
TEST(collapsing_packets_that_overlap)
{
	Accepted c(test);

	c.tp().sk.sk_rcvbuf = 8000;
	for (u32 i = 0; i < 100; i++) {
		c.peer.send({.seq = 31 + i * 30, .text = 50});
		c.peer.send({.seq = 1 + i * 30, .text = 40});
		c.peer.device.forget_sent();
	}
	EXPECT_EQ(c.sock.receive(kMany), received_up_to(c) - 1);
	EXPECT_TRUE(received_up_to(c) > 2000);
}

/* What lies beyond a gap fills the buffer: it must not keep out what closes the gap (RFC 2018, 8). */
TEST(gap_closes_in_a_full_buffer)
{
	Accepted c(test, {.sack = true});
	Moved pruned(Mib::OfoPruned);

	for (u32 i = 0; i < 20; i++)
		c.peer.send({.seq = 1001 + i * 1000, .text = 1000});
	c.tp().sk.sk_rcvbuf = 5000;
	c.peer.last();
	c.peer.send({.text = 1000});
	EXPECT_TRUE(pruned.by() > 0);
	EXPECT_EQ(c.tp().sack_count, 0);
	EXPECT_TRUE(received_up_to(c) > 1000);
	EXPECT_EQ(c.peer.last().ack, received_up_to(c));
	EXPECT_EQ(c.sock.receive(kMany), received_up_to(c) - 1);
}

/* --- FIN -------------------------------------------------------------------------------------- */

TEST(fin_in_its_place)
{
	Accepted c(test);

	c.peer.send({.flags = kFin | kAck, .text = 100});
	EXPECT_EQ(c.sock.state(), TcpState::CloseWait);
	/* Who now closes sends a FIN, which can carry the ACK. */
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_TRUE(fire_delack(c.tp()));
	EXPECT_EQ(c.peer.last().ack, 102);
	EXPECT_EQ(c.sock.receive(kMany), 100);
	EXPECT_EQ(c.sock.receive(kMany), 0);
	/* Again, because our ACK was lost. */
	c.peer.send({.flags = kFin | kAck, .seq = 101});
	EXPECT_EQ(c.peer.last().ack, 102);
	EXPECT_EQ(c.sock.state(), TcpState::CloseWait);
}

TEST(fin_before_its_text)
{
	static constexpr struct {
		const char *what;
		Segment fin;
	} rows[] = {
		{"alone", {.flags = kFin | kAck, .seq = 101}},
		{"with text", {.flags = kFin | kAck, .seq = 51, .text = 50}},
		{"with text that overlaps", {.flags = kFin | kAck, .seq = 41, .text = 60}},
	};

	for (const auto &row : rows) {
		Accepted c(test);
		c.peer.send(row.fin);
		EXPECT_EQ_IN(row.what, c.sock.state(), TcpState::Established);
		EXPECT_EQ_IN(row.what, c.peer.last().ack, 1);
		c.peer.send({.text = row.fin.text ? 50u : 100u});
		EXPECT_EQ_IN(row.what, c.sock.state(), TcpState::CloseWait);
		EXPECT_EQ_IN(row.what, c.sock.receive(kMany), 100);
		EXPECT_EQ_IN(row.what, c.sock.receive(kMany), 0);
		EXPECT_EQ_IN(row.what, received_up_to(c), 102);
	}
}

TEST(text_behind_the_fin)
{
	Accepted c(test);
	Moved dropped(Drop::Closed);

	c.peer.send({.flags = kFin | kAck});
	c.peer.send({.seq = 2, .text = 10});
	EXPECT_EQ(dropped.by(), 1);
	EXPECT_EQ(c.sock.receive(kMany), 0);
}

/* --- acknowledging ---------------------------------------------------------------------------- */

TEST(first_acks_are_quick)
{
	Accepted c(test);

	for (u32 i = 0; i < 10; i++) {
		c.peer.send({.seq = 1 + i * 100, .text = 100});
		EXPECT_EQ(c.peer.next().ack, 101 + i * 100);
	}
}

TEST(later_ones_may_wait)
{
	Accepted c(test);
	Moved delayed(Mib::DelayedACKs);

	c.peer.send({.text = 1000});
	c.peer.last();
	end_quick_acks(c);
	c.peer.send({.seq = 1001, .text = 1000});
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_TRUE(c.tp().ack.delayed);
	EXPECT_TRUE(fire_delack(c.tp()));
	EXPECT_EQ(c.peer.next().ack, 2001);
	EXPECT_EQ(delayed.by(), 1);
	EXPECT_TRUE(!fire_delack(c.tp()));
}

TEST(second_full_segment_is_acknowledged_at_once)
{
	Accepted c(test);

	c.peer.send({.text = 1000});
	c.peer.last();
	end_quick_acks(c);
	WRITE_ONCE(c.tp().sk.sk_rcvlowat, 10000); /* nobody will read before: the ACK must not wait for that */
	c.peer.send({.seq = 1001, .text = 1000});
	EXPECT_EQ(c.peer.waiting(), 0);
	c.peer.send({.seq = 2001, .text = 1000});
	EXPECT_EQ(c.peer.next().ack, 3001);
	EXPECT_EQ(c.peer.waiting(), 0);
}

TEST(ack_waits_for_a_reader_without_whom_the_window_shrinks)
{
	Accepted c(test);

	c.peer.send({.text = 1000});
	c.peer.last();
	end_quick_acks(c);
	c.peer.send({.seq = 1001, .text = 1000});
	c.peer.send({.seq = 2001, .text = 1000});
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_TRUE(c.tp().ack.delayed);
	EXPECT_TRUE(fire_delack(c.tp()));
	EXPECT_EQ(c.peer.next().ack, 3001);
}

TEST(text_carries_the_ack)
{
	Accepted c(test);
	Moved delayed(Mib::DelayedACKs);

	c.peer.send({.text = 10});
	c.peer.last();
	end_quick_acks(c);
	c.peer.send({.seq = 11, .text = 10});
	c.sock.send(5);
	const Seen answer = c.peer.next();
	EXPECT_EQ(answer.ack, 21);
	EXPECT_EQ(answer.text, 5);
	EXPECT_EQ(c.peer.waiting(), 0);
	/* The timer runs on, and finds nothing to do. */
	fire_delack(c.tp());
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_EQ(delayed.by(), 0);
	EXPECT_TRUE(c.tp().ack.ping_pong);
}

/* RFC 5681, 4.2. */
TEST(what_fills_a_gap_is_acknowledged_at_once)
{
	Accepted c(test);

	c.peer.send({.text = 10});
	c.peer.send({.seq = 21, .text = 10});
	c.peer.last();
	end_quick_acks(c);
	c.peer.send({.seq = 11, .text = 10});
	EXPECT_EQ(c.peer.next().ack, 31);
}

/* RFC 3168, 6.1.3: CE is told by every segment, until CWR comes. */
TEST(congestion_is_reported)
{
	Accepted c(test, {.flags = kSyn | kEcnSetup});

	c.peer.send({.text = 100, .tos = 2});
	EXPECT_EQ(c.peer.last().flags, kAck);
	end_quick_acks(c);
	/* Neither this ACK nor the next may wait, for the peer's window may be small. */
	c.peer.send({.seq = 101, .text = 100, .tos = 3});
	EXPECT_EQ(c.peer.last().flags, kAck | kEce);
	c.peer.send({.seq = 201, .text = 100, .tos = 2});
	EXPECT_EQ(c.peer.last().flags, kAck | kEce);
	end_quick_acks(c);
	c.peer.send({.flags = kAck | kCwr, .seq = 301, .text = 100, .tos = 2});
	EXPECT_EQ(c.peer.last().flags, kAck);
	/* Text that is there already may have a mark that somebody has forged. */
	c.peer.send({.seq = 301, .text = 100, .tos = 3});
	EXPECT_EQ(c.peer.last().flags, kAck);
	/* Beyond a gap. */
	c.peer.send({.seq = 501, .text = 100, .tos = 3});
	EXPECT_EQ(c.peer.last().flags, kAck | kEce);
	/* Without a mark, where there were marks: it is sent again, and more may be missing. */
	c.peer.send({.flags = kAck | kCwr, .seq = 401, .text = 100});
	end_quick_acks(c);
	c.peer.send({.seq = 601, .text = 100});
	EXPECT_EQ(c.peer.last().ack, 701);
}

STACK_SUITE("tcp_data", TEST_CASE(what_fills_a_gap_is_acknowledged_at_once), TEST_CASE(text_in_order),
	    TEST_CASE(text_out_of_order),
	    TEST_CASE(gaps_are_reported),
	    TEST_CASE(no_sack_blocks_for_a_peer_that_did_not_permit_them),
	    TEST_CASE(overlapping_text), TEST_CASE(random_pieces),
	    TEST_CASE(window_is_never_taken_back), TEST_CASE(text_beyond_the_window_is_cut_off),
	    TEST_CASE(probe_of_a_closed_window), TEST_CASE(many_small_packets),
	    TEST_CASE(collapsing_packets_that_overlap), TEST_CASE(gap_closes_in_a_full_buffer),
	    TEST_CASE(fin_in_its_place),
	    TEST_CASE(fin_before_its_text), TEST_CASE(text_behind_the_fin),
	    TEST_CASE(first_acks_are_quick), TEST_CASE(later_ones_may_wait),
	    TEST_CASE(second_full_segment_is_acknowledged_at_once),
	    TEST_CASE(ack_waits_for_a_reader_without_whom_the_window_shrinks),
	    TEST_CASE(text_carries_the_ack), TEST_CASE(congestion_is_reported));

} // namespace tcpxx::testing
