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

STACK_SUITE("tcp_life", TEST_CASE(close_of_a_socket_that_was_never_used),
	    TEST_CASE(close_of_an_opening), TEST_CASE(nothing_is_left_of_a_connection),
	    TEST_CASE(disconnect));

} // namespace tcpxx::testing
