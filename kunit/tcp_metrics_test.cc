// SPDX-License-Identifier: GPL-2.0
/* What a namespace remembers of its peers. */
#include "stack.h"
#include "net/pernet.h"

namespace tcpxx::testing {
namespace {

constexpr FastOpenCookie kCookie{.val = {1, 2, 3, 4, 5, 6, 7, 8}, .len = 8};
constexpr FastOpenSent kAsked{.option = true, .exp = false, .text = false, .repeated = false};

ConnKey pair(u32 ours, u32 peers) { return {be32::from_host(ours), be32::from_host(peers), {}, 0}; }

void learn(const ConnKey &key, u16 mss) { tcp_fastopen_cache_set(&init_net, key, kAsked, {kCookie.val, 8, false}, mss); }

u32 entries()
{
	u32 n = 0;
	for (struct hlist_head &chain : pernet(&init_net).metrics.buckets) {
		u32 length = 0;
		TcpMetrics *m;
		hlist_for_each_entry(m, &chain, node) length++;
		n += length <= kMetricsChain ? length : 1000000;
	}
	return n;
}

} // namespace

TEST(by_both_addresses)
{
	learn(pair(1, 2), 1000);
	EXPECT_EQ(tcp_fastopen_cache_get(&init_net, pair(1, 2)).mss, 1000);
	EXPECT_EQ(tcp_fastopen_cache_get(&init_net, pair(1, 2)).cookie.len, 8);
	EXPECT_EQ(tcp_fastopen_cache_get(&init_net, pair(1, 3)).cookie.len, 0);
	EXPECT_EQ(tcp_fastopen_cache_get(&init_net, pair(3, 2)).mss, 0);
	learn(pair(1, 2), 1400);
	EXPECT_EQ(tcp_fastopen_cache_get(&init_net, pair(1, 2)).mss, 1400);
	EXPECT_EQ(entries(), 1);
	tcp_metrics_net_exit(&init_net);
	EXPECT_EQ(entries(), 0);
}

/* The one that was written to longest ago goes first. */
TEST(bounded)
{
	constexpr u32 kMost = kMetricsBuckets * kMetricsChain;
	for (u32 i = 0; i < 4 * kMost; i++) {
		learn(pair(1, i), 1000);
		learn(pair(2, 77), 1300);
	}
	EXPECT_TRUE(entries() <= kMost && entries() > kMost / 2);
	EXPECT_EQ(tcp_fastopen_cache_get(&init_net, pair(2, 77)).mss, 1300);
	EXPECT_EQ(tcp_fastopen_cache_get(&init_net, pair(1, 4 * kMost - 1)).mss, 1000);
	tcp_metrics_net_exit(&init_net);
}

STACK_SUITE("tcp_metrics", TEST_CASE(by_both_addresses), TEST_CASE(bounded));

} // namespace tcpxx::testing
