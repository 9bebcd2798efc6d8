// SPDX-License-Identifier: GPL-2.0
/* Which listener a segment is for. */
#include "peer.h"
#include "sock/listeners.h"

namespace tcpxx::testing {
namespace {

constexpr int kDevice = 7; /* any: nothing is sent here */

const TcpSock *find_listener(be32 address, u16 port, int dif = kDevice)
{
	RcuRead rcu;
	TcpSock *tp = inet_lookup_listener(&init_net, address, port, dif);

	if (tp)
		sock_put(&tp->sk);
	return tp;
}

} // namespace

TEST(specific_listener_wins)
{
	Peer peer(test); /* for its address */
	Socket any(test), specific(test);

	sock_set_reuseaddr(any.get()->sk);
	sock_set_reuseaddr(specific.get()->sk);
	EXPECT_EQ(any.bind(kPort), 0);
	EXPECT_EQ(specific.bind(kPort, kOurIp), 0);
	EXPECT_EQ(any.listen(), 0);
	EXPECT_TRUE(find_listener(kOurIp, kPort) == &any.tp());
	/* Two listeners of one port never overlap. */
	EXPECT_EQ(specific.listen(), -EADDRINUSE);
	any.abort();
	EXPECT_EQ(specific.listen(), 0);
	EXPECT_TRUE(find_listener(kOurIp, kPort) == &specific.tp());
	EXPECT_TRUE(!find_listener(kPeerIp, kPort));
	EXPECT_TRUE(!find_listener(kOurIp, kPort + 1));
}

TEST(listener_of_a_device)
{
	Socket sock(test);

	sock.get()->sk->sk_bound_dev_if = kDevice;
	EXPECT_EQ(sock.listen_on(kPort), 0);
	EXPECT_TRUE(find_listener(kOurIp, kPort, kDevice) == &sock.tp());
	EXPECT_TRUE(!find_listener(kOurIp, kPort, kDevice + 1));
}

STACK_SUITE("listeners", TEST_CASE(specific_listener_wins), TEST_CASE(listener_of_a_device));

} // namespace tcpxx::testing
