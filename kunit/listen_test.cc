// SPDX-License-Identifier: GPL-2.0
#include "core/listen.h"
#include "packet.h"
#include "test.h"

namespace tcpxx {
namespace {

using testing::Arrived;
using testing::kPlaces;
using testing::Packet;
using testing::timestamp_option;

struct ListenCase {
	const char *row;
	u8 flags;
	ListenAct act;
};

/* RFC 9293, 3.10.7.2. */
constexpr ListenCase kForListener[] = {
	{"SYN", kSyn, ListenAct::Request},
	{"SYN with ECN flags", kSyn | kEce | kCwr, ListenAct::Request},
	{"SYN and PSH", kSyn | kPsh, ListenAct::Request},
	{"RST", kRst, ListenAct::Ignore},
	{"RST and ACK", kRst | kAck, ListenAct::Ignore},
	{"RST and SYN", kRst | kSyn, ListenAct::Ignore},
	{"ACK", kAck, ListenAct::CheckCookie},
	{"SYN and ACK", kSyn | kAck, ListenAct::Reset},
	{"FIN and ACK", kFin | kAck, ListenAct::CheckCookie},
	{"SYN and FIN", kSyn | kFin, ListenAct::Ignore},
	{"FIN", kFin, ListenAct::Ignore},
	{"nothing", 0, ListenAct::Ignore},
};

TEST(listener)
{
	for (const ListenCase &c : kForListener) {
		const Arrived a({.flags = c.flags, .seq = Seq32(5)});
		EXPECT_EQ_IN(c.row, listen_arrives(a.seg()), c.act);
	}
}

struct AdmitCase {
	const char *row;
	SynQueue queue;
	SynVerdict verdict;
};

constexpr SynVerdict kRequest = {SynAct::Request, Drop::None, false};
constexpr SynVerdict kCookie = {SynAct::Cookie, Drop::None, true};
constexpr SynVerdict kFull = {SynAct::Refuse, Drop::SynQueueFull, true};
constexpr SynVerdict kBacklog = {SynAct::Refuse, Drop::SynBacklog, false};
constexpr SynVerdict kOverflow = {SynAct::Refuse, Drop::ListenOverflow, false};

/* Half-open, backlog, tcp_max_syn_backlog, tcp_syncookies, accept queue full, ends a TIME-WAIT. */
constexpr AdmitCase kAdmit[] = {
	{"room", {0, 10, 100, 1, false, false}, kRequest},
	{"the last place", {10, 10, 100, 1, false, false}, kRequest},
	{"backlog 0 has one", {0, 0, 100, 0, false, false}, kRequest},
	{"full, no cookies", {11, 10, 100, 0, false, false}, kFull},
	{"full, cookies", {11, 10, 100, 1, false, false}, kCookie},
	{"cookies in any case", {0, 10, 100, 2, false, false}, kCookie},
	{"full, for a TIME-WAIT", {11, 10, 100, 0, false, true}, kRequest},
	{"cookies in any case, not for a TIME-WAIT", {11, 10, 100, 2, false, true}, kRequest},
	{"accept queue full", {0, 10, 100, 1, true, false}, kOverflow},
	{"accept queue full, for a TIME-WAIT", {0, 10, 100, 1, true, true}, kOverflow},
	{"both full, cookies", {11, 10, 100, 1, true, false}, {SynAct::Refuse, Drop::ListenOverflow, true}},
	{"both full, no cookies", {11, 10, 100, 0, true, false}, kFull},
	{"last before the last quarter", {75, 1000, 100, 0, false, false}, kRequest},
	{"last quarter", {76, 1000, 100, 0, false, false}, kBacklog},
	{"beyond it", {1000, 1000, 100, 0, false, false}, kBacklog},
	{"last quarter, with cookies", {76, 1000, 100, 1, false, false}, kRequest},
	{"last quarter, for a TIME-WAIT", {76, 1000, 100, 0, false, true}, kRequest},
	{"last quarter of 8 is 1, not 2", {6, 1000, 8, 0, false, false}, kRequest},
	{"last quarter of 8", {7, 1000, 8, 0, false, false}, kBacklog},
};

TEST(syn_queue)
{
	for (const AdmitCase &c : kAdmit) {
		const SynVerdict v = admit_syn(c.queue);
		EXPECT_EQ_IN(c.row, v.act, c.verdict.act);
		EXPECT_EQ_IN(c.row, v.drop, c.verdict.drop);
		EXPECT_EQ_IN(c.row, v.flood, c.verdict.flood);
	}
}

struct RetriesCase {
	const char *row;
	u8 configured;
	u32 qlen, young, backlog;
	u8 retries;
};

constexpr RetriesCase kRetries[] = {
	{"not half full", 5, 50, 0, 100, 5},
	{"half full, half of it young", 5, 51, 26, 100, 5},
	{"a quarter young", 5, 52, 14, 100, 4},
	{"an eighth", 5, 56, 7, 100, 2},
	{"one young", 5, 51, 1, 100, 2},
	{"none young", 5, 51, 0, 100, 2},
	{"never below 2", 1, 51, 0, 100, 1},
	{"a small backlog counts as 8", 5, 4, 0, 1, 5},
	{"more than that", 5, 5, 0, 1, 2},
	{"all young", 5, 0x90000000, 0x90000000, 100, 5},
};

TEST(synack_retries)
{
	for (const RetriesCase &c : kRetries)
		EXPECT_EQ_IN(c.row, synack_retries_now(c.configured, c.qlen, c.young, c.backlog), c.retries);
}

struct RequestCase {
	const char *row;
	u8 flags;
	u32 seq; /* relative to the SYN's */
	u32 ack; /* relative to our SYN-ACK's */
	u32 text;
	RequestAct act;
	Drop drop;
};

/* Half open: SYN 0, SYN-ACK 0, window 1000, so 1 to 1000 may come. RFC 9293, 3.10.7.4. */
constexpr RequestCase kForRequest[] = {
	{"the third ACK", kAck, 1, 1, 0, RequestAct::Establish, Drop::None},
	{"with text", kAck | kPsh, 1, 1, 100, RequestAct::Establish, Drop::None},
	{"with FIN", kAck | kFin, 1, 1, 0, RequestAct::Establish, Drop::None},
	{"lost, but text after it came", kAck, 500, 1, 100, RequestAct::Establish, Drop::None},
	{"the SYN again", kSyn, 0, 0, 0, RequestAct::ResendSynAck, Drop::None},
	{"the SYN again, with text", kSyn, 0, 0, 10, RequestAct::ResendSynAck, Drop::None},
	{"acknowledges nothing", kAck, 1, 0, 0, RequestAct::Reset, Drop::AckUnsent},
	{"acknowledges too much", kAck, 1, 2, 0, RequestAct::Reset, Drop::AckUnsent},
	{"acknowledges wrongly, outside the window", kAck, 5000, 2, 0, RequestAct::Reset,
	 Drop::AckUnsent},
	{"SYN-ACK with a wrong ACK", kSyn | kAck, 0, 7, 0, RequestAct::Reset, Drop::AckUnsent},
	{"SYN-ACK that crossed ours", kSyn | kAck, 0, 1, 0, RequestAct::Acknowledge,
	 Drop::OldSequence},
	{"the same with text", kSyn | kAck, 0, 1, 1, RequestAct::Establish, Drop::None},
	{"text that ends before the window", kAck, 0, 1, 1, RequestAct::Acknowledge,
	 Drop::OldSequence},
	{"before the window", kAck, 0, 1, 0, RequestAct::Acknowledge, Drop::OldSequence},
	{"last of the window", kAck, 1000, 1, 10, RequestAct::Establish, Drop::None},
	{"behind the last, no text", kAck, 1001, 1, 0, RequestAct::Establish, Drop::None},
	{"behind the last", kAck, 1001, 1, 1, RequestAct::Acknowledge, Drop::InvalidSequence},
	{"far beyond", kAck, 0x70000000, 1, 0, RequestAct::Acknowledge, Drop::InvalidSequence},
	{"RST, exact", kRst, 1, 0, 0, RequestAct::Discard, Drop::Reset},
	{"RST and ACK, exact", kRst | kAck, 1, 77, 0, RequestAct::Discard, Drop::Reset},
	{"RST in the window", kRst, 2, 0, 0, RequestAct::Acknowledge, Drop::InvalidReset},
	{"RST outside", kRst, 5000, 0, 0, RequestAct::Ignore, Drop::InvalidSequence},
	{"RST before", kRst, 0, 0, 0, RequestAct::Ignore, Drop::OldSequence},
	{"another SYN in the window", kSyn, 10, 0, 0, RequestAct::Refuse, Drop::InvalidSyn},
	{"another SYN outside", kSyn, 5000, 0, 0, RequestAct::Acknowledge, Drop::InvalidSequence},
	{"no flag", 0, 1, 0, 10, RequestAct::Ignore, Drop::NoAck},
	{"FIN without ACK", kFin, 1, 0, 0, RequestAct::Ignore, Drop::NoAck},
};

HalfOpen half_open(u32 place)
{
	return {.rcv_isn = Seq32(place),
		.snt_isn = Seq32(~place),
		.ts_recent = 5000,
		.rcv_wnd = 1000,
		.tstamp_ok = true,
		.acked = false,
		.timeouts = 0};
}

TEST(request)
{
	for (const u32 place : kPlaces) {
		const HalfOpen req = half_open(place);
		for (const RequestCase &c : kForRequest) {
			const Arrived a(
				{c.flags, req.rcv_isn + c.seq, req.snt_isn + c.ack, c.text});
			const RequestVerdict v = request_arrives(req, a.seg(), a.options(), 0);
			EXPECT_EQ_IN(c.row, v.act, c.act);
			EXPECT_EQ_IN(c.row, v.drop, c.drop);
		}
	}
}

struct OldCase {
	const char *row;
	u8 flags;
	u32 seq, tsval;
	RequestAct act;
};

/* The SYN's timestamp was 5000. */
constexpr OldCase kOld[] = {
	{"same", kAck, 1, 5000, RequestAct::Establish},
	{"newer", kAck, 1, 5001, RequestAct::Establish},
	{"older", kAck, 1, 4999, RequestAct::Acknowledge},
	{"older SYN", kSyn, 0, 4999, RequestAct::Acknowledge},
	{"older RST: counts, RFC 7323, 5.2", kRst, 1, 4999, RequestAct::Discard},
};

TEST(request_and_timestamps)
{
	HalfOpen req = half_open(100);
	for (const OldCase &c : kOld) {
		const Arrived a({c.flags, req.rcv_isn + c.seq, req.snt_isn + 1},
				timestamp_option(c.tsval));
		EXPECT_EQ_IN(c.row, request_arrives(req, a.seg(), a.options(), 0).act, c.act);
	}
	req.tstamp_ok = false;
	const Arrived a({kAck, req.rcv_isn + 1, req.snt_isn + 1}, timestamp_option(1));
	EXPECT_EQ(request_arrives(req, a.seg(), a.options(), 0).act, RequestAct::Establish);
}

TEST(request_with_a_closed_window)
{
	HalfOpen req = half_open(100);
	req.rcv_wnd = 0;
	const Arrived ack({kAck, req.rcv_isn + 1, req.snt_isn + 1}),
		beyond({kAck, req.rcv_isn + 2, req.snt_isn + 1});
	EXPECT_EQ(request_arrives(req, ack.seg(), ack.options(), 0).act, RequestAct::Establish);
	EXPECT_EQ(request_arrives(req, beyond.seg(), beyond.options(), 0).act,
		  RequestAct::Acknowledge);
}

/* TCP_DEFER_ACCEPT, 2 time-outs. */
TEST(request_that_must_bring_text)
{
	HalfOpen req = half_open(100);
	const Arrived bare({kAck, req.rcv_isn + 1, req.snt_isn + 1}),
		text({kAck, req.rcv_isn + 1, req.snt_isn + 1, 1}),
		fin({kAck | kFin, req.rcv_isn + 1, req.snt_isn + 1}),
		wrong({kAck, req.rcv_isn + 1, req.snt_isn + 2}),
		later({kAck, req.rcv_isn + 5, req.snt_isn + 1}); /* text before it was lost */

	EXPECT_EQ(request_arrives(req, bare.seg(), bare.options(), 2).act, RequestAct::Defer);
	EXPECT_EQ(request_arrives(req, bare.seg(), bare.options(), 2).drop, Drop::DeferAccept);
	EXPECT_EQ(request_arrives(req, text.seg(), text.options(), 2).act, RequestAct::Establish);
	EXPECT_EQ(request_arrives(req, fin.seg(), fin.options(), 2).act, RequestAct::Establish);
	EXPECT_EQ(request_arrives(req, wrong.seg(), wrong.options(), 2).act, RequestAct::Reset);
	EXPECT_EQ(request_arrives(req, later.seg(), later.options(), 2).act, RequestAct::Establish);
	req.timeouts = 1;
	EXPECT_EQ(request_arrives(req, bare.seg(), bare.options(), 2).act, RequestAct::Defer);
	req.timeouts = 2;
	EXPECT_EQ(request_arrives(req, bare.seg(), bare.options(), 2).act, RequestAct::Establish);
}

struct TimerCase {
	const char *row;
	u8 timeouts;
	bool acked;
	u8 retries, defer_accept;
	SynAckStep step;
};

constexpr TimerCase kTimer[] = {
	{"first", 0, false, 5, 0, SynAckStep::Resend},
	{"last", 4, false, 5, 0, SynAckStep::Resend},
	{"over", 5, false, 5, 0, SynAckStep::Expire},
	{"its ACK met a full queue", 0, true, 5, 0, SynAckStep::Resend},
	{"the same, over", 5, true, 5, 0, SynAckStep::Expire},
	{"text is waited for, no ACK", 0, false, 5, 3, SynAckStep::Resend},
	{"no ACK, over", 5, false, 5, 9, SynAckStep::Expire},
	{"text is waited for", 0, true, 5, 3, SynAckStep::Wait},
	{"nearly to the end", 1, true, 5, 3, SynAckStep::Wait},
	{"a last one", 2, true, 5, 3, SynAckStep::Resend},
	{"and as ever", 3, true, 5, 3, SynAckStep::Resend},
	{"over", 5, true, 5, 3, SynAckStep::Expire},
	{"longer than the retries", 5, true, 5, 9, SynAckStep::Wait},
	{"the last one of these", 8, true, 5, 9, SynAckStep::Resend},
	{"over at last", 9, true, 5, 9, SynAckStep::Expire},
};

TEST(synack_timer)
{
	for (const TimerCase &c : kTimer) {
		HalfOpen req = half_open(0);
		req.timeouts = c.timeouts;
		req.acked = c.acked;
		EXPECT_EQ_IN(c.row, synack_timer_expires(req, c.retries, c.defer_accept), c.step);
	}
}

struct DeferCase {
	int seconds;
	u8 timeouts;
	int back;
};

constexpr DeferCase kDefer[] = {
	{-1, 0, 0}, {0, 0, 0},	{1, 1, 1},     {2, 2, 3},	{3, 2, 3},     {4, 3, 7},	  {10, 4, 15},
	{63, 6, 63}, {64, 7, 127}, {128, 8, 247}, {247, 8, 247}, {248, 9, 367}, {0x7fffffff, 255, 29887},
};

TEST(defer_accept_in_seconds)
{
	for (const DeferCase &c : kDefer) {
		EXPECT_EQ(defer_timeouts(c.seconds), c.timeouts);
		EXPECT_EQ(defer_seconds(c.timeouts), c.back);
	}
}

struct ChildRow {
	const char *row;
	Packet packet; /* numbers behind those of the SYN and of the SYN-ACK */
	u32 tsval; /* 0: no timestamps */
	RequestVerdict verdict;
};

/* The child has taken 100 bytes of text, and may have sent text itself. */
constexpr ChildRow kForChild[] = {
	{"the SYN again", {kSyn, Seq32(0), {}, 100}, 0, {RequestAct::ResendSynAck, Drop::None}},
	{"the SYN again without its text", {kSyn, Seq32(0)}, 0, {RequestAct::ResendSynAck, Drop::None}},
	{"an older SYN", {kSyn, Seq32(0)}, 499, {RequestAct::Acknowledge, Drop::Paws}},
	{"third ACK", {kAck, Seq32(101), Seq32(1)}, 0, {RequestAct::Establish, Drop::None}},
	{"ACK of text", {kAck, Seq32(101), Seq32(1001)}, 0, {RequestAct::Establish, Drop::None}},
	{"ACK beside everything", {kAck, Seq32(101), Seq32(9999)}, 0, {RequestAct::Establish, Drop::None}},
	{"text without ACK", {0, Seq32(101), {}, 10}, 0, {RequestAct::Ignore, Drop::NoAck}},
	{"text that is there", {kAck, Seq32(1), Seq32(1), 100}, 0, {RequestAct::Acknowledge, Drop::OldSequence}},
	{"beyond the window", {kAck, Seq32(1101), Seq32(1), 1}, 0, {RequestAct::Acknowledge, Drop::InvalidSequence}},
	{"RST", {kRst, Seq32(101)}, 0, {RequestAct::Discard, Drop::Reset}},
	{"RST before the text", {kRst, Seq32(1)}, 0, {RequestAct::Ignore, Drop::OldSequence}},
	{"RST in the window", {kRst, Seq32(102)}, 0, {RequestAct::Acknowledge, Drop::InvalidReset}},
	{"SYN in the window", {kSyn, Seq32(101)}, 0, {RequestAct::Refuse, Drop::InvalidSyn}},
};

TEST(for_a_child_of_fast_open)
{
	for (const u32 place : kPlaces)
		for (const ChildRow &c : kForChild) {
			const HalfOpen req{.rcv_isn = Seq32(place), .snt_isn = Seq32(77), .ts_recent = 500, .rcv_wnd = 1000,
					   .tstamp_ok = true, .acked = false, .timeouts = 0};
			Packet p = c.packet;
			p.seq += place;
			p.ack += 77;
			const Arrived a(p, c.tsval ? timestamp_option(c.tsval) : TcpOptions{});
			const RequestVerdict v = fastopen_child_arrives(req, req.rcv_isn + 101, a.seg(), a.options());
			EXPECT_EQ_IN(c.row, v.act, c.verdict.act);
			EXPECT_EQ_IN(c.row, v.drop, c.verdict.drop);
		}
}

TEST_SUITE("listen", TEST_CASE(for_a_child_of_fast_open), TEST_CASE(listener), TEST_CASE(syn_queue), TEST_CASE(synack_retries), TEST_CASE(request), TEST_CASE(request_and_timestamps),
	   TEST_CASE(request_with_a_closed_window), TEST_CASE(request_that_must_bring_text), TEST_CASE(synack_timer),
	   TEST_CASE(defer_accept_in_seconds));

} // namespace
} // namespace tcpxx
