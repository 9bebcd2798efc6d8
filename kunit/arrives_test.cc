// SPDX-License-Identifier: GPL-2.0
#include "core/arrives.h"
#include "packet.h"
#include "test.h"

namespace tcpxx {
namespace {

using testing::Arrived;
using testing::kPlaces;
using testing::Packet;
using testing::timestamp_option;
using enum TcpState;

constexpr u8 kNoFlag = 0;

/*
 * The connection that all tables speak of, moved to two places on the circle. Relative to them:
 *
 *	ours:   iss 0   snd_una 1000   snd_nxt 1500   max_window 800
 *	peer's:         rcv_wup 900    rcv_nxt 1000   window ends at 2000 (announced: 1100)
 */
struct Connection {
	Tcb t;
	u32 ours, theirs;
};

Connection connection(TcpState state, u32 ours = 0x1000, u32 theirs = 0x2000)
{
	Tcb t;
	t.state = state;
	t.iss = Seq32(ours);
	t.snd_una = Seq32(ours + 1000);
	t.snd_nxt = Seq32(ours + 1500);
	t.write_seq = Seq32(ours + 3000); /* there is more to send than was sent */
	t.snd_wnd = 800;
	t.max_window = 800;
	t.snd_wl1 = Seq32(theirs + 900);
	t.rcv_wup = Seq32(theirs + 900);
	t.rcv_nxt = Seq32(theirs + 1000);
	t.rcv_wnd = 1100;
	return {t, ours, theirs};
}

/* A segment by its relative numbers. */
struct Relative {
	u8 flags;
	u32 seq;
	u32 ack = 1000;
	u32 text = 0;
};

Packet absolute(const Connection &c, const Relative &r)
{
	return {.flags = r.flags,
		.seq = Seq32(c.theirs + r.seq),
		.ack = Seq32(c.ours + r.ack),
		.text = r.text};
}

void expect_verdict(struct kunit *test, const char *row, const Verdict &actual, Drop drop, Act act)
{
	EXPECT_EQ_IN(row, actual.drop, drop);
	EXPECT_EQ_IN(row, actual.act, act);
	EXPECT_EQ_IN(row, actual.final(), drop != Drop::None);
}

void expect_verdict(struct kunit *test, const char *row, const Verdict &actual,
		    const Verdict &expected)
{
	expect_verdict(test, row, actual, expected.drop, expected.act);
	EXPECT_EQ_IN(row, actual.error, expected.error);
}

/* --- first: sequence number ----------------------------------------------- */

struct Acceptability {
	const char *row;
	u32 window; /* announced at rcv_nxt */
	s32 seq; /* relative to rcv_nxt */
	u32 text;
	Drop drop;
};

/* RFC 9293, 3.10.7.4, table 6, its four rows. Where Linux is more liberal, the row says so: what
 * passes here without a byte in the window is trimmed to nothing and acknowledged. */
constexpr Acceptability kTable6[] = {
	{"no text, no window: SEG.SEQ = RCV.NXT", 0, 0, 0, Drop::None},
	{"no text, no window: before", 0, -1, 0, Drop::OldSequence},
	{"no text, no window: after", 0, 1, 0, Drop::InvalidSequence},
	{"no text: first of the window", 1000, 0, 0, Drop::None},
	{"no text: inside", 1000, 500, 0, Drop::None},
	{"no text: last of the window", 1000, 999, 0, Drop::None},
	{"no text: one behind the last (liberal)", 1000, 1000, 0, Drop::None},
	{"no text: beyond", 1000, 1001, 0, Drop::InvalidSequence},
	{"no text: before", 1000, -1, 0, Drop::OldSequence},
	{"no text: far before", 1000, -0x70000000, 0, Drop::OldSequence},
	{"no text: far beyond", 1000, 0x70000000, 0, Drop::InvalidSequence},
	{"text, no window: at RCV.NXT (liberal)", 0, 0, 10, Drop::None},
	{"text, no window: ends at RCV.NXT (liberal)", 0, -10, 10, Drop::None},
	{"text, no window: beyond", 0, 1, 10, Drop::InvalidSequence},
	{"text, no window: before", 0, -11, 10, Drop::OldSequence},
	{"text: first of the window", 1000, 0, 10, Drop::None},
	{"text: fills it", 1000, 0, 1000, Drop::None},
	{"text: overlaps the front", 1000, -5, 10, Drop::None},
	{"text: ends at RCV.NXT, a duplicate (liberal)", 1000, -10, 10, Drop::None},
	{"text: wholly before", 1000, -11, 10, Drop::OldSequence},
	{"text: last byte of the window", 1000, 999, 1, Drop::None},
	{"text: overlaps the end", 1000, 995, 10, Drop::None},
	{"text: covers more than the window", 1000, -5, 2000, Drop::None},
	{"text: behind the last (liberal)", 1000, 1000, 10, Drop::None},
	{"text: beyond", 1000, 1001, 10, Drop::InvalidSequence},
};

TEST(acceptability_at_every_place)
{
	for (const u32 place : kPlaces) {
		for (const Acceptability &c : kTable6) {
			Tcb t;
			t.state = Established;
			t.rcv_nxt = t.rcv_wup = Seq32(place);
			t.rcv_wnd = c.window;
			const Arrived a(
				{.seq = t.rcv_nxt + static_cast<u32>(c.seq), .text = c.text});
			const Act act = c.drop == Drop::None ? Act::Nothing : Act::SendAck;
			expect_verdict(test, c.row, check_sequence(t, a.arrival()), c.drop, act);
		}
	}
}

/* What was received since the last ACK is not known to the peer yet: a RST or an ACK from there
 * is not old. */
TEST(window_begins_at_the_last_acknowledgment_sent)
{
	const Connection c = connection(Established);
	for (u32 seq = 899; seq <= 1000; seq++) {
		const Arrived a(absolute(c, {kAck, seq}));
		EXPECT_EQ(check_sequence(c.t, a.arrival()).drop,
			  seq < 900 ? Drop::OldSequence : Drop::None);
	}
}

struct Unacceptable {
	const char *row;
	u8 flags;
	Drop drop;
	Act act;
};

constexpr Unacceptable kBeyond[] = {
	{"ACK", kAck, Drop::InvalidSequence, Act::SendAck},
	{"FIN", kFin | kAck, Drop::InvalidSequence, Act::SendAck},
	{"no flag", kNoFlag, Drop::InvalidSequence, Act::SendAck},
	{"RST: silence", kRst, Drop::InvalidSequence, Act::Nothing},
	{"RST and SYN: silence", kRst | kSyn, Drop::InvalidSequence, Act::Nothing},
	{"SYN: RFC 5961, 4.2", kSyn, Drop::InvalidSyn, Act::ChallengeAck},
	{"SYN and ACK", kSyn | kAck, Drop::InvalidSyn, Act::ChallengeAck},
};

TEST(answer_to_what_is_outside)
{
	const Connection c = connection(Established);
	for (const Unacceptable &u : kBeyond) {
		const Arrived a(absolute(c, {u.flags, 5000}));
		expect_verdict(test, u.row, check_sequence(c.t, a.arrival()), u.drop, u.act);
	}
}

/* --- PAWS ------------------------------------------------------------------ */

Connection with_timestamps()
{
	Connection c = connection(Established);
	c.t.tstamp_ok = true;
	c.t.ts_recent = 5000;
	c.t.ts_recent_stamp = 1000;
	c.t.rtt.sample(100_ms); /* RTO 300 ms: 360 ticks of 1200 Hz */
	return c;
}

struct PawsCase {
	const char *row;
	Relative seg;
	u32 tsval;
	bool rejected;
};

/* RFC 7323, 5.2 and 5.3, with Linux's two exceptions. */
constexpr PawsCase kPaws[] = {
	{"same", {kAck, 1000, 1000, 10}, 5000, false},
	{"newer", {kAck, 1000, 1000, 10}, 5001, false},
	{"one tick older: reordered", {kAck, 1000, 1000, 10}, 4999, false},
	{"two ticks older", {kAck, 1000, 1000, 10}, 4998, true},
	{"half a circle older", {kAck, 1000, 1000, 10}, 5000 - 0x7fffffffu, true},
	{"RST", {kRst, 1000}, 1, false},
	{"FIN", {kFin | kAck, 1000}, 1, true},
	{"overtaken pure ACK", {kAck, 1000, 1000}, 4998, false},
	{"overtaken pure ACK, end of the replay window", {kAck, 1000, 1000}, 5000 - 360, false},
	{"pure ACK from before the replay window", {kAck, 1000, 1000}, 5000 - 361, true},
	{"pure ACK that acknowledges", {kAck, 1000, 1001}, 4998, true},
	{"pure ACK elsewhere", {kAck, 1001, 1000}, 4998, true},
};

TEST(paws)
{
	const Connection c = with_timestamps();
	for (const PawsCase &p : kPaws) {
		/* The window of the segment is the one we know, at the place where it was last
		 * changed. */
		Packet packet = absolute(c, p.seg);
		packet.window = 800;
		Tcb t = c.t;
		t.snd_wl1 = packet.seq;
		const Arrived a(packet, timestamp_option(p.tsval));
		EXPECT_EQ_IN(p.row, paws_rejects(t, a.arrival()), p.rejected);
		expect_verdict(test, p.row, check_sequence(t, a.arrival()),
			       p.rejected ? Drop::Paws : Drop::None,
			       p.rejected ? Act::SendAck : Act::Nothing);
	}
}

TEST(paws_needs_timestamps_on_both_sides)
{
	Connection c = with_timestamps();
	const Packet old = absolute(c, {kAck, 1000, 1000, 10});
	EXPECT_TRUE(!paws_rejects(c.t, Arrived(old).arrival()));
	c.t.tstamp_ok = false;
	EXPECT_TRUE(!paws_rejects(c.t, Arrived(old, timestamp_option(1)).arrival()));
}

TEST(paws_comes_before_the_window_and_challenges_a_syn)
{
	const Connection c = with_timestamps();
	const Arrived beyond(absolute(c, {kAck, 5000}), timestamp_option(1));
	expect_verdict(test, "beyond", check_sequence(c.t, beyond.arrival()), Drop::Paws,
		       Act::SendAck);
	const Arrived syn(absolute(c, {kSyn, 1000}), timestamp_option(1));
	expect_verdict(test, "SYN", check_sequence(c.t, syn.arrival()), Drop::InvalidSyn,
		       Act::ChallengeAck);
}

/* --- second: RST ----------------------------------------------------------- */

struct RstCase {
	const char *row;
	TcpState state;
	u32 seq;
	Verdict verdict;
};

constexpr Verdict kReset{Drop::Reset, Act::Abort, Errno::ConnectionReset};
constexpr Verdict kRefused{Drop::Reset, Act::Abort, Errno::ConnectionRefused};
constexpr Verdict kBroken{Drop::Reset, Act::Abort, Errno::Pipe};
constexpr Verdict kChallengeReset{Drop::InvalidReset, Act::ChallengeAck};

/* RFC 5961, 3.2. */
constexpr RstCase kResets[] = {
	{"exact", Established, 1000, kReset},
	{"exact, simultaneous open", SynRecv, 1000, kRefused},
	{"exact, peer had finished", CloseWait, 1000, kBroken},
	{"exact, we had finished", FinWait1, 1000, kReset},
	{"exact, FIN acknowledged", FinWait2, 1000, kReset},
	{"exact, closing", Closing, 1000, kReset},
	{"exact, last ACK", LastAck, 1000, kReset},
	{"one after", Established, 1001, kChallengeReset},
	{"end of the window", Established, 1999, kChallengeReset},
	{"one before", Established, 999, kChallengeReset},
	{"with the FIN's own number", CloseWait, 999, kBroken},
	{"with the FIN's own number", LastAck, 999, kReset},
	{"with the FIN's own number", Closing, 999, kReset},
	{"there was no FIN yet", FinWait2, 999, kChallengeReset},
	{"before the window", Established, 899, {Drop::OldSequence}},
	{"beyond the window", Established, 2001, {Drop::InvalidSequence}},
};

TEST(reset)
{
	for (const u32 place : kPlaces) {
		for (const RstCase &r : kResets) {
			const Connection c = connection(r.state, place, ~place);
			const Arrived a(absolute(c, {kRst, r.seq}));
			expect_verdict(test, r.row, segment_arrives(c.t, a.arrival()), r.verdict);
		}
	}
}

/* After the ACK of the FIN was sent, the FIN's number is before the window. */
TEST(reset_with_the_number_of_an_acknowledged_fin)
{
	Connection c = connection(CloseWait);
	c.t.rcv_wup = c.t.rcv_nxt;
	const Arrived a(absolute(c, {kRst, 999}));
	expect_verdict(test, "", segment_arrives(c.t, a.arrival()), Drop::Reset, Act::Abort);
	c.t.state = Established;
	expect_verdict(test, "", segment_arrives(c.t, a.arrival()), Drop::OldSequence,
		       Act::Nothing);
}

/* --- fourth: SYN ----------------------------------------------------------- */

struct SynCase {
	const char *row;
	TcpState state;
	Relative seg;
	Verdict verdict;
};

constexpr Verdict kChallengeSyn{Drop::InvalidSyn, Act::ChallengeAck};

/* RFC 5961, 4.2. In SYN-RECEIVED rcv_nxt - 1 is the peer's SYN, and 1500 what we sent. */
constexpr SynCase kSyns[] = {
	{"at rcv_nxt", Established, {kSyn, 1000}, kChallengeSyn},
	{"in the window", Established, {kSyn | kAck, 1100}, kChallengeSyn},
	{"before the window", Established, {kSyn, 100}, kChallengeSyn},
	{"while closing", FinWait1, {kSyn, 1000}, kChallengeSyn},
	{"the peer's SYN again", SynRecv, {kSyn, 999}, kChallengeSyn},
	{"SYN-ACK that crossed ours", SynRecv, {kSyn | kAck, 999, 1500}, kContinue},
	{"the same in ESTABLISHED", Established, {kSyn | kAck, 999, 1500}, kChallengeSyn},
	{"SYN-ACK with another number", SynRecv, {kSyn | kAck, 1000, 1500}, kChallengeSyn},
	{"SYN-ACK that acknowledges less", SynRecv, {kSyn | kAck, 999, 1499}, kChallengeSyn},
	{"SYN-ACK with text", SynRecv, {kSyn | kAck, 999, 1500, 1}, kChallengeSyn},
};

TEST(syn)
{
	for (const u32 place : kPlaces) {
		for (const SynCase &s : kSyns) {
			const Connection c = connection(s.state, ~place, place);
			const Arrived a(absolute(c, s.seg));
			expect_verdict(test, s.row, segment_arrives(c.t, a.arrival()), s.verdict);
		}
	}
}

/* --- fifth: ACK ------------------------------------------------------------ */

struct AckCase {
	const char *row;
	TcpState state;
	u8 flags;
	u32 ack;
	Drop drop;
	Act act;
};

/* snd_una 1000, snd_nxt 1500, max_window 800. */
constexpr AckCase kAcks[] = {
	{"no ACK", Established, kNoFlag, 1000, Drop::NoAck, Act::Nothing},
	{"FIN without ACK", Established, kFin, 1000, Drop::NoAck, Act::Nothing},
	{"nothing new", Established, kAck, 1000, Drop::None, Act::Nothing},
	{"some", Established, kAck, 1001, Drop::None, Act::Nothing},
	{"all", Established, kAck, 1500, Drop::None, Act::Nothing},
	{"more than was sent", Established, kAck, 1501, Drop::AckUnsent, Act::ChallengeAck},
	{"far more than was sent", Established, kAck, 0x70000000, Drop::AckUnsent, Act::ChallengeAck},
	{"a duplicate", Established, kAck, 999, Drop::None, Act::Nothing},
	{"oldest duplicate, RFC 5961, 5.2", Established, kAck, 200, Drop::None, Act::Nothing},
	{"older", Established, kAck, 199, Drop::OldAck, Act::ChallengeAck},
	{"half a circle older", Established, kAck, 1500 - 0x7fffffffu, Drop::OldAck,
	 Act::ChallengeAck},
	{"more than was sent, closing", LastAck, kAck, 1501, Drop::AckUnsent, Act::ChallengeAck},
	{"half open: ours acknowledged", SynRecv, kAck, 1500, Drop::None, Act::Nothing},
	{"half open: child of a listener", SynRecv, kAck, 1000, Drop::None, Act::Nothing},
	{"half open: nothing acknowledged", SynRecv, kAck, 0, Drop::OldAck, Act::SendReset},
	{"half open: before the SYN", SynRecv, kAck, 0xffffff00, Drop::OldAck, Act::SendReset},
	{"half open: never sent", SynRecv, kAck, 1501, Drop::AckUnsent, Act::SendReset},
};

TEST(ack)
{
	for (const u32 place : kPlaces) {
		for (const AckCase &k : kAcks) {
			const Connection c = connection(k.state, place, ~place);
			const Arrived a(absolute(c, {k.flags, 1000, k.ack}));
			expect_verdict(test, k.row, segment_arrives(c.t, a.arrival()), k.drop,
				       k.act);
		}
	}
}

/* Simultaneous open: SND.UNA is the SYN itself, RFC 9293, 3.10.7.4, "SND.UNA < SEG.ACK". */
TEST(half_open_by_both_sides)
{
	Connection c = connection(SynRecv);
	c.t.snd_una = c.t.iss;
	c.t.snd_nxt = c.t.iss + 1;
	const Arrived syn_only(absolute(c, {kAck, 1000, 0})), acked(absolute(c, {kAck, 1000, 1}));
	expect_verdict(test, "ISS", check_ack(c.t, syn_only.arrival()), Drop::OldAck,
		       Act::SendReset);
	expect_verdict(test, "ISS + 1", check_ack(c.t, acked.arrival()), Drop::None, Act::Nothing);
}

/* --- order of the steps ---------------------------------------------------- */

struct OrderCase {
	const char *row;
	Relative seg;
	Drop drop;
};

/* Each segment is wrong for more than one step; the first one speaks. */
constexpr OrderCase kOrder[] = {
	{"sequence before RST", {kRst, 5000, 9999}, Drop::InvalidSequence},
	{"RST before SYN", {kRst | kSyn, 1001, 9999}, Drop::InvalidReset},
	{"RST before ACK", {kRst | kAck, 1000, 9999}, Drop::Reset},
	{"SYN before ACK", {kSyn | kAck, 1000, 9999}, Drop::InvalidSyn},
	{"sequence before ACK", {kAck, 5000, 9999}, Drop::InvalidSequence},
};

TEST(steps_come_in_order)
{
	const Connection c = connection(Established);
	for (const OrderCase &o : kOrder) {
		const Arrived a(absolute(c, o.seg));
		EXPECT_EQ_IN(o.row, segment_arrives(c.t, a.arrival()).drop, o.drop);
	}
}

/* --- seventh: text, and eighth: FIN ---------------------------------------- */

struct TextCase {
	const char *row;
	TcpState state;
	bool user_gone;
	Relative seg;
	Verdict verdict;
};

constexpr Verdict kAbort{Drop::Closed, Act::AbortAndReset};
constexpr Verdict kIgnore{Drop::Closed};
constexpr Verdict kDuplicate{Drop::OldData, Act::SendAck};

constexpr TextCase kTexts[] = {
	{"established", Established, false, {kAck, 1000, 1000, 10}, kContinue},
	{"established, user gone", Established, true, {kAck, 1000, 1000, 10}, kContinue},
	{"we have finished", FinWait1, false, {kAck, 1000, 1000, 10}, kContinue},
	{"we have finished, acknowledged", FinWait2, false, {kAck, 1000, 1000, 10}, kContinue},
	/* RFC 2525, 2.17 */
	{"nobody to read it", FinWait1, true, {kAck, 1000, 1000, 10}, kAbort},
	{"nobody to read it, later", FinWait2, true, {kAck, 1000, 1000, 10}, kAbort},
	{"with FIN", FinWait2, true, {kFin | kAck, 1000, 1000, 10}, kAbort},
	{"out of order", FinWait2, true, {kAck, 1500, 1000, 10}, kAbort},
	{"one new byte behind old ones", FinWait2, true, {kAck, 991, 1000, 10}, kAbort},
	{"old text only", FinWait2, true, {kAck, 990, 1000, 10}, kContinue},
	{"old text and the FIN", FinWait2, true, {kFin | kAck, 990, 1000, 10}, kContinue},
	{"FIN only", FinWait2, true, {kFin | kAck, 1000}, kContinue},
	{"pure ACK", FinWait2, true, {kAck, 1000}, kContinue},
	{"after the peer's FIN", CloseWait, false, {kAck, 1000, 1000, 10}, kIgnore},
	{"after the peer's FIN", Closing, false, {kAck, 1000, 1000, 10}, kIgnore},
	{"after the peer's FIN", LastAck, false, {kAck, 1000, 1000, 10}, kIgnore},
	{"pure ACK after it", CloseWait, false, {kAck, 1000}, kContinue},
	{"the FIN again", CloseWait, false, {kFin | kAck, 999}, kDuplicate},
	{"the FIN again", LastAck, false, {kFin | kAck, 999}, kDuplicate},
	{"old text again", CloseWait, false, {kAck, 950, 1000, 10}, kDuplicate},
	{"no connection", SynSent, false, {kAck, 1000, 1000, 10}, kIgnore},
	{"over", TimeWait, false, {kAck, 1000, 1000, 10}, kIgnore},
};

TEST(text)
{
	for (const u32 place : kPlaces) {
		for (const TextCase &x : kTexts) {
			const Connection c = connection(x.state, ~place, place);
			const Arrived a(absolute(c, x.seg));
			expect_verdict(test, x.row, check_text(c.t, a.arrival(), x.user_gone),
				       x.verdict);
		}
	}
}

struct FinCase {
	TcpState from, acked, received;
};

/* RFC 9293, 3.10.7.4, fifth and eighth step. */
constexpr FinCase kFins[] = {
	{Established, Established, CloseWait},
	{SynRecv, SynRecv, CloseWait},
	{FinWait1, FinWait2, Closing},
	{FinWait2, FinWait2, TimeWait},
	{CloseWait, CloseWait, CloseWait},
	{Closing, TimeWait, Closing},
	{LastAck, Close, LastAck},
	{TimeWait, TimeWait, TimeWait},
	{SynSent, SynSent, SynSent},
	{Listen, Listen, Listen},
	{Close, Close, Close},
};

TEST(fin)
{
	for (const FinCase &f : kFins) {
		EXPECT_EQ_IN(state_name(f.from), state_after_fin_acked(f.from), f.acked);
		EXPECT_EQ_IN(state_name(f.from), state_after_fin_received(f.from), f.received);
	}
	/* Both in one segment: figure 5, note 2. */
	EXPECT_EQ(state_after_fin_received(state_after_fin_acked(FinWait1)), TimeWait);
}

/* --- window update --------------------------------------------------------- */

struct UpdateCase {
	const char *row;
	u32 seq, ack, window;
	bool allowed;
};

/* snd_una 1000, snd_wl1 900, snd_wnd 800. */
constexpr UpdateCase kUpdates[] = {
	{"newer ACK", 900, 1001, 100, true},
	{"newer ACK of an older segment", 899, 1001, 100, true},
	{"newer segment", 901, 1000, 100, true},
	{"same segment, larger", 900, 1000, 801, true},
	{"same segment, same", 900, 1000, 800, false},
	{"same segment, smaller", 900, 1000, 799, false},
	{"same segment, closed", 900, 1000, 0, true},
	{"older segment", 899, 1000, 5000, false},
	{"older ACK of a newer segment", 950, 999, 5000, false},
};

TEST(window_update)
{
	for (const u32 place : kPlaces) {
		const Connection c = connection(Established, place, ~place);
		for (const UpdateCase &u : kUpdates) {
			const Arrived a(absolute(c, {kAck, u.seq, u.ack}));
			EXPECT_EQ_IN(u.row, window_update_allowed(c.t, a.seg(), {u.window}),
				     u.allowed);
		}
	}
}

/* RFC 7323, 2.2. */
TEST(window_of_a_syn_is_not_scaled)
{
	Connection c = connection(Established);
	c.t.snd_wscale = {7};
	Packet p{.flags = kAck, .window = 502};
	EXPECT_EQ(announced_window(c.t, Arrived(p).seg()).bytes, 502 << 7);
	p.flags = kSyn | kAck;
	EXPECT_EQ(announced_window(c.t, Arrived(p).seg()).bytes, 502);
}

TEST_SUITE("arrives", TEST_CASE(acceptability_at_every_place),
	   TEST_CASE(window_begins_at_the_last_acknowledgment_sent),
	   TEST_CASE(answer_to_what_is_outside), TEST_CASE(paws),
	   TEST_CASE(paws_needs_timestamps_on_both_sides),
	   TEST_CASE(paws_comes_before_the_window_and_challenges_a_syn), TEST_CASE(reset),
	   TEST_CASE(reset_with_the_number_of_an_acknowledged_fin), TEST_CASE(syn), TEST_CASE(ack),
	   TEST_CASE(half_open_by_both_sides), TEST_CASE(steps_come_in_order), TEST_CASE(text),
	   TEST_CASE(fin), TEST_CASE(window_update), TEST_CASE(window_of_a_syn_is_not_scaled));

} // namespace
} // namespace tcpxx
