// SPDX-License-Identifier: GPL-2.0
#include "core/ip_frag.h"
#include "test.h"

namespace tcpxx {
namespace {

using testing::Random;

/* --- cutting ---------------------------------------------------------------------------------------- */

struct CutCase {
	const char *row;
	u32 text, offset, room;
	u32 len;
	bool more;
};

constexpr CutCase kCuts[] = {
	{"fits", 100, 0, 100, 100, false},
	{"one byte too many", 101, 0, 100, 96, true},
	{"the rest", 101, 96, 100, 5, false},
	{"the last may fill the room", 196, 96, 100, 100, false},
	{"MTU 68", 68, 0, 48, 48, true},
	{"a single unit", 17, 8, 8, 8, true},
	{"less than two units", 17, 0, 15, 8, true},
	{"the longest", 65515, 65504, 1480, 11, false},
};

TEST(cuts)
{
	for (const CutCase &c : kCuts) {
		const Fragment f = fragment_at(c.text, c.offset, c.room);
		EXPECT_EQ_IN(c.row, f.offset, c.offset);
		EXPECT_EQ_IN(c.row, f.len, c.len);
		EXPECT_EQ_IN(c.row, f.more, c.more);
	}
}

/* What was cut fits, is in units, and is whole again in any order, some of it twice. */
TEST(what_was_cut_becomes_whole)
{
	Random random(1);
	static Fragment pieces[1 + kMaxDatagramText / kFragmentUnit];
	static FragmentMap map;

	for (int round = 0; round < 300; round++) {
		const u32 text = 1 + random.below(round % 4 ? 3000 : kMaxDatagramText);
		const u32 room = kFragmentUnit + random.below(1500);
		u32 count = 0;
		for (u32 offset = 0; offset < text; offset += pieces[count++].len) {
			pieces[count] = fragment_at(text, offset, room);
			EXPECT_TRUE(pieces[count].len <= room);
			EXPECT_EQ(pieces[count].more, offset + pieces[count].len < text);
			EXPECT_EQ(pieces[count].len,
				  fragment_text(pieces[count].len, pieces[count].more));
			if (!pieces[count].len)
				return;
		}
		map = FragmentMap{};
		for (u32 left = count; left; left--) {
			const u32 pick = random.below(left);
			const Fragment f = pieces[pick];
			pieces[pick] = pieces[left - 1];
			EXPECT_TRUE(!map.complete());
			EXPECT_EQ(map.insert(f), FragmentFate::Added);
			if (random.below(8) == 0)
				EXPECT_EQ(map.insert(f), FragmentFate::Duplicate);
		}
		EXPECT_TRUE(map.complete());
		EXPECT_EQ(map.len(), text);
	}
}

/* --- what has come -------------------------------------------------------------------------------- */

struct InsertCase {
	const char *row;
	Fragment before[3]; /* up to the first empty one; all are added */
	Fragment added;
	FragmentFate fate;
	bool complete;
};

using enum FragmentFate;

constexpr InsertCase kInserts[] = {
	{"first", {}, {0, 80, true}, Added, false},
	{"a last one alone", {}, {80, 5, false}, Added, false},
	{"last behind first", {{0, 80, true}}, {80, 5, false}, Added, true},
	{"first before last", {{80, 5, false}}, {0, 80, true}, Added, true},
	{"fills the gap", {{0, 80, true}, {160, 1, false}}, {80, 80, true}, Added, true},
	{"a gap is left", {{0, 80, true}, {168, 1, false}}, {80, 80, true}, Added, false},
	{"no last one", {{0, 80, true}}, {80, 80, true}, Added, false},
	{"the same", {{0, 80, true}}, {0, 80, true}, Duplicate, false},
	{"the same last", {{80, 5, false}}, {80, 5, false}, Duplicate, false},
	{"inside", {{0, 80, true}}, {8, 8, true}, Duplicate, false},
	{"two at once", {{0, 80, true}, {80, 80, true}}, {72, 16, true}, Duplicate, false},
	{"one unit of it", {{0, 80, true}}, {72, 80, true}, Overlap, false},
	{"over the front", {{80, 80, true}}, {0, 88, true}, Overlap, false},
	{"around", {{80, 8, true}}, {0, 800, true}, Overlap, false},
	{"over a gap", {{0, 8, true}, {16, 8, true}}, {0, 24, true}, Overlap, false},
	{"the last overlaps", {{0, 80, true}}, {72, 13, false}, Overlap, false},
	{"teardrop", {{0, 40, true}}, {24, 4, false}, Inconsistent, false},
	{"empty", {}, {8, 0, true}, Inconsistent, false},
	{"empty, at the end", {{0, 80, true}}, {80, 0, false}, Inconsistent, false},
	{"end before what has come", {{80, 80, true}}, {0, 80, false}, Inconsistent, false},
	{"end within the last unit", {{0, 80, true}}, {72, 5, false}, Inconsistent, false},
	{"an earlier end", {{80, 80, false}}, {80, 40, false}, Inconsistent, false},
	{"a later end", {{80, 80, false}}, {160, 8, false}, Inconsistent, false},
	{"behind the end", {{80, 80, false}}, {160, 8, true}, Inconsistent, false},
	{"to the end, not the last", {{80, 80, false}}, {80, 80, true}, Duplicate, false},
	{"the longest", {}, {65504, 11, false}, Added, false},
	{"one byte longer", {}, {65504, 12, false}, TooLarge, false},
	{"the furthest offset", {}, {65528, 8, true}, TooLarge, false},
};

TEST(inserts)
{
	static FragmentMap map;

	for (const InsertCase &c : kInserts) {
		map = FragmentMap{};
		for (const Fragment &f : c.before)
			if (f.len)
				EXPECT_EQ_IN(c.row, map.insert(f), Added);
		EXPECT_EQ_IN(c.row, map.insert(c.added), c.fate);
		EXPECT_EQ_IN(c.row, map.complete(), c.complete);
	}
}

/* A byte for each unit, looked at one by one. */
struct Model {
	u8 come[65536 / kFragmentUnit];
	u32 furthest, end; /* end: 0 if it is not known */

