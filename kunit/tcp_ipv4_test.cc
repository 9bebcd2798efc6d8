// SPDX-License-Identifier: GPL-2.0
/* Between IPv4 and a socket: owners, and answers where there is none. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

constexpr be32 kNowhere = ip(203, 0, 113, 1); /* there is no route to it */

} // namespace

/* RFC 9293, 3.5.2, group 1. */
TEST(nobody_home)
{
	static constexpr struct {
		const char *what;
		Segment segment;
		u8 flags; /* of the answer; 0: none */
		u32 seq, ack;
	} rows[] = {
		{"SYN", {.flags = kSyn, .seq = 0}, kRst | kAck, 0, 1},
		{"SYN with text", {.flags = kSyn, .seq = 0, .text = 9}, kRst | kAck, 0, 10},
		{"ACK", {.seq = 5, .ack = 77}, kRst, 77, 0},
		{"text", {.seq = 5, .ack = 77, .text = 10}, kRst, 77, 0},
		{"FIN", {.flags = kFin, .seq = 5}, kRst | kAck, 0, 6},
		{"FIN and ACK", {.flags = kFin | kAck, .seq = 5, .ack = 77}, kRst, 77, 0},
		{"SYN and ACK", {.flags = kSyn | kAck, .seq = 0, .ack = 77}, kRst, 77, 0},
		{"nothing", {.flags = 0, .seq = 5, .text = 3}, kRst | kAck, 0, 8},
		{"RST", {.flags = kRst, .seq = 5}, 0, 0, 0},
		{"RST and ACK", {.flags = kRst | kAck, .seq = 5}, 0, 0, 0},
	};
	Peer peer(test);

	for (const auto &row : rows) {
		Moved unowned(Drop::NoSocket);
		peer.send(row.segment);
		EXPECT_EQ_IN(row.what, unowned.by(), 1);
		const Seen answer = peer.next();
		EXPECT_EQ_IN(row.what, answer.flags, row.flags);
		EXPECT_EQ_IN(row.what, answer.seq, row.seq);
		EXPECT_EQ_IN(row.what, answer.ack, row.ack);
		EXPECT_EQ_IN(row.what, answer.text, 0);
		EXPECT_EQ_IN(row.what, answer.dest, row.flags ? kPeerPort : 0);
		EXPECT_EQ_IN(row.what, peer.waiting(), 0);
	}
}

TEST(damaged_segments)
{
	static constexpr struct {
		const char *what;
		u32 offset; /* of the byte in the TCP header */
		u8 value;
		Drop cause;
	} rows[] = {
		{"checksum", 16, 0x5a, Drop::TcpChecksum},
		{"offset of 4 words", 12, 4 << 4, Drop::TcpOffset},
		{"offset beyond the end", 12, 15 << 4, Drop::TcpOffset},
	};
	Peer peer(test);

	for (const auto &row : rows) {
		Moved dropped(row.cause), errors(Mib::InErrs), in(Mib::InSegs);
		SkbPtr skb = peer.make({.flags = kSyn, .seq = 0});
		skb->data[sizeof(Ipv4Header) + row.offset] ^= row.value;
		if (row.offset == 12)
			skb->data[sizeof(Ipv4Header) + 12] = row.value;
		FakeDevice::receive(move(skb));
		EXPECT_EQ_IN(row.what, dropped.by(), 1);
		EXPECT_EQ_IN(row.what, errors.by(), 1);
		EXPECT_EQ_IN(row.what, in.by(), 1);
		EXPECT_EQ_IN(row.what, peer.waiting(), 0);
	}
}

