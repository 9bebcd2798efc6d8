// SPDX-License-Identifier: GPL-2.0
/* Who owns a port. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

constexpr be32 kAny{};

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
	    TEST_CASE(port_of_the_range), TEST_CASE(port_of_a_connection),
	    TEST_CASE(same_connection_twice));

} // namespace tcpxx::testing
