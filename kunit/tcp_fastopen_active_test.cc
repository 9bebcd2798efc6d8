// SPDX-License-Identifier: GPL-2.0
/* Fast Open for a client: its SYN, what comes back, and when it does without. */
#include "peer.h"
#include "net/pernet.h"

namespace tcpxx::testing {
namespace {

constexpr FastOpenCookie kCookie{.val = {1, 2, 3, 4, 5, 6, 7, 8}, .len = 8};

/* A client whose namespace remembers nothing. */
struct Client {
	Sysctl<int> enabled{init_net.ipv4.sysctl_tcp_fastopen, kTfoClient};
	Peer peer;
	Socket sock;

	explicit Client(struct kunit *test) : peer(test), sock(test)
	{
		tcp_metrics_net_exit(&init_net);
		atomic_set(&pernet(&init_net).fastopen_pause.times, 0);
	}
	TcpSock &tp() const { return sock.tp(); }
	void knows(const FastOpenCookie &cookie, u16 mss = 1000) const
	{
		tcp_fastopen_cache_set(&init_net, peer.key(), {.option = true, .exp = false, .text = false, .repeated = false},
				       {cookie.val, cookie.len, cookie.exp}, mss);
	}
	FastOpenMetrics known() const { return tcp_fastopen_cache_get(&init_net, peer.key()); }
	/* sendto() with MSG_FASTOPEN. */
	int send(u32 len)
	{
		struct sockaddr_in to = address_of(kPeerIp, kPeerPort);
		static u8 text[2000];
		for (u32 i = 0; i < len; i++)
			text[i] = text_byte(1 + i);
		struct msghdr msg = {};
		msg.msg_name = &to;
		msg.msg_namelen = sizeof(to);
		msg.msg_flags = MSG_DONTWAIT | MSG_FASTOPEN;
		struct kvec vec = {text, len};
		const int n = kernel_sendmsg(sock.get(), &msg, &vec, 1, len);
		hold(tp());
		peer.our_port = tp().entry.key.num;
		return n;
	}
	/* The peer's SYN-ACK. */
	void answer(u32 ack, const FastOpenCookie &cookie = {}, u32 text = 0)
	{
		OptionWriter w;
		w.mss(1000);
		if (cookie.len >= 0)
			w.fast_open(cookie);
		peer.send({.flags = kSyn | kAck, .seq = 0, .ack = ack, .text = text, .options = w.finish()});
	}
};

} // namespace

TEST(asks_for_a_cookie)
{
	Client c(test);

	EXPECT_EQ(c.send(300), -EINPROGRESS);
	const Seen syn = c.peer.next();
	EXPECT_EQ(syn.flags, kSyn);
	EXPECT_EQ(syn.text, 0);
	EXPECT_EQ(syn.cookie.len, 0);
	c.answer(1, kCookie);
	EXPECT_EQ(c.peer.next().flags, kAck);
	EXPECT_EQ(c.sock.state(), TcpState::Established);
	EXPECT_EQ(c.known().cookie.len, 8);
	EXPECT_EQ(c.known().mss, 1000);
}

TEST(text_goes_with_the_cookie)
{
	Client c(test);
	Moved active(Mib::TCPFastOpenActive);

	c.knows(kCookie);
	EXPECT_EQ(c.send(300), 300);
	const Seen syn = c.peer.next();
	EXPECT_EQ(syn.flags, kSyn);
	EXPECT_EQ(syn.text, 300);
	EXPECT_EQ(syn.wrong, 0);
	EXPECT_EQ(syn.cookie.len, 8);
	EXPECT_EQ(syn.cookie.val[7], 8);
	EXPECT_EQ(c.tp().tcb.packets_out, 2);
	c.answer(301);
	EXPECT_EQ(c.peer.next().seq, 301);
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_EQ(active.by(), 1);
	EXPECT_TRUE(c.tp().fastopen.syn_data_acked);
	EXPECT_EQ(c.tp().tcb.packets_out, 0);
	EXPECT_EQ(c.known().cookie.len, 8);
}

/* 40 bytes less than the MSS of the last SYN-ACK, or of the path. */
TEST(as_much_as_fits)
{
	Client c(test);

	c.knows(kCookie);
	EXPECT_EQ(c.send(2000), 960);
	EXPECT_EQ(c.peer.next().text, 960);
}

TEST(text_again_if_the_syn_alone_is_acknowledged)
{
	Client c(test);
	Moved failed(Mib::TCPFastOpenActiveFail);

	c.knows(kCookie);
	EXPECT_EQ(c.send(300), 300);
	c.peer.last();
	c.answer(1);
	const Seen again = c.peer.next();
	EXPECT_EQ(again.flags, kAck | kPsh);
	EXPECT_EQ(again.seq, 1);
	EXPECT_EQ(again.ack, 1);
	EXPECT_EQ(again.text, 300);
	EXPECT_EQ(again.wrong, 0);
	/* It was the third ACK. */
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_EQ(failed.by(), 1);
	c.peer.send({.ack = 301});
	EXPECT_EQ(c.tp().tcb.packets_out, 0);
	EXPECT_EQ(c.tp().tcb.ca_state, CaState::Open);
}

TEST(syn_is_repeated_bare)
{
	Client c(test);

	c.knows(kCookie);
	EXPECT_EQ(c.send(300), 300);
	c.peer.last();
	EXPECT_TRUE(fire_retransmit(c.tp()));
	const Seen syn = c.peer.next();
	EXPECT_EQ(syn.flags, kSyn);
	EXPECT_EQ(syn.text, 0);
	EXPECT_EQ(syn.cookie.len, -1);
	c.answer(1);
	EXPECT_EQ(c.peer.next().text, 300);
	EXPECT_EQ(c.peer.waiting(), 0);
}

/* Nor is it learnt from that it was not answered. */
TEST(request_is_not_repeated)
{
	Client c(test);

	EXPECT_EQ(c.send(300), -EINPROGRESS);
	fire_retransmit(c.tp());
	EXPECT_EQ(c.peer.last().cookie.len, -1);
	c.answer(1);
	EXPECT_EQ(c.known().try_exp, 0);
	EXPECT_EQ(c.known().cookie.len, 0);
}

TEST(empty_message_shows_the_cookie)
{
	Client c(test);

	c.knows(kCookie);
	EXPECT_EQ(c.send(0), -EINPROGRESS);
	const Seen syn = c.peer.next();
	EXPECT_EQ(syn.text, 0);
	EXPECT_EQ(syn.cookie.len, 8);
	EXPECT_EQ(c.tp().tcb.packets_out, 1);
}

TEST(connect_waits_for_text)
{
	Client c(test);

	c.knows(kCookie);
	c.tp().fastopen_settings.connect = true;
	EXPECT_EQ(c.sock.connect(), 0);
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_EQ(c.sock.state(), TcpState::SynSent);
	EXPECT_EQ(c.sock.connect(), -EISCONN);
	/* Of nobody who could have heard of us. */
	c.peer.our_port = c.tp().entry.key.num;
	c.peer.send({.flags = kSyn, .seq = 0});
	EXPECT_EQ(c.sock.state(), TcpState::SynSent);
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_EQ(c.sock.send(100), 100);
	const Seen syn = c.peer.next();
	EXPECT_EQ(syn.text, 100);
	EXPECT_EQ(syn.cookie.len, 8);
	EXPECT_TRUE(!c.tp().fastopen.defer_connect);
	EXPECT_EQ(c.sock.connect(), -EALREADY);
}

TEST(connect_asks_if_it_knows_no_cookie)
{
	Client c(test);

	c.tp().fastopen_settings.connect = true;
	EXPECT_EQ(c.sock.connect(), -EINPROGRESS);
	EXPECT_EQ(c.peer.next().cookie.len, 0);
}

/* The request outlives the call. */
TEST(request_is_not_repeated_by_connect)
{
	Client c(test);

	c.tp().fastopen_settings.connect = true;
	EXPECT_EQ(c.sock.connect(), -EINPROGRESS);
	fire_retransmit(c.tp());
	EXPECT_EQ(c.peer.last().cookie.len, -1);
}

TEST(unwritten_connection_is_forgotten)
{
	Client c(test);

	c.knows(kCookie);
	c.tp().fastopen_settings.connect = true;
	EXPECT_EQ(c.sock.connect(), 0);
	c.sock.close();
	EXPECT_EQ(c.peer.waiting(), 0);
}

TEST(syn_ack_with_text)
{
	Client c(test);

	c.knows(kCookie);
	EXPECT_EQ(c.send(300), 300);
	c.peer.last();
	c.answer(301, {}, 50);
	EXPECT_EQ(c.peer.next().ack, 51);
	EXPECT_EQ(c.sock.receive(100), 50);
	c.peer.send({.seq = 51, .ack = 301, .text = 10});
	EXPECT_EQ(c.peer.next().ack, 61); /* the first that counts as text is acknowledged at once */
}

/* Text of ours is about to follow. */
TEST(third_ack_waits_for_a_writer)
{
	Client c(test);

	EXPECT_EQ(c.send(300), -EINPROGRESS);
	c.peer.last();
	c.tp().sk.sk_write_pending = 1;
	c.answer(1);
	EXPECT_EQ(c.peer.waiting(), 0);
	c.tp().sk.sk_write_pending = 0;
	EXPECT_TRUE(fire_delack(c.tp()));
	EXPECT_EQ(c.peer.next().flags, kAck);
}

TEST(third_timeout_is_a_pause)
{
	Client c(test);
	Sysctl timeout(init_net.ipv4.sysctl_tcp_fastopen_blackhole_timeout, 3600);
	Moved blackholes(Mib::TCPFastOpenBlackhole);

	c.knows(kCookie);
	EXPECT_EQ(c.send(300), 300);
	for (u32 i = 0; i < 4; i++) {
		EXPECT_EQ(blackholes.by(), i > 2);
		fire_retransmit(c.tp());
	}
	EXPECT_EQ(blackholes.by(), 1);
	c.peer.last();
	c.sock = Socket(test);
	EXPECT_EQ(c.send(300), -EINPROGRESS);
	const Seen syn = c.peer.next();
	EXPECT_EQ(syn.cookie.len, -1);
	EXPECT_EQ(syn.text, 0);
}

/* A FIN whose text has not come, and a RST beside the next number. */
TEST(other_signs)
{
	Client c(test);
	Sysctl timeout(init_net.ipv4.sysctl_tcp_fastopen_blackhole_timeout, 3600);
	Moved blackholes(Mib::TCPFastOpenBlackhole);

	c.knows(kCookie);
	EXPECT_EQ(c.send(300), 300);
	c.peer.last();
	c.answer(301);
	c.peer.send({.flags = kRst, .seq = 5, .ack = 301});
	EXPECT_EQ(blackholes.by(), 1);
	c.peer.send({.flags = kFin | kAck, .seq = 101, .ack = 301});
	c.sock.abort();
	EXPECT_EQ(blackholes.by(), 2);
}

/* After a pause, text from outside ends the series. */
TEST(proof_that_all_is_well)
{
	Client c(test);
	Sysctl timeout(init_net.ipv4.sysctl_tcp_fastopen_blackhole_timeout, 1);
	FastOpenPause &pause = pernet(&init_net).fastopen_pause;

	c.knows(kCookie);
	atomic_set(&pause.times, 3);
	pause.since_ms = 0;
	EXPECT_EQ(c.send(300), 300);
	EXPECT_TRUE(c.tp().fastopen.syn_fastopen_ch);
	c.peer.last();
	c.answer(301);
	c.peer.send({.ack = 301, .text = 10});
	c.sock.abort();
	EXPECT_EQ(atomic_read(&pause.times), 0);
}

STACK_SUITE("tcp_fastopen_active", TEST_CASE(asks_for_a_cookie), TEST_CASE(text_goes_with_the_cookie),
	    TEST_CASE(as_much_as_fits), TEST_CASE(text_again_if_the_syn_alone_is_acknowledged),
	    TEST_CASE(syn_is_repeated_bare), TEST_CASE(request_is_not_repeated), TEST_CASE(empty_message_shows_the_cookie),
	    TEST_CASE(connect_waits_for_text), TEST_CASE(connect_asks_if_it_knows_no_cookie),
	    TEST_CASE(request_is_not_repeated_by_connect),
	    TEST_CASE(unwritten_connection_is_forgotten), TEST_CASE(syn_ack_with_text),
	    TEST_CASE(third_ack_waits_for_a_writer), TEST_CASE(third_timeout_is_a_pause), TEST_CASE(other_signs),
	    TEST_CASE(proof_that_all_is_well));

} // namespace tcpxx::testing
