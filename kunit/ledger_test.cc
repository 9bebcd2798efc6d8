// SPDX-License-Identifier: GPL-2.0
/* A listener's book: each term where it belongs, and both sums right whatever comes. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

/* A listener and its book. */
struct Booked {
	Peer peer;
	Socket listener;

	explicit Booked(struct kunit *test, int backlog = 8) : peer(test), listener(test)
	{
		EXPECT_EQ(listener.listen_on(kPort, backlog), 0);
	}
	Ledger &ledger() const { return ledger_of(listener.tp()); }
	unsigned long by(Fate fate, Drop cause) const { return ledger_count(ledger(), fate, cause); }
	unsigned long all(Fate fate) const
	{
		unsigned long sum = 0;
		for (u32 cause = 0; cause < static_cast<u32>(Drop::Count); cause++)
			sum += by(fate, Drop(cause));
		return sum;
	}
	/* By how much the left sides exceed the right ones. */
	long unbalanced_syns() const
	{
		const Ledger &l = ledger();
		return atomic_long_read(&l.syns) - atomic_long_read(&l.duplicates) - atomic_long_read(&l.cookies_sent) -
		       atomic_long_read(&l.requests) - atomic_long_read(&l.fastopens) -
		       static_cast<long>(all(Fate::Refused));
	}
	long unbalanced_requests() const
	{
		const Ledger &l = ledger();
		return atomic_long_read(&l.requests) + atomic_long_read(&l.fastopens) +
		       atomic_long_read(&l.cookie_acks) - atomic_long_read(&l.accepted) -
		       static_cast<long>(listener.tp().sk.sk_ack_backlog + listener.tp().listener->qlen +
					 all(Fate::Dropped));
	}
	const Victim &last() const { return ledger().last[(ledger().victims - 1) % kVictims]; }
	/* From another port, so that it is another connection. */
	Seen syn(u16 port)
	{
		peer.port = static_cast<u16>(kPeerPort + port);
		const Seen answer = send_syn(peer);
		hold(listener.tp());
		return answer;
	}
};

} // namespace

#define EXPECT_BALANCED(b)                        \
	EXPECT_EQ((b).unbalanced_syns(), 0);      \
	EXPECT_EQ((b).unbalanced_requests(), 0)

TEST(handshake)
{
	Booked b(test);

	b.syn(0);
	EXPECT_EQ(atomic_long_read(&b.ledger().syns), 1);
	EXPECT_EQ(atomic_long_read(&b.ledger().requests), 1);
	EXPECT_EQ(b.ledger().syn_queue_high, 1);
	EXPECT_EQ(b.ledger().accept_queue_high, 0);
	EXPECT_BALANCED(b);
	b.syn(0);
	EXPECT_EQ(atomic_long_read(&b.ledger().syns), 2);
	EXPECT_EQ(atomic_long_read(&b.ledger().duplicates), 1);
	EXPECT_BALANCED(b);
	b.peer.send({});
	EXPECT_EQ(b.ledger().accept_queue_high, 1);
	EXPECT_EQ(atomic_long_read(&b.ledger().accepted), 0);
	EXPECT_BALANCED(b);
	Socket child = b.listener.accept();
	EXPECT_TRUE(!!child);
	EXPECT_EQ(atomic_long_read(&b.ledger().accepted), 1);
	EXPECT_BALANCED(b);
	/* All went well: no cause, no victim. */
	EXPECT_EQ(b.all(Fate::Refused) + b.all(Fate::Dropped) + b.all(Fate::Ignored), 0);
	EXPECT_EQ(b.ledger().victims, 0);
	b.peer.last();
}

TEST(high_water_marks_stay)
{
	Booked b(test);

	for (u16 i = 0; i < 5; i++)
		b.syn(i);
	for (u32 i = 0; i < 9; i++)
		fire_synack(b.listener.tp());
	EXPECT_EQ(b.listener.tp().listener->qlen, 0);
	EXPECT_EQ(b.ledger().syn_queue_high, 5);
	EXPECT_EQ(b.by(Fate::Dropped, Drop::SynAckTimeout), 5);
	for (u16 i = 0; i < 3; i++) {
		b.peer.last();
		b.syn(i);
		b.peer.send({});
	}
	while (b.listener.accept())
		;
	EXPECT_EQ(b.ledger().accept_queue_high, 3);
	EXPECT_BALANCED(b);
}

