// SPDX-License-Identifier: GPL-2.0
/* A SYN for a listener. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

u32 half_open(const Socket &listener) { return listener.tp().listener->qlen; }

} // namespace

TEST(answers_a_syn_with_a_syn_ack)
{
	Peer peer(test);
	Socket listener(test);

	EXPECT_EQ(listener.listen_on(kPort), 0);
	const Seen synack = send_syn(peer, {.mss = 1400});
	hold(listener.tp());
	EXPECT_EQ(synack.flags, kSyn | kAck);
	EXPECT_EQ(synack.ack, 1);
	EXPECT_EQ(synack.source, kPort);
	EXPECT_EQ(synack.dest, kPeerPort);
	EXPECT_TRUE(synack.options.has_mss);
	EXPECT_EQ(synack.options.mss, 1460);
	EXPECT_EQ(half_open(listener), 1);
	EXPECT_EQ(peer.state(), TcpState::NewSynRecv);
	EXPECT_EQ(peer.waiting(), 0);
}

/* As in Linux, for whoever queues or filters by them; also when it is sent again. */
TEST(syn_ack_has_the_listeners_priority_and_mark)
{
	Peer peer(test);
	Socket listener(test);

	EXPECT_EQ(listener.listen_on(kPort), 0);
	sock_set_priority(listener.get()->sk, 5);
	sock_set_mark(listener.get()->sk, 7);
	peer.send({.flags = kSyn, .seq = 0});
	fire_synack(listener.tp());
	for (u32 i = 0; i < 2; i++) {
		SkbPtr skb = peer.device.next_sent();
		KUNIT_ASSERT_TRUE(test, !!skb);
		EXPECT_EQ(skb->priority, 5);
		EXPECT_EQ(skb->mark, 7);
		skb.consume();
	}
}

/* What was not offered is not granted. */
TEST(grants_only_what_the_syn_offers)
{
	static constexpr struct {
		const char *what;
		Offer offer;
	} rows[] = {
		{"nothing", {}},
		{"timestamps", {.timestamps = true}},
		{"SACK", {.sack = true}},
		{"window scale", {.wscale = 7}},
		{"everything", {.timestamps = true, .sack = true, .wscale = 0}},
	};

	for (const auto &row : rows) {
		Peer peer(test);
		Socket listener(test);

		EXPECT_EQ_IN(row.what, listener.listen_on(kPort), 0);
		const TcpOptions options = send_syn(peer, row.offer).options;
		hold(listener.tp());
		EXPECT_EQ_IN(row.what, options.has_timestamps, row.offer.timestamps);
		EXPECT_EQ_IN(row.what, options.sack_permitted, row.offer.sack);
		EXPECT_EQ_IN(row.what, options.has_wscale, row.offer.wscale >= 0);
		if (row.offer.timestamps)
			EXPECT_EQ_IN(row.what, options.ts.tsecr, 1000);
	}
}

/* RFC 3168, 6.1.1; more of it in ecn_test.cc. */
TEST(grants_ecn)
{
	static constexpr struct {
		const char *what;
		u8 tcp_ecn;
		u8 flags;
		u8 tos;
		bool granted;
	} rows[] = {
		{"asked", 2, kSyn | kEcnSetup, 0xb8, true},
		{"asked, and marked", 2, kSyn | kEcnSetup, 0xba, false},
		{"asked in vain", 0, kSyn | kEcnSetup, 0, false},
		{"not asked", 1, kSyn, 0, false},
	};

	for (const auto &row : rows) {
		const Sysctl<u8> setting(init_net.ipv4.sysctl_tcp_ecn, row.tcp_ecn);
		Accepted c(test, {.flags = row.flags, .tos = row.tos});
		EXPECT_EQ_IN(row.what, c.tcb().ecn.ok(), row.granted);
	}
	Peer peer(test);
	Socket listener(test);
	EXPECT_EQ(listener.listen_on(kPort), 0);
	EXPECT_EQ(send_syn(peer, {.flags = kSyn | kEcnSetup}).flags, kSyn | kAck | kEce);
	/* And when it is sent again. */
	fire_synack(listener.tp());
	EXPECT_EQ(peer.next().flags, kSyn | kAck | kEce);
}

TEST(listener_ignores_and_resets)
{
	static constexpr struct {
		const char *what;
		u8 flags;
		bool reset;
	} rows[] = {
		{"RST", kRst, false},
		{"RST and ACK", kRst | kAck, false},
		{"ACK", kAck, true},
		{"SYN and ACK", kSyn | kAck, true},
		{"nothing", 0, false},
		{"FIN", kFin, false},
		{"SYN and FIN", kSyn | kFin, false},
	};
	Peer peer(test);
	Socket listener(test);

	EXPECT_EQ(listener.listen_on(kPort), 0);
	for (const auto &row : rows) {
		Moved dropped(Drop::Listen);
		peer.send({.flags = row.flags, .ack = 77});
		EXPECT_EQ_IN(row.what, dropped.by(), 1);
		const Seen answer = peer.next();
		EXPECT_EQ_IN(row.what, answer.sent, row.reset);
		if (row.reset) {
			EXPECT_EQ_IN(row.what, answer.flags, kRst);
			EXPECT_EQ_IN(row.what, answer.seq, 77);
		}
		EXPECT_EQ_IN(row.what, half_open(listener), 0);
	}
}

