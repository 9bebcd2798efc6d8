// SPDX-License-Identifier: GPL-2.0
#include "core/in_window.h"
#include "packet.h"
#include "test.h"

namespace tcpxx {
namespace {

using testing::Arrived;
using testing::kPlaces;

struct WindowCase {
	const char *row;
	u32 seq; /* relative to the window's begin, 100 bytes on */
	u32 text;
	u32 size;
	Drop error;
};

/* RFC 9293, 3.10.7.4, table 6. */
constexpr WindowCase kCases[] = {
	{"at the begin", 100, 10, 50, Drop::None},
	{"before it", 90, 10, 50, Drop::OldSequence},
	{"an ACK before it", 99, 0, 50, Drop::OldSequence},
	{"over the begin", 95, 10, 50, Drop::None},
	{"inside", 149, 1, 50, Drop::None},
	{"over the end", 149, 10, 50, Drop::None},
	{"an ACK at the end", 150, 0, 50, Drop::None},
	{"text at the end", 150, 1, 50, Drop::InvalidSequence},
	{"behind it", 151, 0, 50, Drop::InvalidSequence},
	{"an ACK, window closed", 100, 0, 0, Drop::None},
	{"text, window closed", 100, 1, 0, Drop::None},
	{"text behind a closed window", 101, 1, 0, Drop::InvalidSequence},
};

} // namespace

TEST(acceptable_segments)
{
	for (const u32 place : kPlaces) {
		for (const WindowCase &c : kCases) {
			const Arrived a({.seq = Seq32(place) + c.seq, .text = c.text});
			EXPECT_EQ_IN(c.row, window_error(a.seg(), Seq32(place) + 100, c.size), c.error);
		}
	}
}

/* FIN has a number of its own. */
TEST(fin_counts)
{
	const Arrived fin({.flags = kFin | kAck, .seq = Seq32(99)}), end({.flags = kFin | kAck, .seq = Seq32(150)});

	EXPECT_EQ(window_error(fin.seg(), Seq32(99), 50), Drop::None);
	EXPECT_EQ(window_error(fin.seg(), Seq32(100), 50), Drop::OldSequence);
	EXPECT_EQ(window_error(end.seg(), Seq32(100), 50), Drop::InvalidSequence);
}

TEST_SUITE("in_window", TEST_CASE(acceptable_segments), TEST_CASE(fin_counts));

} // namespace tcpxx
