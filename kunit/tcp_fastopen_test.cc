// SPDX-License-Identifier: GPL-2.0
/* Fast Open for a listener: who gets a child at once, and what becomes of it before its third ACK. */
#include "peer.h"
#include "kapi/compat.h"

namespace tcpxx::testing {
namespace {

constexpr u8 kKey[kFastOpenKeyLen] = {1};
constexpr u8 kOtherKeys[2 * kFastOpenKeyLen] = {2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

bool same(const FastOpenCookie &a, const FastOpenCookie &b)
{
	return a.len == b.len && !memcmp(a.val, b.val, sizeof(a.val));
}

/* A listener with Fast Open. */
struct Fast {
	Sysctl<int> enabled{init_net.ipv4.sysctl_tcp_fastopen, kTfoServer};
	Peer peer;
	Socket listener;

	explicit Fast(struct kunit *test, u32 max_qlen = 8) : peer(test), listener(test)
	{
		EXPECT_EQ(tcp_fastopen_reset_cipher(listener.tp(), kKey, 1), 0);
		fastopen_queue_tune(listener.tp(), max_qlen);
		EXPECT_EQ(listener.listen_on(kPort), 0);
	}
	/* A SYN from another port of the same host, and its answer. */
	Seen syn(const FastOpenCookie &cookie, u32 text)
	{
		OptionWriter w;
		w.mss(1000);
		if (cookie.len >= 0)
			w.fast_open(cookie);
		peer.port++;
		peer.send({.flags = kSyn, .seq = 0, .text = text, .options = w.finish()});
		hold(listener.tp());
		return peer.next();
	}
	FastOpenCookie cookie() { return syn({.len = 0}, 0).cookie; }
	/* With a good cookie and text. */
	Seen open(u32 text = 100) { return syn(cookie(), text); }
	u32 qlen() const { return listener.tp().listener->fastopenq.qlen; }
};

} // namespace

TEST(grants_a_cookie_to_who_asks)
{
	Fast f(test);
	Moved asked(Mib::TCPFastOpenCookieReqd);
	const Seen synack = f.syn({.len = 0}, 0);

	EXPECT_EQ(synack.cookie.len, 8);
	EXPECT_EQ(synack.cookie.exp, false);
	EXPECT_EQ(f.syn({.len = 0, .exp = true}, 0).cookie.exp, true);
	EXPECT_EQ(asked.by(), 2);
	EXPECT_EQ(f.syn({}, 0).cookie.len, -1);
	EXPECT_EQ(f.syn({}, 100).cookie.len, -1);
	EXPECT_EQ(f.peer.state(), TcpState::NewSynRecv);
	EXPECT_EQ(f.qlen(), 0);
	WRITE_ONCE(init_net.ipv4.sysctl_tcp_fastopen, kTfoClient);
	EXPECT_EQ(f.syn({.len = 0}, 0).cookie.len, -1);
}

TEST(text_of_the_syn_is_there_at_once)
{
	Fast f(test);
	Moved opened(Mib::TCPFastOpenPassive), opens(Mib::PassiveOpens);
	const Seen synack = f.open();

	EXPECT_EQ(synack.flags, kSyn | kAck);
	EXPECT_EQ(synack.ack, 101);
	EXPECT_EQ(synack.cookie.len, -1);
	EXPECT_EQ(opened.by(), 1);
	EXPECT_EQ(opens.by(), 1);
	EXPECT_EQ(f.qlen(), 1);
	Socket child = f.listener.accept();
	KUNIT_ASSERT_TRUE(test, static_cast<bool>(child));
	EXPECT_EQ(child.state(), TcpState::SynRecv);
	EXPECT_EQ(child.receive(1000), 100);
	EXPECT_EQ(child.receive(1000), -EAGAIN);
	f.peer.send({.seq = 101});
	EXPECT_EQ(child.state(), TcpState::Established);
	EXPECT_TRUE(!child.tp().fastopen.rsk);
	EXPECT_EQ(f.qlen(), 0);
	EXPECT_EQ(f.peer.waiting(), 0);
}

/* Before the third ACK, and with the segment size and the window of the SYN. */
TEST(user_speaks_before_the_third_ack)
{
	Fast f(test);

	f.open();
	Socket child = f.listener.accept();
	KUNIT_ASSERT_TRUE(test, static_cast<bool>(child));
	EXPECT_TRUE(tcp_passive_fastopen(child.tp()));
	EXPECT_EQ(child.send(1500), 1500);
	const Seen first = f.peer.next(), second = f.peer.next();
	EXPECT_EQ(first.seq, 1);
	EXPECT_EQ(first.ack, 101);
	EXPECT_EQ(first.text, 1000);
	EXPECT_EQ(second.text, 500);
	EXPECT_EQ(first.wrong + second.wrong, 0);
	/* The timer is the SYN-ACK's. */
	fire_retransmit(child.tp());
	EXPECT_EQ(f.peer.next().flags, kSyn | kAck);
	EXPECT_EQ(f.peer.waiting(), 0);
	f.peer.send({.seq = 101, .ack = 1001});
	EXPECT_EQ(child.state(), TcpState::Established);
	EXPECT_EQ(child.tp().tcb.packets_out, 1);
	/* And now the text's. */
	EXPECT_TRUE(fire_retransmit(child.tp()));
	EXPECT_EQ(f.peer.next().seq, 1001);
}

TEST(wrong_cookie_is_an_ordinary_syn)
{
	Fast f(test);
	const FastOpenCookie good = f.cookie();
	FastOpenCookie bad = good;
	Moved failed(Mib::TCPFastOpenPassiveFail);

	bad.val[7] ^= 1;
	const Seen synack = f.syn(bad, 100);
	EXPECT_EQ(synack.ack, 1);
	EXPECT_TRUE(same(synack.cookie, good));
	EXPECT_EQ(failed.by(), 1);
	EXPECT_EQ(f.peer.state(), TcpState::NewSynRecv);
}

TEST(older_key_still_opens)
{
	Fast f(test);
	const FastOpenCookie old = f.cookie();
	Moved renewed(Mib::TCPFastOpenPassiveAltKey);
	u8 keys[2 * kFastOpenKeyLen];

	EXPECT_EQ(tcp_fastopen_reset_cipher(f.listener.tp(), kOtherKeys, 2), 0);
	EXPECT_EQ(tcp_fastopen_get_cipher(f.listener.tp(), keys), 2);
	EXPECT_EQ(memcmp(keys, kOtherKeys, sizeof(keys)), 0);
	const Seen synack = f.syn(old, 100);
	EXPECT_EQ(synack.ack, 101);
	EXPECT_EQ(synack.cookie.len, 8);
	EXPECT_TRUE(!same(synack.cookie, old));
	EXPECT_EQ(renewed.by(), 1);
	EXPECT_EQ(f.syn(synack.cookie, 100).cookie.len, -1);
}

/* The in-kernel stack's, if it has any. */
TEST(namespace_has_a_key)
{
	Fast f(test);
	const FastOpenCookie listeners = f.cookie();
	static struct tcp_fastopen_context theirs;

	tcp_fastopen_destroy_cipher(f.listener.tp());
	EXPECT_TRUE(!same(f.cookie(), listeners));
	EXPECT_EQ(f.open().ack, 101);
	theirs.key[0].key[0] = 1; /* kKey */
	theirs.num = 1;
	struct tcp_fastopen_context *before = rcu_access_pointer(init_net.ipv4.tcp_fastopen_ctx);
	rcu_assign_pointer(init_net.ipv4.tcp_fastopen_ctx, &theirs);
	EXPECT_TRUE(same(f.cookie(), listeners));
	rcu_assign_pointer(init_net.ipv4.tcp_fastopen_ctx, before);
	synchronize_rcu();
}

TEST(no_cookie_is_needed)
{
	Fast f(test);

	f.listener.tp().fastopen_settings.no_cookie = true;
	EXPECT_EQ(f.syn({}, 100).ack, 101);
	EXPECT_EQ(f.syn({}, 0).ack, 1);
	EXPECT_EQ(f.peer.state(), TcpState::NewSynRecv);
	f.listener.tp().fastopen_settings.no_cookie = false;
	WRITE_ONCE(init_net.ipv4.sysctl_tcp_fastopen, kTfoServer | kTfoServerNoCookie);
	EXPECT_EQ(f.syn({}, 100).ack, 101);
}

TEST(limit)
{
	Fast f(test, 1);
	const FastOpenCookie cookie = f.cookie();
	Moved overflows(Mib::TCPFastOpenListenOverflow);

	EXPECT_EQ(f.syn(cookie, 100).ack, 101);
	const u16 first = f.peer.port;
	const u32 iss = f.peer.our_iss;
	const Seen refused = f.syn(cookie, 100);
	EXPECT_EQ(refused.ack, 1);
	EXPECT_EQ(refused.cookie.len, -1);
	EXPECT_EQ(overflows.by(), 1);
	f.peer.port = first;
	f.peer.our_iss = iss;
	f.peer.send({.seq = 101});
	f.peer.port++;
	EXPECT_EQ(f.syn(cookie, 100).ack, 101);
	EXPECT_EQ(f.qlen(), 1);
}

/* RFC 7413, 5.1: a child that its user has, and that a RST ended. */
TEST(rst_is_remembered_for_a_minute)
{
	Fast f(test, 1);
	const FastOpenCookie cookie = f.cookie();
	FastOpenQueue &q = f.listener.tp().listener->fastopenq;

	f.syn(cookie, 100);
	Socket child = f.listener.accept();
	f.peer.send({.flags = kRst, .seq = 102}); /* a challenge ACK, and no more */
	EXPECT_EQ(f.peer.last().ack, 101);
	EXPECT_EQ(child.state(), TcpState::SynRecv);
	f.peer.send({.flags = kRst, .seq = 101});
	EXPECT_EQ(child.state(), TcpState::Close);
	EXPECT_EQ(child.take_error(), -ECONNRESET);
	EXPECT_EQ(f.qlen(), 1);
	EXPECT_EQ(f.syn(cookie, 100).ack, 1);
	KUNIT_ASSERT_FALSE(test, hlist_empty(&q.rst_head));
	container_of(q.rst_head.first, RequestSock, wheel.node)->wheel.due = static_cast<u32>(jiffies);
	EXPECT_EQ(f.syn(cookie, 100).ack, 101);
	EXPECT_EQ(f.qlen(), 1);
	EXPECT_TRUE(hlist_empty(&q.rst_head) && !q.rst_tail);
}

TEST(rst_before_accept_is_not)
{
	Fast f(test, 1);

	f.open();
	f.peer.send({.flags = kRst, .seq = 101});
	EXPECT_EQ(f.qlen(), 0);
	EXPECT_EQ(f.peer.state(), TcpState::Close);
	Socket child = f.listener.accept();
	KUNIT_ASSERT_TRUE(test, static_cast<bool>(child));
	EXPECT_EQ(child.take_error(), -ECONNRESET);
}

/* Once more than a request's. */
TEST(syn_ack_again)
{
	Fast f(test);
	Sysctl retries(init_net.ipv4.sysctl_tcp_synack_retries, 1);

	f.open();
	Socket child = f.listener.accept();
	for (u32 i = 0; i < 2; i++) {
		EXPECT_TRUE(fire_retransmit(child.tp()));
		const Seen synack = f.peer.next();
		EXPECT_EQ(synack.flags, kSyn | kAck);
		EXPECT_EQ(synack.ack, 101);
		EXPECT_EQ(synack.cookie.len, -1);
	}
	EXPECT_TRUE(fire_retransmit(child.tp()));
	EXPECT_EQ(f.peer.waiting(), 0);
	EXPECT_EQ(child.take_error(), -ETIMEDOUT);
	EXPECT_EQ(f.qlen(), 0);
}

TEST(duplicate_syn)
{
	Fast f(test);

	f.open();
	Socket child = f.listener.accept();
	f.peer.send({.flags = kSyn, .seq = 0, .text = 100});
	EXPECT_EQ(f.peer.next().ack, 101);
	f.peer.send({.flags = kSyn, .seq = 0, .text = 100}); /* too soon */
	EXPECT_EQ(f.peer.waiting(), 0);
	EXPECT_EQ(child.receive(1000), 100);
	EXPECT_EQ(child.receive(1000), -EAGAIN);
}

TEST(close_before_the_third_ack)
{
	Fast f(test);

	f.open();
	Socket child = f.listener.accept();
	EXPECT_EQ(child.receive(1000), 100);
	child.close();
	EXPECT_EQ(f.peer.next().flags, kFin | kAck);
	EXPECT_EQ(f.peer.state(), TcpState::FinWait1);
	EXPECT_EQ(f.qlen(), 1);
	f.peer.send({.seq = 101, .ack = 2});
	EXPECT_EQ(f.peer.state(), TcpState::FinWait2);
	EXPECT_EQ(f.qlen(), 0);
}

TEST(shutdown_waits_for_the_third_ack)
{
	Fast f(test);

	f.open();
	Socket child = f.listener.accept();
	EXPECT_EQ(child.shutdown(SHUT_WR), 0);
	EXPECT_EQ(child.state(), TcpState::SynRecv);
	EXPECT_EQ(f.peer.waiting(), 0);
	f.peer.send({.seq = 101});
	EXPECT_EQ(f.peer.next().flags, kFin | kAck);
	EXPECT_EQ(child.state(), TcpState::FinWait1);
}

/* Those that nobody has accepted are reset; that of another user goes on without its listener. */
TEST(listener_closes)
{
	Fast f(test);
	const FastOpenCookie cookie = f.cookie();

	f.syn(cookie, 100);
	Socket child = f.listener.accept();
	const u16 accepted = f.peer.port;
	const u32 iss = f.peer.our_iss;
	f.syn(cookie, 100);
	f.listener.abort();
	EXPECT_EQ(f.peer.last().flags, kRst | kAck);
	f.peer.port = accepted;
	f.peer.our_iss = iss;
	f.peer.send({.seq = 101});
	EXPECT_EQ(child.state(), TcpState::Established);
	EXPECT_EQ(child.receive(1000), 100);
}

/* An ACK for what was not sent: RST, and the child lives. */
TEST(bad_ack)
{
	Fast f(test);

	f.open();
	Socket child = f.listener.accept();
	f.peer.send({.seq = 101, .ack = 77});
	EXPECT_EQ(f.peer.next().flags, kRst);
	EXPECT_EQ(child.state(), TcpState::SynRecv);
	EXPECT_TRUE(child.tp().fastopen.rsk);
}

/* Who has a user is as good as open. */
TEST(error_of_the_network)
{
	Fast f(test);

	f.open();
	Socket child = f.listener.accept();
	{
		BhOff softirq;
		bh_lock_sock(&child.tp().sk);
		tcp_v4_err_locked(child.tp(), Errno::HostUnreachable);
		bh_unlock_sock(&child.tp().sk);
	}
	EXPECT_EQ(child.state(), TcpState::SynRecv);
	EXPECT_EQ(child.tp().sk.sk_err_soft, EHOSTUNREACH);
}

STACK_SUITE("tcp_fastopen", TEST_CASE(grants_a_cookie_to_who_asks), TEST_CASE(text_of_the_syn_is_there_at_once),
	    TEST_CASE(user_speaks_before_the_third_ack), TEST_CASE(wrong_cookie_is_an_ordinary_syn),
	    TEST_CASE(older_key_still_opens), TEST_CASE(namespace_has_a_key), TEST_CASE(no_cookie_is_needed),
	    TEST_CASE(limit), TEST_CASE(rst_is_remembered_for_a_minute), TEST_CASE(rst_before_accept_is_not),
	    TEST_CASE(syn_ack_again), TEST_CASE(duplicate_syn), TEST_CASE(close_before_the_third_ack),
	    TEST_CASE(shutdown_waits_for_the_third_ack), TEST_CASE(listener_closes), TEST_CASE(bad_ack),
	    TEST_CASE(error_of_the_network));

} // namespace tcpxx::testing
