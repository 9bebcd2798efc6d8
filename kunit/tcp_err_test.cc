// SPDX-License-Identifier: GPL-2.0
/* Errors from the network: whom they end, who only remembers them, and what a smaller path MTU does. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

/* A segment of ours with this relative number, as somebody on the way quotes it. */
QuotedSegment quoted(const Peer &peer, u32 seq)
{
	const ConnKey key = peer.key();

	return {.saddr = key.saddr,
		.daddr = key.daddr,
		.source = be16::from_host(key.num),
		.dest = key.dport,
		.seq = Seq32(peer.our_iss + seq),
		.tot_len = 1500};
}

constexpr IcmpError kHostUnreachable = {Errno::HostUnreachable, true};
constexpr IcmpError kPortUnreachable = {Errno::ConnectionRefused, false};

Drop network_error(const Peer &peer, u32 seq, const IcmpError &error = kHostUnreachable)
{
	BhOff softirq;
	return tcp_v4_err(&init_net, quoted(peer, seq), error, peer.device.dev()->ifindex);
}

Drop frag_needed(const Peer &peer, u32 seq, u32 mtu)
{
	BhOff softirq;
	return tcp_v4_frag_needed(&init_net, quoted(peer, seq), mtu, peer.device.dev()->ifindex);
}

constexpr Offer kLargeSegments = {.mss = 1460};

/* A connection over a path of 1500 bytes, as far as it knows. That the path was found narrow is no business of
 * the next case. */
struct WidePath : Accepted {
	explicit WidePath(struct kunit *test) : Accepted(test, kLargeSegments) {}
	~WidePath()
	{
		pmtu_net_exit(&init_net);
		pmtu_net_init(&init_net);
	}
};

} // namespace

/* --- errors ----------------------------------------------------------------------------------- */

/* RFC 1122, 4.2.3.9. */
TEST(error_ends_an_opening)
{
	Peer peer(test);
	Socket sock(test);
	Moved guesses(Mib::OutOfWindowIcmps);

	EXPECT_EQ(sock.connect(), -EINPROGRESS);
	peer.our_port = peer.next().source;
	/* RFC 5927, 4: a guess. */
	EXPECT_EQ(network_error(peer, 2), Drop::IcmpIgnored);
	EXPECT_EQ(network_error(peer, 0xffffffff), Drop::IcmpIgnored);
	EXPECT_EQ(guesses.by(), 2);
	EXPECT_EQ(sock.state(), TcpState::SynSent);
	EXPECT_EQ(network_error(peer, 0), Drop::None);
	EXPECT_EQ(sock.state(), TcpState::Close);
	EXPECT_EQ(sock.connect(), -EHOSTUNREACH);
}

TEST(hard_error_ends_an_opening)
{
	Peer peer(test);
	Socket sock(test);

	EXPECT_EQ(sock.connect(), -EINPROGRESS);
	peer.our_port = peer.next().source;
	EXPECT_EQ(network_error(peer, 0, kPortUnreachable), Drop::None);
	EXPECT_EQ(sock.connect(), -ECONNREFUSED);
}

/* RFC 5927, 4: hard ones, too. */
TEST(error_is_soft_for_an_open_connection)
{
	Accepted c(test);

	c.sock.send(10);
	c.peer.last();
	network_error(c.peer, 100);
	network_error(c.peer, 0);
	EXPECT_EQ(c.tp().sk.sk_err_soft, 0);
	network_error(c.peer, 1);
	EXPECT_EQ(c.tp().sk.sk_err_soft, EHOSTUNREACH);
	network_error(c.peer, 1, kPortUnreachable);
	EXPECT_EQ(c.tp().sk.sk_err_soft, ECONNREFUSED);
	EXPECT_EQ(c.sock.state(), TcpState::Established);
	EXPECT_EQ(c.sock.take_error(), 0);
}

TEST(error_waits_for_the_owner)
{
	Accepted c(test);
	struct sock *sk = &c.tp().sk;

	c.sock.send(10);
	lock_sock(sk);
	EXPECT_EQ(network_error(c.peer, 1), Drop::None);
	EXPECT_EQ(sk->sk_err_soft, 0);
	EXPECT_EQ(c.tp().deferred, kDeferError);
	release_sock(sk);
	EXPECT_EQ(sk->sk_err_soft, EHOSTUNREACH);
}

