/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a namespace remembers of the hosts that it has connected to: their Fast Open cookies, for each pair of addresses.
 * (Linux's tcp_metrics has round-trip times and more, too.)
 *
 * The table is bounded: kMetricsBuckets chains of at most kMetricsChain entries, of which a new one replaces the one that
 * has not been written to for longest. Only peers that a program of this host has opened a connection to get into it.
 *
 * Locking: `lock` is a leaf, taken with softirqs off, by readers as well: once for each connect() with Fast Open.
 */
#pragma once
#include "core/fastopen.h"
#include "sock/hashtables.h"

namespace tcpxx {

constexpr u32 kMetricsBuckets = 256;
constexpr u32 kMetricsChain = 4;

struct TcpMetrics {
	struct hlist_node node;
	be32 saddr; /* ours */
	be32 daddr;
	FastOpenMetrics fastopen;
};

struct MetricsTable {
	spinlock_t lock;
	u32 seed; /* of the hash */
	struct hlist_head buckets[kMetricsBuckets]; /* of TcpMetrics, the last written one first */
};

/* Process context. */
void tcp_metrics_net_init(struct net *net);
void tcp_metrics_net_exit(struct net *net);

/* Of the pair of addresses in `key`. Any context. */
FastOpenMetrics tcp_fastopen_cache_get(struct net *net, const ConnKey &key);
/* Enters what a SYN-ACK teaches; without memory nothing is learnt. */
void tcp_fastopen_cache_set(struct net *net, const ConnKey &key, const FastOpenSent &sent, const FastOpenOption &answer,
			    u16 mss);

} // namespace tcpxx
