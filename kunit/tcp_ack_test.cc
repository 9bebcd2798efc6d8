// SPDX-License-Identifier: GPL-2.0
/* What an ACK does to the send side: queue, window, round-trip time, recovery. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

constexpr u32 kMss = 1000; /* that Accepted's peer announces */

/* A connection with `count` full segments in flight, which the peer has seen. */
struct InFlight : Accepted {
	InFlight(struct kunit *test, u32 count, const Offer &offer = {}) : Accepted(test, offer)
	{
		tp().sk.sk_sndbuf = 1 << 20;
		EXPECT_EQ(sock.send(count * kMss), count * kMss);
		peer.last();
	}
	u32 queued() const { return tcb().packets_out; }
	u32 una() const { return distance(Seq32(peer.our_iss), tcb().snd_una); }
};

} // namespace

TEST(frees_what_is_acknowledged)
{
	InFlight c(test, 3);

	EXPECT_EQ(c.queued(), 3);
	EXPECT_EQ(c.tp().pending, Pending::Retransmit);
	c.peer.send({.ack = 1001});
	EXPECT_EQ(c.queued(), 2);
	EXPECT_EQ(c.una(), 1001);
	/* A packet that is acknowledged in part stays whole. */
	c.peer.send({.ack = 1501});
	EXPECT_EQ(c.queued(), 2);
	EXPECT_EQ(c.una(), 1501);
	c.peer.send({.ack = 3001});
	EXPECT_EQ(c.queued(), 0);
	EXPECT_EQ(c.tp().pending, Pending::None);
	EXPECT_EQ(c.tp().sk.sk_wmem_queued, 0);
	EXPECT_EQ(c.peer.waiting(), 0);
}

/* The next datagram tells the neighbour table (neighbour_test.cc). */
TEST(progress_confirms_the_next_hop)
{
	InFlight c(test, 3);

	c.tp().sk.sk_dst_pending_confirm = 0;
	c.peer.send({});
	EXPECT_EQ(c.tp().sk.sk_dst_pending_confirm, 0);
	c.peer.send({.ack = 1001});
	EXPECT_EQ(c.tp().sk.sk_dst_pending_confirm, 1);
}

TEST(old_ack_changes_nothing)
{
	InFlight c(test, 3);

	c.peer.send({.ack = 2001});
	c.peer.send({.ack = 1001, .window = 10});
	EXPECT_EQ(c.una(), 2001);
	EXPECT_EQ(c.tcb().snd_wnd, 0xffff);
	EXPECT_EQ(c.tcb().dup_acks, 0);
}

TEST(slow_start)
{
	InFlight c(test, 26);

	EXPECT_EQ(c.queued(), kInitialWindow);
	c.peer.send({.ack = 3001});
	EXPECT_EQ(c.tcb().cong.cwnd(), 13);
	EXPECT_EQ(c.peer.waiting(), 6);
	c.peer.send({.ack = 8001});
	EXPECT_EQ(c.tcb().cong.cwnd(), 18);
	EXPECT_EQ(c.peer.waiting(), 16);
}

/* RFC 7661: a window that was not used has not been tested. */
TEST(window_that_is_not_used_does_not_grow)
{
	InFlight c(test, 2);

	c.peer.send({.ack = 2001});
	EXPECT_EQ(c.tcb().cong.cwnd(), kInitialWindow);
}

TEST(three_duplicates_are_a_loss)
{
	InFlight c(test, 10);
	Moved fast(Mib::TCPFastRetrans), again(Mib::RetransSegs);

	c.peer.send({});
	c.peer.send({});
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_EQ(c.tcb().ca_state, CaState::Open);
	c.peer.send({});
	const Seen lost = c.peer.next();
	EXPECT_EQ(lost.seq, 1);
	EXPECT_EQ(lost.text, kMss);
	EXPECT_EQ(lost.wrong, 0);
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_EQ(c.tcb().ca_state, CaState::Recovery);
	EXPECT_EQ(c.tcb().cong.ssthresh(), 5);
	EXPECT_EQ(fast.by(), 1);
	EXPECT_EQ(again.by(), 1);
	/* The fourth is one more that has left the network, not another loss. */
	c.peer.send({});
	EXPECT_EQ(c.peer.waiting(), 0);
}

