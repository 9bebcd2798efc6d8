// SPDX-License-Identifier: GPL-2.0
/* How a socket ends. */
#include "peer.h"

namespace tcpxx::testing {

TEST(close_of_a_socket_that_was_never_used)
{
	Socket sock(test);
	Kept tp(sock.tp());

	sock.close();
	EXPECT_EQ(refcount_read(&tp->sk.sk_refcnt), 1);
}

TEST(close_of_an_opening)
{
	Peer peer(test);
	Socket sock(test);
	Kept tp(sock.tp());

	EXPECT_EQ(sock.connect(), -EINPROGRESS);
	peer.our_port = peer.next().source;
	sock.close();
	EXPECT_EQ(peer.waiting(), 0);
	EXPECT_EQ(peer.state(), TcpState::Close);
	EXPECT_EQ(refcount_read(&tp->sk.sk_refcnt), 1);
}

TEST(nothing_is_left_of_a_connection)
{
	Accepted c(test);
	Kept tp(c.tp());

	c.sock.send(5000);
	c.peer.send({.text = 500});
	c.peer.send({.seq = 701, .text = 500});
	EXPECT_TRUE(tp->sk.sk_wmem_queued > 0);
	c.sock.close();
	EXPECT_EQ(tp->sk.sk_wmem_queued, 0);
	EXPECT_EQ(atomic_read(&tp->sk.sk_rmem_alloc), 0);
	EXPECT_TRUE(!timer_pending(&tp->retransmit_timer));
	EXPECT_TRUE(!timer_pending(&tp->delack_timer));
	EXPECT_TRUE(!tp->bind.bucket);
	EXPECT_EQ(refcount_read(&tp->sk.sk_refcnt), 1);
}

/* connect() to AF_UNSPEC: the connection is reset, and the socket as good as new. */
TEST(disconnect)
{
	Accepted c(test);

	c.sock.send(10);
	c.peer.last();
	lock_sock(&c.tp().sk);
	EXPECT_EQ(tcp_disconnect(c.tp()), 0);
	release_sock(&c.tp().sk);
	EXPECT_EQ(c.peer.next().flags & kRst, kRst);
	EXPECT_EQ(c.sock.state(), TcpState::Close);
	EXPECT_EQ(c.peer.state(), TcpState::Close);
	EXPECT_EQ(c.tp().sk.sk_wmem_queued, 0);
	c.sock.get()->state = SS_UNCONNECTED;
	c.sock.take_error();
	EXPECT_EQ(c.sock.connect(), -EINPROGRESS);
}

/* TCP_LINGER2 under 0, when the user goes in FIN-WAIT-2, and when it comes to that later. */
TEST(fin_wait_2_without_a_user_is_not_wanted)
{
	Accepted late(test);
	Moved aborts(Mib::TCPAbortOnLinger), resets(Mib::TCPAbortOnData);

	late.tp().linger2 = -1;
	late.sock.shutdown(SHUT_WR);
	late.peer.send({.ack = 2});
	late.peer.last();
	EXPECT_EQ(late.peer.state(), TcpState::FinWait2);
	late.sock.close();
	EXPECT_EQ(late.peer.next().flags, kRst | kAck);
	EXPECT_EQ(late.peer.state(), TcpState::Close);
	EXPECT_EQ(aborts.by(), 1);
	EXPECT_EQ(resets.by(), 0);
}

TEST(fin_wait_2_is_not_wanted_later)
{
	Accepted early(test);
	Moved resets(Mib::TCPAbortOnData);

	early.tp().linger2 = -1;
	early.sock.close();
	early.peer.last();
	EXPECT_EQ(early.peer.state(), TcpState::FinWait1);
	early.peer.send({.ack = 2});
	const Seen reset = early.peer.next();
	EXPECT_EQ(reset.flags, kRst);
	EXPECT_EQ(reset.seq, 2);
	EXPECT_EQ(early.peer.state(), TcpState::Close);
	EXPECT_EQ(resets.by(), 1);
}

TEST(linger2_is_of_the_socket)
{
	Accepted c(test);
	const TimeWaitTable &table = pernet(&init_net).timewait;

	c.tp().linger2 = 100;
	c.sock.close();
	c.peer.send({.ack = 2});
	EXPECT_EQ(c.peer.state(), TcpState::FinWait2);
	ConnEntry *e = c.peer.find();
	KUNIT_ASSERT_TRUE(test, e && e->kind == EntryKind::TimeWait);
	const u32 ticks = timewait_of(*e).wheel.due - static_cast<u32>(div_u64(get_jiffies_64(), table.wheel.tick()));
	EXPECT_TRUE(ticks * table.wheel.tick() > 98 * HZ && ticks * table.wheel.tick() <= 101 * HZ);
	entry_put(*e);
}

/* RFC 9293, 3.10.5: SO_LINGER with 0 is ABORT. */
TEST(abort_in_each_state)
{
	static constexpr struct {
		const char *what;
		bool shut;
		u8 flags; /* of a segment of the peer, or 0 */
		u32 ack;
		TcpState state;
		u8 answer;
	} rows[] = {
		{"ESTABLISHED", false, 0, 1, TcpState::Established, kRst | kAck},
		{"FIN-WAIT-1", true, 0, 1, TcpState::FinWait1, kRst | kAck},
		{"FIN-WAIT-2", true, kAck, 2, TcpState::FinWait2, kRst | kAck},
		{"CLOSE-WAIT", false, kFin | kAck, 1, TcpState::CloseWait, kRst | kAck},
		{"CLOSING: it has our FIN", true, kFin | kAck, 1, TcpState::Closing, 0},
	};
	for (const auto &row : rows) {
		Accepted c(test);
		if (row.shut)
			c.sock.shutdown(SHUT_WR);
		if (row.flags)
			c.peer.send({.flags = row.flags, .ack = row.ack});
		EXPECT_EQ_IN(row.what, c.sock.state(), row.state);
		c.peer.last();
		c.sock.abort();
		EXPECT_EQ_IN(row.what, c.peer.last().flags, row.answer);
		EXPECT_EQ_IN(row.what, c.peer.state(), TcpState::Close);
	}
}

STACK_SUITE("tcp_life", TEST_CASE(fin_wait_2_without_a_user_is_not_wanted),
	    TEST_CASE(fin_wait_2_is_not_wanted_later), TEST_CASE(linger2_is_of_the_socket),
	    TEST_CASE(abort_in_each_state), TEST_CASE(close_of_a_socket_that_was_never_used),
	    TEST_CASE(close_of_an_opening), TEST_CASE(nothing_is_left_of_a_connection),
	    TEST_CASE(disconnect));

} // namespace tcpxx::testing
