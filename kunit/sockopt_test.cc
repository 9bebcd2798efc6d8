// SPDX-License-Identifier: GPL-2.0
/* Socket options: what is taken, and that it shows in what is sent. */
#include "peer.h"
#include "rtnetlink.h"

namespace tcpxx::testing {
namespace {

int set(const Socket &sock, int level, int name, int value, u32 len = sizeof(int))
{
	return sock.get()->ops->setsockopt(sock.get(), level, name, KERNEL_SOCKPTR(&value), len);
}

} // namespace

TEST(what_can_be_set)
{
	static constexpr struct {
		const char *what;
		int level, name, value, result;
	} rows[] = {
		{"TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, 1, 0},
		{"TCP_SYNCNT 1", IPPROTO_TCP, TCP_SYNCNT, 1, 0},
		{"TCP_SYNCNT 127", IPPROTO_TCP, TCP_SYNCNT, 127, 0},
		{"TCP_SYNCNT 0", IPPROTO_TCP, TCP_SYNCNT, 0, -EINVAL},
		{"TCP_SYNCNT 128", IPPROTO_TCP, TCP_SYNCNT, 128, -EINVAL},
		{"TCP_DEFER_ACCEPT", IPPROTO_TCP, TCP_DEFER_ACCEPT, 10, 0},
		{"TCP_SAVE_SYN 2", IPPROTO_TCP, TCP_SAVE_SYN, 2, 0},
		{"TCP_SAVE_SYN 3", IPPROTO_TCP, TCP_SAVE_SYN, 3, -EINVAL},
		{"TCP_SAVED_SYN", IPPROTO_TCP, TCP_SAVED_SYN, 1, -ENOPROTOOPT},
		{"IP_TTL 1", IPPROTO_IP, IP_TTL, 1, 0},
		{"IP_TTL 255", IPPROTO_IP, IP_TTL, 255, 0},
		{"IP_TTL -1", IPPROTO_IP, IP_TTL, -1, 0},
		{"IP_TTL 0", IPPROTO_IP, IP_TTL, 0, -EINVAL},
		{"IP_TTL 256", IPPROTO_IP, IP_TTL, 256, -EINVAL},
		{"IP_TOS", IPPROTO_IP, IP_TOS, 0x10, 0},
		{"IP_MTU_DISCOVER 0", IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT, 0},
		{"IP_MTU_DISCOVER 5", IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT, 0},
		{"IP_MTU_DISCOVER 6", IPPROTO_IP, IP_MTU_DISCOVER, 6, -EINVAL},
		{"IP_MTU_DISCOVER -1", IPPROTO_IP, IP_MTU_DISCOVER, -1, -EINVAL},
		{"IP_MTU", IPPROTO_IP, IP_MTU, 1000, -ENOPROTOOPT},
		{"SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, 1, 0},
		{"SO_REUSEPORT", SOL_SOCKET, SO_REUSEPORT, 1, 0},
		{"SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, 65536, 0},
		{"SO_RCVLOWAT", SOL_SOCKET, SO_RCVLOWAT, 2, 0},
		{"SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, 1, 0},
		{"TCP_KEEPIDLE 1", IPPROTO_TCP, TCP_KEEPIDLE, 1, 0},
		{"TCP_KEEPIDLE 32767", IPPROTO_TCP, TCP_KEEPIDLE, 32767, 0},
		{"TCP_KEEPIDLE 0", IPPROTO_TCP, TCP_KEEPIDLE, 0, -EINVAL},
		{"TCP_KEEPIDLE 32768", IPPROTO_TCP, TCP_KEEPIDLE, 32768, -EINVAL},
		{"TCP_KEEPINTVL 1", IPPROTO_TCP, TCP_KEEPINTVL, 1, 0},
		{"TCP_KEEPINTVL 32767", IPPROTO_TCP, TCP_KEEPINTVL, 32767, 0},
		{"TCP_KEEPINTVL 0", IPPROTO_TCP, TCP_KEEPINTVL, 0, -EINVAL},
		{"TCP_KEEPINTVL 32768", IPPROTO_TCP, TCP_KEEPINTVL, 32768, -EINVAL},
		{"TCP_KEEPCNT 1", IPPROTO_TCP, TCP_KEEPCNT, 1, 0},
		{"TCP_KEEPCNT 127", IPPROTO_TCP, TCP_KEEPCNT, 127, 0},
		{"TCP_KEEPCNT 0", IPPROTO_TCP, TCP_KEEPCNT, 0, -EINVAL},
		{"TCP_KEEPCNT 128", IPPROTO_TCP, TCP_KEEPCNT, 128, -EINVAL},
		{"TCP_USER_TIMEOUT 0", IPPROTO_TCP, TCP_USER_TIMEOUT, 0, 0},
		{"TCP_USER_TIMEOUT", IPPROTO_TCP, TCP_USER_TIMEOUT, 0x7fffffff, 0},
		{"TCP_USER_TIMEOUT -1", IPPROTO_TCP, TCP_USER_TIMEOUT, -1, -EINVAL},
		{"TCP_LINGER2 5", IPPROTO_TCP, TCP_LINGER2, 5, 0},
		{"TCP_LINGER2 -5", IPPROTO_TCP, TCP_LINGER2, -5, 0},
		{"TCP_LINGER2 1000", IPPROTO_TCP, TCP_LINGER2, 1000, 0},
		{"SO_MAX_PACING_RATE, which nothing acts on", SOL_SOCKET, SO_MAX_PACING_RATE, 1 << 20, -ENOPROTOOPT},
		{"an unknown one of the socket", SOL_SOCKET, 999, 1, -ENOPROTOOPT},
		{"of no level", 999, 1, 1, -ENOPROTOOPT},
		{"an unknown one of TCP", IPPROTO_TCP, 999, 1, -ENOPROTOOPT},
		{"an unknown one of IP", IPPROTO_IP, 999, 1, -ENOPROTOOPT},
	};
	Socket sock(test);

	for (const auto &row : rows)
		EXPECT_EQ_IN(row.what, set(sock, row.level, row.name, row.value), row.result);
	EXPECT_EQ(set(sock, IPPROTO_TCP, TCP_NODELAY, 1, sizeof(int) - 1), -EINVAL);
}

TEST(dont_route)
{
	Peer peer(test);
	Socket near(test), far(test);

	EXPECT_EQ(add_route({ip(10, 98, 0, 0), 16, kPeerIp, 0, RTN_UNICAST}), 0);
	EXPECT_EQ(set(far, SOL_SOCKET, SO_DONTROUTE, 1), 0);
	EXPECT_EQ(far.connect(kPeerPort, ip(10, 98, 0, 1)), -ENETUNREACH);
	EXPECT_EQ(set(far, SOL_SOCKET, SO_DONTROUTE, 0), 0);
	EXPECT_EQ(far.connect(kPeerPort, ip(10, 98, 0, 1)), -EINPROGRESS);
	EXPECT_EQ(set(near, SOL_SOCKET, SO_DONTROUTE, 1), 0);
	EXPECT_EQ(near.connect(), -EINPROGRESS);
	EXPECT_EQ(peer.waiting(), 2);
	/* In the middle of a connection: from then on there is no way. */
	EXPECT_EQ(set(far, SOL_SOCKET, SO_DONTROUTE, 1), 0);
	EXPECT_EQ(far.tp().route.ifindex, 0);
}

/* In the middle of a connection: what it sends from now on leaves by the device that was named last. */
TEST(bound_to_another_device)
{
	Accepted c(test);
	FakeDevice other(test, Link::EthernetNoArp);
	const int first = c.peer.device.dev()->ifindex, second = other.dev()->ifindex;

	EXPECT_EQ(set(c.sock, SOL_SOCKET, SO_BINDTOIFINDEX, first), 0);
	c.sock.send(1);
	EXPECT_EQ(c.peer.waiting(), 1);
	c.peer.send({.ack = 2});
	EXPECT_EQ(set(c.sock, SOL_SOCKET, SO_BINDTOIFINDEX, second), 0);
	c.sock.send(1);
	EXPECT_EQ(c.tp().route.ifindex, second);
	EXPECT_EQ(c.peer.waiting(), 1);
	EXPECT_EQ(other.count_sent(), 1);
	/* By its name, and to none. */
	char name[IFNAMSIZ];
	strscpy(name, c.peer.device.dev()->name, sizeof(name));
	EXPECT_EQ(c.sock.get()->ops->setsockopt(c.sock.get(), SOL_SOCKET, SO_BINDTODEVICE, KERNEL_SOCKPTR(name),
						sizeof(name)),
		  0);
	EXPECT_EQ(c.tp().route.ifindex, 0);
	c.peer.send({.ack = 3});
	c.sock.send(1);
	EXPECT_EQ(c.tp().route.ifindex, first);
	EXPECT_EQ(set(c.sock, SOL_SOCKET, SO_BINDTOIFINDEX, 0), 0);
	EXPECT_EQ(c.tp().route.ifindex, 0);
}

TEST(mark_forgets_the_route)
{
	Peer peer(test);
	Socket sock(test);

	EXPECT_EQ(sock.connect(), -EINPROGRESS);
	EXPECT_TRUE(sock.tp().route.ifindex != 0);
	EXPECT_EQ(set(sock, SOL_SOCKET, SO_MARK, 7), 0);
	EXPECT_EQ(sock.tp().route.ifindex, 0);
}

/* RFC 3168, 6.1.1: the two lower bits of the TOS are not the user's. */
TEST(ip_options_show_in_the_header)
{
	Accepted c(test);

	EXPECT_EQ(set(c.sock, IPPROTO_IP, IP_TOS, 0xbb), 0);
	EXPECT_EQ(set(c.sock, IPPROTO_IP, IP_TTL, 7), 0);
	c.sock.send(1);
	const Seen s = c.peer.next();
	EXPECT_EQ(s.tos, 0xb8);
	EXPECT_EQ(s.ttl, 7);
	EXPECT_EQ(set(c.sock, IPPROTO_IP, IP_TTL, -1), 0);
	c.peer.send({.ack = 2});
	c.sock.send(1);
	EXPECT_EQ(c.peer.next().ttl, init_net.ipv4.sysctl_ip_default_ttl);
}

/* TOS 0x10 is interactive: TC_PRIO_INTERACTIVE. */
TEST(tos_has_a_priority)
{
	Socket sock(test);

	EXPECT_EQ(set(sock, IPPROTO_IP, IP_TOS, 0x10), 0);
	EXPECT_EQ(sock.tp().sk.sk_priority, TC_PRIO_INTERACTIVE);
	/* What has not changed leaves SO_PRIORITY alone. */
	EXPECT_EQ(set(sock, SOL_SOCKET, SO_PRIORITY, 3), 0);
	EXPECT_EQ(set(sock, IPPROTO_IP, IP_TOS, 0x13), 0);
	EXPECT_EQ(sock.tp().sk.sk_priority, 3);
	EXPECT_EQ(set(sock, IPPROTO_IP, IP_TOS, 0), 0);
	EXPECT_EQ(sock.tp().sk.sk_priority, TC_PRIO_BESTEFFORT);
}

TEST(mtu_discover_shows_in_the_header)
{
	static constexpr struct {
		int value;
		bool df;
	} rows[] = {{IP_PMTUDISC_DONT, false},	{IP_PMTUDISC_WANT, true},
		    {IP_PMTUDISC_DO, true},	{IP_PMTUDISC_PROBE, false},
		    {IP_PMTUDISC_INTERFACE, false}, {IP_PMTUDISC_OMIT, false}};
	Accepted c(test);
	u32 sent = 1;

	for (const auto &row : rows) {
		EXPECT_EQ(set(c.sock, IPPROTO_IP, IP_MTU_DISCOVER, row.value), 0);
		c.sock.send(1);
		EXPECT_EQ(c.peer.next().df, row.df);
		c.peer.send({.ack = ++sent});
	}
}

/* What is known of the path is not for a socket that asks for the first link. */
TEST(mtu_discover_chooses_the_mtu)
{
	Accepted c(test, {.mss = 1460});

	{
		BhOff softirq;
		pmtu_learn(&init_net, kPeerIp, c.tp().route, 600);
	}
	c.sock.send(600);
	c.peer.last();
	c.peer.send({.ack = 601});
	EXPECT_EQ(c.tcb().mss_cache, 560);
	EXPECT_EQ(set(c.sock, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_INTERFACE), 0);
	EXPECT_EQ(c.tcb().mss_cache, 1460);
	c.sock.send(1460);
	EXPECT_EQ(c.peer.next().text, 1460);
	EXPECT_EQ(set(c.sock, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT), 0);
	EXPECT_EQ(c.tcb().mss_cache, 560);
	pmtu_net_exit(&init_net);
	pmtu_net_init(&init_net);
}

TEST(nodelay_sends_what_waits)
{
	Accepted c(test);

	c.sock.send(10);
	c.sock.send(10);
	EXPECT_EQ(c.peer.waiting(), 1);
	EXPECT_EQ(set(c.sock, IPPROTO_TCP, TCP_NODELAY, 1), 0);
	hold(c.tp());
	EXPECT_EQ(c.peer.waiting(), 2);
}

TEST(longest_segment)
{
	Peer peer(test);
	Socket listener(test);
	const int wrong[] = {-1, 1, 87, 32768};

	for (const int value : wrong)
		EXPECT_EQ(set(listener, IPPROTO_TCP, TCP_MAXSEG, value), -EINVAL);
	EXPECT_EQ(set(listener, IPPROTO_TCP, TCP_MAXSEG, 88), 0);
	EXPECT_EQ(set(listener, IPPROTO_TCP, TCP_MAXSEG, 500), 0);
	EXPECT_EQ(listener.listen_on(kPort), 0);
	EXPECT_EQ(send_syn(peer).options.mss, 500);
	peer.send({});
	Socket child = listener.accept();
	KUNIT_ASSERT_TRUE(test, !!child);
	EXPECT_EQ(child.tp().user_mss, 500);
	EXPECT_EQ(child.tp().tcb.advmss, 500);
	EXPECT_EQ(child.tp().tcb.mss_cache, 500);
	/* It is for the handshake. */
	EXPECT_EQ(set(child, IPPROTO_TCP, TCP_MAXSEG, 0), 0);
	EXPECT_EQ(child.tp().tcb.mss_cache, 500);
}

STACK_SUITE("sockopt", TEST_CASE(what_can_be_set), TEST_CASE(ip_options_show_in_the_header),
	    TEST_CASE(tos_has_a_priority), TEST_CASE(mtu_discover_shows_in_the_header),
	    TEST_CASE(mtu_discover_chooses_the_mtu), TEST_CASE(dont_route),
	    TEST_CASE(bound_to_another_device), TEST_CASE(mark_forgets_the_route),
	    TEST_CASE(nodelay_sends_what_waits), TEST_CASE(longest_segment));

} // namespace tcpxx::testing
