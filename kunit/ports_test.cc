// SPDX-License-Identifier: GPL-2.0
/* Who owns a port. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

constexpr be32 kAny{};

/* While it lives, net.ipv4.ip_local_port_range is so many ports from kPort on. */
class PortRange {
public:
	explicit PortRange(u16 count) { range() = make(count); }
	PortRange(const PortRange &) = delete;
	~PortRange() { range() = old_; }

private:
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	using Range = u32; /* first and last in one word */
	static Range make(u16 count) { return kPort | static_cast<u32>(kPort + count - 1) << 16; }
	static Range &range() { return init_net.ipv4.ip_local_ports.range; }
#else
	struct Range {
		int first, last;
	};
	static Range make(u16 count) { return {kPort, kPort + count - 1}; }
	static Range &range() { return reinterpret_cast<Range &>(init_net.ipv4.ip_local_ports.range); }
#endif
	const Range old_ = range();
};

u16 port_of(const Socket &sock) { return sock.tp().entry.key.num; }

/* net.ipv4.tcp_tw_reuse */
class TwReuse {
	decltype(init_net.ipv4.sysctl_tcp_tw_reuse) &setting_ = init_net.ipv4.sysctl_tcp_tw_reuse;
	const int old_ = setting_;

public:
	explicit TwReuse(int value) { setting_ = static_cast<u8>(value); }
	TwReuse(const TwReuse &) = delete;
	~TwReuse() { setting_ = static_cast<u8>(old_); }
};

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

TEST(who_may_share_a_port)
{
	struct User {
		be32 address;
		bool reuse, listens;
		int device;
		bool reuse_port;
	};
	static constexpr struct {
		const char *what;
		User first, second;
		int bind, listen;
	} rows[] = {
		{"both any", {kAny}, {kAny}, -EADDRINUSE, 0},
		{"any and one", {kAny}, {kOurIp}, -EADDRINUSE, 0},
		{"one and any", {kOurIp}, {kAny}, -EADDRINUSE, 0},
		{"the same", {kOurIp}, {kOurIp}, -EADDRINUSE, 0},
		{"different", {kOurIp}, {ip(127, 0, 0, 1)}, 0, 0},
		{"first reuses", {kAny, true}, {kAny}, -EADDRINUSE, 0},
		{"second reuses", {kAny}, {kAny, true}, -EADDRINUSE, 0},
		{"both reuse", {kAny, true}, {kAny, true}, 0, 0},
		{"first listens", {kAny, true, true}, {kAny, true}, -EADDRINUSE, 0},
		{"second listens", {kAny, true}, {kAny, true, true}, 0, 0},
		{"one device", {kAny, false, false, 1}, {kAny}, -EADDRINUSE, 0},
		{"same device", {kAny, false, false, 1}, {kAny, false, false, 1}, -EADDRINUSE, 0},
		{"first shares the port", {kAny, false, false, 0, true}, {kAny}, -EADDRINUSE, 0},
		{"second shares the port", {kAny}, {kAny, false, false, 0, true}, -EADDRINUSE, 0},
		{"both share the port", {kAny, false, true, 0, true}, {kAny, false, true, 0, true}, 0, 0},
		{"one option each", {kAny, true, false, 0, false}, {kAny, false, false, 0, true}, -EADDRINUSE, 0},
		{"two devices", {kAny, false, false, 1}, {kAny, false, true, 2}, 0, 0},
	};
	Peer peer(test); /* for its address */

	for (const auto &row : rows) {
		Socket first(test), second(test);
		first.get()->sk->sk_reuse = row.first.reuse;
		second.get()->sk->sk_reuse = row.second.reuse;
		first.get()->sk->sk_reuseport = row.first.reuse_port;
		second.get()->sk->sk_reuseport = row.second.reuse_port;
		first.get()->sk->sk_bound_dev_if = row.first.device;
		second.get()->sk->sk_bound_dev_if = row.second.device;
		EXPECT_EQ_IN(row.what, first.bind(kPort, row.first.address), 0);
		if (row.first.listens)
			EXPECT_EQ_IN(row.what, first.listen(), 0);
		EXPECT_EQ_IN(row.what, second.bind(kPort, row.second.address), row.bind);
		if (!row.bind && row.second.listens)
			EXPECT_EQ_IN(row.what, second.listen(), row.listen);
	}
}

