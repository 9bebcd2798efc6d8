// SPDX-License-Identifier: GPL-2.0
#include "core/reassembly.h"
#include "packet.h"
#include "test.h"

namespace tcpxx {
namespace {

using testing::kPlaces;
using testing::Random;

struct TrimCase {
	const char *row;
	u32 window;
	s32 seq; /* relative to rcv_nxt */
	u32 text;
	bool fin_sent;
	u32 skip, keep;
	bool fin;
};

constexpr TrimCase kTrims[] = {
	{"fits", 1000, 0, 100, false, 0, 100, false},
	{"fits, with FIN", 1000, 0, 100, true, 0, 100, true},
	{"beyond a gap", 1000, 500, 100, true, 0, 100, true},
	{"front is old", 1000, -30, 100, true, 30, 70, true},
	{"wholly old", 1000, -100, 100, false, 100, 0, false},
	{"wholly old, FIN is new", 1000, -100, 100, true, 100, 0, true},
	{"wholly old, FIN, too", 1000, -101, 100, true, 100, 0, false},
	{"long ago", 1000, -5000, 100, true, 100, 0, false},
	{"fills the window", 1000, 0, 1000, false, 0, 1000, false},
	{"fills the window, FIN just behind", 1000, 0, 1000, true, 0, 1000, true},
	{"one byte too many", 1000, 0, 1001, true, 0, 1000, false},
	{"both ends cut", 1000, -50, 1100, true, 50, 1000, false},
	{"at the end of the window", 1000, 1000, 10, true, 0, 0, false},
	{"beyond the window", 1000, 1500, 10, true, 0, 0, false},
	{"bare FIN", 1000, 0, 0, true, 0, 0, true},
	{"bare FIN beyond a gap", 1000, 500, 0, true, 0, 0, true},
	{"bare FIN beyond the window", 1000, 1001, 0, true, 0, 0, false},
	{"closed window", 0, 0, 10, true, 0, 0, false},
	{"closed window, bare FIN", 0, 0, 0, true, 0, 0, true},
	{"closed window, old text", 0, -10, 10, false, 10, 0, false},
	{"closed window, old text and the FIN", 0, -10, 10, true, 10, 0, true},
	{"nothing", 1000, 0, 0, false, 0, 0, false},
};

Tcb receiver(u32 place, u32 window)
{
	Tcb t;
	t.rcv_wup = t.rcv_nxt = Seq32(place);
	t.rcv_wnd = window;
	return t;
}

TEST(trim)
{
	for (const u32 place : kPlaces) {
		for (const TrimCase &c : kTrims) {
			const Tcb t = receiver(place, c.window);
			const Trim r = trim_to_window(t, t.rcv_nxt + static_cast<u32>(c.seq),
						      c.text, c.fin_sent);
			EXPECT_EQ_IN(c.row, r.skip, c.skip);
			EXPECT_EQ_IN(c.row, r.keep, c.keep);
			EXPECT_EQ_IN(c.row, r.fin, c.fin);
		}
	}
}

/* What is kept is part of the segment and inside the window. */
TEST(trim_never_leaves_segment_or_window)
{
	Random random(4);
	for (int i = 0; i < 20000; i++) {
		const Tcb t = receiver(random.next(), random.next() >> (2 + random.below(30)));
		const Seq32 seq = t.rcv_nxt + random.below(5000) - 2500;
		const u32 text = random.below(3000);
		const Trim r = trim_to_window(t, seq, text, random.below(2));
		EXPECT_TRUE(r.skip <= text && r.keep <= text - r.skip);
		if (r.keep == 0)
			continue;
		EXPECT_TRUE(between(seq + r.skip, t.rcv_nxt, receive_window_end(t)));
		EXPECT_TRUE(between(seq + r.skip + r.keep, t.rcv_nxt, receive_window_end(t)));
	}
}

/* A list of ranges, relative to a place on the circle. */
struct Range {
	u32 start, end;
};

struct AddCase {
	const char *row;
	u32 before_count;
	Range before[4];
	Range added;
	u32 after_count;
	Range after[4];
};

/* RFC 2018, 4. */
constexpr AddCase kAdds[] = {
	{"first", 0, {}, {10, 20}, 1, {{10, 20}}},
	{"newest is first", 1, {{10, 20}}, {30, 40}, 2, {{30, 40}, {10, 20}}},
	{"touches the end", 1, {{10, 20}}, {20, 30}, 1, {{10, 30}}},
	{"touches the start", 1, {{20, 30}}, {10, 20}, 1, {{10, 30}}},
	{"overlaps", 1, {{10, 20}}, {15, 25}, 1, {{10, 25}}},
	{"inside", 1, {{10, 40}}, {15, 25}, 1, {{10, 40}}},
	{"around", 1, {{15, 25}}, {10, 40}, 1, {{10, 40}}},
	{"one byte apart", 1, {{10, 20}}, {21, 30}, 2, {{21, 30}, {10, 20}}},
	{"fills a gap", 3, {{50, 60}, {10, 20}, {30, 40}}, {20, 30}, 2, {{10, 40}, {50, 60}}},
	{"swallows all", 3, {{50, 60}, {10, 20}, {30, 40}}, {15, 55}, 1, {{10, 60}}},
	{"grows an older one: to the front",
	 2,
	 {{50, 60}, {10, 20}},
	 {20, 30},
	 2,
	 {{10, 30}, {50, 60}}},
	{"the oldest is lost",
	 4,
	 {{70, 80}, {50, 60}, {30, 40}, {10, 20}},
	 {90, 100},
	 4,
	 {{90, 100}, {70, 80}, {50, 60}, {30, 40}}},
	{"full, but it merges",
	 4,
	 {{70, 80}, {50, 60}, {30, 40}, {10, 20}},
	 {20, 25},
	 4,
	 {{10, 25}, {70, 80}, {50, 60}, {30, 40}}},
};

SackBlock block_at(u32 place, const Range &r)
{
	return {Seq32(place + r.start), Seq32(place + r.end)};
}

TEST(blocks_are_added_newest_first)
{
	for (const u32 place : kPlaces) {
		for (const AddCase &c : kAdds) {
			SackBlock list[kMaxSackBlocks];
			for (u32 i = 0; i < c.before_count; i++)
				list[i] = block_at(place, c.before[i]);
			EXPECT_EQ_IN(c.row,
				     add_sack_block(list, c.before_count, block_at(place, c.added)),
				     c.after_count);
			for (u32 i = 0; i < c.after_count; i++) {
				EXPECT_EQ_IN(c.row, list[i].start,
					     block_at(place, c.after[i]).start);
				EXPECT_EQ_IN(c.row, list[i].end, block_at(place, c.after[i]).end);
			}
		}
	}
}

TEST(blocks_that_were_passed_are_forgotten)
{
	for (const u32 place : kPlaces) {
		SackBlock list[kMaxSackBlocks] = {block_at(place, {50, 60}),
						  block_at(place, {10, 20}),
						  block_at(place, {30, 40})};
		EXPECT_EQ(prune_sack_blocks(list, 3, Seq32(place)), 3);
		EXPECT_EQ(prune_sack_blocks(list, 3, Seq32(place + 20)), 2);
		EXPECT_EQ(list[0].start, Seq32(place + 50));
		EXPECT_EQ(list[1].start, Seq32(place + 30));
		EXPECT_EQ(prune_sack_blocks(list, 2, Seq32(place + 40)), 1);
		EXPECT_EQ(prune_sack_blocks(list, 1, Seq32(place + 60)), 0);
		EXPECT_EQ(prune_sack_blocks(list, 0, Seq32(place)), 0);
	}
}

/* However ranges arrive, no two of the list touch. */
TEST(blocks_stay_apart)
{
	Random random(5);
	for (int round = 0; round < 200; round++) {
		SackBlock list[kMaxSackBlocks];
		const u32 place = random.next();
		u32 count = 0;
		for (int i = 0; i < 50; i++) {
			const u32 start = random.below(500);
			const SackBlock added =
				block_at(place, {start, start + 1 + random.below(30)});
			count = add_sack_block(list, count, added);
			EXPECT_TRUE(!after(list[0].start, added.start) &&
				    !before(list[0].end, added.end));
			for (u32 x = 0; x < count; x++)
				for (u32 y = x + 1; y < count; y++)
					EXPECT_TRUE(before(list[x].end, list[y].start) ||
						    before(list[y].end, list[x].start));
		}
		EXPECT_TRUE(count <= kMaxSackBlocks);
	}
}

TEST_SUITE("reassembly", TEST_CASE(trim), TEST_CASE(trim_never_leaves_segment_or_window),
	   TEST_CASE(blocks_are_added_newest_first),
	   TEST_CASE(blocks_that_were_passed_are_forgotten), TEST_CASE(blocks_stay_apart));

} // namespace
} // namespace tcpxx
