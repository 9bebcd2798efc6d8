// SPDX-License-Identifier: GPL-2.0
#include "core/synsent.h"
#include "packet.h"
#include "test.h"

namespace tcpxx {
namespace {

using testing::Arrived;
using testing::kPlaces;
using testing::timestamp_option;

Tcb syn_sent(u32 place)
{
	Tcb t;
	t.state = TcpState::SynSent;
	t.iss = t.snd_una = Seq32(place);
	t.snd_nxt = t.write_seq = t.iss + 1;
	return t;
}

struct SynSentCase {
	const char *row;
	u8 flags;
	u32 ack; /* relative to ISS */
	SynSentAct act;
	Drop drop;
};

/* RFC 9293, 3.10.7.3. */
constexpr SynSentCase kCases[] = {
	{"SYN-ACK", kSyn | kAck, 1, SynSentAct::Establish, Drop::None},
	{"SYN", kSyn, 0, SynSentAct::Simultaneous, Drop::None},
	{"RST for our SYN", kRst | kAck, 1, SynSentAct::Refused, Drop::Reset},
	{"RST without ACK", kRst, 0, SynSentAct::Ignore, Drop::InvalidReset},
	{"RST and SYN without ACK", kRst | kSyn, 0, SynSentAct::Ignore, Drop::InvalidReset},
	{"RST, ACK of nothing", kRst | kAck, 0, SynSentAct::Ignore, Drop::OldAck},
	{"RST, ACK of what was not sent", kRst | kAck, 2, SynSentAct::Ignore, Drop::AckUnsent},
	{"ACK of nothing", kAck, 0, SynSentAct::Reset, Drop::OldAck},
	{"ACK of an earlier connection", kAck, 0xfff00000, SynSentAct::Reset, Drop::OldAck},
	{"ACK of what was not sent", kAck, 2, SynSentAct::Reset, Drop::AckUnsent},
	{"SYN-ACK of nothing", kSyn | kAck, 0, SynSentAct::Reset, Drop::OldAck},
	{"SYN-ACK of what was not sent", kSyn | kAck, 2, SynSentAct::Reset, Drop::AckUnsent},
	{"ACK without SYN", kAck, 1, SynSentAct::Ignore, Drop::InvalidSyn},
	{"FIN and ACK", kFin | kAck, 1, SynSentAct::Ignore, Drop::InvalidSyn},
	{"no flag", 0, 0, SynSentAct::Ignore, Drop::NoAck},
	{"FIN", kFin, 0, SynSentAct::Ignore, Drop::NoAck},
};

TEST(table_of_section_3_10_7_3)
{
	for (const u32 place : kPlaces) {
		const Tcb t = syn_sent(place);
		for (const SynSentCase &c : kCases) {
			/* Whatever the peer's own number is. */
			const Arrived a({c.flags, Seq32(~place), t.iss + c.ack});
			const SynSentVerdict v = synsent_arrives(t, a.arrival(), 700);
			EXPECT_EQ_IN(c.row, v.act, c.act);
			EXPECT_EQ_IN(c.row, v.drop, c.drop);
		}
	}
}

struct EchoCase {
	const char *row;
	u8 flags;
	u32 tsecr;
	SynSentAct act;
};

/* Our clock says 700. */
constexpr EchoCase kEchoes[] = {
	{"just sent", kSyn | kAck, 700, SynSentAct::Establish},
	{"a while ago", kSyn | kAck, 100, SynSentAct::Establish},
	{"nothing to echo", kSyn | kAck, 0, SynSentAct::Establish},
	{"not sent yet", kSyn | kAck, 701, SynSentAct::Reset},
	{"not sent yet, RST", kRst | kAck, 701, SynSentAct::Ignore},
	{"sent before the clock wrapped", kSyn | kAck, 0xfffffff0, SynSentAct::Establish},
};

TEST(echo_of_our_timestamp)
{
	const Tcb t = syn_sent(1000);
	for (const EchoCase &c : kEchoes) {
		const Arrived a({c.flags, Seq32(5), t.iss + 1}, timestamp_option(9, c.tsecr));
		EXPECT_EQ_IN(c.row, synsent_arrives(t, a.arrival(), 700).act, c.act);
	}
}

/* The ports of a connection that was in TIME-WAIT: its TS.Recent still counts. */
TEST(crossed_syn_from_an_earlier_connection)
{
	Tcb t = syn_sent(1000);
	const Arrived old({kSyn, Seq32(5)}, timestamp_option(4999));
	EXPECT_EQ(synsent_arrives(t, old.arrival(), 700).act, SynSentAct::Simultaneous);
	t.ts_recent = 5000;
	t.ts_recent_stamp = 999;
	EXPECT_EQ(synsent_arrives(t, old.arrival(), 700).act, SynSentAct::Ignore);
	const Arrived newer({kSyn, Seq32(5)}, timestamp_option(5001));
	EXPECT_EQ(synsent_arrives(t, newer.arrival(), 700).act, SynSentAct::Simultaneous);
}

TEST_SUITE("synsent", TEST_CASE(table_of_section_3_10_7_3), TEST_CASE(echo_of_our_timestamp),
	   TEST_CASE(crossed_syn_from_an_earlier_connection));

} // namespace
} // namespace tcpxx