TEST(segments_for_a_request_by_cause)
{
	static constexpr struct {
		const char *what;
		Segment segment;
		bool syn;
		Fate fate;
		Drop cause; /* None: no entry */
	} rows[] = {
		{"RST", {.flags = kRst}, false, Fate::Dropped, Drop::Reset},
		{"RST in the window", {.flags = kRst, .seq = 2}, false, Fate::Dropped, Drop::None},
		{"another SYN in the window", {.flags = kSyn, .seq = 9}, true, Fate::Refused, Drop::InvalidSyn},
		{"a SYN outside", {.flags = kSyn, .seq = 1 << 30}, true, Fate::Refused, Drop::InvalidSequence},
		{"an ACK of something else", {.ack = 2}, false, Fate::Ignored, Drop::AckUnsent},
		{"text outside", {.seq = 1 << 30, .text = 1}, false, Fate::Ignored, Drop::InvalidSequence},
		{"no flag", {.flags = 0, .text = 1}, false, Fate::Ignored, Drop::None},
		{"SYN and FIN, no SYN for us", {.flags = kSyn | kFin, .seq = 0}, false, Fate::Refused, Drop::None},
	};

	for (const auto &row : rows) {
		Booked b(test);
		b.syn(0);
		b.peer.send(row.segment);
		b.peer.last();
		EXPECT_EQ_IN(row.what, atomic_long_read(&b.ledger().syns), 1 + row.syn);
		if (row.cause != Drop::None) {
			EXPECT_EQ_IN(row.what, b.by(row.fate, row.cause), 1);
			EXPECT_EQ_IN(row.what, b.last().key.dport, be16::from_host(kPeerPort));
		} else {
			EXPECT_EQ_IN(row.what, b.ledger().victims, 0);
		}
		EXPECT_BALANCED(b);
	}
}

TEST(refused_syns_by_cause)
{
	Booked b(test, 1);
	const Sysctl no_cookies(init_net.ipv4.sysctl_tcp_syncookies, 0);
	const u8 broken[] = {2, 1, 0, 0};

	b.peer.send({.flags = kSyn, .seq = 0, .options = Bytes(broken, sizeof(broken))});
	EXPECT_EQ(b.by(Fate::Refused, Drop::TcpOption), 1);
	EXPECT_BALANCED(b);
	for (u16 i = 0; i < 3; i++)
		b.syn(i);
	EXPECT_EQ(b.by(Fate::Refused, Drop::SynQueueFull), 1);
	EXPECT_EQ(b.last().key.dport, be16::from_host(kPeerPort + 2));
	EXPECT_TRUE(b.last().fate == Fate::Refused && b.last().cause == Drop::SynQueueFull);
	EXPECT_TRUE(get_jiffies_64() - b.last().when < 60 * HZ);
	{
		const Sysctl one(init_net.ipv4.sysctl_max_syn_backlog, 1);
		b.listener.listen(10);
		b.syn(3);
		EXPECT_EQ(b.by(Fate::Refused, Drop::SynBacklog), 1);
	}
	/* Of its two requests one becomes a connection, and then there is no room for the other. */
	b.peer.last();
	b.syn(1);
	b.listener.listen(0);
	b.peer.send({});
	EXPECT_EQ(b.peer.state(), TcpState::Established);
	b.syn(0);
	b.peer.send({});
	EXPECT_EQ(b.by(Fate::Ignored, Drop::ListenOverflow), 1);
	b.listener.listen(0);
	b.syn(7);
	EXPECT_EQ(b.by(Fate::Refused, Drop::SynQueueFull), 2);
	b.listener.listen(1);
	EXPECT_BALANCED(b);
	{
		const Sysctl abort(init_net.ipv4.sysctl_tcp_abort_on_overflow, 1);
		b.listener.listen(0);
		b.syn(0);
		b.peer.send({});
		EXPECT_EQ(b.by(Fate::Dropped, Drop::ListenOverflow), 1);
	}
	b.syn(8);
	EXPECT_EQ(b.by(Fate::Refused, Drop::ListenOverflow), 1);
	b.listener.tp().listener->closed = true;
	b.listener.listen(8);
	b.peer.last();
	EXPECT_BALANCED(b);
}

TEST(cookies)
{
	Booked b(test, 0);
	const Sysctl always(init_net.ipv4.sysctl_tcp_syncookies, 2);

	b.syn(0);
	EXPECT_EQ(atomic_long_read(&b.ledger().cookies_sent), 1);
	const u32 first = b.peer.our_iss;
	b.syn(1);
	b.peer.send({});
	EXPECT_EQ(atomic_long_read(&b.ledger().cookie_acks), 1);
	EXPECT_BALANCED(b);
	b.peer.port = kPeerPort;
	b.peer.our_iss = first;
	b.peer.send({.ack = 9});
	EXPECT_EQ(b.by(Fate::Ignored, Drop::BadCookie), 1);
	/* A good one, but the accept queue is full. */
	b.peer.send({});
	EXPECT_EQ(atomic_long_read(&b.ledger().cookie_acks), 2);
	EXPECT_EQ(b.by(Fate::Dropped, Drop::ListenOverflow), 1);
	EXPECT_BALANCED(b);
	EXPECT_TRUE(!!b.listener.accept());
	b.peer.last();
	b.listener.tp().listener->closed = true;
	b.peer.send({});
	EXPECT_EQ(b.by(Fate::Dropped, Drop::ListenerClosed), 1);
	EXPECT_BALANCED(b);
}

