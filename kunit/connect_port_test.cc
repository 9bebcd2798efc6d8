// SPDX-License-Identifier: GPL-2.0
/* The local port of connect(). */
#include "port_range.h"

namespace tcpxx::testing {
namespace {

constexpr u32 kLastTsval = 5000;

/* A connection from kPort, the only one of the range, that is in TIME-WAIT. */
class Waiting {
	PortRange range_;

public:
	Peer peer;
	Seq32 snd_nxt;

	enum class Option : u8 { None, Timestamps };
	explicit Waiting(struct kunit *test, Option option = Option::Timestamps) : range_(1), peer(test)
	{
		Socket first(test);
		OptionWriter w;
		if (option == Option::Timestamps)
			w.timestamps({kLastTsval, 0});
		const Bytes options = w.finish();

		EXPECT_EQ(first.connect(), -EINPROGRESS);
		peer.next();
		peer.send({.flags = kSyn | kAck, .seq = 0, .options = options});
		first.close();
		peer.send({.ack = 2, .options = options});
		peer.send({.flags = kFin | kAck, .ack = 2, .options = options});
		KUNIT_ASSERT_TRUE(test, peer.state() == TcpState::TimeWait);
		peer.last();
		ConnEntry *e = peer.find();
		snd_nxt = timewait_of(*e).vars.snd_nxt;
		if (option == Option::Timestamps)
			timewait_of(*e).vars.ts_recent_stamp = tcp_clock_s() - 1;
		entry_put(*e);
	}
};

} // namespace

TEST(port_of_a_connection)
{
	Peer peer(test);
	Socket one(test), two(test), reserved(test);

	EXPECT_EQ(one.connect(), -EINPROGRESS);
	const u16 port = port_of(one);
	EXPECT_TRUE(port != 0);
	/* It is not for bind(), unless both reuse. */
	EXPECT_EQ(reserved.bind(port), -EADDRINUSE);
	EXPECT_EQ(two.bind(kPort), 0);
	EXPECT_EQ(two.connect(), -EINPROGRESS);
	EXPECT_EQ(port_of(two), kPort);
	one.abort();
	EXPECT_EQ(reserved.bind(port), 0);
}

TEST(same_connection_twice)
{
	Peer peer(test);
	Socket one(test), two(test);

	sock_set_reuseaddr(one.get()->sk);
	sock_set_reuseaddr(two.get()->sk);
	EXPECT_EQ(one.bind(kPort), 0);
	EXPECT_EQ(two.bind(kPort), 0);
	EXPECT_EQ(one.connect(), -EINPROGRESS);
	EXPECT_EQ(two.connect(), -EADDRNOTAVAIL);
	EXPECT_EQ(two.connect(kPeerPort + 1), -EINPROGRESS);
}

TEST(ports_of_a_destination_come_in_turn)
{
	constexpr u16 kCount = 8;
	PortRange range(kCount);
	Peer peer(test);
	Socket socks[kCount] = {Socket(test), Socket(test), Socket(test), Socket(test),
				Socket(test), Socket(test), Socket(test), Socket(test)};
	Socket more(test);

	for (auto &sock : socks)
		EXPECT_EQ(sock.connect(), -EINPROGRESS);
	for (u16 i = 1; i < kCount; i++)
		EXPECT_EQ(port_of(socks[i]), kPort + (port_of(socks[i - 1]) - kPort + 1) % kCount);
	EXPECT_EQ(more.connect(), -EADDRNOTAVAIL);
	EXPECT_EQ(port_of(more), 0);
	/* Those are taken for this destination only. */
	EXPECT_EQ(more.connect(kPeerPort + 1), -EINPROGRESS);
	EXPECT_TRUE(port_of(more) >= kPort && port_of(more) < kPort + kCount);
	more.abort();
	/* And one that is free again is found. */
	const u16 freed = port_of(socks[3]);
	socks[3] = Socket(test);
	EXPECT_EQ(socks[3].connect(), -EINPROGRESS);
	EXPECT_EQ(port_of(socks[3]), freed);
}

TEST(ports_begin_elsewhere_for_each_destination)
{
	constexpr u16 kDestinations = 16;
	PortRange range(20000);
	Peer peer(test);
	u16 last = 0, same = 0;

	for (u16 i = 0; i < kDestinations; i++) {
		Socket sock(test);
		EXPECT_EQ(sock.connect(kPeerPort + i), -EINPROGRESS);
		same += i && port_of(sock) - last <= 1 && last - port_of(sock) <= 1;
		last = port_of(sock);
	}
	EXPECT_TRUE(same < 3);
}

TEST(reserved_ports_are_left_alone)
{
	PortRange range(4);
	Peer peer(test);
	Socket one(test), two(test), binds(test);

	KUNIT_ASSERT_NOT_NULL(test, init_net.ipv4.sysctl_local_reserved_ports);
	set_bit(kPort, init_net.ipv4.sysctl_local_reserved_ports);
	set_bit(kPort + 1, init_net.ipv4.sysctl_local_reserved_ports);
	set_bit(kPort + 3, init_net.ipv4.sysctl_local_reserved_ports);
	EXPECT_EQ(one.connect(), -EINPROGRESS);
	EXPECT_EQ(port_of(one), kPort + 2);
	EXPECT_EQ(two.connect(), -EADDRNOTAVAIL);
	EXPECT_EQ(binds.bind(0), -EADDRINUSE);
	clear_bit(kPort, init_net.ipv4.sysctl_local_reserved_ports);
	EXPECT_EQ(binds.bind(0), 0);
	EXPECT_EQ(port_of(binds), kPort);
	clear_bit(kPort + 1, init_net.ipv4.sysctl_local_reserved_ports);
	clear_bit(kPort + 3, init_net.ipv4.sysctl_local_reserved_ports);
}

TEST(time_wait_gives_way)
{
	Sysctl setting(init_net.ipv4.sysctl_tcp_tw_reuse, 1);
	Waiting old(test);
	Socket sock(test);
	const Moved recycled(Mib::TWRecycled);

	EXPECT_EQ(sock.connect(), -EINPROGRESS);
	EXPECT_EQ(recycled.by(), 1);
	EXPECT_EQ(port_of(sock), kPort);
	EXPECT_TRUE(old.peer.state() == TcpState::SynSent);
	/* Beyond all that the old one has sent, and PAWS goes on. */
	EXPECT_EQ(sock.tp().tcb.iss, isn_after(old.snd_nxt));
	EXPECT_EQ(sock.tp().tcb.ts_recent, kLastTsval);
	sock.abort();
	/* Nothing is left of the old one that could hold the port. */
	Socket binds(test);
	EXPECT_EQ(binds.bind(kPort), 0);
	EXPECT_EQ(pernet(&init_net).timewait.wheel.count(), 0);
}

TEST(time_wait_stays)
{
	{
		Sysctl setting(init_net.ipv4.sysctl_tcp_tw_reuse, 0);
		Waiting old(test);
		Socket sock(test);
		EXPECT_EQ(sock.connect(), -EADDRNOTAVAIL);
		EXPECT_TRUE(old.peer.state() == TcpState::TimeWait);
		/* With another peer it shares the port. */
		EXPECT_EQ(sock.connect(kPeerPort + 1), -EINPROGRESS);
	}
	{
		/* Neither end is 127.0.0.0/8. */
		Sysctl setting(init_net.ipv4.sysctl_tcp_tw_reuse, 2);
		Waiting old(test);
		Socket sock(test);
		EXPECT_EQ(sock.connect(), -EADDRNOTAVAIL);
	}
	{
		Sysctl setting(init_net.ipv4.sysctl_tcp_tw_reuse, 1);
		Waiting old(test, Waiting::Option::None);
		Socket sock(test);
		EXPECT_EQ(sock.connect(), -EADDRNOTAVAIL);
		EXPECT_TRUE(old.peer.state() == TcpState::TimeWait);
	}
}

TEST(time_wait_gives_way_to_a_port_of_bind)
{
	Sysctl setting(init_net.ipv4.sysctl_tcp_tw_reuse, 0);
	Waiting old(test);
	Socket sock(test);
	const Moved recycled(Mib::TWRecycled);

	sock_set_reuseaddr(sock.get()->sk);
	{
		/* The one that left it had not said SO_REUSEADDR. */
		ConnEntry *e = old.peer.find();
		timewait_of(*e).reuse = true;
		entry_put(*e);
	}
	EXPECT_EQ(sock.bind(kPort), 0);
	EXPECT_EQ(sock.connect(), -EINPROGRESS);
	EXPECT_EQ(recycled.by(), 1);
	EXPECT_EQ(sock.tp().tcb.iss, isn_after(old.snd_nxt));
}

STACK_SUITE("connect_port", TEST_CASE(port_of_a_connection), TEST_CASE(same_connection_twice),
	    TEST_CASE(ports_of_a_destination_come_in_turn),
	    TEST_CASE(ports_begin_elsewhere_for_each_destination), TEST_CASE(reserved_ports_are_left_alone),
	    TEST_CASE(time_wait_gives_way), TEST_CASE(time_wait_stays),
	    TEST_CASE(time_wait_gives_way_to_a_port_of_bind));

} // namespace tcpxx::testing
