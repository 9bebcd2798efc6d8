// SPDX-License-Identifier: GPL-2.0
#include "tcp/tcp_metrics.h"
#include "kapi/guards.h"
#include "net/pernet.h"

namespace tcpxx {

namespace {

struct hlist_head &chain_of(MetricsTable &table, const ConnKey &key)
{
	return table.buckets[jhash_2words(key.saddr.network(), key.daddr.network(), table.seed) % kMetricsBuckets];
}

/* Under the table's lock. */
TcpMetrics *find(struct hlist_head &chain, const ConnKey &key)
{
	TcpMetrics *m;
	hlist_for_each_entry(m, &chain, node)
		if (m->saddr == key.saddr && m->daddr == key.daddr)
			return m;
	return nullptr;
}

/* Frees the last one of a chain that is full. */
void make_room(struct hlist_head &chain)
{
	TcpMetrics *m, *last = nullptr;
	u32 length = 0;
	hlist_for_each_entry(m, &chain, node) {
		last = m;
		length++;
	}
	if (length < kMetricsChain)
		return;
	hlist_del(&last->node);
	kfree(last);
}

/* The entry, to be put at the head of its chain. nullptr without memory. */
TcpMetrics *take_or_make(struct hlist_head &chain, const ConnKey &key)
{
	if (TcpMetrics *known = find(chain, key)) {
		hlist_del(&known->node);
		return known;
	}
	auto *fresh = static_cast<TcpMetrics *>(kmalloc(sizeof(TcpMetrics), GFP_ATOMIC | __GFP_NOWARN));
	if (!fresh)
		return nullptr;
	*fresh = {.node = {}, .saddr = key.saddr, .daddr = key.daddr, .fastopen = {}};
	make_room(chain);
	return fresh;
}

} // namespace

FastOpenMetrics tcp_fastopen_cache_get(struct net *net, const ConnKey &key)
{
	MetricsTable &table = pernet(net).metrics;
	BhLock guard(&table.lock);
	const TcpMetrics *m = find(chain_of(table, key), key);
	return m ? m->fastopen : FastOpenMetrics{};
}

void tcp_fastopen_cache_set(struct net *net, const ConnKey &key, const FastOpenSent &sent, const FastOpenOption &answer,
			    u16 mss)
{
	MetricsTable &table = pernet(net).metrics;
	BhLock guard(&table.lock);
	struct hlist_head &chain = chain_of(table, key);
	TcpMetrics *m = take_or_make(chain, key);
	if (!m)
		return;
	fastopen_learn(m->fastopen, sent, answer, mss);
	hlist_add_head(&m->node, &chain);
}

void tcp_metrics_net_init(struct net *net)
{
	MetricsTable &table = pernet(net).metrics;
	spin_lock_init(&table.lock);
	table.seed = get_random_u32();
	for (struct hlist_head &chain : table.buckets)
		INIT_HLIST_HEAD(&chain);
}

void tcp_metrics_net_exit(struct net *net)
{
	MetricsTable &table = pernet(net).metrics;
	TcpMetrics *m;
	struct hlist_node *next;
	BhLock guard(&table.lock);
	for (struct hlist_head &chain : table.buckets)
		hlist_for_each_entry_safe(m, next, &chain, node) {
			hlist_del(&m->node);
			kfree(m);
		}
}

} // namespace tcpxx