/* RFC 6582, 3.2, step 3. */
TEST(partial_ack_names_the_next_loss)
{
	InFlight c(test, 10);

	for (int i = 0; i < 3; i++)
		c.peer.send({});
	EXPECT_EQ(c.peer.last().seq, 1);
	c.peer.send({.ack = 4001});
	const Seen lost = c.peer.next();
	EXPECT_EQ(lost.seq, 4001);
	EXPECT_EQ(lost.text, kMss);
	EXPECT_EQ(c.tcb().ca_state, CaState::Recovery);
	c.peer.send({.ack = 10001});
	EXPECT_EQ(c.tcb().ca_state, CaState::Open);
	EXPECT_EQ(c.tcb().cong.cwnd(), c.tcb().cong.ssthresh());
	EXPECT_EQ(c.tcb().lost_out, 0);
	EXPECT_EQ(c.queued(), 0);
}

TEST(new_text_goes_out_in_recovery)
{
	InFlight c(test, 20);

	/* RFC 3042: one for each of the first two. */
	c.peer.send({});
	c.peer.send({});
	EXPECT_EQ(c.peer.next().seq, 10001);
	EXPECT_EQ(c.peer.next().seq, 11001);
	c.peer.send({});
	EXPECT_EQ(c.peer.next().seq, 1);
	EXPECT_EQ(c.tcb().cong.ssthresh(), 5);
	/* Twelve are out, and five may be: the eighth duplicate sets one free. */
	for (int i = 4; i < 8; i++)
		c.peer.send({});
	EXPECT_EQ(c.peer.waiting(), 0);
	c.peer.send({});
	EXPECT_EQ(c.peer.next().seq, 12001);
	EXPECT_EQ(c.peer.waiting(), 0);
}

TEST(what_is_no_duplicate)
{
	static constexpr struct {
		const char *what;
		Segment segment;
	} rows[] = {
		{"a window", {.window = 20000}},
		{"text", {.text = 1}},
		{"FIN", {.flags = kFin | kAck, .seq = 1}},
	};

	for (const auto &row : rows) {
		InFlight c(test, 5, {.window = 10000});
		c.peer.send(row.segment);
		EXPECT_EQ_IN(row.what, c.tcb().dup_acks, 0);
	}
	Accepted idle(test);
	for (int i = 0; i < 5; i++)
		idle.peer.send({});
	EXPECT_EQ(idle.tcb().dup_acks, 0);
	EXPECT_EQ(idle.peer.waiting(), 0);
}

TEST(window_opens_and_closes)
{
	InFlight c(test, 8, {.window = 2500});

	EXPECT_EQ(c.queued(), 2);
	c.peer.send({.ack = 2001, .window = 0});
	EXPECT_EQ(c.tcb().snd_wnd, 0);
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_EQ(c.tp().pending, Pending::ZeroWindowProbe);
	c.peer.send({.ack = 2001, .window = 3000});
	EXPECT_EQ(c.peer.waiting(), 3);
	EXPECT_EQ(c.tp().pending, Pending::Retransmit);
	const Seen first = c.peer.next();
	EXPECT_EQ(first.seq, 2001);
	EXPECT_EQ(first.wrong, 0);
}

TEST(scaled_window)
{
	Accepted c(test, {.wscale = 3, .window = 1000});

	EXPECT_EQ(c.tcb().snd_wnd, 8000);
	c.peer.send({.window = 2000});
	EXPECT_EQ(c.tcb().snd_wnd, 16000);
}

/* Karn: after a retransmission nobody knows which copy an ACK is for. */
TEST(round_trip_times)
{
	InFlight c(test, 1);

	c.tcb().rtt = {}; /* as if the handshake had told nothing */
	fire_retransmit(c.tp());
	EXPECT_EQ(c.peer.last().seq, 1);
	c.peer.send({.ack = 1001});
	EXPECT_TRUE(!c.tcb().rtt.measured());
	EXPECT_EQ(c.tcb().rtt.backoff(), 0);
	c.sock.send(10);
	c.peer.send({.ack = 1011});
	EXPECT_TRUE(c.tcb().rtt.measured());
}

/* Unless a timestamp tells. */
TEST(timestamp_measures_a_retransmission)
{
	Accepted c(test, {.timestamps = true});
	OptionWriter w;

	c.tcb().rtt = {};
	c.sock.send(10);
	c.peer.last();
	fire_retransmit(c.tp());
	const Seen again = c.peer.last();
	w.timestamps({1001, again.options.ts.tsval});
	c.peer.send({.ack = 11, .options = w.finish()});
	EXPECT_TRUE(c.tcb().rtt.measured());
}

TEST(progress_forgets_a_soft_error)
{
	InFlight c(test, 1);

	c.tp().sk.sk_err_soft = EHOSTUNREACH;
	c.peer.send({.ack = 1001});
	EXPECT_EQ(c.tp().sk.sk_err_soft, 0);
}

