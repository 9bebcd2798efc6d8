// SPDX-License-Identifier: GPL-2.0
/* TIME-WAIT, and FIN-WAIT-2 without a user. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

/* A connection in TIME-WAIT: we closed first, and the peer's FIN was 1. */
struct Waiting {
	Accepted c;

	explicit Waiting(struct kunit *test, const Offer &offer = {}) : c(test, offer)
	{
		c.sock.close();
		c.peer.send({.ack = 2});
		c.peer.send({.flags = kFin | kAck, .ack = 2});
		c.peer.last();
		EXPECT_EQ(c.peer.state(), TcpState::TimeWait);
	}
};

} // namespace

TEST(timewait_answers_the_fin_again)
{
	Waiting w(test);

	w.c.peer.send({.flags = kFin | kAck, .ack = 2});
	const Seen ack = w.c.peer.next();
	EXPECT_EQ(ack.flags, kAck);
	EXPECT_EQ(ack.seq, 2);
	EXPECT_EQ(ack.ack, 2);
	EXPECT_EQ(w.c.peer.state(), TcpState::TimeWait);
	/* A RST does not end it (RFC 1337), a bare ACK is not answered. */
	w.c.peer.send({.flags = kRst, .seq = 2});
	w.c.peer.send({.seq = 2, .ack = 2});
	EXPECT_EQ(w.c.peer.waiting(), 0);
	EXPECT_EQ(w.c.peer.state(), TcpState::TimeWait);
	fire_timewait();
	EXPECT_EQ(w.c.peer.state(), TcpState::Close);
}

/* RFC 6191: the ports are used again by a connection that is provably new. */
TEST(new_syn_reopens)
{
	Waiting w(test);
	Peer &peer = w.c.peer;

	peer.iss += 100000;
	const u32 old_iss = peer.our_iss;
	const Seen synack = send_syn(peer);
	hold(w.c.listener.tp());
	EXPECT_EQ(synack.flags, kSyn | kAck);
	EXPECT_EQ(synack.ack, 1);
	/* Beyond everything that the old connection has sent. */
	EXPECT_EQ(peer.our_iss, old_iss + 2 + 65537);
	EXPECT_EQ(peer.state(), TcpState::NewSynRecv);
	peer.send({});
	Socket child = w.c.listener.accept();
	EXPECT_TRUE(static_cast<bool>(child));
}

TEST(old_syn_does_not_reopen)
{
	Waiting w(test);
	Peer &peer = w.c.peer;

	peer.send({.flags = kSyn, .seq = 0u - 1000});
	const Seen ack = peer.next();
	EXPECT_EQ(ack.flags, kAck);
	EXPECT_EQ(ack.ack, 2);
	EXPECT_EQ(peer.state(), TcpState::TimeWait);
}

TEST(new_syn_without_a_listener)
{
	Waiting w(test);
	Peer &peer = w.c.peer;

	w.c.listener.abort();
	peer.send({.flags = kSyn, .seq = 100000});
	const Seen ack = peer.next();
	EXPECT_EQ(ack.flags, kAck);
	EXPECT_EQ(ack.ack, 2);
	EXPECT_EQ(peer.state(), TcpState::TimeWait);
}

TEST(timewait_is_counted_and_purged)
{
	Moved waits(Mib::TW);
	const TimeWaitTable &table = pernet(&init_net).timewait;
	{
		Waiting w(test);
		EXPECT_EQ(waits.by(), 1);
		EXPECT_EQ(table.wheel.count(), 1);
		timewait_net_exit(&init_net);
		EXPECT_EQ(table.wheel.count(), 0);
		EXPECT_EQ(w.c.peer.state(), TcpState::Close);
	}
	EXPECT_EQ(timewait_net_init(&init_net), 0);
}

/* net.ipv4.tcp_max_tw_buckets: beyond it a connection just ends. */
TEST(no_more_than_max_tw_buckets)
{
	int &limit = init_net.ipv4.tcp_death_row.sysctl_max_tw_buckets;
	const int old = limit;
	Accepted c(test);

	limit = 0;
	c.sock.close();
	c.peer.send({.flags = kFin | kAck, .ack = 2});
	EXPECT_EQ(c.peer.state(), TcpState::Close);
	EXPECT_EQ(c.peer.last().ack, 2);
	limit = old;
}

/* --- FIN-WAIT-2 without a user ---------------------------------------------------------------- */

TEST(segments_for_fin_wait_2_without_a_user)
{
	static constexpr struct {
		const char *what;
		Segment segment;
		u8 answer; /* flags, 0: none */
		TcpState state;
	} rows[] = {
		{"the FIN", {.flags = kFin | kAck, .ack = 2}, kAck, TcpState::TimeWait},
		{"text", {.ack = 2, .text = 1}, kRst, TcpState::Close},
		{"an exact RST", {.flags = kRst}, 0, TcpState::Close},
		{"another RST", {.flags = kRst, .seq = 2}, kAck, TcpState::FinWait2},
		{"a SYN", {.flags = kSyn, .seq = 5}, kAck, TcpState::FinWait2},
		{"an ACK", {.ack = 2}, 0, TcpState::FinWait2},
		{"an old segment", {.seq = 0u - 9, .ack = 2, .text = 1}, kAck, TcpState::FinWait2},
	};

	for (const auto &row : rows) {
		Accepted c(test);
		c.sock.close();
		c.peer.send({.ack = 2});
		c.peer.last();
		EXPECT_EQ_IN(row.what, c.peer.state(), TcpState::FinWait2);
		c.peer.send(row.segment);
		EXPECT_EQ_IN(row.what, c.peer.last().flags, row.answer);
		EXPECT_EQ_IN(row.what, c.peer.state(), row.state);
	}
}

TEST(fin_wait_2_ends_by_itself)
{
	Accepted c(test);

	c.sock.close();
	c.peer.send({.ack = 2});
	EXPECT_EQ(c.peer.state(), TcpState::FinWait2);
	fire_timewait();
	EXPECT_EQ(c.peer.state(), TcpState::Close);
}

STACK_SUITE("tcp_timewait", TEST_CASE(timewait_answers_the_fin_again),
	    TEST_CASE(new_syn_reopens), TEST_CASE(old_syn_does_not_reopen),
	    TEST_CASE(new_syn_without_a_listener), TEST_CASE(timewait_is_counted_and_purged),
	    TEST_CASE(no_more_than_max_tw_buckets), TEST_CASE(segments_for_fin_wait_2_without_a_user),
	    TEST_CASE(fin_wait_2_ends_by_itself));

} // namespace tcpxx::testing
