// SPDX-License-Identifier: GPL-2.0
/* What a socket's user does: send, receive, poll. The object is module/sock/tcp.cc. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

__poll_t poll(const Socket &sock) { return tcp_poll(nullptr, sock.get(), nullptr); }

constexpr __poll_t kIn = EPOLLIN | EPOLLRDNORM;
constexpr __poll_t kOut = EPOLLOUT | EPOLLWRNORM;

} // namespace

/* --- poll ------------------------------------------------------------------------------------- */

TEST(poll_of_a_listener)
{
	Peer peer(test);
	Socket listener(test);

	EXPECT_EQ(poll(listener), EPOLLHUP | kOut);
	EXPECT_EQ(listener.listen_on(kPort), 0);
	EXPECT_EQ(poll(listener), 0);
	send_syn(peer);
	EXPECT_EQ(poll(listener), 0);
	peer.send({});
	hold(listener.tp());
	EXPECT_EQ(poll(listener), kIn);
	Socket child = listener.accept();
	EXPECT_EQ(poll(listener), 0);
}

TEST(poll_of_a_connection)
{
	Accepted c(test);

	EXPECT_EQ(poll(c.sock), kOut);
	c.peer.send({.text = 1});
	EXPECT_EQ(poll(c.sock), kIn | kOut);
	EXPECT_EQ(c.sock.receive(1), 1);
	EXPECT_EQ(poll(c.sock), kOut);
	c.peer.send({.flags = kFin | kAck, .seq = 2});
	EXPECT_EQ(poll(c.sock), kIn | kOut | EPOLLRDHUP);
	c.sock.shutdown(SHUT_WR);
	EXPECT_TRUE(poll(c.sock) & EPOLLHUP);
}

TEST(poll_of_an_opening)
{
	Peer peer(test);
	Socket sock(test);

	EXPECT_EQ(sock.connect(), -EINPROGRESS);
	EXPECT_EQ(poll(sock), 0);
	peer.our_port = peer.next().source;
	peer.send({.flags = kRst | kAck, .seq = 0});
	EXPECT_EQ(poll(sock), kIn | kOut | EPOLLHUP | EPOLLERR | EPOLLRDHUP);
}

TEST(poll_of_a_full_send_buffer)
{
	Accepted c(test);

	c.peer.send({.window = 0});
	while (c.sock.send(1000) > 0)
		;
	EXPECT_EQ(poll(c.sock), 0);
	c.peer.send({.window = 0xffff});
	while (c.tcb().packets_out)
		c.peer.send({.ack = distance(Seq32(c.peer.our_iss), c.tcb().snd_nxt)});
	EXPECT_EQ(poll(c.sock), kOut);
}

/* --- send ------------------------------------------------------------------------------------- */

TEST(send_errors)
{
	Accepted c(test);
	Socket fresh(test);

	EXPECT_EQ(fresh.send(1), -EPIPE);
	EXPECT_EQ(c.listener.send(1), -EPIPE);
	EXPECT_EQ(c.sock.send(1, MSG_OOB), -EOPNOTSUPP);
	c.sock.shutdown(SHUT_WR);
	EXPECT_EQ(c.sock.send(1), -EPIPE);
}

/* As much as there is room for, then EAGAIN; an ACK makes room. */
TEST(send_buffer_is_limited)
{
	Accepted c(test);
	u32 in_all = 0;

	c.peer.send({.window = 0});
	for (int n; (n = c.sock.send(5000)) > 0;)
		in_all += n;
	EXPECT_EQ(c.sock.send(1), -EAGAIN);
	EXPECT_TRUE(in_all > 0);
	/* A packet that was begun is filled up. */
	EXPECT_TRUE(in_all <= static_cast<u32>(c.tp().sk.sk_sndbuf) + tcp_size_goal(c.tp()));
	c.peer.send({.window = 0xffff});
	u32 next = 1, wrong = 0;
	while (c.peer.waiting()) {
		const Seen s = c.peer.next();
		EXPECT_EQ(s.seq, next);
		next += s.text;
		wrong += s.wrong;
		if (!c.peer.waiting())
			c.peer.send({.ack = next});
	}
	EXPECT_EQ(next, in_all + 1);
	EXPECT_EQ(wrong, 0);
	EXPECT_TRUE(c.sock.send(1000) > 0);
}

/* --- receive ---------------------------------------------------------------------------------- */

TEST(receive_errors)
{
	Accepted c(test);
	Socket fresh(test);

	EXPECT_EQ(fresh.receive(1), -ENOTCONN);
	EXPECT_EQ(c.listener.receive(1), -ENOTCONN);
	EXPECT_EQ(c.sock.receive(1, MSG_OOB), -EOPNOTSUPP);
	EXPECT_EQ(c.sock.receive(1), -EAGAIN);
}

TEST(peek_leaves_the_text)
{
	Accepted c(test);

	c.peer.send({.text = 100});
	c.peer.send({.seq = 101, .text = 100});
	EXPECT_EQ(c.sock.receive(150, MSG_PEEK), 150);
	EXPECT_EQ(c.sock.receive(500, MSG_PEEK), 200);
	EXPECT_EQ(c.sock.receive(500), 200);
	EXPECT_EQ(c.sock.receive(500, MSG_PEEK), -EAGAIN);
}

TEST(truncate_throws_text_away)
{
	Accepted c(test);
	struct msghdr msg = {};

	c.peer.send({.text = 100});
	EXPECT_EQ(kernel_recvmsg(c.sock.get(), &msg, nullptr, 0, 60, MSG_DONTWAIT | MSG_TRUNC), 60);
	EXPECT_EQ(distance(c.tcb().copied_seq, c.tcb().rcv_nxt), 40);
}

TEST(text_before_a_reset_is_lost)
{
	Accepted c(test);

	c.peer.send({.text = 100});
	c.peer.send({.flags = kRst, .seq = 101});
	EXPECT_EQ(c.sock.receive(50), 50);
	EXPECT_EQ(c.sock.receive(50), 50);
	EXPECT_EQ(c.sock.receive(50), -ECONNRESET);
	EXPECT_EQ(c.sock.receive(50), 0);
}

STACK_SUITE("sock_tcp", TEST_CASE(poll_of_a_listener), TEST_CASE(poll_of_a_connection),
	    TEST_CASE(poll_of_an_opening), TEST_CASE(poll_of_a_full_send_buffer),
	    TEST_CASE(send_errors), TEST_CASE(send_buffer_is_limited), TEST_CASE(receive_errors),
	    TEST_CASE(peek_leaves_the_text), TEST_CASE(truncate_throws_text_away),
	    TEST_CASE(text_before_a_reset_is_lost));

} // namespace tcpxx::testing
