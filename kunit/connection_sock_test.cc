// SPDX-License-Identifier: GPL-2.0
/* A listener's two queues and its SYN-ACK timer. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

/* A listener, with `requests` half-open ones and `children` that wait to be accepted. */
struct Listening {
	Peer peer;
	Socket listener;

	explicit Listening(struct kunit *test, u16 children, u16 requests) :
		peer(test), listener(test)
	{
		EXPECT_EQ(listener.listen_on(kPort), 0);
		for (u16 i = 0; i < children + requests; i++) {
			peer.port = static_cast<u16>(kPeerPort + i);
			EXPECT_EQ(send_syn(peer).flags, kSyn | kAck);
			if (i < children)
				peer.send({});
		}
		hold(listener.tp());
		EXPECT_EQ(peer.waiting(), 0);
	}
	const Listener &queues() const { return *listener.tp().listener; }
};

} // namespace

TEST(both_queues_are_counted)
{
	Listening l(test, 2, 3);

	EXPECT_EQ(l.queues().qlen, 3);
	EXPECT_EQ(l.queues().young, 3);
	EXPECT_EQ(l.listener.tp().sk.sk_ack_backlog, 2);
	EXPECT_TRUE(accept_queue_ready(l.listener.tp()));
}

/* RFC 9293, 3.10.4: a closed listener's connections are reset; half-open ones just vanish. */
TEST(closing_resets_what_was_not_accepted)
{
	Listening l(test, 3, 2);
	Moved aborts(Mib::TCPAbortOnClose);

	l.listener.close();
	EXPECT_EQ(l.peer.waiting(), 3);
	for (u16 i = 0; i < 3; i++) {
		const Seen reset = l.peer.next();
		EXPECT_EQ(reset.flags, kRst | kAck);
		EXPECT_EQ(reset.dest, kPeerPort + i);
	}
	EXPECT_EQ(aborts.by(), 3);
	for (u16 i = 0; i < 5; i++) {
		l.peer.port = static_cast<u16>(kPeerPort + i);
		EXPECT_EQ(l.peer.state(), TcpState::Close);
	}
	/* And the port is free. */
	Socket next(test);
	EXPECT_EQ(next.bind(kPort), 0);
}

TEST(child_that_was_reset_is_still_accepted)
{
	Listening l(test, 1, 0);

	l.peer.send({.flags = kRst});
	EXPECT_EQ(l.peer.state(), TcpState::Close);
	Socket child = l.listener.accept();
	EXPECT_TRUE(static_cast<bool>(child));
	if (child)
		EXPECT_EQ(child.receive(1), -ECONNRESET);
}

TEST(syn_ack_goes_again)
{
	Listening l(test, 0, 1);
	Moved again(Mib::RetransSegs), failed(Mib::AttemptFails);
	const u32 iss = l.peer.our_iss;

	l.listener.tp().syn_retries = 2;
	for (u32 i = 0; i < 2; i++) {
		fire_synack(l.listener.tp());
		const Seen synack = l.peer.next();
		EXPECT_EQ(synack.flags, kSyn | kAck);
		EXPECT_EQ(l.peer.our_iss, iss);
		EXPECT_EQ(synack.ack, 1);
		EXPECT_EQ(l.peer.waiting(), 0);
		EXPECT_EQ(l.queues().qlen, 1);
		EXPECT_EQ(l.queues().young, 0);
	}
	fire_synack(l.listener.tp());
	EXPECT_EQ(l.peer.waiting(), 0);
	EXPECT_EQ(l.queues().qlen, 0);
	EXPECT_EQ(l.queues().young, 0);
	EXPECT_EQ(l.peer.state(), TcpState::Close);
	EXPECT_EQ(again.by(), 2);
	EXPECT_EQ(failed.by(), 1);
}

TEST(one_timer_for_all_requests)
{
	Listening l(test, 0, 5);
	const u32 iss = l.peer.our_iss; /* for the last of them */

	fire_synack(l.listener.tp());
	EXPECT_EQ(l.peer.waiting(), 5);
	EXPECT_EQ(l.queues().qlen, 5);
	l.peer.last();
	l.peer.our_iss = iss;
	/* One of them completes, the others go on. */
	l.peer.send({});
	fire_synack(l.listener.tp());
	EXPECT_EQ(l.queues().qlen, 4);
	EXPECT_EQ(l.peer.waiting(), 4);
}

