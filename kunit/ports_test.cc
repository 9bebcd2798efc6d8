// SPDX-License-Identifier: GPL-2.0
/* Who owns a port. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

constexpr be32 kAny{};

/* While it lives, net.ipv4.ip_local_port_range is kPort alone. */
class OnlyPort {
public:
	OnlyPort() { range() = kOnly; }
	OnlyPort(const OnlyPort &) = delete;
	~OnlyPort() { range() = old_; }

private:
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	using Range = u32; /* first and last in one word */
	const Range kOnly = kPort | kPort << 16;
	static Range &range() { return init_net.ipv4.ip_local_ports.range; }
#else
	struct Range {
		int first, last;
	};
	const Range kOnly = {kPort, kPort};
	static Range &range() { return reinterpret_cast<Range &>(init_net.ipv4.ip_local_ports.range); }
#endif
	const Range old_ = range();
};

u16 port_of(const Socket &sock) { return sock.tp().entry.key.num; }

} // namespace

TEST(who_may_share_a_port)
{
	struct User {
		be32 address;
		bool reuse, listens;
		int device;
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
		{"two devices", {kAny, false, false, 1}, {kAny, false, true, 2}, 0, 0},
	};
	Peer peer(test); /* for its address */

	for (const auto &row : rows) {
		Socket first(test), second(test);
		first.get()->sk->sk_reuse = row.first.reuse;
		second.get()->sk->sk_reuse = row.second.reuse;
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
	OnlyPort range;
	Socket first(test), second(test);

	first.get()->sk->sk_reuse = SK_CAN_REUSE;
	second.get()->sk->sk_reuse = SK_CAN_REUSE;
	EXPECT_EQ(first.bind(0), 0);
	EXPECT_EQ(second.bind(0), -EADDRINUSE);
	may_share = 1;
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
	OnlyPort range;
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

STACK_SUITE("ports", TEST_CASE(who_may_share_a_port), TEST_CASE(port_is_free_again),
	    TEST_CASE(port_of_the_range), TEST_CASE(port_of_the_range_is_not_shared),
	    TEST_CASE(time_wait_holds_the_port), TEST_CASE(port_of_a_listener_that_has_gone),
	    TEST_CASE(port_of_a_connection), TEST_CASE(same_connection_twice));

} // namespace tcpxx::testing