TEST(port_is_free_again)
{
	for (int i = 0; i < 3; i++) {
		Socket sock(test);
		EXPECT_EQ(sock.bind(kPort), 0);
	}
}

TEST(port_of_the_range)
{
	int low, high;
	Socket first(test), second(test);

	inet_get_local_port_range(&init_net, &low, &high);
	EXPECT_EQ(first.bind(0), 0);
	EXPECT_EQ(second.bind(0), 0);
	EXPECT_TRUE(port_of(first) >= low && port_of(first) <= high);
	EXPECT_TRUE(port_of(first) != port_of(second));
}

/* One that is looked for is shared with nobody, whatever both sides have set, unless there is no other. */
TEST(port_of_the_range_is_not_shared)
{
	auto &may_share = init_net.ipv4.sysctl_ip_autobind_reuse;
	const auto old = may_share;
	PortRange range(1);
	Socket first(test), second(test);

	first.get()->sk->sk_reuse = SK_CAN_REUSE;
	second.get()->sk->sk_reuse = SK_CAN_REUSE;
	EXPECT_EQ(first.bind(0), 0);
	EXPECT_EQ(second.bind(0), -EADDRINUSE);
	may_share = 1;
	/* As in Linux, SO_REUSEPORT is in the way of that. */
	first.get()->sk->sk_reuseport = true;
	second.get()->sk->sk_reuseport = true;
	EXPECT_EQ(second.bind(0), -EADDRINUSE);
	second.get()->sk->sk_reuseport = false;
	EXPECT_EQ(second.bind(0), 0);
	EXPECT_EQ(port_of(second), kPort);
	may_share = old;
}

/* TIME-WAIT holds the port, for as long as it lasts. */
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

/* connect() leaves a port alone that bind() has chosen, also when only a connection of its is left. */
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

/* Two connections may share a port, if their peers differ. */
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

/* RFC 6056, 3.3.4: each connection to one place takes the next port, until none is left. */
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

/* Where the first one is, is a secret for each destination. */
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
	TwReuse setting(1);
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
		TwReuse setting(0);
		Waiting old(test);
		Socket sock(test);
		EXPECT_EQ(sock.connect(), -EADDRNOTAVAIL);
		EXPECT_TRUE(old.peer.state() == TcpState::TimeWait);
		/* With another peer it shares the port. */
		EXPECT_EQ(sock.connect(kPeerPort + 1), -EINPROGRESS);
	}
	{
		/* Neither end is 127.0.0.0/8. */
		TwReuse setting(2);
		Waiting old(test);
		Socket sock(test);
		EXPECT_EQ(sock.connect(), -EADDRNOTAVAIL);
	}
	{
		TwReuse setting(1);
		Waiting old(test, Waiting::Option::None);
		Socket sock(test);
		EXPECT_EQ(sock.connect(), -EADDRNOTAVAIL);
		EXPECT_TRUE(old.peer.state() == TcpState::TimeWait);
	}
}

/* Whoever binds to the port wants this one, and the setting is not asked. */
TEST(time_wait_gives_way_to_a_port_of_bind)
{
	TwReuse setting(0);
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

STACK_SUITE("ports", TEST_CASE(who_may_share_a_port), TEST_CASE(port_is_free_again),
	    TEST_CASE(port_of_the_range), TEST_CASE(port_of_the_range_is_not_shared),
	    TEST_CASE(time_wait_holds_the_port), TEST_CASE(port_of_a_listener_that_has_gone),
	    TEST_CASE(port_of_a_connection), TEST_CASE(same_connection_twice),
	    TEST_CASE(ports_of_a_destination_come_in_turn), TEST_CASE(ports_begin_elsewhere_for_each_destination),
	    TEST_CASE(reserved_ports_are_left_alone), TEST_CASE(time_wait_gives_way), TEST_CASE(time_wait_stays),
	    TEST_CASE(time_wait_gives_way_to_a_port_of_bind));

} // namespace tcpxx::testing
