// SPDX-License-Identifier: GPL-2.0
/* The calls of a program, above all those that are refused. */
#include "peer.h"
#include "uapi/tcpxx.h"

namespace tcpxx::testing {
namespace {

bool names(const struct sockaddr_in &in, be32 ip, u16 port)
{
	return in.sin_family == AF_TCPXX && in.sin_addr.s_addr == ip.network() &&
	       in.sin_port == htons(port);
}

int connect_as(const Socket &sock, struct sockaddr_in to, int len = sizeof(struct sockaddr_in))
{
	return sock.get()->ops->connect(sock.get(), generic(to), len, O_NONBLOCK);
}

int bind_as(const Socket &sock, struct sockaddr_in to, int len = sizeof(struct sockaddr_in))
{
	return sock.get()->ops->bind(sock.get(), generic(to), len);
}

} // namespace

TEST(addresses_that_are_none)
{
	Peer peer(test);
	Socket sock(test);
	const struct sockaddr_in good = address_of(kPeerIp, kPeerPort);

	EXPECT_EQ(bind_as(sock, address_of(kOurIp, kPort), 15), -EINVAL);
	EXPECT_EQ(bind_as(sock, address_of(kOurIp, kPort, AF_UNIX)), -EAFNOSUPPORT);
	EXPECT_EQ(bind_as(sock, address_of(kPeerIp, kPort)), -EADDRNOTAVAIL);
	EXPECT_EQ(connect_as(sock, good, 1), -EINVAL);
	EXPECT_EQ(connect_as(sock, good, 15), -EINVAL);
	EXPECT_EQ(connect_as(sock, address_of(kPeerIp, kPeerPort, AF_UNIX)), -EAFNOSUPPORT);
	EXPECT_EQ(sock.state(), TcpState::Close);
	/* Both families are good. */
	EXPECT_EQ(bind_as(sock, address_of(kOurIp, kPort, AF_TCPXX)), 0);
	EXPECT_EQ(bind_as(sock, address_of(kOurIp, kPort)), -EINVAL);
	EXPECT_EQ(connect_as(sock, address_of(kPeerIp, kPeerPort, AF_TCPXX)), -EINPROGRESS);
	hold(sock.tp());
}

TEST(getname)
{
	Accepted c(test);
	Socket fresh(test);
	struct sockaddr_in in = {};

	EXPECT_EQ(kernel_getsockname(fresh.get(), generic(in)), sizeof(in));
	EXPECT_TRUE(names(in, be32{}, 0));
	EXPECT_EQ(kernel_getpeername(fresh.get(), generic(in)), -ENOTCONN);
	EXPECT_EQ(kernel_getsockname(c.listener.get(), generic(in)), sizeof(in));
	EXPECT_TRUE(names(in, be32{}, kPort));
	EXPECT_EQ(kernel_getpeername(c.listener.get(), generic(in)), -ENOTCONN);
	EXPECT_EQ(kernel_getsockname(c.sock.get(), generic(in)), sizeof(in));
	EXPECT_TRUE(names(in, kOurIp, kPort));
	EXPECT_EQ(kernel_getpeername(c.sock.get(), generic(in)), sizeof(in));
	EXPECT_TRUE(names(in, kPeerIp, kPeerPort));
}

TEST(listen_where_it_makes_no_sense)
{
	Accepted c(test);
	Socket opening(test);

	EXPECT_EQ(c.sock.listen(), -EINVAL);
	EXPECT_EQ(opening.connect(), -EINPROGRESS);
	EXPECT_EQ(opening.listen(), -EINVAL);
	/* Again, with another backlog. */
	EXPECT_EQ(c.listener.listen(3), 0);
	EXPECT_EQ(c.listener.tp().sk.sk_max_ack_backlog, 3);
	EXPECT_EQ(c.listener.listen(-1), 0);
	EXPECT_EQ(c.listener.tp().sk.sk_max_ack_backlog, init_net.core.sysctl_somaxconn);
}

TEST(listen_takes_a_port_of_its_own)
{
	Socket sock(test);

	EXPECT_EQ(sock.listen(), 0);
	EXPECT_TRUE(sock.tp().entry.key.num != 0);
}

TEST(accept_where_there_is_nothing)
{
	Accepted c(test);
	struct socket *child = nullptr;

	EXPECT_EQ(kernel_accept(c.listener.get(), &child, O_NONBLOCK), -EAGAIN);
	EXPECT_EQ(kernel_accept(c.sock.get(), &child, O_NONBLOCK), -EINVAL);
}

TEST(connect_again)
{
	Accepted c(test);
	Socket sock(test);

	EXPECT_EQ(c.sock.connect(), -EISCONN);
	EXPECT_EQ(c.listener.connect(), -EISCONN);
	EXPECT_EQ(sock.connect(), -EINPROGRESS);
	EXPECT_EQ(sock.connect(), -EALREADY);
}

TEST(connect_to_nothing_disconnects)
{
	Accepted c(test);

	EXPECT_EQ(connect_as(c.sock, address_of(be32{}, 0, AF_UNSPEC)), 0);
	EXPECT_EQ(c.peer.last().flags & kRst, kRst);
	EXPECT_EQ(c.sock.state(), TcpState::Close);
	/* For whoever waits; but not for the next connection. */
	EXPECT_EQ(c.tp().sk.sk_err, ECONNRESET);
	EXPECT_EQ(c.sock.connect(), -EINPROGRESS);
	EXPECT_EQ(c.tp().sk.sk_err, 0);
}

TEST(shutdown_errors)
{
	Accepted c(test);
	Socket fresh(test);

	EXPECT_EQ(fresh.shutdown(SHUT_RDWR), -ENOTCONN);
	EXPECT_EQ(c.sock.shutdown(3), -EINVAL);
	EXPECT_EQ(c.sock.shutdown(-1), -EINVAL);
	EXPECT_EQ(c.sock.shutdown(SHUT_RD), 0);
	EXPECT_EQ(c.sock.receive(1), 0);
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_EQ(c.sock.shutdown(SHUT_WR), 0);
	EXPECT_EQ(c.peer.last().flags & kFin, kFin);
}

STACK_SUITE("stream_ops", TEST_CASE(addresses_that_are_none), TEST_CASE(getname),
	    TEST_CASE(listen_where_it_makes_no_sense), TEST_CASE(listen_takes_a_port_of_its_own),
	    TEST_CASE(accept_where_there_is_nothing), TEST_CASE(connect_again),
	    TEST_CASE(connect_to_nothing_disconnects), TEST_CASE(shutdown_errors));

} // namespace tcpxx::testing