/* RFC 6528: not the same for two connections, and it grows with time for one. The clock is another one for each, too. */
TEST(initial_numbers)
{
	const ConnKey one{kOurIp, kPeerIp, be16::from_host(1), 1};
	const ConnKey two{kOurIp, kPeerIp, be16::from_host(2), 1};
	const SeqAndTsOff first = tcp_v4_seq_and_ts_off(&init_net, one), second = tcp_v4_seq_and_ts_off(&init_net, two);

	EXPECT_TRUE(first.seq != second.seq);
	EXPECT_TRUE(!before(tcp_v4_seq_and_ts_off(&init_net, one).seq, first.seq));
	EXPECT_EQ(tcp_v4_seq_and_ts_off(&init_net, one).ts_off, first.ts_off);
	EXPECT_TRUE(first.ts_off != second.ts_off);
	Sysctl without_offset(init_net.ipv4.sysctl_tcp_timestamps, 2);
	EXPECT_EQ(tcp_v4_seq_and_ts_off(&init_net, one).ts_off, 0);
}

/* --- connect() -------------------------------------------------------------------------------- */

TEST(no_route)
{
	Peer peer(test);
	Socket sock(test);

	EXPECT_EQ(sock.connect(kPeerPort, kNowhere), -ENETUNREACH);
	EXPECT_EQ(sock.state(), TcpState::Close);
	EXPECT_TRUE(!sock.tp().bind.bucket);
	/* It may try again. */
	EXPECT_EQ(sock.connect(), -EINPROGRESS);
}

TEST(source_address_is_the_routes)
{
	Peer peer(test);
	Socket sock(test);

	EXPECT_EQ(sock.connect(), -EINPROGRESS);
	EXPECT_EQ(sock.tp().entry.key.saddr, kOurIp);
	EXPECT_EQ(sock.tp().entry.key.daddr, kPeerIp);
	EXPECT_EQ(peer.waiting(), 1);
}

/* --- backlog ---------------------------------------------------------------------------------- */

TEST(backlog_is_limited)
{
	Accepted c(test);
	struct sock *sk = &c.tp().sk;
	Moved dropped(Drop::Backlog), counted(Mib::TCPBacklogDrop);

	sk->sk_rcvbuf = 1 << 16;
	sk->sk_sndbuf = 0;
	lock_sock(sk);
	for (u32 i = 0; i < 300; i++)
		c.peer.send({.seq = 1, .text = 1000});
	EXPECT_TRUE(dropped.by() > 0);
	EXPECT_TRUE(dropped.by() < 300);
	EXPECT_EQ(dropped.by(), counted.by());
	release_sock(sk);
	hold(c.tp());
	EXPECT_EQ(c.sock.receive(5000), 1000);
}

/* What came while the socket was owned is handled afterwards: the ACK makes a TIME-WAIT object of the orphan, and what is
 * behind it is for that. */
TEST(backlog_after_time_wait)
{
	static constexpr struct {
		const char *what;
		Segment late;
		TcpState state;
	} rows[] = {
		{"a RST ends it", {.flags = kRst, .seq = 1}, TcpState::Close},
		{"a FIN is acknowledged", {.flags = kFin | kAck, .seq = 1, .ack = 2}, TcpState::TimeWait},
		{"a SYN must come again", {.flags = kSyn, .seq = 1 << 20}, TcpState::FinWait2},
	};

	for (const auto &row : rows) {
		Accepted c(test);
		Kept kept(c.tp());

		c.sock.close();
		EXPECT_EQ_IN(row.what, c.peer.state(), TcpState::FinWait1);
		lock_sock(&kept->sk);
		c.peer.send({.ack = 2});
		c.peer.send(row.late);
		release_sock(&kept->sk);
		EXPECT_EQ_IN(row.what, kept->tcb.state, TcpState::Close);
		EXPECT_EQ_IN(row.what, c.peer.state(), row.state);
	}
}

STACK_SUITE("tcp_ipv4", TEST_CASE(nobody_home), TEST_CASE(damaged_segments),
	    TEST_CASE(initial_numbers), TEST_CASE(no_route),
	    TEST_CASE(source_address_is_the_routes), TEST_CASE(backlog_is_limited),
	    TEST_CASE(backlog_after_time_wait));

} // namespace tcpxx::testing