	void clear() { *this = Model{}; }
	FragmentFate insert(const Fragment &f)
	{
		const u32 stop = f.offset + f.len;
		u32 known = 0, fresh = 0;

		if (stop > kMaxDatagramText)
			return TooLarge;
		if (!f.len || (end && stop > end) ||
		    (!f.more && (stop < furthest || (end && stop < end))))
			return Inconsistent;
		for (u32 at = f.offset; at < stop; at += kFragmentUnit)
			(come[at / kFragmentUnit] ? known : fresh)++;
		if (known)
			return fresh ? Overlap : Duplicate;
		for (u32 at = f.offset; at < stop; at += kFragmentUnit)
			come[at / kFragmentUnit] = 1;
		furthest = max_of(furthest, stop);
		if (!f.more)
			end = stop;
		return Added;
	}
	bool complete() const
	{
		for (u32 at = 0; at < end; at += kFragmentUnit)
			if (!come[at / kFragmentUnit])
				return false;
		return end;
	}
};

TEST(does_what_a_list_of_units_does)
{
	Random random(2);
	static FragmentMap map;
	static Model model;
	u32 fates[5] = {}, wholes = 0;

	for (int round = 0; round < 2000; round++) {
		const u32 size = round % 8 ? 40 : 8192; /* units */
		map = FragmentMap{};
		model.clear();
		for (int i = 0; i < 40; i++) {
			Fragment f = {random.below(size) * kFragmentUnit, random.below(size * 4),
				      true};
			f.more = random.below(4);
			f.len = fragment_text(f.len, f.more);
			const FragmentFate fate = map.insert(f);
			fates[static_cast<u32>(fate)]++;
			EXPECT_EQ(fate, model.insert(f));
			EXPECT_EQ(map.complete(), model.complete());
			wholes += map.complete();
			if (fate > Duplicate)
				break;
		}
	}
	for (const u32 times : fates)
		EXPECT_TRUE(times > 10);
	EXPECT_TRUE(wholes > 10);
}

/* --- ECN ------------------------------------------------------------------------------------------ */

struct EcnCase {
	const char *row;
	u8 tos[3];
	bool valid;
	u8 mark;
};

constexpr EcnCase kEcn[] = {
	{"not capable", {0, 0, 0}, true, 0},
	{"capable", {2, 2, 2}, true, 0},
	{"capable, both ways", {1, 2, 1}, true, 0},
	{"the last is marked", {2, 2, 3}, true, 3},
	{"the first is marked", {3, 1, 1}, true, 3},
	{"all are marked", {3, 3, 3}, true, 3},
	{"marked and not capable", {0, 3, 0}, false, 3},
	{"capable and not", {0, 2, 0}, false, 0},
	{"all there is", {3, 2, 0}, false, 3},
	{"the rest of the TOS says nothing", {0xfc, 0xa0, 0}, true, 0},
};

TEST(ecn)
{
	for (const EcnCase &c : kEcn) {
		FragmentEcn ecn;
		for (const u8 tos : c.tos)
			ecn.add(tos);
		EXPECT_EQ_IN(c.row, ecn.valid(), c.valid);
		if (c.valid)
			EXPECT_EQ_IN(c.row, ecn.mark(), c.mark);
	}
}

TEST_SUITE("ip_frag", TEST_CASE(cuts), TEST_CASE(what_was_cut_becomes_whole), TEST_CASE(inserts),
	   TEST_CASE(does_what_a_list_of_units_does), TEST_CASE(ecn));

} // namespace
} // namespace tcpxx
