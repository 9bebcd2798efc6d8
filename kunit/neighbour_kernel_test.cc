// SPDX-License-Identifier: GPL-2.0
/* Permanent entries of the kernel's own neighbour table. */
#include "stations.h"

namespace tcpxx::testing {

TEST(kernel_entry_is_found)
{
	FakeDevice device(test);

	set_kernel_entry(test, device, &kOtherMac);
	EXPECT_EQ(send(device, 1), 0);
	const Sent sent = next(device);
	EXPECT_EQ(sent.kind, 'd');
	EXPECT_TRUE(sent.to == kOtherMac);
	EXPECT_EQ(entry(device)->state, NeighState::Permanent);
	/* It is not to be talked out of it, and does not age. */
	hear(device, Heard::Announcement, kPeerMac);
	hear(device, Heard::Answer, kPeerMac);
	EXPECT_EQ(send(device, 2), 0);
	EXPECT_TRUE(next(device).to == kOtherMac);
	neigh_periodic_work(table(), jiffies + 3600 * HZ);
	EXPECT_EQ(entry(device)->state, NeighState::Permanent);
	EXPECT_EQ(device.count_sent(), 0);
}

TEST(kernel_entry_is_followed)
{
	FakeDevice device(test);
	MacAddress third = kOtherMac;

	/* While it is being resolved: what waits goes out. */
	send(device, 1);
	device.forget_sent();
	set_kernel_entry(test, device, &kOtherMac);
	EXPECT_EQ(next(device).number, 1);
	EXPECT_EQ(entry(device)->state, NeighState::Permanent);
	EXPECT_EQ(table().permanent, 1);
	third.b[5]++;
	set_kernel_entry(test, device, &third);
	send(device, 2);
	EXPECT_TRUE(next(device).to == third);
	/* Gone: whoever has the address is asked for. */
	set_kernel_entry(test, device, nullptr);
	EXPECT_EQ(entry(device)->state, NeighState::Failed);
	EXPECT_EQ(table().permanent, 0);
	send(device, 3);
	EXPECT_EQ(next(device).kind, 'r');
	hear(device, Heard::Answer);
	EXPECT_EQ(next(device).number, 3);
	/* Out of Reachable, and to one that the kernel itself has found out, which is not ours. */
	set_kernel_entry(test, device, &kOtherMac, NUD_NOARP);
	send(device, 4);
	EXPECT_TRUE(next(device).to == kOtherMac);
	set_kernel_entry(test, device, &kOtherMac, NUD_REACHABLE);
	send(device, 5);
	EXPECT_EQ(next(device).kind, 'r');
}

TEST(kernel_entry_wins_against_a_request)
{
	FakeDevice device(test);

	set_kernel_entry(test, device, &kOtherMac);
	hear(device, Heard::Request, kPeerMac);
	send(device);
	EXPECT_TRUE(next(device).to == kOtherMac);
}

STACK_SUITE("neighbour_kernel", TEST_CASE(kernel_entry_is_found),
	    TEST_CASE(kernel_entry_is_followed), TEST_CASE(kernel_entry_wins_against_a_request));

} // namespace tcpxx::testing