/* Half-open and waiting ones end with their listener, and the book of who listens again goes on. */
TEST(closed_listener)
{
	Booked b(test);

	for (u16 i = 0; i < 5; i++) {
		b.syn(i);
		if (i < 3)
			b.peer.send({});
	}
	EXPECT_EQ(b.listener.shutdown(SHUT_RD), 0);
	EXPECT_EQ(b.by(Fate::Dropped, Drop::ListenerClosed), 5);
	EXPECT_EQ(b.listener.listen(), 0);
	EXPECT_BALANCED(b);
	b.peer.last();
}

TEST(last_victims)
{
	Booked b(test);

	for (u16 i = 0; i < 40; i++) {
		b.peer.port = static_cast<u16>(kPeerPort + i);
		b.peer.send({});
	}
	EXPECT_EQ(b.by(Fate::Ignored, Drop::Listen), 40);
	EXPECT_EQ(b.ledger().victims, 40);
	for (u32 n = 8; n < 40; n++)
		EXPECT_EQ(b.ledger().last[n % kVictims].key.dport.host(), kPeerPort + n);
}

/* Whatever comes, in whatever order. */
TEST(storm)
{
	Booked b(test, 3);
	Random random(11);
	const Sysctl cookies(init_net.ipv4.sysctl_tcp_syncookies, 1);

	for (u32 i = 0; i < 3000; i++) {
		WRITE_ONCE(init_net.ipv4.sysctl_tcp_syncookies, static_cast<u8>(random.below(3)));
		WRITE_ONCE(init_net.ipv4.sysctl_tcp_abort_on_overflow, static_cast<u8>(random.below(2)));
		b.peer.port = static_cast<u16>(kPeerPort + random.below(12));
		const u32 what = random.below(20);
		if (what < 8) {
			send_syn(b.peer);
		} else if (what < 14) {
			send_syn(b.peer);
			b.peer.send({});
		} else if (what < 17) {
			b.peer.send({.flags = static_cast<u8>(random.below(64)), .seq = random.below(4), .ack = random.below(3)});
		} else if (what == 17) {
			fire_synack(b.listener.tp());
		} else if (what == 18) {
			b.listener.accept();
		} else if (!random.below(20)) {
			b.listener.shutdown(SHUT_RD);
			b.listener.listen(3);
		}
		hold(b.listener.tp());
		b.peer.last();
	}
	WRITE_ONCE(init_net.ipv4.sysctl_tcp_abort_on_overflow, 0);
	EXPECT_BALANCED(b);
	/* It was a storm. */
	EXPECT_TRUE(atomic_long_read(&b.ledger().syns) > 1500);
	EXPECT_TRUE(atomic_long_read(&b.ledger().duplicates) > 10);
	EXPECT_TRUE(atomic_long_read(&b.ledger().cookies_sent) > 10);
	EXPECT_TRUE(atomic_long_read(&b.ledger().cookie_acks) > 10);
	EXPECT_TRUE(atomic_long_read(&b.ledger().requests) > 10);
	EXPECT_TRUE(atomic_long_read(&b.ledger().accepted) > 10);
	for (u16 port = 0; port < 12; port++) {
		b.peer.port = static_cast<u16>(kPeerPort + port);
		b.peer.send({.flags = kRst});
	}
	b.peer.last();
}

/* A child of Fast Open is in the book from its SYN on. */
TEST(fast_open)
{
	Sysctl enabled(init_net.ipv4.sysctl_tcp_fastopen, kTfoServer | kTfoServerNoCookie);
	Booked b(test);

	fastopen_queue_tune(b.listener.tp(), 2);
	for (u32 i = 0; i < 2; i++)
		b.peer.send({.flags = kSyn, .seq = 0, .text = 100}); /* the second is a duplicate */
	EXPECT_BALANCED(b);
	EXPECT_EQ(atomic_long_read(&b.ledger().fastopens), 1);
	EXPECT_EQ(atomic_long_read(&b.ledger().duplicates), 1);
	b.peer.send({.flags = kSyn, .seq = 101});
	EXPECT_EQ(b.by(Fate::Refused, Drop::InvalidSyn), 1);
	b.peer.last();
	Socket child = b.listener.accept();
	EXPECT_BALANCED(b);
	b.peer.send({.seq = 101});
	EXPECT_EQ(child.state(), TcpState::Established);
	b.peer.port++;
	b.peer.send({.flags = kSyn, .seq = 0, .text = 100});
	EXPECT_BALANCED(b);
	EXPECT_EQ(atomic_long_read(&b.ledger().fastopens), 2);
	EXPECT_EQ(atomic_long_read(&b.ledger().requests), 0);
}

STACK_SUITE("ledger", TEST_CASE(fast_open), TEST_CASE(handshake), TEST_CASE(high_water_marks_stay), TEST_CASE(segments_for_a_request_by_cause),
	    TEST_CASE(refused_syns_by_cause), TEST_CASE(cookies), TEST_CASE(closed_listener), TEST_CASE(last_victims),
	    TEST_CASE(storm));

} // namespace tcpxx::testing
