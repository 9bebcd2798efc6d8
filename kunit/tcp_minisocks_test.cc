// SPDX-License-Identifier: GPL-2.0
/* Requests, up to the child of the third ACK. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

/* A listener with one request, whose SYN-ACK the peer has. */
struct HalfOpened {
	Peer peer;
	Socket listener;
	Seen synack;

	explicit HalfOpened(struct kunit *test, const Offer &offer = {}) :
		peer(test), listener(test)
	{
		EXPECT_EQ(listener.listen_on(kPort), 0);
		synack = send_syn(peer, offer);
		hold(listener.tp());
	}
	u32 qlen() const { return listener.tp().listener->qlen; }
};

} // namespace

TEST(third_ack_makes_a_child)
{
	HalfOpened h(test, {.mss = 700, .window = 3000});
	Moved opens(Mib::PassiveOpens);

	h.peer.send({.window = 4000});
	EXPECT_EQ(h.qlen(), 0);
	EXPECT_EQ(opens.by(), 1);
	EXPECT_EQ(h.peer.state(), TcpState::Established);
	EXPECT_EQ(h.peer.waiting(), 0);
	EXPECT_EQ(h.listener.tp().sk.sk_ack_backlog, 1);
	Socket child = h.listener.accept();
	EXPECT_TRUE(static_cast<bool>(child));
	if (!child)
		return;
	EXPECT_EQ(h.listener.tp().sk.sk_ack_backlog, 0);
	const Tcb &t = child.tp().tcb;
	EXPECT_EQ(t.mss_cache, 700);
	EXPECT_EQ(t.snd_wnd, 4000);
	EXPECT_EQ(t.rcv_nxt, Seq32(h.peer.iss + 1));
	EXPECT_EQ(t.snd_una, Seq32(h.peer.our_iss + 1));
	EXPECT_TRUE(!h.listener.accept());
}

TEST(third_ack_may_bring_text)
{
	HalfOpened h(test);

	h.peer.send({.flags = kAck | kPsh, .text = 50});
	Socket child = h.listener.accept();
	EXPECT_TRUE(static_cast<bool>(child));
	if (child)
		EXPECT_EQ(child.receive(100), 50);
	EXPECT_EQ(h.peer.last().ack, 51);
}

TEST(third_ack_may_bring_the_fin)
{
	HalfOpened h(test);

	h.peer.send({.flags = kFin | kAck, .text = 5});
	Socket child = h.listener.accept();
	EXPECT_TRUE(static_cast<bool>(child));
	if (!child)
		return;
	EXPECT_EQ(child.state(), TcpState::CloseWait);
	EXPECT_EQ(child.receive(100), 5);
	EXPECT_EQ(child.receive(100), 0);
}

TEST(first_come_first_accepted)
{
	Peer peer(test);
	Socket listener(test);

	EXPECT_EQ(listener.listen_on(kPort), 0);
	for (u16 i = 0; i < 3; i++) {
		peer.port = static_cast<u16>(kPeerPort + i);
		send_syn(peer);
		peer.send({});
	}
	hold(listener.tp());
	for (u16 i = 0; i < 3; i++) {
		Socket child = listener.accept();
		EXPECT_TRUE(static_cast<bool>(child));
		if (child)
			EXPECT_EQ(child.tp().entry.key.dport, be16::from_host(kPeerPort + i));
	}
	EXPECT_TRUE(!listener.accept());
}

TEST(same_syn_gets_the_same_syn_ack)
{
	HalfOpened h(test);
	const u32 first = h.peer.our_iss;

	const Seen again = send_syn(h.peer);
	EXPECT_EQ(again.flags, kSyn | kAck);
	EXPECT_EQ(h.peer.our_iss, first);
	EXPECT_EQ(again.ack, 1);
	EXPECT_EQ(h.qlen(), 1);
}

TEST(segments_for_a_request)
{
	static constexpr struct {
		const char *what;
		Segment segment;
		u8 answer; /* flags, 0: none */
		u32 left; /* requests */
	} rows[] = {
		{"an exact RST", {.flags = kRst, .seq = 1}, 0, 0},
		{"a RST in the window", {.flags = kRst, .seq = 2}, kAck, 1},
		{"a RST outside", {.flags = kRst, .seq = 0u - 10}, 0, 1},
		{"another SYN in the window", {.flags = kSyn, .seq = 9}, kRst | kAck, 0},
		{"a SYN outside", {.flags = kSyn, .seq = 1 << 30}, kAck, 1},
		{"an ACK of something else", {.ack = 2}, kRst, 1},
		{"no ACK", {.flags = 0, .text = 1}, 0, 1},
		{"text outside", {.seq = 1 << 30, .text = 1}, kAck, 1},
	};

	for (const auto &row : rows) {
		HalfOpened h(test);
		h.peer.send(row.segment);
		const Seen answer = h.peer.last();
		EXPECT_EQ_IN(row.what, answer.flags, row.answer);
		if (row.answer == kAck) {
			EXPECT_EQ_IN(row.what, answer.seq, 1);
			EXPECT_EQ_IN(row.what, answer.ack, 1);
		}
		EXPECT_EQ_IN(row.what, h.qlen(), row.left);
		EXPECT_TRUE_IN(row.what, !h.listener.accept());
	}
}

