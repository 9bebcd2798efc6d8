// SPDX-License-Identifier: GPL-2.0
#include "core/options.h"
#include "test.h"

namespace tcpxx {
namespace {

void expect_bytes(struct kunit *test, const char *row, Bytes actual, const u8 *expected, u32 len)
{
	EXPECT_EQ_IN(row, actual.size(), len);
	for (u32 i = 0; i < len && i < actual.size(); i++)
		EXPECT_EQ_IN(row, actual[i], expected[i]);
}

constexpr u8 kFullSyn[] = {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7};
constexpr u8 kNoSack[] = {2, 4, 5, 0xb4, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7};
constexpr u8 kNoTimestamps[] = {2, 4, 5, 0xb4, 1, 1, 4, 2, 1, 3, 3, 7};
constexpr u8 kMssOnly[] = {2, 4, 5, 0xb4};

/* As tcpdump shows them from Linux. */
TEST(syn_options_byte_for_byte)
{
	SynOptions o{.mss = 1460,
		     .timestamps = true,
		     .sack = true,
		     .wscale = true,
		     .scale = {7},
		     .ts = {1, 0}};
	OptionWriter full, no_sack, no_timestamps, mss_only;
	expect_bytes(test, "all", write_syn_options(full, o), kFullSyn, sizeof(kFullSyn));
	o.sack = false;
	expect_bytes(test, "no SACK", write_syn_options(no_sack, o), kNoSack, sizeof(kNoSack));
	o.sack = true;
	o.timestamps = false;
	expect_bytes(test, "no timestamps", write_syn_options(no_timestamps, o), kNoTimestamps,
		     sizeof(kNoTimestamps));
	o.sack = o.wscale = false;
	expect_bytes(test, "MSS only", write_syn_options(mss_only, o), kMssOnly, sizeof(kMssOnly));
}

/* Behind all others, and padded with NOPs. */
TEST(fast_open_comes_last)
{
	constexpr u8 kAsked[] = {2, 4, 5, 0xb4, 1, 3, 3, 7, 34, 2, 1, 1};
	constexpr u8 kShown[] = {2, 4, 5, 0xb4, 34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1};
	constexpr u8 kExperiment[] = {2, 4, 5, 0xb4, 254, 12, 0xf9, 0x89, 1, 2, 3, 4, 5, 6, 7, 8};
	FastOpenCookie cookie{.len = 0};
	SynOptions o{.mss = 1460, .wscale = true, .scale = {7}, .fastopen = &cookie};
	OptionWriter asked, shown, experiment;
	expect_bytes(test, "asks", write_syn_options(asked, o), kAsked, sizeof(kAsked));
	o.wscale = false;
	cookie = {.val = {1, 2, 3, 4, 5, 6, 7, 8}, .len = 8};
	expect_bytes(test, "shows", write_syn_options(shown, o), kShown, sizeof(kShown));
	cookie.exp = true;
	expect_bytes(test, "experimental", write_syn_options(experiment, o), kExperiment, sizeof(kExperiment));
}

struct Layout {
	const char *row;
	bool timestamps;
	u32 blocks;
	u32 len;
	u8 sack_count;
};

/* RFC 2018, 3: four blocks, or three beside timestamps. */
constexpr Layout kLayouts[] = {
	{"nothing", false, 0, 0, 0},
	{"timestamps", true, 0, 12, 0},
	{"one block", false, 1, 12, 1},
	{"four blocks", false, 4, 36, 4},
	{"timestamps and one", true, 1, 24, 1},
	{"timestamps and three", true, 3, 40, 3},
	{"timestamps and four", true, 4, 40, 3},
};

TEST(later_options_fit_as_many_blocks_as_they_can)
{
	const SackBlock blocks[4] = {{Seq32(10), Seq32(20)},
				     {Seq32(30), Seq32(40)},
				     {Seq32(50), Seq32(60)},
				     {Seq32(70), Seq32(80)}};
	for (const Layout &c : kLayouts) {
		OptionWriter w;
		const Bytes list = write_options(w, c.timestamps, {7, 8}, blocks, c.blocks);
		EXPECT_EQ_IN(c.row, list.size(), c.len);
		EXPECT_EQ_IN(c.row, sack_option_len(c.timestamps, c.blocks) + (c.timestamps ? 12 : 0), c.len);
		const auto o = parse_tcp_options(list, false);
		EXPECT_TRUE_IN(c.row, !!o);
		EXPECT_EQ_IN(c.row, o->has_timestamps, c.timestamps);
		EXPECT_EQ_IN(c.row, o->sack_count, c.sack_count);
		for (u32 i = 0; i < c.sack_count; i++)
			EXPECT_EQ_IN(c.row, o->sack[i].start, blocks[i].start);
	}
}

/* Both offer or it is off, for each of the three: RFC 2018, 2; RFC 7323, 2.2 and 3.2. */
TEST(an_option_needs_both_sides)
{
	for (u32 bits = 0; bits < 64; bits++) {
		TcpOptions peer;
		peer.has_timestamps = bits & 1;
		peer.sack_permitted = bits & 2;
		peer.has_wscale = bits & 4;
		peer.wscale = {7};
		Tcb t;
		t.rcv_wscale = {9};
		t.window_clamp = 1 << 20;
		adopt_syn_options(t, peer, bits & 8, bits & 16, bits & 32, 500);
		EXPECT_EQ(t.tstamp_ok, (bits & 9) == 9);
		EXPECT_EQ(t.sack_ok, (bits & 18) == 18);
		EXPECT_EQ(t.wscale_ok, (bits & 36) == 36);
		EXPECT_EQ(t.snd_wscale.shift, t.wscale_ok ? 7 : 0);
		EXPECT_EQ(t.rcv_wscale.shift, t.wscale_ok ? 9 : 0);
		EXPECT_EQ(t.window_clamp, t.wscale_ok ? 1 << 20 : 65535);
	}
}

TEST(mss_has_a_default)
{
	Tcb t;
	TcpOptions peer;
	t.mss_clamp = 9000;
	adopt_syn_options(t, peer, true, true, true, 500);
	EXPECT_EQ(t.mss_clamp, 536);
	peer.has_mss = true;
	peer.mss = 1460;
	adopt_syn_options(t, peer, true, true, true, 500);
	EXPECT_EQ(t.mss_clamp, 1460);
}

TEST(first_timestamp_is_taken)
{
	Tcb t;
	TcpOptions peer;
	peer.has_timestamps = true;
	peer.ts = {77, 0};
	adopt_syn_options(t, peer, true, true, true, 500);
	EXPECT_EQ(t.ts_recent, 77);
	EXPECT_EQ(t.ts_recent_stamp, 500);
}

struct Recent {
	const char *row;
	u32 seq, tsval, now_s;
	bool taken;
};

/* RFC 7323, 4.3: TS.Recent is 1000 at second 500, Last.ACK.sent is 50. */
constexpr Recent kRecents[] = {
	{"covers Last.ACK.sent", 50, 1001, 501, true},
	{"before it", 40, 1001, 501, true},
	{"beyond it: an earlier one is missing", 51, 1001, 501, false},
	{"the same value again", 50, 1000, 501, true},
	{"older value", 50, 999, 501, false},
	{"older value, 24 days later", 50, 999, 500 + 24 * 86400, true},
	{"wrapped", 0xfffffff0, 0x70000000, 501, true},
};

TEST(recent_timestamp_moves_with_what_was_acknowledged)
{
	for (const Recent &c : kRecents) {
		Tcb t;
		t.tstamp_ok = true;
		t.ts_recent = 1000;
		t.ts_recent_stamp = 500;
		t.last_ack_sent = Seq32(50);
		TcpOptions o;
		o.has_timestamps = true;
		o.ts = {c.tsval, 0};
		replace_ts_recent(t, o, Seq32(c.seq), c.now_s);
		EXPECT_EQ_IN(c.row, t.ts_recent, c.taken ? c.tsval : 1000);
		EXPECT_EQ_IN(c.row, t.ts_recent_stamp, c.taken ? c.now_s : 500);
	}
}

TEST(timestamps_that_were_not_agreed_change_nothing)
{
	Tcb t;
	TcpOptions o;
	o.has_timestamps = true;
	o.ts = {5, 6};
	replace_ts_recent(t, o, Seq32(0), 500);
	EXPECT_EQ(t.ts_recent_stamp, 0);
	t.tstamp_ok = true;
	replace_ts_recent(t, TcpOptions{}, Seq32(0), 500);
	EXPECT_EQ(t.ts_recent_stamp, 0);
}

TEST_SUITE("options", TEST_CASE(syn_options_byte_for_byte), TEST_CASE(fast_open_comes_last),
	   TEST_CASE(later_options_fit_as_many_blocks_as_they_can),
	   TEST_CASE(an_option_needs_both_sides), TEST_CASE(mss_has_a_default),
	   TEST_CASE(first_timestamp_is_taken),
	   TEST_CASE(recent_timestamp_moves_with_what_was_acknowledged),
	   TEST_CASE(timestamps_that_were_not_agreed_change_nothing));

} // namespace
} // namespace tcpxx
