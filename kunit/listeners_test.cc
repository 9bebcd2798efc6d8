// SPDX-License-Identifier: GPL-2.0
/* Which listener a segment is for. */
#include "peer.h"
#include "sock/listeners.h"

namespace tcpxx::testing {
namespace {

constexpr int kDevice = 7; /* any: nothing is sent here */

const TcpSock *find_listener(be32 address, u16 port, int dif = kDevice, u16 peer_port = kPeerPort)
{
	RcuRead rcu;
	TcpSock *tp = inet_lookup_listener(&init_net, {address, kPeerIp, be16::from_host(peer_port), port}, dif);

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

/* Each has its share of the connections, and keeps it when another one goes. */
TEST(listeners_that_share_a_port)
{
	constexpr u16 kCount = 3, kFlows = 300;
	Socket socks[kCount] = {Socket(test), Socket(test), Socket(test)};
	u8 owner[kFlows];
	u16 share[kCount + 1] = {}, moved = 0;
	const auto owner_of = [&](u16 flow) {
		const TcpSock *tp = find_listener(kOurIp, kPort, kDevice, flow);
		u8 i = 0;
		while (i < kCount && (!socks[i] || tp != &socks[i].tp()))
			i++;
		return i;
	};

	for (auto &sock : socks) {
		sock.get()->sk->sk_reuseport = true;
		EXPECT_EQ(sock.listen_on(kPort), 0);
	}
	for (u16 i = 0; i < kFlows; i++)
		share[owner[i] = owner_of(i)]++;
	for (u16 i = 0; i < kCount; i++)
		EXPECT_TRUE(share[i] > 50 && share[i] < 150);
	socks[0].abort();
	for (u16 i = 0; i < kFlows; i++)
		moved += owner[i] ? owner_of(i) != owner[i] : owner_of(i) == kCount;
	EXPECT_EQ(moved, 0);
}

/* Of those that share the port only the ones that fit best. */
TEST(specific_listeners_share_among_themselves)
{
	Peer peer(test); /* for its address */
	Socket any(test), one(test), two(test);
	u16 wrong = 0;

	Socket *const socks[] = {&any, &one, &two};
	for (Socket *sock : socks) {
		sock->get()->sk->sk_reuseport = true;
		EXPECT_EQ(sock->bind(kPort, sock == &any ? be32{} : kOurIp), 0);
		EXPECT_EQ(sock->listen(), 0);
	}
	for (u16 i = 0; i < 100; i++)
		wrong += find_listener(kOurIp, kPort, kDevice, i) == &any.tp();
	EXPECT_EQ(wrong, 0);
	EXPECT_TRUE(find_listener(kPeerIp, kPort) == &any.tp());
}

STACK_SUITE("listeners", TEST_CASE(specific_listener_wins), TEST_CASE(listener_of_a_device),
	    TEST_CASE(listeners_that_share_a_port), TEST_CASE(specific_listeners_share_among_themselves));

} // namespace tcpxx::testing