/* The third ACK is forgotten, the request stays, and what the peer sends next opens it again. */
TEST(third_ack_for_a_full_accept_queue)
{
	Peer peer(test);
	Socket listener(test);
	const Sysctl no_cookies(init_net.ipv4.sysctl_tcp_syncookies, 0);
	Moved overflows(Mib::ListenOverflows), drops(Mib::ListenDrops);

	EXPECT_EQ(listener.listen_on(kPort, 0), 0);
	send_syn(peer);
	peer.port++;
	EXPECT_TRUE(!send_syn(peer).sent);
	peer.port--;
	listener.listen(1);
	peer.port++;
	EXPECT_TRUE(send_syn(peer).sent);
	const u32 second_iss = peer.our_iss;
	listener.listen(0);
	hold(listener.tp());
	peer.send({});
	EXPECT_EQ(peer.state(), TcpState::Established);
	/* The first one's number is not known any more: ask for its SYN-ACK again. */
	peer.port--;
	EXPECT_TRUE(send_syn(peer).sent);
	const unsigned long before = overflows.by();
	peer.send({});
	EXPECT_EQ(overflows.by(), before + 1);
	EXPECT_TRUE(drops.by() >= 1);
	EXPECT_EQ(peer.state(), TcpState::NewSynRecv);
	EXPECT_EQ(listener.tp().listener->qlen, 1);
	{
		Socket child = listener.accept();
		EXPECT_TRUE(static_cast<bool>(child));
	}
	peer.last();
	peer.send({});
	EXPECT_EQ(peer.state(), TcpState::Established);
	EXPECT_TRUE(peer.our_iss != second_iss);
	Socket child = listener.accept();
	EXPECT_TRUE(static_cast<bool>(child));
}

/* Twice a second, whether what is answered is the SYN or something wrong; but text always. */
TEST(answers_are_limited)
{
	HalfOpened h(test);
	Moved skipped(Mib::TCPACKSkippedSynRecv), again(Mib::TCPSynRetrans);

	EXPECT_EQ(send_syn(h.peer).flags, kSyn | kAck);
	EXPECT_TRUE(!send_syn(h.peer).sent);
	h.peer.send({.seq = 1 << 30});
	EXPECT_TRUE(!h.peer.next().sent);
	h.peer.send({.flags = kRst, .seq = 2});
	EXPECT_TRUE(!h.peer.next().sent);
	EXPECT_EQ(skipped.by(), 3);
	EXPECT_EQ(again.by(), 1);
	h.peer.send({.seq = 1 << 30, .text = 1});
	EXPECT_EQ(h.peer.next().flags, kAck);
	const Sysctl always(init_net.ipv4.sysctl_tcp_invalid_ratelimit, 0);
	EXPECT_EQ(send_syn(h.peer).flags, kSyn | kAck);
}

/* The answer to a SYN puts the next SYN-ACK off. */
TEST(same_syn_restarts_the_timer)
{
	HalfOpened h(test);
	ConnEntry *e = h.peer.find();
	KUNIT_ASSERT_TRUE(test, e && e->kind == EntryKind::Request);
	RequestSock &req = request_of(*e);

	const u32 due = req.wheel.due;
	req.half.timeouts = 3;
	send_syn(h.peer);
	EXPECT_TRUE(static_cast<s32>(req.wheel.due - due) > 5 * 32); /* 8 s instead of 1, in ticks */
	EXPECT_EQ(h.listener.tp().listener->wheel.count(), 1);
	req.half.timeouts = 0;
	entry_put(*e);
}

/* TCP_DEFER_ACCEPT */
TEST(bare_ack_is_deferred)
{
	Peer peer(test);
	Socket listener(test);
	Moved deferred(Mib::TCPDeferAcceptDrop), drops(Drop::DeferAccept);

	EXPECT_EQ(listener.listen_on(kPort), 0);
	listener.tp().defer_accept = 3;
	send_syn(peer);
	hold(listener.tp());
	peer.send({});
	EXPECT_EQ(peer.state(), TcpState::NewSynRecv);
	EXPECT_EQ(deferred.by(), 1);
	EXPECT_EQ(drops.by(), 1);
	fire_synack(listener.tp());
	fire_synack(listener.tp());
	EXPECT_EQ(peer.waiting(), 0);
	fire_synack(listener.tp());
	EXPECT_EQ(peer.last().flags, kSyn | kAck);
	peer.send({});
	EXPECT_EQ(peer.state(), TcpState::Established);
	Socket child = listener.accept();
	KUNIT_ASSERT_TRUE(test, !!child);
	EXPECT_EQ(child.tp().defer_accept, 0);
}

