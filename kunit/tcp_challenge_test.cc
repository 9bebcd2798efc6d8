// SPDX-License-Identifier: GPL-2.0
/* The limits of ACKs that strangers can cause, in each place that sends them. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

/* net.ipv4.tcp_challenge_ack_limit of init_net, and a second that has not begun yet. */
class Limit {
	int old_ = init_net.ipv4.sysctl_tcp_challenge_ack_limit;

public:
	explicit Limit(int limit)
	{
		init_net.ipv4.sysctl_tcp_challenge_ack_limit = limit;
		challenge_net_init(&init_net);
	}
	~Limit()
	{
		init_net.ipv4.sysctl_tcp_challenge_ack_limit = old_;
		challenge_net_init(&init_net);
	}
	Limit(const Limit &) = delete;
};

/* Answers to a segment that comes twice within the interval. */
u32 answers(Peer &peer, const Segment &segment)
{
	peer.device.forget_sent();
	peer.send(segment);
	peer.send(segment);
	const u32 n = peer.waiting();
	peer.device.forget_sent();
	return n;
}

/* What may be answered once within the interval, or each time. */
struct Row {
	const char *what;
	Segment segment;
	u32 answers; /* of 2 */
	Mib skipped;
};

void expect_answers(struct kunit *test, Peer &peer, const Row &row)
{
	Moved skipped(row.skipped);
	EXPECT_EQ_IN(row.what, answers(peer, row.segment), row.answers);
	EXPECT_EQ_IN(row.what, skipped.by(), 2 - row.answers);
}

} // namespace

TEST(socket_answers_once)
{
	static constexpr Row rows[] = {
		{"an old ACK", {.seq = 0}, 1, Mib::TCPACKSkippedSeq},
		{"an ACK beyond the window", {.seq = 1 << 30}, 1, Mib::TCPACKSkippedSeq},
		{"old text", {.seq = 0u - 99, .text = 10}, 2, Mib::TCPACKSkippedSeq},
		{"a SYN", {.flags = kSyn, .seq = 1}, 1, Mib::TCPACKSkippedChallenge},
		{"an RST in the window", {.flags = kRst, .seq = 2}, 1, Mib::TCPACKSkippedChallenge},
		{"an ACK of what was not sent", {.ack = 9}, 1, Mib::TCPACKSkippedChallenge},
	};
	for (const auto &row : rows) {
		Accepted c(test);
		expect_answers(test, c.peer, row);
	}
}

TEST(old_timestamps_are_answered_once)
{
	Accepted c(test, {.timestamps = true});
	OptionWriter recent, old;
	Moved skipped(Mib::TCPACKSkippedPAWS);

	recent.timestamps({2000, 0});
	c.peer.send({.text = 10, .options = recent.finish()});
	old.timestamps({1500, 0});
	const Bytes options = old.finish();
	EXPECT_EQ(answers(c.peer, {.seq = 9, .options = options}), 1);
	EXPECT_EQ(skipped.by(), 1);
}

TEST(request_answers_once)
{
	static constexpr Row rows[] = {
		{"the SYN again", {.flags = kSyn, .seq = 0}, 1, Mib::TCPACKSkippedSynRecv},
		{"an ACK outside the window", {.seq = 1 << 30}, 1, Mib::TCPACKSkippedSynRecv},
		{"text outside the window", {.seq = 1 << 30, .text = 1}, 2, Mib::TCPACKSkippedSynRecv},
	};
	for (const auto &row : rows) {
		Peer peer(test);
		Socket listener(test);

		EXPECT_EQ(listener.listen_on(kPort), 0);
		send_syn(peer);
		hold(listener.tp());
		expect_answers(test, peer, row);
	}
}

TEST(timewait_answers_once)
{
	static constexpr Row rows[] = {
		{"an old ACK", {.seq = 1, .ack = 2}, 1, Mib::TCPACKSkippedTimeWait},
		{"an old SYN", {.flags = kSyn, .seq = 0u - 9}, 1, Mib::TCPACKSkippedTimeWait},
		{"the FIN again", {.flags = kFin | kAck, .ack = 2}, 2, Mib::TCPACKSkippedTimeWait},
	};
	for (const auto &row : rows) {
		Accepted c(test);

		c.sock.close();
		c.peer.send({.flags = kFin | kAck, .ack = 2});
		EXPECT_EQ_IN(row.what, c.peer.state(), TcpState::TimeWait);
		expect_answers(test, c.peer, row);
	}
}