/* RFC 9293, 3.8.6.2.1: half of the largest window so far, as long as this is less than the path and the peer take. */
TEST(segments_grow_with_the_window)
{
	static constexpr struct {
		u16 window, mss;
	} rows[] = {{800, 400}, {1200, 600}, {700, 600}, {1990, 995}, {4000, 1000}, {800, 1000}};
	Accepted c(test, {.window = 800});

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		c.peer.send({.seq = 1 + i, .text = 1, .window = rows[i].window});
		EXPECT_EQ(tcp_current_mss(c.tp()), rows[i].mss);
	}
}

/* RFC 3168, 6.1.2: one reduction for a window of text, and CWR on the next new text. */
TEST(reported_congestion_halves_the_window)
{
	InFlight c(test, 20, {.flags = kSyn | kEcnSetup});

	EXPECT_EQ(c.queued(), kInitialWindow);
	/* Not so short a time ago that the next ACK is worth waiting for. */
	seg_cb(skb_peek_tail(&c.tp().rtx_queue)).sent_us -= 2000;
	c.peer.send({.flags = kAck | kEce, .ack = 2001});
	EXPECT_EQ(c.tcb().ca_state, CaState::Cwr);
	EXPECT_EQ(c.tcb().cong.ssthresh(), 5);
	const Seen first = c.peer.last();
	EXPECT_EQ(first.seq, 10001);
	EXPECT_EQ(first.flags, kAck | kCwr);
	EXPECT_EQ(first.tos, 2);
	c.peer.send({.flags = kAck | kEce, .ack = 10001});
	EXPECT_EQ(c.tcb().cong.ssthresh(), 5);
	EXPECT_EQ(c.tcb().cong.cwnd(), 5);
	EXPECT_TRUE(!(c.peer.next().flags & kCwr));
	c.peer.last();
	/* What carried CWR is acknowledged. */
	c.peer.send({.ack = 11001});
	EXPECT_EQ(c.tcb().ca_state, CaState::Open);
	EXPECT_EQ(c.tcb().cong.cwnd(), 5);
	c.peer.send({.flags = kAck | kEce, .ack = 12001});
	EXPECT_EQ(c.tcb().ca_state, CaState::Cwr);
	EXPECT_EQ(c.tcb().cong.ssthresh(), 2);
}

TEST(loss_beside_reported_congestion_reduces_no_more)
{
	InFlight c(test, 20, {.flags = kSyn | kEcnSetup});

	for (int i = 0; i < 3; i++)
		c.peer.send({.flags = kAck | kEce});
	EXPECT_EQ(c.tcb().ca_state, CaState::Recovery);
	EXPECT_EQ(c.tcb().cong.ssthresh(), 5);
	EXPECT_EQ(c.tcb().cong.cwnd(), 8);
}

TEST(echo_means_nothing_without_ecn_or_flight)
{
	{
		InFlight plain(test, 10);
		plain.peer.send({.flags = kAck | kEce, .ack = 2001});
		EXPECT_EQ(plain.tcb().ca_state, CaState::Open);
	}
	InFlight idle(test, 1, {.flags = kSyn | kEcnSetup});
	idle.peer.send({.ack = 1001});
	idle.peer.send({.flags = kAck | kEce, .ack = 1001});
	EXPECT_EQ(idle.tcb().ca_state, CaState::Open);
	EXPECT_EQ(idle.tcb().cong.cwnd(), kInitialWindow);
}

STACK_SUITE("tcp_ack", TEST_CASE(frees_what_is_acknowledged),
	    TEST_CASE(progress_confirms_the_next_hop), TEST_CASE(old_ack_changes_nothing),
	    TEST_CASE(slow_start), TEST_CASE(window_that_is_not_used_does_not_grow),
	    TEST_CASE(three_duplicates_are_a_loss), TEST_CASE(partial_ack_names_the_next_loss),
	    TEST_CASE(new_text_goes_out_in_recovery), TEST_CASE(what_is_no_duplicate),
	    TEST_CASE(window_opens_and_closes), TEST_CASE(scaled_window),
	    TEST_CASE(round_trip_times), TEST_CASE(timestamp_measures_a_retransmission),
	    TEST_CASE(progress_forgets_a_soft_error), TEST_CASE(segments_grow_with_the_window),
	    TEST_CASE(reported_congestion_halves_the_window),
	    TEST_CASE(loss_beside_reported_congestion_reduces_no_more),
	    TEST_CASE(echo_means_nothing_without_ecn_or_flight));

} // namespace tcpxx::testing
