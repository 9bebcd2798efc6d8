// SPDX-License-Identifier: GPL-2.0
#include "core/timewait.h"
#include "packet.h"
#include "test.h"

namespace tcpxx {
namespace {

using testing::Arrived;
using testing::kPlaces;
using testing::timestamp_option;

TimeWaitVars time_wait(u32 place, bool timestamps)
{
	return {.rcv_nxt = Seq32(place),
		.snd_nxt = Seq32(~place),
		.rcv_wnd = 1000,
		.ts_recent = 5000,
		.ts_recent_stamp = 990,
		.tstamp_ok = timestamps};
}

struct TimeWaitCase {
	const char *row;
	u8 flags;
	s32 seq; /* relative to rcv_nxt */
	u32 text;
	TimeWaitAct act;
	bool restart;
};

/* RFC 9293, 3.10.7.4 in TIME-WAIT, without timestamps. */
constexpr TimeWaitCase kCases[] = {
	{"the FIN again", kFin | kAck, -1, 0, TimeWaitAct::Acknowledge, true},
	{"the last ACK again", kAck, 0, 0, TimeWaitAct::Ignore, true},
	{"old text", kAck, -100, 100, TimeWaitAct::Acknowledge, true},
	{"text after the FIN", kAck, 0, 100, TimeWaitAct::Acknowledge, true},
	{"old ACK", kAck, -5, 0, TimeWaitAct::Acknowledge, true},
	{"beyond the window", kAck, 5000, 0, TimeWaitAct::Acknowledge, true},
	{"RST, exact: RFC 1337", kRst, 0, 0, TimeWaitAct::Ignore, false},
	{"RST in the window", kRst, 5, 0, TimeWaitAct::Ignore, false},
	{"RST and ACK", kRst | kAck, -5, 0, TimeWaitAct::Ignore, false},
	{"SYN, larger number", kSyn, 1, 0, TimeWaitAct::Reopen, false},
	{"SYN, much larger number", kSyn, 0x70000000, 0, TimeWaitAct::Reopen, false},
	{"SYN, the next number", kSyn, 0, 0, TimeWaitAct::Acknowledge, false},
	{"SYN, smaller number", kSyn, -1, 0, TimeWaitAct::Acknowledge, false},
	{"SYN and ACK", kSyn | kAck, 1, 0, TimeWaitAct::Acknowledge, true},
	{"SYN and RST", kSyn | kRst, 1, 0, TimeWaitAct::Ignore, false},
};

TEST(by_sequence_number)
{
	for (const u32 place : kPlaces) {
		const TimeWaitVars tw = time_wait(place, false);
		for (const TimeWaitCase &c : kCases) {
			const Arrived a({c.flags, tw.rcv_nxt + static_cast<u32>(c.seq), tw.snd_nxt,
					 c.text});
			const TimeWaitVerdict v = timewait_arrives(tw, a.arrival());
			EXPECT_EQ_IN(c.row, v.act, c.act);
			EXPECT_EQ_IN(c.row, v.restart, c.restart);
			EXPECT_EQ_IN(c.row, v.drop == Drop::None, c.act == TimeWaitAct::Reopen);
		}
	}
}

struct TimestampCase {
	const char *row;
	u8 flags;
	s32 seq;
	u32 tsval;
	TimeWaitAct act;
	Drop drop;
};

/* RFC 6191, 2. TS.Recent is 5000. */
constexpr TimestampCase kTimestamps[] = {
	{"SYN, newer, smaller number", kSyn, -1000, 5001, TimeWaitAct::Reopen, Drop::None},
	{"SYN, newer, larger number", kSyn, 1000, 5001, TimeWaitAct::Reopen, Drop::None},
	{"SYN, same, larger number", kSyn, 1000, 5000, TimeWaitAct::Reopen, Drop::None},
	{"SYN, same, smaller number", kSyn, -1000, 5000, TimeWaitAct::Acknowledge, Drop::TimeWait},
	{"SYN, older, larger number", kSyn, 1000, 4999, TimeWaitAct::Acknowledge, Drop::Paws},
	{"ACK, older", kAck, 0, 4999, TimeWaitAct::Acknowledge, Drop::Paws},
	{"ACK, same", kAck, 0, 5000, TimeWaitAct::Ignore, Drop::TimeWait},
	{"RST, older", kRst, 0, 4999, TimeWaitAct::Ignore, Drop::TimeWait},
};

TEST(by_timestamp)
{
	for (const u32 place : kPlaces) {
		const TimeWaitVars tw = time_wait(place, true);
		for (const TimestampCase &c : kTimestamps) {
			const Arrived a({c.flags, tw.rcv_nxt + static_cast<u32>(c.seq), tw.snd_nxt},
					timestamp_option(c.tsval));
			const TimeWaitVerdict v = timewait_arrives(tw, a.arrival());
			EXPECT_EQ_IN(c.row, v.act, c.act);
			EXPECT_EQ_IN(c.row, v.drop, c.drop);
		}
	}
}

TEST(timestamps_that_were_not_agreed_prove_nothing)
{
	const TimeWaitVars tw = time_wait(1000, false);
	const Arrived a({kSyn, tw.rcv_nxt - 5}, timestamp_option(9999));
	EXPECT_EQ(timewait_arrives(tw, a.arrival()).act, TimeWaitAct::Acknowledge);
}

struct FinWait2Case {
	const char *row;
	u8 flags;
	s32 seq; /* relative to rcv_nxt */
	u32 text;
	FinWait2Act act;
	Drop drop;
};

/* FIN-WAIT-2 without a user; the window is 1000 bytes. */
constexpr FinWait2Case kFinWait2[] = {
	{"the FIN", kFin | kAck, 0, 0, FinWait2Act::Finish, Drop::None},
	{"the FIN behind old text", kFin | kAck, -10, 10, FinWait2Act::Finish, Drop::None},
	{"the FIN behind new text", kFin | kAck, 0, 10, FinWait2Act::Reset, Drop::Closed},
	{"the FIN behind a gap", kFin | kAck, 10, 0, FinWait2Act::Reset, Drop::Closed},
	{"new text", kAck, 0, 10, FinWait2Act::Reset, Drop::Closed},
	{"one new byte", kAck, -9, 10, FinWait2Act::Reset, Drop::Closed},
	{"old text", kAck, -10, 10, FinWait2Act::Acknowledge, Drop::OldSequence},
	{"pure ACK", kAck, 0, 0, FinWait2Act::Ignore, Drop::TimeWait},
	{"old ACK", kAck, -1, 0, FinWait2Act::Acknowledge, Drop::OldSequence},
	{"beyond the window", kAck, 1001, 0, FinWait2Act::Acknowledge, Drop::InvalidSequence},
	{"text beyond the window", kAck, 1000, 1, FinWait2Act::Acknowledge, Drop::InvalidSequence},
	{"RST, exact", kRst, 0, 0, FinWait2Act::Discard, Drop::Reset},
	{"RST in the window", kRst, 1, 0, FinWait2Act::Challenge, Drop::InvalidReset},
	{"RST outside", kRst, -1, 0, FinWait2Act::Ignore, Drop::OldSequence},
	{"SYN", kSyn, 5, 0, FinWait2Act::Challenge, Drop::InvalidSyn},
	{"FIN without ACK", kFin, 0, 0, FinWait2Act::Ignore, Drop::NoAck},
};

TEST(fin_wait_2_without_a_user)
{
	for (const u32 place : kPlaces) {
		const TimeWaitVars tw = time_wait(place, false);
		for (const FinWait2Case &c : kFinWait2) {
			const Arrived a({c.flags, tw.rcv_nxt + static_cast<u32>(c.seq), tw.snd_nxt,
					 c.text});
			const FinWait2Verdict v = fin_wait2_arrives(tw, a.arrival());
			EXPECT_EQ_IN(c.row, v.act, c.act);
			EXPECT_EQ_IN(c.row, v.drop, c.drop);
		}
	}
	const TimeWaitVars tw = time_wait(1000, true);
	const Arrived old({kFin | kAck, tw.rcv_nxt, tw.snd_nxt}, timestamp_option(4999));
	EXPECT_EQ(fin_wait2_arrives(tw, old.arrival()).drop, Drop::Paws);
}

/* RFC 6191, and net.ipv4.tcp_tw_reuse. The object's TS.Recent is of second 990. */
TEST(gives_way_to_connect)
{
	static constexpr struct {
		const char *row;
		bool timestamps;
		TimeWaitClaim claim;
		bool gives_way;
	} rows[] = {
		{"off", true, {false, true, 0, TcpState::TimeWait, 1000}, false},
		{"on", true, {false, false, 1, TcpState::TimeWait, 1000}, true},
		{"on, the next second", true, {false, false, 1, TcpState::TimeWait, 991}, true},
		{"on, the same second", true, {false, false, 1, TcpState::TimeWait, 990}, false},
		{"on, without timestamps", false, {false, true, 1, TcpState::TimeWait, 1000}, false},
		{"on, FIN-WAIT-2", true, {false, true, 1, TcpState::FinWait2, 1000}, false},
		{"loopback, and it is", true, {false, true, 2, TcpState::TimeWait, 1000}, true},
		{"loopback, and it is not", true, {false, false, 2, TcpState::TimeWait, 1000}, false},
		{"bound", true, {true, false, 0, TcpState::TimeWait, 990}, true},
		{"bound, without timestamps", false, {true, true, 1, TcpState::TimeWait, 1000}, false},
	};
	for (const auto &r : rows)
		EXPECT_EQ_IN(r.row, timewait_gives_way(time_wait(1000, r.timestamps), r.claim), r.gives_way);
	TimeWaitVars never = time_wait(1000, true);
	never.ts_recent_stamp = 0;
	EXPECT_TRUE(!timewait_gives_way(never, {true, true, 1, TcpState::TimeWait, 1000}));
}

/* Linux's tcp_fin_time(). */
TEST(fin_wait_2_is_not_shorter_than_two_fins)
{
	EXPECT_EQ(fin_wait2_len({60000}, 200_ms), Msec{60000});
	EXPECT_EQ(fin_wait2_len({1000}, 200_ms), Msec{1000});
	EXPECT_EQ(fin_wait2_len({1000}, 300_ms), Msec{1050});
	EXPECT_EQ(fin_wait2_len({0}, 1_s), Msec{3500});
	EXPECT_EQ(fin_wait2_len({60000}, 120_s), Msec{420000});
	EXPECT_EQ(fin_wait2_len({0xffffffff}, 120_s), Msec{0xffffffff});
}

TEST_SUITE("timewait", TEST_CASE(by_sequence_number), TEST_CASE(by_timestamp),
	   TEST_CASE(fin_wait_2_is_not_shorter_than_two_fins),
	   TEST_CASE(timestamps_that_were_not_agreed_prove_nothing),
	   TEST_CASE(fin_wait_2_without_a_user), TEST_CASE(gives_way_to_connect));

} // namespace
} // namespace tcpxx
