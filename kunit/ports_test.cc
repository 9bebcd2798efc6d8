// SPDX-License-Identifier: GPL-2.0
/* Who may bind to a port. */
#include "port_range.h"

namespace tcpxx::testing {
namespace {

constexpr be32 kAny{};

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

STACK_SUITE("ports", TEST_CASE(who_may_share_a_port), TEST_CASE(port_of_the_range),
	    TEST_CASE(port_of_the_range_is_not_shared));

} // namespace tcpxx::testing
