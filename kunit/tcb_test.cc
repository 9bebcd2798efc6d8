// SPDX-License-Identifier: GPL-2.0
#include "packet.h"
#include "test.h"

namespace tcpxx {
namespace {

using testing::kPlaces;

TEST(receive_window_is_what_is_left_of_the_announced_one)
{
	for (const u32 place : kPlaces) {
		Tcb t;
		t.rcv_wup = Seq32(place);
		t.rcv_wnd = 1000;
		t.rcv_nxt = t.rcv_wup;
		EXPECT_EQ(receive_window(t), 1000);
		t.rcv_nxt += 400;
		EXPECT_EQ(receive_window(t), 600);
		EXPECT_EQ(receive_window_end(t), Seq32(place) + 1000);
		t.rcv_nxt += 600;
		EXPECT_EQ(receive_window(t), 0);
		/* A peer that sends beyond the window must not make it huge. */
		t.rcv_nxt += 1;
		EXPECT_EQ(receive_window(t), 0);
		EXPECT_EQ(receive_window_end(t), t.rcv_nxt);
	}
}

TEST(send_side_wraps)
{
	for (const u32 place : kPlaces) {
		Tcb t;
		t.snd_una = Seq32(place);
		t.snd_nxt = t.snd_una + 300;
		t.snd_wnd = 1000;
		EXPECT_EQ(in_flight(t), 300);
		EXPECT_EQ(send_window_end(t), Seq32(place + 1000));
	}
}

TEST_SUITE("tcb", TEST_CASE(receive_window_is_what_is_left_of_the_announced_one),
	   TEST_CASE(send_side_wraps));

} // namespace
} // namespace tcpxx