TEST(fin_wait_2_answers_once)
{
	static constexpr Row rows[] = {
		{"an old ACK", {.seq = 0, .ack = 2}, 1, Mib::TCPACKSkippedFinWait2},
		{"a SYN", {.flags = kSyn, .seq = 5}, 1, Mib::TCPACKSkippedChallenge},
		{"an RST with text", {.flags = kRst, .seq = 2, .text = 5}, 1, Mib::TCPACKSkippedChallenge},
	};
	for (const auto &row : rows) {
		Accepted c(test);

		c.sock.close();
		c.peer.send({.ack = 2});
		EXPECT_EQ_IN(row.what, c.peer.state(), TcpState::FinWait2);
		expect_answers(test, c.peer, row);
	}
}

/* CVE-2016-5696: what all connections get together differs from second to second. */
TEST(namespace_has_a_budget)
{
	Accepted c(test);
	Moved challenges(Mib::TCPChallengeACK);
	u32 sent = 0;
	{
		Limit limit(100);
		for (u32 i = 0; i < 200; i++) {
			c.tp().ack_limit = {};
			c.peer.send({.flags = kRst, .seq = 2});
		}
		sent = c.peer.waiting();
		/* From half to one and a half of it, once more if a second ended meanwhile. */
		EXPECT_TRUE(sent >= 50 && sent <= 200);
		EXPECT_EQ(challenges.by(), sent);
	}
	c.peer.device.forget_sent();
	{
		Limit none(0);
		c.tp().ack_limit = {};
		c.peer.send({.flags = kRst, .seq = 2});
		c.peer.send({.flags = kSyn, .seq = 2});
		EXPECT_EQ(c.peer.waiting(), 0);
		/* What is only old is no challenge. */
		c.tp().ack_limit = {};
		c.peer.send({.seq = 0});
		EXPECT_EQ(c.peer.waiting(), 1);
	}
	c.peer.device.forget_sent();
	{
		Limit unlimited(INT_MAX);
		for (u32 i = 0; i < 1000; i++) {
			c.tp().ack_limit = {};
			c.peer.send({.flags = kRst, .seq = 2});
			EXPECT_EQ(c.peer.next().flags, kAck);
		}
	}
}

/* Half-open requests draw on it like everybody. */
TEST(request_has_the_same_budget)
{
	Peer peer(test);
	Socket listener(test);
	Moved challenges(Mib::TCPChallengeACK);

	EXPECT_EQ(listener.listen_on(kPort), 0);
	send_syn(peer);
	hold(listener.tp());
	{
		Limit none(0);
		peer.send({.flags = kRst, .seq = 2});
		EXPECT_EQ(peer.waiting(), 0);
		EXPECT_EQ(challenges.by(), 0);
	}
	EXPECT_EQ(peer.state(), TcpState::NewSynRecv);
}

/* A flood for one connection leaves the budget to the others. */
TEST(one_connection_does_not_use_it_up)
{
	Accepted c(test);
	Limit limit(100);
	u32 left = 0;

	for (u32 i = 0; i < 200; i++)
		c.peer.send({.flags = kRst, .seq = 2});
	EXPECT_TRUE(c.peer.waiting() <= 2);
	while (left < 1000 && tcp_challenge_ack_allowed(&init_net))
		left++;
	EXPECT_TRUE(left >= 48);
}

STACK_SUITE("tcp_challenge", TEST_CASE(socket_answers_once), TEST_CASE(old_timestamps_are_answered_once),
	    TEST_CASE(request_answers_once), TEST_CASE(timewait_answers_once),
	    TEST_CASE(fin_wait_2_answers_once), TEST_CASE(namespace_has_a_budget), TEST_CASE(request_has_the_same_budget),
	    TEST_CASE(one_connection_does_not_use_it_up));

} // namespace tcpxx::testing