/* TCP_SAVE_SYN: the child has it, whole. */
TEST(syn_is_saved)
{
	static constexpr u32 kEthernet = sizeof(EthernetHeader), kHeaders = sizeof(Ipv4Header) + kTcpHeaderLen;

	for (u8 save = 0; save < 3; save++) {
		Peer peer(test);
		Socket listener(test);
		EXPECT_EQ(listener.listen_on(kPort), 0);
		listener.tp().save_syn = save;
		send_syn(peer, {.mss = 999, .sack = true});
		hold(listener.tp());
		peer.send({});
		Socket child = listener.accept();
		KUNIT_ASSERT_TRUE(test, !!child);
		const SavedSyn *syn = child.tp().saved_syn;
		EXPECT_EQ(!!syn, save > 0);
		if (!syn)
			continue;
		const Bytes bytes(syn->data, syn->len);
		EXPECT_EQ(syn->len, (save == 2 ? kEthernet : 0) + kHeaders + 8);
		const Bytes datagram = bytes.after(save == 2 ? kEthernet : 0);
		const auto *ip_header = datagram.as<Ipv4Header>();
		KUNIT_ASSERT_TRUE(test, !!ip_header);
		EXPECT_EQ(ip_header->saddr, kPeerIp);
		const auto seg = SegmentView::parse(datagram.after(sizeof(Ipv4Header)), kTcpHeaderLen + 8);
		KUNIT_ASSERT_TRUE(test, !!seg);
		EXPECT_EQ(seg->flags(), kSyn);
		EXPECT_EQ(seg->seq(), Seq32(peer.iss));
		EXPECT_EQ(parse_tcp_options(seg->options(), true)->mss, 999);
	}
}

/* Nor does one that nobody takes leave anything behind (kmemleak, KASAN). */
TEST(saved_syn_of_a_request_that_ends)
{
	Peer peer(test);
	Socket listener(test);

	EXPECT_EQ(listener.listen_on(kPort), 0);
	listener.tp().save_syn = 1;
	send_syn(peer);
	peer.send({.flags = kRst});
	EXPECT_EQ(peer.state(), TcpState::Close);
	send_syn(peer);
	peer.send({});
	listener.close();
	peer.last();
}

/* net.ipv4.tcp_abort_on_overflow: the peer is told, and the request ends. */
TEST(abort_on_overflow)
{
	Peer peer(test);
	Socket listener(test);
	const Sysctl abort(init_net.ipv4.sysctl_tcp_abort_on_overflow, 1);
	Moved overflows(Mib::ListenOverflows), drops(Mib::ListenDrops), resets(Mib::EmbryonicRsts),
		failed(Mib::AttemptFails);

	EXPECT_EQ(listener.listen_on(kPort), 0);
	send_syn(peer);
	peer.send({});
	peer.port++;
	send_syn(peer);
	hold(listener.tp());
	listener.listen(0);
	peer.send({});
	const Seen reset = peer.next();
	EXPECT_EQ(reset.flags, kRst);
	EXPECT_EQ(reset.seq, 1);
	EXPECT_EQ(peer.waiting(), 0);
	EXPECT_EQ(peer.state(), TcpState::Close);
	EXPECT_EQ(listener.tp().listener->qlen, 0);
	EXPECT_EQ(overflows.by(), 1);
	EXPECT_EQ(drops.by(), 1);
	EXPECT_EQ(resets.by(), 1);
	EXPECT_EQ(failed.by(), 0);
	EXPECT_EQ(listener.tp().sk.sk_ack_backlog, 1);
}

/* RFC 6298, 2.2 and 3 (Karn). */
TEST(handshake_is_a_sample)
{
	for (u32 again = 0; again < 2; again++) {
		for (u32 timestamps = 0; timestamps < 2; timestamps++) {
			Peer peer(test);
			Socket listener(test);
			OptionWriter w;
			EXPECT_EQ(listener.listen_on(kPort), 0);
			Seen synack = send_syn(peer, {.timestamps = !!timestamps});
			if (again) {
				fire_synack(listener.tp());
				synack = peer.next();
			}
			if (timestamps)
				w.timestamps({1001, synack.options.ts.tsval - 50});
			peer.send({.options = w.finish()});
			Socket child = listener.accept();
			KUNIT_ASSERT_TRUE(test, !!child);
			const RttEstimator &rtt = child.tp().tcb.rtt;
			EXPECT_EQ(rtt.measured(), !again || timestamps);
			EXPECT_EQ(rtt.srtt().v >= 50000, again && timestamps);
		}
	}
}

STACK_SUITE("tcp_minisocks", TEST_CASE(abort_on_overflow), TEST_CASE(answers_are_limited),
	    TEST_CASE(same_syn_restarts_the_timer), TEST_CASE(bare_ack_is_deferred), TEST_CASE(syn_is_saved),
	    TEST_CASE(saved_syn_of_a_request_that_ends),
	    TEST_CASE(third_ack_makes_a_child),
	    TEST_CASE(third_ack_may_bring_text), TEST_CASE(third_ack_may_bring_the_fin),
	    TEST_CASE(first_come_first_accepted),
	    TEST_CASE(handshake_is_a_sample), TEST_CASE(same_syn_gets_the_same_syn_ack),
	    TEST_CASE(segments_for_a_request), TEST_CASE(third_ack_for_a_full_accept_queue));

} // namespace tcpxx::testing