TEST(error_for_nobody)
{
	Peer peer(test);

	EXPECT_EQ(network_error(peer, 0), Drop::NoSocket);
	EXPECT_EQ(frag_needed(peer, 0, 576), Drop::NoSocket);
}

TEST(error_for_a_request)
{
	Peer peer(test);
	Socket listener(test);
	Moved dropped(Mib::ListenDrops);

	EXPECT_EQ(listener.listen_on(kPort), 0);
	send_syn(peer);
	hold(listener.tp());
	/* A guess; nothing that says that nobody is there; nothing that a SYN-ACK can meet. */
	EXPECT_EQ(network_error(peer, 1), Drop::IcmpIgnored);
	EXPECT_EQ(network_error(peer, 0, kPortUnreachable), Drop::None);
	EXPECT_EQ(frag_needed(peer, 0, 576), Drop::None);
	EXPECT_EQ(peer.state(), TcpState::NewSynRecv);
	EXPECT_EQ(network_error(peer, 0), Drop::None);
	EXPECT_EQ(peer.state(), TcpState::Close);
	EXPECT_EQ(dropped.by(), 1);
}

TEST(error_in_time_wait)
{
	Accepted c(test);

	c.sock.close();
	c.peer.last();
	c.peer.send({.flags = kFin | kAck, .seq = 1, .ack = 2});
	EXPECT_EQ(c.peer.state(), TcpState::TimeWait);
	EXPECT_EQ(network_error(c.peer, 2), Drop::None);
	EXPECT_EQ(frag_needed(c.peer, 2, 576), Drop::None);
	EXPECT_EQ(c.peer.state(), TcpState::TimeWait);
}

/* --- path MTU --------------------------------------------------------------------------------- */

/* RFC 1191, 6.5: at once, all of it, in segments that fit, and with the window that there was. */
TEST(what_was_too_long_is_sent_again)
{
	WidePath c(test);
	const u32 cwnd = c.tcb().cong.cwnd();

	c.sock.send(1460 + 1460 + 80);
	EXPECT_EQ(c.peer.waiting(), 3);
	c.peer.last();
	EXPECT_EQ(frag_needed(c.peer, 1461, 600), Drop::None);
	EXPECT_EQ(c.tcb().mss_cache, 560);
	static constexpr struct {
		u32 seq, text;
	} again[] = {{1, 560}, {561, 560}, {1121, 560}, {1681, 560}, {2241, 560}, {2801, 200}};
	for (const auto &row : again) {
		const Seen s = c.peer.next();
		EXPECT_EQ(s.seq, row.seq);
		EXPECT_EQ(s.text, row.text);
		EXPECT_EQ(s.wrong, 0);
	}
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_EQ(c.tcb().cong.cwnd(), cwnd);
	EXPECT_EQ(c.tcb().lost_out, 0);
	/* What comes later fits from the beginning. */
	c.peer.send({.ack = 3001});
	c.sock.send(1000);
	EXPECT_EQ(c.peer.next().text, 560);
	EXPECT_EQ(c.tcb().ca_state, CaState::Open);
}

TEST(more_than_the_window_waits_for_acks)
{
	WidePath c(test);

	/* Five packets, which any send buffer takes, become fifteen; the window stays at ten. */
	const u32 end = 1 + 5 * 1460;
	EXPECT_EQ(c.sock.send(end - 1), end - 1);
	EXPECT_EQ(c.peer.waiting(), 5);
	c.peer.last();
	EXPECT_EQ(frag_needed(c.peer, 1, 600), Drop::None);
	EXPECT_EQ(c.peer.waiting(), c.tcb().cong.cwnd());
	u32 next = 1;
	for (u32 rounds = 0; next < end && rounds < 30; rounds++) {
		while (c.peer.waiting()) {
			const Seen s = c.peer.next();
			EXPECT_EQ(s.seq, next);
			next = s.seq + s.text;
		}
		c.peer.send({.ack = next});
	}
	EXPECT_EQ(next, end);
	EXPECT_EQ(c.tcb().ca_state, CaState::Open);
	EXPECT_EQ(c.tcb().lost_out, 0);
}