TEST(refuses_a_syn_when_the_syn_queue_is_full)
{
	Peer peer(test);
	Socket listener(test);
	const Sysctl no_cookies(init_net.ipv4.sysctl_tcp_syncookies, 0);
	Moved refused(Drop::SynQueueFull), drops(Mib::ListenDrops), full(Mib::TCPReqQFullDrop);

	EXPECT_EQ(listener.listen_on(kPort, 2), 0);
	/* One more than the backlog says, as for the accept queue. */
	for (u16 i = 0; i < 4; i++) {
		peer.port = static_cast<u16>(kPeerPort + i);
		EXPECT_EQ(send_syn(peer).sent, i < 3);
	}
	hold(listener.tp());
	EXPECT_EQ(half_open(listener), 3);
	EXPECT_EQ(refused.by(), 1);
	EXPECT_EQ(drops.by(), 1);
	EXPECT_EQ(full.by(), 1);
	EXPECT_TRUE(listener.tp().listener->flood_warned);
	/* Who listens anew is warned anew. */
	EXPECT_EQ(listener.shutdown(SHUT_RD), 0);
	EXPECT_EQ(listener.listen(), 0);
	EXPECT_TRUE(!listener.tp().listener->flood_warned);
}

/* Of tcp_max_syn_backlog three quarters, for nobody is known. */
TEST(refuses_a_syn_beyond_max_syn_backlog)
{
	Peer peer(test);
	Socket listener(test);
	const Sysctl no_cookies(init_net.ipv4.sysctl_tcp_syncookies, 0);
	const Sysctl eight(init_net.ipv4.sysctl_max_syn_backlog, 8);
	Moved refused(Drop::SynBacklog), drops(Mib::ListenDrops), full(Mib::TCPReqQFullDrop);

	EXPECT_EQ(listener.listen_on(kPort, 100), 0);
	for (u16 i = 0; i < 9; i++) {
		peer.port = static_cast<u16>(kPeerPort + i);
		EXPECT_EQ(send_syn(peer).sent, i < 7);
	}
	hold(listener.tp());
	EXPECT_EQ(half_open(listener), 7);
	EXPECT_EQ(refused.by(), 2);
	EXPECT_EQ(drops.by(), 2);
	EXPECT_EQ(full.by(), 0);
}

TEST(refuses_a_syn_when_the_accept_queue_is_full)
{
	Peer peer(test);
	Socket listener(test);
	Moved refused(Drop::ListenOverflow), overflows(Mib::ListenOverflows);

	EXPECT_EQ(listener.listen_on(kPort, 1), 0);
	/* One more than the backlog says, as everywhere. */
	for (u16 i = 0; i < 3; i++) {
		peer.port = static_cast<u16>(kPeerPort + i);
		EXPECT_EQ(send_syn(peer).sent, i < 2);
		peer.send({});
		peer.last();
	}
	EXPECT_EQ(listener.tp().sk.sk_ack_backlog, 2);
	EXPECT_EQ(refused.by(), 1);
	EXPECT_EQ(overflows.by(), 1);
}

TEST(drops_a_syn_with_a_broken_option)
{
	Peer peer(test);
	Socket listener(test);
	const u8 broken[] = {2, 1, 0, 0};
	Moved dropped(Drop::TcpOption);

	EXPECT_EQ(listener.listen_on(kPort), 0);
	peer.send({.flags = kSyn, .seq = 0, .options = Bytes(broken, sizeof(broken))});
	EXPECT_EQ(dropped.by(), 1);
	EXPECT_EQ(peer.waiting(), 0);
	EXPECT_EQ(half_open(listener), 0);
}

/* A request belongs to the device that its listener was bound to when the SYN came. */
TEST(listener_is_bound_to_another_device)
{
	Peer peer(test);
	Socket listener(test);

	EXPECT_EQ(listener.listen_on(kPort), 0);
	listener.tp().sk.sk_bound_dev_if = peer.device.dev()->ifindex;
	send_syn(peer);
	hold(listener.tp().listener->synack_timer);
	listener.tp().sk.sk_bound_dev_if = init_net.loopback_dev->ifindex;
	fire_synack(listener.tp());
	EXPECT_EQ(peer.last().flags, kSyn | kAck);
	peer.send({});
	EXPECT_TRUE(!!listener.accept());
}

STACK_SUITE("tcp_conn_request", TEST_CASE(answers_a_syn_with_a_syn_ack),
	    TEST_CASE(syn_ack_has_the_listeners_priority_and_mark),
	    TEST_CASE(grants_only_what_the_syn_offers), TEST_CASE(grants_ecn), TEST_CASE(listener_ignores_and_resets),
	    TEST_CASE(refuses_a_syn_when_the_syn_queue_is_full),
	    TEST_CASE(refuses_a_syn_beyond_max_syn_backlog),
	    TEST_CASE(refuses_a_syn_when_the_accept_queue_is_full),
	    TEST_CASE(drops_a_syn_with_a_broken_option), TEST_CASE(listener_is_bound_to_another_device));

} // namespace tcpxx::testing
