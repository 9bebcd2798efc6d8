// SPDX-License-Identifier: GPL-2.0
#include "core/window.h"
#include "packet.h"
#include "test.h"

namespace tcpxx {
namespace {

using testing::kPlaces;
using testing::Random;

struct Initial {
	const char *row;
	u32 space, max_space;
	u16 mss;
	bool wscale_ok;
	u32 rcv_wnd;
	u8 shift;
};

constexpr Initial kInitial[] = {
	{"Linux's defaults: 64 KB now, 6 MB later", 65536, 6291456, 1460, true, 64240, 7},
	{"the same, unscaled", 65536, 6291456, 1460, false, 64240, 0},
	{"16 bits are enough", 65535, 65535, 1460, true, 64240, 0},
	{"one more needs a shift", 65535, 65536, 1460, true, 64240, 1},
	{"the largest", 0xffffffff, 0xffffffff, 1460, true, 65535, 14},
	{"more than a SYN can say", 100000, 100000, 1460, true, 65535, 1},
	{"less than a segment", 1000, 1000, 1460, true, 1000, 0},
	{"exactly a segment", 1460, 1460, 1460, true, 1460, 0},
	{"jumbo", 65536, 65536, 65495, true, 65495, 1},
	{"nothing", 0, 0, 1460, true, 0, 0},
	{"no MSS", 5000, 5000, 0, true, 5000, 0},
};

TEST(initial_window)
{
	for (const Initial &c : kInitial) {
		const InitialWindow w =
			select_initial_window(c.space, c.max_space, c.mss, c.wscale_ok);
		EXPECT_EQ_IN(c.row, w.rcv_wnd, c.rcv_wnd);
		EXPECT_EQ_IN(c.row, w.scale.shift, c.shift);
		EXPECT_EQ_IN(c.row, w.clamp, 65535u << c.shift);
	}
}

Tcb receiver(u8 shift, u32 rcv_wnd)
{
	Tcb t;
	t.wscale_ok = shift != 0;
	t.rcv_wscale = {shift};
	t.rcv_wnd = rcv_wnd;
	t.window_clamp = 65535u << shift;
	return t;
}

struct Selected {
	const char *row;
	u8 shift;
	u32 given, free_space, full_space;
	u32 window;
};

/* RFC 9293, 3.8.6.2.2 for segments of 1000 bytes; `given` is what was announced and not used. */
constexpr Selected kSelected[] = {
	{"unscaled: whole segments", 0, 0, 10500, 20000, 10000},
	{"unscaled: no change under a segment", 0, 10000, 10900, 20000, 10000},
	{"unscaled: a segment more", 0, 10000, 11000, 20000, 11000},
	{"scaled: all of it, rounded up to the scale", 7, 0, 100001, 128000, 100096},
	{"half full: rounded down", 7, 0, 63999, 128000, 63872},
	{"under a segment: closed", 7, 0, 999, 4000, 0},
	{"a segment: open", 0, 0, 1000, 4000, 1000},
	{"under a sixteenth: closed", 7, 0, 7000, 128000, 0},
	{"nothing free", 7, 0, 0, 128000, 0},
	{"never taken back", 7, 6400, 0, 128000, 6400},
	{"never taken back, not even by rounding", 7, 6401, 0, 128000, 6528},
	{"at most the clamp", 0, 0, 200000, 200000, 65000},
	{"small buffer is one segment", 0, 0, 500, 500, 500},
	{"small buffer, half of it", 0, 0, 260, 500, 0},
	{"no buffer", 0, 0, 0, 0, 0},
};

TEST(selected_window)
{
	for (const u32 place : kPlaces) {
		for (const Selected &c : kSelected) {
			Tcb t = receiver(c.shift, c.given);
			t.rcv_wup = t.rcv_nxt = Seq32(place);
			EXPECT_EQ_IN(c.row, select_window(t, c.free_space, c.full_space, 1000),
				     c.window);
		}
	}
}

/* RFC 9293, 3.8.6, SHLD-14: for a random life of a receiver the right edge never moves back, what
 * is announced can be written into the header, and no more is announced than clamp and rounding
 * allow. */
void live(struct kunit *test, Random &random)
{
	const u8 shift = static_cast<u8>(random.below(15));
	const u32 full = 1 + (random.next() >> random.below(31)) % (1u << 30);
	const u16 mss = static_cast<u16>(random.below(9000));
	Tcb t = receiver(shift, 0);
	t.rcv_wup = t.rcv_nxt = Seq32(random.next());
	for (int i = 0; i < 50; i++) {
		const Seq32 edge = receive_window_end(t);
		const u32 window = select_window(t, random.below(full + 1), full, mss);
		EXPECT_TRUE(!before(t.rcv_nxt + window, edge));
		EXPECT_EQ(window % (1u << shift), 0);
		EXPECT_EQ((window_field(window, {shift}, false) << WindowScale{shift}).bytes,
			  window);
		EXPECT_TRUE(window < full + (1u << shift) ||
			    window <= distance(t.rcv_nxt, edge) + (1u << shift));
		t.rcv_wup = t.rcv_nxt;
		t.rcv_wnd = window;
		t.rcv_nxt += random.below(window + 1);
	}
}

TEST(window_never_shrinks)
{
	Random random(3);
	for (int i = 0; i < 1000; i++)
		live(test, random);
}

/* RFC 7323, 2.2: unscaled in a SYN. */
TEST(header_field)
{
	EXPECT_EQ(window_field(64240, {7}, true).raw(), 64240);
	EXPECT_EQ(window_field(100000, {7}, true).raw(), 65535);
	EXPECT_EQ(window_field(64256, {7}, false).raw(), 502);
	EXPECT_EQ(window_field(127, {7}, false).raw(), 0);
	EXPECT_EQ(window_field(0xffffffff, {14}, false).raw(), 65535);
	EXPECT_EQ(window_field(65536, {0}, false).raw(), 65535);
}

struct Mss {
	const char *row;
	u32 mtu;
	u16 clamp;
	bool timestamps;
	u16 mss;
};

constexpr Mss kMss[] = {
	{"Ethernet", 1500, 1460, false, 1460},
	{"Ethernet, timestamps", 1500, 1460, true, 1448},
	{"peer takes less", 1500, 536, true, 524},
	{"path takes less", 576, 1460, false, 536},
	{"loopback", 65536, 65495, true, 65483},
	{"largest", 0xffffffff, 0xffff, false, 0xffff},
	{"smallest MTU", 68, 1460, false, 48},
	{"smallest MTU, timestamps", 68, 1460, true, 36},
	{"no MTU", 0, 1460, false, 48},
	{"peer takes nothing", 1500, 1, false, 48},
};

TEST(mss)
{
	for (const Mss &c : kMss)
		EXPECT_EQ_IN(c.row, effective_mss(c.mtu, c.clamp, c.timestamps), c.mss);
}

TEST(mss_and_window)
{
	EXPECT_EQ(bound_to_half_window(1448, 0), 1448);
	EXPECT_EQ(bound_to_half_window(1448, 65535), 1448);
	EXPECT_EQ(bound_to_half_window(65483, 65535), 32767);
	EXPECT_EQ(bound_to_half_window(1448, 2304), 1152);
	EXPECT_EQ(bound_to_half_window(1448, 537), 268);
	EXPECT_EQ(bound_to_half_window(1448, 536), 536);
	EXPECT_EQ(bound_to_half_window(1448, 1), 48);
}

TEST_SUITE("window", TEST_CASE(initial_window), TEST_CASE(selected_window),
	   TEST_CASE(window_never_shrinks), TEST_CASE(header_field), TEST_CASE(mss), TEST_CASE(mss_and_window));

} // namespace
} // namespace tcpxx
