// SPDX-License-Identifier: GPL-2.0
/* Cookies on their way out with a SYN-ACK and back with the third ACK. */
#include "core/syncookie.h"
#include "peer.h"

namespace tcpxx::testing {
namespace {

/* A listener that answers each SYN with a cookie, unless it is told otherwise. */
struct Baker {
	const Sysctl<u8> cookies;
	Peer peer;
	Socket listener;

	explicit Baker(struct kunit *test, u8 mode = 2, int backlog = 8) :
		cookies(init_net.ipv4.sysctl_tcp_syncookies, mode), peer(test), listener(test)
	{
		EXPECT_EQ(listener.listen_on(kPort, backlog), 0);
	}
	u32 half_open() const { return listener.tp().listener->qlen; }
	/* The third ACK, `off` beside the right number, with the timestamps of the SYN-ACK. */
	void answer(const Seen &synack, u32 off = 0, u32 text = 0)
	{
		OptionWriter w;
		if (synack.options.has_timestamps) {
			w.nop();
			w.nop();
			w.timestamps({1001, synack.options.ts.tsval});
		}
		peer.send({.ack = 1 + off, .text = text, .options = w.finish()});
	}
};

} // namespace

TEST(nothing_is_remembered)
{
	Baker b(test);
	Moved sent(Mib::SyncookiesSent), received(Mib::SyncookiesRecv), opens(Mib::PassiveOpens),
		full(Mib::TCPReqQFullDoCookies);

	const Seen synack = send_syn(b.peer, {.mss = 1450, .sack = true, .wscale = 7, .flags = kSyn | kEcnSetup});
	EXPECT_EQ(synack.flags, kSyn | kAck);
	EXPECT_EQ(synack.ack, 1);
	/* Without a timestamp there is no room for these. */
	EXPECT_TRUE(!synack.options.sack_permitted);
	EXPECT_TRUE(!synack.options.has_wscale);
	EXPECT_EQ(b.half_open(), 0);
	EXPECT_EQ(b.peer.state(), TcpState::Close);
	EXPECT_EQ(sent.by(), 1);
	EXPECT_EQ(full.by(), 1);
	/* With 2 this is not a flood that anybody need be told of. */
	EXPECT_TRUE(!b.listener.tp().listener->flood_warned);

	b.answer(synack, 0, 20);
	EXPECT_EQ(b.peer.last().ack, 21);
	EXPECT_EQ(received.by(), 1);
	EXPECT_EQ(opens.by(), 1);
	Socket child = b.listener.accept();
	KUNIT_ASSERT_TRUE(test, static_cast<bool>(child));
	const Tcb &t = child.tp().tcb;
	EXPECT_EQ(t.state, TcpState::Established);
	EXPECT_EQ(t.mss_clamp, 1440);
	EXPECT_EQ(t.rcv_nxt, Seq32(b.peer.iss + 21));
	EXPECT_EQ(t.snd_una, Seq32(b.peer.our_iss + 1));
	EXPECT_TRUE(!t.sack_ok && !t.wscale_ok && !t.tstamp_ok && !t.ecn.ok());
	EXPECT_EQ(child.receive(100), 20);
	/* The same once more finds the child. */
	b.peer.send({.ack = 1});
	EXPECT_EQ(received.by(), 1);
}

TEST(options_come_back_in_the_timestamp)
{
	static constexpr Offer offers[] = {
		{.timestamps = true},
		{.timestamps = true, .sack = true},
		{.timestamps = true, .wscale = 0},
		{.timestamps = true, .sack = true, .wscale = 14},
		{.timestamps = true, .flags = kSyn | kEcnSetup},
	};

	for (const Offer &offer : offers) {
		Baker b(test);
		const bool ecn = offer.flags & kEce;
		const Seen synack = send_syn(b.peer, offer);
		EXPECT_EQ(synack.options.sack_permitted, offer.sack);
		EXPECT_EQ(synack.options.has_wscale, offer.wscale >= 0);
		/* As Linux has them on the wire. */
		const u32 bits = (synack.options.ts.tsval - tcp_v4_seq_and_ts_off(&init_net, b.peer.key()).ts_off) & 63;
		EXPECT_EQ(bits, (offer.wscale >= 0 ? offer.wscale : 15) | (offer.sack ? 16 : 0) | (ecn ? 32 : 0));
		EXPECT_EQ(synack.flags, kSyn | kAck | (ecn ? kEce : 0));
		b.answer(synack);
		Socket child = b.listener.accept();
		KUNIT_ASSERT_TRUE(test, static_cast<bool>(child));
		const Tcb &t = child.tp().tcb;
		EXPECT_TRUE(t.tstamp_ok);
		EXPECT_EQ(t.ts_recent, 1001);
		EXPECT_EQ(t.sack_ok, offer.sack);
		EXPECT_EQ(t.ecn.ok(), ecn);
		EXPECT_EQ(t.wscale_ok, offer.wscale >= 0);
		EXPECT_EQ(t.snd_wscale.shift, max_of(offer.wscale, 0));
		EXPECT_EQ(t.rcv_wscale.shift, synack.options.has_wscale ? synack.options.wscale.shift : 0);
		EXPECT_EQ(t.rcv_wnd, synack.window);
		/* Our clock goes on from where the cookie's timestamp was. */
		EXPECT_EQ(t.tsoffset, tcp_v4_seq_and_ts_off(&init_net, b.peer.key()).ts_off);
	}
}

TEST(forged_cookie_creates_nothing)
{
	Baker b(test);
	Moved failed(Mib::SyncookiesFailed), received(Mib::SyncookiesRecv);

	const Seen synack = send_syn(b.peer);
	static constexpr u32 kOff[] = {5, 1 << 24, 0x80000000};
	for (const u32 off : kOff) {
		b.answer(synack, off);
		const Seen reset = b.peer.next();
		EXPECT_EQ(reset.flags, kRst);
		EXPECT_EQ(reset.seq, 1 + off);
		EXPECT_EQ(b.peer.state(), TcpState::Close);
	}
	/* Somebody else's. */
	b.peer.port++;
	b.answer(synack);
	EXPECT_EQ(b.peer.next().flags, kRst);
	b.peer.port--;
	/* Neither a SYN nor a RST can bring one. */
	b.peer.send({.flags = kSyn | kAck});
	EXPECT_EQ(b.peer.next().flags, kRst);
	b.peer.send({.flags = kRst | kAck});
	EXPECT_EQ(b.peer.waiting(), 0);
	EXPECT_EQ(failed.by(), 4);
	EXPECT_EQ(received.by(), 0);
	EXPECT_EQ(b.listener.tp().sk.sk_ack_backlog, 0);
	/* The right one is still good. */
	b.answer(synack);
	EXPECT_EQ(b.peer.state(), TcpState::Established);
}

/* Where none has been sent for long none is looked for: an ACK costs no hash. */
TEST(nobody_has_sent_one)
{
	Baker b(test);
	Moved failed(Mib::SyncookiesFailed), received(Mib::SyncookiesRecv);

	const Seen synack = send_syn(b.peer);
	b.listener.tp().listener->cookies_until = jiffies - 1;
	b.answer(synack);
	EXPECT_EQ(b.peer.next().flags, kRst);
	{
		const Sysctl never(init_net.ipv4.sysctl_tcp_syncookies, 0);
		b.listener.tp().listener->cookies_until = jiffies + HZ;
		b.answer(synack);
		EXPECT_EQ(b.peer.next().flags, kRst);
	}
	EXPECT_EQ(failed.by() + received.by(), 0);
	EXPECT_EQ(b.peer.state(), TcpState::Close);
}

/* Promised in the SYN-ACK, forbidden since. */
TEST(option_was_switched_off)
{
	Baker b(test);

	const Seen synack = send_syn(b.peer, {.timestamps = true, .sack = true, .wscale = 3});
	{
		const Sysctl off(init_net.ipv4.sysctl_tcp_sack, 0);
		b.answer(synack);
		EXPECT_EQ(b.peer.next().flags, kRst);
	}
	{
		const Sysctl off(init_net.ipv4.sysctl_tcp_window_scaling, 0);
		b.answer(synack);
		EXPECT_EQ(b.peer.next().flags, kRst);
	}
	{
		const Sysctl off(init_net.ipv4.sysctl_tcp_timestamps, 0);
		b.answer(synack);
		EXPECT_EQ(b.peer.next().flags, kRst);
	}
	EXPECT_EQ(b.peer.state(), TcpState::Close);
	b.answer(synack);
	EXPECT_EQ(b.peer.state(), TcpState::Established);
}

TEST(cookies_when_the_queue_is_full)
{
	Baker b(test, 1, 1);
	Moved sent(Mib::SyncookiesSent), refused(Drop::SynQueueFull);

	for (u16 i = 0; i < 5; i++) {
		b.peer.port = static_cast<u16>(kPeerPort + i);
		EXPECT_EQ(send_syn(b.peer).flags, kSyn | kAck);
	}
	hold(b.listener.tp());
	EXPECT_EQ(b.half_open(), 2);
	EXPECT_EQ(sent.by(), 3);
	EXPECT_EQ(refused.by(), 0);
	EXPECT_TRUE(b.listener.tp().listener->flood_warned);
	/* The last one is there, although half-open ones before it are not. */
	b.peer.send({});
	EXPECT_EQ(b.peer.state(), TcpState::Established);
	EXPECT_EQ(b.half_open(), 2);
}

/* No RST: the peer tries again, and there may be room then. */
TEST(accept_queue_is_full)
{
	Baker b(test, 2, 0);
	Moved overflows(Mib::ListenOverflows), drops(Mib::ListenDrops);

	const Seen late = send_syn(b.peer);
	const u32 late_iss = b.peer.our_iss;
	b.peer.port++;
	b.answer(send_syn(b.peer));
	EXPECT_EQ(b.peer.state(), TcpState::Established);
	b.peer.port--;
	b.peer.our_iss = late_iss;
	b.answer(late);
	EXPECT_EQ(b.peer.waiting(), 0);
	EXPECT_EQ(b.peer.state(), TcpState::Close);
	EXPECT_EQ(overflows.by(), 1);
	EXPECT_EQ(drops.by(), 1);
	EXPECT_TRUE(!!b.listener.accept());
	b.answer(late);
	EXPECT_EQ(b.peer.state(), TcpState::Established);
}

TEST(cookie_for_a_closed_listener)
{
	Baker b(test);
	Moved closed(Drop::ListenerClosed);

	const Seen synack = send_syn(b.peer);
	b.listener.tp().listener->closed = true;
	b.answer(synack);
	EXPECT_EQ(closed.by(), 1);
	EXPECT_EQ(b.peer.state(), TcpState::Close);
	EXPECT_TRUE(!b.listener.accept());
}

STACK_SUITE("syncookies", TEST_CASE(nothing_is_remembered), TEST_CASE(options_come_back_in_the_timestamp),
	    TEST_CASE(forged_cookie_creates_nothing), TEST_CASE(nobody_has_sent_one), TEST_CASE(option_was_switched_off),
	    TEST_CASE(cookies_when_the_queue_is_full), TEST_CASE(accept_queue_is_full),
	    TEST_CASE(cookie_for_a_closed_listener));

} // namespace tcpxx::testing
