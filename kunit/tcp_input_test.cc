// SPDX-License-Identifier: GPL-2.0
/* SEGMENT ARRIVES for a connection in each of its states. */
#include "peer.h"

namespace tcpxx::testing {

/* --- SYN-SENT --------------------------------------------------------------------------------- */

namespace {

/* A socket whose SYN is on its way. */
struct Opening {
	Peer peer;
	Socket sock;
	Seen syn;

	explicit Opening(struct kunit *test) : peer(test), sock(test)
	{
		EXPECT_EQ(sock.connect(), -EINPROGRESS);
		syn = peer.next();
		peer.our_port = syn.source;
	}
};

} // namespace

TEST(active_open)
{
	Opening o(test);
	OptionWriter w;

	EXPECT_EQ(o.syn.flags, kSyn);
	EXPECT_EQ(o.syn.dest, kPeerPort);
	EXPECT_EQ(o.syn.options.mss, 1460);
	EXPECT_TRUE(o.syn.options.has_timestamps);
	EXPECT_TRUE(o.syn.options.sack_permitted);
	EXPECT_TRUE(o.syn.options.has_wscale);
	EXPECT_EQ(o.sock.state(), TcpState::SynSent);
	o.peer.send({.flags = kSyn | kAck,
		     .seq = 0,
		     .window = 5000,
		     .options = syn_options(w, {.mss = 1200, .wscale = 3})});
	const Seen ack = o.peer.next();
	EXPECT_EQ(ack.flags, kAck);
	EXPECT_EQ(ack.seq, 1);
	EXPECT_EQ(ack.ack, 1);
	EXPECT_EQ(o.peer.waiting(), 0);
	EXPECT_EQ(o.sock.state(), TcpState::Established);
	const Tcb &t = o.sock.tp().tcb;
	EXPECT_EQ(t.mss_cache, 1200);
	/* A SYN's window is never scaled. */
	EXPECT_EQ(t.snd_wnd, 5000);
	EXPECT_TRUE(t.wscale_ok);
	EXPECT_TRUE(!t.tstamp_ok && !t.sack_ok);
	EXPECT_EQ(o.sock.connect(), 0);
}

TEST(refused_open)
{
	Opening o(test);

	o.peer.send({.flags = kRst | kAck, .seq = 0});
	EXPECT_EQ(o.sock.state(), TcpState::Close);
	EXPECT_EQ(o.sock.connect(), -ECONNREFUSED);
	EXPECT_EQ(o.peer.state(), TcpState::Close);
}

TEST(open_is_not_refused_by_a_guess)
{
	Opening o(test);

	o.peer.send({.flags = kRst | kAck, .seq = 0, .ack = 2});
	EXPECT_EQ(o.sock.state(), TcpState::SynSent);
	o.peer.send({.flags = kRst, .seq = 0});
	EXPECT_EQ(o.sock.state(), TcpState::SynSent);
	EXPECT_EQ(o.peer.waiting(), 0);
	/* An ACK of something else: <SEQ=SEG.ACK><CTL=RST>, and it goes on. */
	o.peer.send({.flags = kSyn | kAck, .seq = 0, .ack = 2});
	const Seen reset = o.peer.next();
	EXPECT_EQ(reset.flags, kRst);
	EXPECT_EQ(reset.seq, 2);
	EXPECT_EQ(o.sock.state(), TcpState::SynSent);
}

/* RFC 9293, 3.5, figure 7. */
TEST(simultaneous_open)
{
	Opening o(test);

	o.peer.send({.flags = kSyn, .seq = 0});
	EXPECT_EQ(o.sock.state(), TcpState::SynRecv);
	const Seen synack = o.peer.next();
	EXPECT_EQ(synack.flags, kSyn | kAck);
	EXPECT_EQ(synack.seq, 0);
	EXPECT_EQ(synack.ack, 1);
	o.peer.send({.flags = kSyn | kAck, .seq = 0});
	EXPECT_EQ(o.sock.state(), TcpState::Established);
	const Seen ack = o.peer.next();
	EXPECT_EQ(ack.flags, kAck);
	EXPECT_EQ(ack.seq, 1);
	EXPECT_EQ(ack.ack, 1);
	EXPECT_EQ(o.peer.waiting(), 0);
	EXPECT_EQ(o.sock.send(10), 10);
	const Seen text = o.peer.last();
	EXPECT_EQ(text.seq, 1);
	EXPECT_EQ(text.text, 10);
	EXPECT_EQ(text.wrong, 0);
}

/* RFC 3168, 6.1.1: what each answer makes of our SYN with ECN. */
TEST(ecn_is_agreed_on)
{
	static constexpr struct {
		const char *what;
		u8 answer;
		bool agreed;
	} rows[] = {
		{"granted", kSyn | kAck | kEce, true},
		{"not granted", kSyn | kAck, false},
		{"thrown back", kSyn | kAck | kEcnSetup, false},
		{"both open, both ask", kSyn | kEcnSetup, true},
		{"both open, one asks", kSyn, false},
	};
	const Sysctl<u8> ecn(init_net.ipv4.sysctl_tcp_ecn, 1);

	for (const auto &row : rows) {
		Opening o(test);
		EXPECT_EQ_IN(row.what, o.syn.flags, kSyn | kEcnSetup);
		o.peer.send({.flags = row.answer, .seq = 0});
		const u8 synack = kSyn | kAck | (row.agreed ? kEce : 0);
		EXPECT_EQ_IN(row.what, o.peer.next().flags, row.answer & kAck ? u8{kAck} : synack);
		if (!(row.answer & kAck)) {
			/* It is no SYN with ECN that somebody may not like. */
			EXPECT_TRUE(fire_retransmit(o.sock.tp()));
			EXPECT_EQ_IN(row.what, o.peer.next().flags, synack);
		}
		EXPECT_EQ_IN(row.what, o.sock.tp().tcb.ecn.ok(), row.agreed);
		o.peer.send({});
		o.sock.send(10);
		EXPECT_EQ_IN(row.what, o.peer.last().tos, row.agreed ? 2 : 0);
	}
}

/* --- the orderly close ------------------------------------------------------------------------ */

TEST(closes_first)
{
	Accepted c(test);

	c.sock.close();
	const Seen fin = c.peer.next();
	EXPECT_EQ(fin.flags, kFin | kAck);
	EXPECT_EQ(fin.seq, 1);
	EXPECT_EQ(c.peer.state(), TcpState::FinWait1);
	c.peer.send({.ack = 2});
	EXPECT_EQ(c.peer.state(), TcpState::FinWait2);
	c.peer.send({.flags = kFin | kAck, .ack = 2});
	EXPECT_EQ(c.peer.state(), TcpState::TimeWait);
	const Seen ack = c.peer.next();
	EXPECT_EQ(ack.flags, kAck);
	EXPECT_EQ(ack.seq, 2);
	EXPECT_EQ(ack.ack, 2);
	EXPECT_EQ(c.peer.waiting(), 0);
	fire_timewait();
	EXPECT_EQ(c.peer.state(), TcpState::Close);
}

/* The same with a user who stays: half closed, FIN and its ACK in one segment of the peer. */
TEST(shuts_down_and_reads_on)
{
	Accepted c(test);

	EXPECT_EQ(c.sock.shutdown(SHUT_WR), 0);
	EXPECT_EQ(c.peer.next().flags, kFin | kAck);
	EXPECT_EQ(c.sock.send(1), -EPIPE);
	c.peer.send({.ack = 2});
	EXPECT_EQ(c.sock.state(), TcpState::FinWait2);
	c.peer.send({.ack = 2, .text = 100});
	EXPECT_EQ(c.sock.receive(200), 100);
	c.peer.send({.flags = kFin | kAck, .seq = 101, .ack = 2});
	EXPECT_EQ(c.peer.state(), TcpState::TimeWait);
	EXPECT_EQ(c.peer.last().ack, 102);
	EXPECT_EQ(c.sock.receive(200), 0);
	EXPECT_EQ(c.sock.state(), TcpState::Close);
	fire_timewait();
}

TEST(fin_and_its_ack_in_one_segment)
{
	Accepted c(test);

	c.sock.close();
	c.peer.send({.flags = kFin | kAck, .ack = 2});
	EXPECT_EQ(c.peer.state(), TcpState::TimeWait);
	EXPECT_EQ(c.peer.last().ack, 2);
	fire_timewait();
}

TEST(closes_second)
{
	Accepted c(test);

	c.peer.send({.flags = kFin | kAck});
	EXPECT_EQ(c.sock.state(), TcpState::CloseWait);
	EXPECT_EQ(c.sock.receive(1), 0);
	EXPECT_EQ(c.sock.send(10), 10);
	const Seen text = c.peer.last();
	EXPECT_EQ(text.ack, 2);
	EXPECT_EQ(text.text, 10);
	c.peer.send({.seq = 2, .ack = 11});
	c.sock.close();
	EXPECT_EQ(c.peer.state(), TcpState::LastAck);
	EXPECT_EQ(c.peer.last().flags & kFin, kFin);
	c.peer.send({.seq = 2, .ack = 12});
	EXPECT_EQ(c.peer.state(), TcpState::Close);
	EXPECT_EQ(c.peer.waiting(), 0);
}

TEST(simultaneous_close)
{
	Accepted c(test);

	c.sock.close();
	EXPECT_EQ(c.peer.next().flags, kFin | kAck);
	c.peer.send({.flags = kFin | kAck});
	EXPECT_EQ(c.peer.state(), TcpState::Closing);
	EXPECT_EQ(c.peer.last().ack, 2);
	c.peer.send({.seq = 2, .ack = 2});
	EXPECT_EQ(c.peer.state(), TcpState::TimeWait);
	fire_timewait();
	EXPECT_EQ(c.peer.state(), TcpState::Close);
}

/* RFC 2525, 2.17: text for a user who has gone is answered, not swallowed. */
TEST(text_for_an_orphan_is_reset)
{
	Accepted c(test);
	Moved aborted(Mib::TCPAbortOnData);

	c.sock.close();
	c.peer.last();
	c.peer.send({.text = 10});
	EXPECT_EQ(c.peer.last().flags & kRst, kRst);
	EXPECT_EQ(c.peer.state(), TcpState::Close);
	EXPECT_EQ(aborted.by(), 1);
}

/* --- RST, SYN, and what does not fit ---------------------------------------------------------- */

TEST(exact_reset_ends_the_connection)
{
	Accepted c(test);
	Moved resets(Mib::EstabResets);

	c.peer.send({.flags = kRst, .seq = 1});
	EXPECT_EQ(c.sock.state(), TcpState::Close);
	EXPECT_EQ(c.peer.state(), TcpState::Close);
	EXPECT_EQ(c.sock.receive(1), -ECONNRESET);
	EXPECT_EQ(resets.by(), 1);
	EXPECT_EQ(c.peer.waiting(), 0);
}

TEST(reset_in_close_wait_is_a_broken_pipe)
{
	Accepted c(test);

	c.peer.send({.flags = kFin | kAck});
	c.peer.send({.flags = kRst, .seq = 2});
	EXPECT_EQ(c.sock.state(), TcpState::Close);
	EXPECT_EQ(c.sock.take_error(), -EPIPE);
}

/* RFC 5961, 3.2, 4.2 and 7: challenged once, then silence for a while. */
TEST(challenges_are_limited)
{
	Accepted c(test);
	Moved challenges(Mib::TCPChallengeACK);

	c.peer.send({.flags = kRst, .seq = 2});
	const Seen challenge = c.peer.next();
	EXPECT_EQ(challenge.flags, kAck);
	EXPECT_EQ(challenge.seq, 1);
	EXPECT_EQ(challenge.ack, 1);
	c.tp().ack_limit = last_ack(0);
	c.peer.send({.flags = kRst, .seq = 3});
	c.peer.send({.flags = kSyn, .seq = 4});
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_EQ(challenges.by(), 1);
	c.tp().ack_limit = last_ack(1000);
	c.peer.send({.flags = kSyn, .seq = 0});
	EXPECT_EQ(c.peer.next().flags, kAck);
	EXPECT_EQ(challenges.by(), 2);
	EXPECT_EQ(c.sock.state(), TcpState::Established);
}

/* An old duplicate is acknowledged, an old RST is not; neither is anything else. */
TEST(what_is_outside_the_window)
{
	static constexpr struct {
		const char *what;
		Segment segment;
		Drop cause;
		bool answered;
	} rows[] = {
		{"before", {.seq = 1 - 200u, .text = 100}, Drop::OldSequence, true},
		{"a RST before", {.flags = kRst, .seq = 1 - 2u}, Drop::OldSequence, false},
		{"beyond", {.seq = 1 << 30, .text = 1}, Drop::InvalidSequence, true},
		{"a RST beyond", {.flags = kRst, .seq = 1 << 30}, Drop::InvalidSequence, false},
		{"an ACK of nothing", {.ack = 2}, Drop::AckUnsent, true},
		{"no ACK", {.flags = 0, .text = 1}, Drop::NoAck, false},
	};
	Accepted c(test);

	for (const auto &row : rows) {
		Moved dropped(row.cause);
		c.tp().ack_limit = {};
		c.peer.send(row.segment);
		EXPECT_EQ_IN(row.what, dropped.by(), 1);
		const Seen answer = c.peer.last();
		EXPECT_EQ_IN(row.what, answer.sent, row.answered);
		if (row.answered) {
			EXPECT_EQ_IN(row.what, answer.flags, kAck);
			EXPECT_EQ_IN(row.what, answer.seq, 1);
			EXPECT_EQ_IN(row.what, answer.ack, 1);
		}
	}
	EXPECT_EQ(c.tcb().rcv_nxt, Seq32(c.peer.iss + 1));
	EXPECT_EQ(c.sock.receive(1), -EAGAIN);
}

TEST(old_timestamp_is_refused)
{
	Accepted c(test, {.timestamps = true});
	OptionWriter recent, old;
	Moved dropped(Drop::Paws);

	recent.timestamps({2000, 0});
	c.peer.send({.text = 10, .options = recent.finish()});
	c.peer.last();
	old.timestamps({1500, 0});
	c.peer.send({.seq = 11, .text = 10, .options = old.finish()});
	EXPECT_EQ(dropped.by(), 1);
	EXPECT_EQ(c.peer.last().ack, 11);
	EXPECT_EQ(c.sock.receive(100), 10);
}

STACK_SUITE("tcp_input", TEST_CASE(active_open), TEST_CASE(refused_open),
	    TEST_CASE(open_is_not_refused_by_a_guess), TEST_CASE(ecn_is_agreed_on), TEST_CASE(simultaneous_open),
	    TEST_CASE(closes_first), TEST_CASE(shuts_down_and_reads_on),
	    TEST_CASE(fin_and_its_ack_in_one_segment), TEST_CASE(closes_second),
	    TEST_CASE(simultaneous_close), TEST_CASE(text_for_an_orphan_is_reset),
	    TEST_CASE(exact_reset_ends_the_connection), TEST_CASE(reset_in_close_wait_is_a_broken_pipe),
	    TEST_CASE(challenges_are_limited), TEST_CASE(what_is_outside_the_window),
	    TEST_CASE(old_timestamp_is_refused));

} // namespace tcpxx::testing
