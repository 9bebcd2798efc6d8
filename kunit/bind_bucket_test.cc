// SPDX-License-Identifier: GPL-2.0
/* How long a port has an owner. */
#include "port_range.h"

namespace tcpxx::testing {

TEST(port_is_free_again)
{
	for (int i = 0; i < 3; i++) {
		Socket sock(test);
		EXPECT_EQ(sock.bind(kPort), 0);
	}
}

TEST(time_wait_holds_the_port)
{
	Socket again(test), reuses(test);
	{
		Accepted c(test);

		c.listener.abort();
		c.sock.close();
		c.peer.send({.ack = 2});
		c.peer.send({.flags = kFin | kAck, .ack = 2});
		EXPECT_EQ(c.peer.state(), TcpState::TimeWait);
		EXPECT_EQ(again.bind(kPort), -EADDRINUSE);
		EXPECT_EQ(again.bind(kPort, ip(127, 0, 0, 1)), 0);
		again.abort();
	}
	fire_timewait();
	EXPECT_EQ(reuses.bind(kPort), 0);
}

TEST(port_of_a_listener_that_has_gone)
{
	PortRange range(1);
	Accepted c(test);
	Socket active(test);

	c.listener.abort();
	EXPECT_EQ(active.connect(), -EADDRNOTAVAIL);
	c.sock.abort();
	EXPECT_EQ(active.connect(), -EINPROGRESS);
	EXPECT_EQ(port_of(active), kPort);
}

STACK_SUITE("bind_bucket", TEST_CASE(port_is_free_again), TEST_CASE(time_wait_holds_the_port),
	    TEST_CASE(port_of_a_listener_that_has_gone));

} // namespace tcpxx::testing
