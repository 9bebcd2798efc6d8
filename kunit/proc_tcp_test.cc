// SPDX-License-Identifier: GPL-2.0
/* /proc/net/tcpxx: a line for a socket of each kind, in the format of /proc/net/tcp. */
#include "peer.h"
#include "proc_text.h"

namespace tcpxx::testing {
namespace {

/* 10.99.0.1:8080 and 10.99.0.2:40000, in the byte order of that file. */
constexpr const char *kPair = "0100630A:1F90 0200630A:9C40";

/* A line of that pair that goes on with `rest`. */
bool shows(const char *rest)
{
	char line[96];

	snprintf(line, sizeof(line), "%s %s", kPair, rest);
	return ProcText("/proc/net/tcpxx").has(line);
}

} // namespace

TEST(nothing_but_the_title)
{
	const ProcText text("/proc/net/tcpxx");

	EXPECT_EQ(text.lines(), 1);
	EXPECT_TRUE(text.has("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when"));
}

TEST(listener)
{
	Socket listener(test);

	EXPECT_EQ(listener.listen_on(kPort, 5), 0);
	EXPECT_TRUE(
		ProcText("/proc/net/tcpxx")
			.has("   0: 00000000:1F90 00000000:0000 0A 00000005:00000000 00:00000000"));
}

TEST(request)
{
	Peer peer(test);
	Socket listener(test);

	EXPECT_EQ(listener.listen_on(kPort), 0);
	send_syn(peer);
	hold(listener.tp());
	EXPECT_TRUE(shows("03 00000000:00000000 01:00000000"));
}

TEST(connection_with_text_both_ways)
{
	Accepted c(test);

	c.sock.send(10);
	c.peer.send({.text = 16});
	EXPECT_TRUE(shows("01 0000000A:00000010 01:"));
	c.peer.send({.seq = 17, .ack = 11});
	c.sock.receive(100);
	EXPECT_TRUE(shows("01 00000000:00000000 00:00000000 00000000"));
	EXPECT_EQ(ProcText("/proc/net/tcpxx").lines(), 3);
}

TEST(retransmissions)
{
	Accepted c(test);

	c.sock.send(10);
	fire_retransmit(c.tp());
	fire_retransmit(c.tp());
	char line[96];
	snprintf(line, sizeof(line), " %08X ", 2);
	EXPECT_TRUE(ProcText("/proc/net/tcpxx").has(line));
	EXPECT_TRUE(shows("01 0000000A:00000000 01:"));
}

TEST(probing)
{
	Accepted c(test);

	c.peer.send({.window = 0});
	c.sock.send(10);
	EXPECT_TRUE(shows("01 0000000A:00000000 04:"));
}

TEST(timewait)
{
	Accepted c(test);

	c.sock.close();
	c.peer.send({.ack = 2});
	EXPECT_TRUE(shows("05 00000000:00000000 03:"));
	c.peer.send({.flags = kFin | kAck, .ack = 2});
	EXPECT_TRUE(shows("06 00000000:00000000 03:"));
}

STACK_SUITE("proc_tcp", TEST_CASE(nothing_but_the_title), TEST_CASE(listener), TEST_CASE(request),
	    TEST_CASE(connection_with_text_both_ways), TEST_CASE(retransmissions),
	    TEST_CASE(probing), TEST_CASE(timewait));

} // namespace tcpxx::testing
