// SPDX-License-Identifier: GPL-2.0
#include "stack.h"

namespace tcpxx::testing {

TEST(counts_are_apart)
{
	Moved out(Mib::OutSegs), in(Mib::InSegs), paws(Drop::Paws);

	count(&init_net, Mib::OutSegs);
	count(&init_net, Mib::OutSegs);
	count_drop(&init_net, Drop::Paws);
	EXPECT_EQ(out.by(), 2);
	EXPECT_EQ(in.by(), 0);
	EXPECT_EQ(paws.by(), 1);
}

/* Each CPU has its own; the sum is of all. */
TEST(sums_over_processors)
{
	Moved out(Mib::OutSegs);
	u32 processors = 0;
	int cpu;

	for_each_online_cpu(cpu)
	{
		smp_call_function_single(
			cpu, [](void *) { count(&init_net, Mib::OutSegs); }, nullptr, true);
		processors++;
	}
	EXPECT_EQ(out.by(), processors);
}

TEST(drop_counts_and_frees)
{
	Moved checksum(Drop::TcpChecksum);
	struct sk_buff *skb = alloc_skb(10, GFP_ATOMIC);
	KUNIT_ASSERT_NOT_NULL(test, skb);

	refcount_inc(&skb->users);
	drop(&init_net, SkbPtr(skb), Drop::TcpChecksum);
	EXPECT_EQ(checksum.by(), 1);
	EXPECT_EQ(refcount_read(&skb->users), 1);
	consume_skb(skb);
}

/* Every cause has a reason of the kernel that says more than "not specified". */
TEST(every_drop_has_a_reason)
{
	for (u32 d = 1; d < static_cast<u32>(Drop::Count); d++)
		EXPECT_TRUE(kernel_reason(static_cast<Drop>(d)) > SKB_DROP_REASON_NOT_SPECIFIED);
}

STACK_SUITE("mib", TEST_CASE(counts_are_apart), TEST_CASE(sums_over_processors),
	    TEST_CASE(drop_counts_and_frees), TEST_CASE(every_drop_has_a_reason));

} // namespace tcpxx::testing
