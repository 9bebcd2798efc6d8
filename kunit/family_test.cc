// SPDX-License-Identifier: GPL-2.0
/* What is registered, and with which parameters. */
#include "kapi/entry.h"
#include "peer.h"
#include "uapi/tcpxx.h"

namespace tcpxx::testing {

TEST(what_can_be_created)
{
	static constexpr struct {
		const char *what;
		int type, protocol, result;
	} rows[] = {
		{"stream", SOCK_STREAM, 0, 0},
		{"stream, TCP", SOCK_STREAM, IPPROTO_TCP, 0},
		{"stream, UDP", SOCK_STREAM, IPPROTO_UDP, -EPROTONOSUPPORT},
		{"datagram", SOCK_DGRAM, 0, -ESOCKTNOSUPPORT},
		{"raw", SOCK_RAW, IPPROTO_TCP, -ESOCKTNOSUPPORT},
	};

	for (const auto &row : rows) {
		struct socket *sock = nullptr;
		const int err =
			sock_create_kern(&init_net, AF_TCPXX, row.type, row.protocol, &sock);
		EXPECT_EQ_IN(row.what, err, row.result);
		if (!err)
			sock_release(sock);
	}
}

/* The stack is up, so these only show that a second one is refused whole. */
TEST(parameters_that_are_refused)
{
	EXPECT_EQ(tcpxx_init(0, ETH_P_TCPXX, ETH_P_TCPXX_ARP), -EINVAL);
	EXPECT_EQ(tcpxx_init(AF_MAX, ETH_P_TCPXX, ETH_P_TCPXX_ARP), -EINVAL);
	EXPECT_EQ(tcpxx_init(AF_TCPXX, ETH_P_IP, ETH_P_TCPXX_ARP), -EINVAL);
	EXPECT_EQ(tcpxx_init(AF_TCPXX, ETH_P_TCPXX, ETH_P_TCPXX), -EINVAL);
	EXPECT_EQ(tcpxx_init(AF_TCPXX, 0x5ff, ETH_P_TCPXX_ARP), -EINVAL);
	EXPECT_EQ(tcpxx_init(AF_TCPXX, 0x10000, ETH_P_TCPXX_ARP), -EINVAL);
}

/* net.ipv4.tcp_mem: the same three numbers. */
TEST(memory_is_bounded_by_tcp_mem)
{
	struct socket *sock = nullptr;
	KUNIT_ASSERT_EQ(test, sock_create_kern(&init_net, AF_TCPXX, SOCK_STREAM, 0, &sock), 0);
	EXPECT_TRUE(sock->sk->sk_prot->sysctl_mem == tcp_prot.sysctl_mem);
	sock_release(sock);
}

STACK_SUITE("family", TEST_CASE(what_can_be_created), TEST_CASE(parameters_that_are_refused),
	    TEST_CASE(memory_is_bounded_by_tcp_mem));

} // namespace tcpxx::testing