TEST(only_what_is_in_flight_tells_the_mtu)
{
	WidePath c(test);
	Moved guesses(Mib::OutOfWindowIcmps), learned(Mib::PmtuLearned);

	c.sock.send(1460);
	c.peer.last();
	EXPECT_EQ(frag_needed(c.peer, 0, 600), Drop::IcmpIgnored);
	EXPECT_EQ(frag_needed(c.peer, 1462, 600), Drop::IcmpIgnored);
	EXPECT_EQ(frag_needed(c.peer, 0x80000000, 600), Drop::IcmpIgnored);
	EXPECT_EQ(guesses.by(), 3);
	EXPECT_EQ(learned.by(), 0);
	EXPECT_EQ(c.tcb().mss_cache, 1460);
	EXPECT_EQ(c.peer.waiting(), 0);
}

TEST(mtu_is_never_raised)
{
	WidePath c(test);

	c.sock.send(1460);
	frag_needed(c.peer, 1, 1000);
	frag_needed(c.peer, 1, 1400);
	frag_needed(c.peer, 1, 65535);
	EXPECT_EQ(c.tcb().mss_cache, 960);
}

TEST(mtu_waits_for_the_owner)
{
	WidePath c(test);
	struct sock *sk = &c.tp().sk;

	c.sock.send(1460);
	c.peer.last();
	lock_sock(sk);
	EXPECT_EQ(frag_needed(c.peer, 1, 1000), Drop::None);
	EXPECT_EQ(frag_needed(c.peer, 1, 600), Drop::None);
	EXPECT_EQ(c.tcb().mss_cache, 1460);
	EXPECT_EQ(c.tp().deferred, kDeferMtuReduced);
	release_sock(sk);
	hold(c.tp());
	EXPECT_EQ(c.tcb().mss_cache, 560);
	EXPECT_EQ(c.peer.next().text, 560);
}

/* What one connection has learnt holds for the next, whose announcement is for the other direction. */
TEST(next_connection_knows)
{
	WidePath c(test);

	c.sock.send(1460);
	frag_needed(c.peer, 1, 600);
	c.peer.last();
	c.peer.port++;
	const Seen synack = send_syn(c.peer, kLargeSegments);
	EXPECT_EQ(synack.options.mss, 1460);
	c.peer.send({});
	Socket second = c.listener.accept();
	KUNIT_ASSERT_TRUE(test, static_cast<bool>(second));
	EXPECT_EQ(second.tp().tcb.mss_cache, 560);
}

/* Another connection to the same host was told first. */
TEST(mtu_is_known_already)
{
	WidePath c(test);

	c.sock.send(1460);
	c.peer.last();
	{
		BhOff softirq;
		pmtu_learn(&init_net, kPeerIp, c.tp().route, 600);
	}
	EXPECT_EQ(frag_needed(c.peer, 1, 600), Drop::None);
	EXPECT_EQ(c.peer.waiting(), 3);
	EXPECT_EQ(c.peer.next().text, 560);
	/* Once is enough. */
	c.peer.last();
	EXPECT_EQ(frag_needed(c.peer, 1, 600), Drop::None);
	EXPECT_EQ(c.peer.waiting(), 0);
}

/* net.ipv4.route.min_pmtu: below it DF is given up. */
TEST(too_narrow_for_df)
{
	WidePath c(test);

	c.sock.send(1460);
	frag_needed(c.peer, 1, 100);
	EXPECT_EQ(c.tcb().mss_cache, init_net.ipv4.ip_rt_min_pmtu - 40);
	const Seen first = c.peer.next();
	EXPECT_EQ(first.text, 1460);
	EXPECT_TRUE(first.df);
	EXPECT_TRUE(!c.peer.next().df);
	EXPECT_EQ(c.tp().sk.sk_err_soft, 0);
}

STACK_SUITE("tcp_err", TEST_CASE(error_ends_an_opening), TEST_CASE(hard_error_ends_an_opening),
	    TEST_CASE(error_is_soft_for_an_open_connection), TEST_CASE(error_waits_for_the_owner),
	    TEST_CASE(error_for_nobody), TEST_CASE(error_for_a_request),
	    TEST_CASE(error_in_time_wait), TEST_CASE(what_was_too_long_is_sent_again),
	    TEST_CASE(more_than_the_window_waits_for_acks),
	    TEST_CASE(only_what_is_in_flight_tells_the_mtu), TEST_CASE(mtu_is_never_raised),
	    TEST_CASE(mtu_is_known_already), TEST_CASE(mtu_waits_for_the_owner),
	    TEST_CASE(next_connection_knows), TEST_CASE(too_narrow_for_df));

} // namespace tcpxx::testing