/* More than half of the queue: what is old ends after two repetitions instead of five. */
TEST(old_requests_make_room)
{
	Listening l(test, 0, 5);

	fire_synack(l.listener.tp());
	fire_synack(l.listener.tp());
	EXPECT_EQ(l.queues().qlen, 5);
	EXPECT_EQ(l.queues().young, 0);
	/* The first one goes, and the queue is not more than half full any more. */
	fire_synack(l.listener.tp());
	EXPECT_EQ(l.queues().qlen, 4);
	fire_synack(l.listener.tp());
	EXPECT_EQ(l.queues().qlen, 4);
}

/* Requests come, time out, complete and are reset in any order: the counts are those of the wheel. */
TEST(queues_stay_exact)
{
	Listening l(test, 0, 0);
	testing::Random random(7);
	u32 children = 0;

	l.listener.listen(100);
	for (u32 i = 0; i < 400; i++) {
		l.peer.port = static_cast<u16>(kPeerPort + random.below(20));
		switch (random.below(5)) {
		case 0:
		case 1: send_syn(l.peer); break;
		case 2: l.peer.send({.flags = kRst}); break;
		case 3:
			/* It may know its number, or not. */
			send_syn(l.peer);
			l.peer.send({});
			break;
		case 4: fire_synack(l.listener.tp()); break;
		}
		hold(l.listener.tp());
		l.peer.last();
		if (l.listener.accept())
			children++;
		u32 requests = 0;
		for (u16 port = 0; port < 20; port++) {
			l.peer.port = static_cast<u16>(kPeerPort + port);
			requests += l.peer.state() == TcpState::NewSynRecv;
		}
		EXPECT_EQ(l.queues().qlen, requests);
		EXPECT_EQ(l.queues().wheel.count(), requests);
		EXPECT_TRUE(l.queues().young <= requests);
	}
	EXPECT_TRUE(children > 10);
	/* Once all have timed out, none of them is young. */
	fire_synack(l.listener.tp());
	EXPECT_EQ(l.queues().young, 0);
}

TEST(nothing_holds_the_listener_afterwards)
{
	Listening l(test, 2, 3);
	Kept listener(l.listener.tp());

	{
		Socket one = l.listener.accept();
		Socket two = l.listener.accept();
		EXPECT_TRUE(one && two);
	}
	l.listener.close();
	EXPECT_EQ(refcount_read(&listener->sk.sk_refcnt), 1);
	EXPECT_EQ(listener->tcb.state, TcpState::Close);
}

/* The third ACK meets a listener that is just being closed. */
TEST(third_ack_too_late)
{
	Listening l(test, 0, 1);
	Moved dropped(Drop::ListenerClosed);

	l.listener.tp().listener->closed = true;
	l.peer.send({});
	EXPECT_EQ(dropped.by(), 1);
	EXPECT_EQ(l.queues().qlen, 0);
	EXPECT_EQ(l.peer.state(), TcpState::Close);
	EXPECT_TRUE(!l.listener.accept());
}

TEST(syn_too_late)
{
	Listening l(test, 0, 0);
	Moved dropped(Drop::ListenerClosed);

	l.listener.tp().listener->closed = true;
	EXPECT_TRUE(!send_syn(l.peer).sent);
	EXPECT_EQ(dropped.by(), 1);
	EXPECT_EQ(l.queues().qlen, 0);
	EXPECT_EQ(l.peer.state(), TcpState::Close);
}

TEST(listens_again_after_shutdown)
{
	Listening l(test, 1, 1);

	EXPECT_EQ(l.listener.shutdown(SHUT_RD), 0);
	EXPECT_EQ(l.listener.state(), TcpState::Close);
	EXPECT_EQ(l.peer.last().flags, kRst | kAck);
	EXPECT_EQ(send_syn(l.peer).flags, kRst | kAck);
	EXPECT_EQ(l.listener.listen(), 0);
	EXPECT_EQ(send_syn(l.peer).flags, kSyn | kAck);
	hold(l.listener.tp());
	l.peer.send({});
	Socket child = l.listener.accept();
	EXPECT_TRUE(static_cast<bool>(child));
}

STACK_SUITE("connection_sock", TEST_CASE(both_queues_are_counted),
	    TEST_CASE(closing_resets_what_was_not_accepted),
	    TEST_CASE(child_that_was_reset_is_still_accepted), TEST_CASE(syn_ack_goes_again),
	    TEST_CASE(one_timer_for_all_requests), TEST_CASE(nothing_holds_the_listener_afterwards),
	    TEST_CASE(old_requests_make_room), TEST_CASE(queues_stay_exact), TEST_CASE(third_ack_too_late), TEST_CASE(syn_too_late),
	    TEST_CASE(listens_again_after_shutdown));

} // namespace tcpxx::testing
