// SPDX-License-Identifier: GPL-2.0
/* Datagrams that came in pieces. */
#include "net/ip_fragment.h"
#include "kapi/guards.h"
#include "net/ip.h"
#include "net/pernet.h"

namespace tcpxx {
namespace {

/* What a queue costs, for kmalloc has no size between this and half of it. */
constexpr u32 kQueueMemory = 2048;
static_assert(sizeof(FragmentQueue) <= kQueueMemory && sizeof(FragmentQueue) > kQueueMemory / 2);

/* Of a fragment in a queue. */
struct FragmentCb {
	u32 offset;
};

FragmentCb &cb_of(struct sk_buff *skb)
{
	static_assert(sizeof(FragmentCb) <= sizeof(skb->cb));
	return *reinterpret_cast<FragmentCb *>(skb->cb);
}

struct sk_buff *skb_of(struct list_head *link) { return list_entry(link, struct sk_buff, list); }

/* Of a fragment whose header was stripped. */
u32 header_len_of(const struct sk_buff *skb) { return static_cast<u32>(-skb_network_offset(skb)); }

/* What is to be known of a fragment once its header is gone. */
struct Arrived {
	FragmentKey key;
	Fragment range;
	u8 tos;
	int iif;
};

Arrived describe(struct sk_buff *skb, const struct net_device *dev)
{
	const Ipv4Header &ip = ip_of(skb);
	const bool more = ip.frag_off.host() & kIpMoreFragments;
	const u32 text = ip.tot_len.host() - ip.header_len();

	return {
		.key = {.saddr = ip.saddr,
			.daddr = ip.daddr,
			.id = ip.id,
			.protocol = ip.protocol,
			.vif = l3mdev_master_ifindex_rcu(dev)},
		.range = {ip.fragment_offset() * kFragmentUnit, fragment_text(text, more), more},
		.tos = ip.tos,
		.iif = dev->ifindex,
	};
}

/* Nothing but the text, and nothing that belongs to somebody else. The header stays before it, and adds nothing to the sum
 * of a device, for its checksum is right. */
Drop strip(struct sk_buff *skb, const Fragment &range)
{
	__skb_pull(skb, ip_of(skb).header_len());
	/* It shall become part of such a list. */
	if (skb_has_frag_list(skb) && skb_linearize(skb))
		return Drop::NoMemory;
	if (pskb_trim_rcsum(skb, range.len))
		return Drop::NoMemory;
	cb_of(skb).offset = range.offset;
	skb->dev = nullptr;
	return Drop::None;
}

/* --- the table: under its lock -------------------------------------------------------------------- */

struct hlist_head &chain_of(FragmentTable &t, const FragmentKey &key)
{
	const u32 rest = static_cast<u32>(key.id.network()) << 16 | key.protocol;

	return t.buckets[jhash_3words(key.saddr.network(), key.daddr.network(), rest, t.seed) %
			 kFragmentBuckets];
}

FragmentQueue *find(FragmentTable &t, const FragmentKey &key)
{
	FragmentQueue *q;

	hlist_for_each_entry(q, &chain_of(t, key), node)
		if (q->key == key)
			return q;
	return nullptr;
}

unsigned long lifetime(const FragmentTable &t)
{
	return static_cast<unsigned long>(READ_ONCE(t.net->ipv4.fqdir->timeout));
}

FragmentQueue *create(FragmentTable &t, const FragmentKey &key)
{
	void *place = kmalloc(sizeof(FragmentQueue), GFP_ATOMIC | __GFP_NOWARN);

	if (!place)
		return nullptr;
	auto *q = new (place) FragmentQueue{};
	q->key = key;
	q->created = jiffies;
	q->memory = kQueueMemory;
	INIT_LIST_HEAD(&q->fragments);
	/* Is pending already, unless this is the first, or the setting was lowered. */
	timer_reduce(&t.timer, q->created + lifetime(t));
	t.memory += q->memory;
	hlist_add_head(&q->node, &chain_of(t, key));
	list_add_tail(&q->age, &t.by_age);
	return q;
}

void take_out(FragmentTable &t, FragmentQueue &q)
{
	t.memory -= q.memory;
	hlist_del(&q.node);
	list_del(&q.age);
}

void give_up(FragmentTable &t, FragmentQueue &q, Drop cause, struct list_head &given_up)
{
	take_out(t, q);
	q.cause = cause;
	list_add_tail(&q.age, &given_up);
}

FragmentQueue *oldest(FragmentTable &t)
{
	return list_first_entry_or_null(&t.by_age, FragmentQueue, age);
}

/* Whether there is room for so many bytes more: the oldest datagrams make it. */
bool make_room(FragmentTable &t, u32 bytes, struct list_head &given_up)
{
	const unsigned long limit =
		static_cast<unsigned long>(READ_ONCE(t.net->ipv4.fqdir->high_thresh));

	while (t.memory + bytes > limit) {
		FragmentQueue *q = oldest(t);
		if (!q)
			return false;
		give_up(t, *q, Drop::FragmentLimit, given_up);
	}
	return true;
}

void append(FragmentTable &t, FragmentQueue &q, const Arrived &a, struct sk_buff *skb)
{
	list_add_tail(&skb->list, &q.fragments);
	q.ecn.add(a.tos);
	q.iif = a.iif;
	q.memory += skb->truesize;
	t.memory += skb->truesize;
}

/* Drop::None: it is in its queue, and if that is `whole` now, the queue is out of the table. */
Drop enqueue(FragmentTable &t, const Arrived &a, struct sk_buff *skb, struct list_head &given_up,
	     FragmentQueue *&whole)
{
	if (!make_room(t, skb->truesize + kQueueMemory, given_up))
		return Drop::FragmentLimit;
	FragmentQueue *q = find(t, a.key);
	if (!q)
		q = create(t, a.key);
	if (!q)
		return Drop::NoMemory;
	switch (q->map.insert(a.range)) {
	case FragmentFate::Duplicate: return Drop::FragmentDuplicate;
	case FragmentFate::Overlap:
		give_up(t, *q, Drop::FragmentOverlap, given_up);
		return Drop::FragmentOverlap;
	case FragmentFate::TooLarge:
	case FragmentFate::Inconsistent:
		give_up(t, *q, Drop::IpFragment, given_up);
		return Drop::IpFragment;
	case FragmentFate::Added: break;
	}
	append(t, *q, a, skb);
	if (q->map.complete()) {
		take_out(t, *q);
		whole = q;
	}
	return Drop::None;
}

/* --- queues that are out of the table ------------------------------------------------------------- */

/* RFC 792: the sender is told if the beginning has come. */
void tell_timeout(struct net *net, FragmentQueue &q)
{
	struct sk_buff *skb;

	list_for_each_entry(skb, &q.fragments, list) {
		if (cb_of(skb).offset)
			continue;
		skb->dev = dev_get_by_index_rcu(net, q.iif);
		if (!skb->dev)
			return;
		skb_push(skb, header_len_of(skb));
		icmp_send(net, skb, kIcmpTimeExceeded, kIcmpReassemblyTime);
		return;
	}
}

struct sk_buff *next_fragment(FragmentQueue &q)
{
	if (list_empty(&q.fragments))
		return nullptr;
	struct sk_buff *skb = skb_of(q.fragments.next);
	list_del(&skb->list);
	/* The link has the place of these. */
	skb->next = skb->prev = nullptr;
	return skb;
}

void free_queue(struct net *net, FragmentQueue *q, Drop cause)
{
	count(net, Mib::ReasmFails);
	while (struct sk_buff *skb = next_fragment(*q))
		drop(net, SkbPtr(skb), cause);
	kfree(q);
}

void free_all(struct net *net, struct list_head &given_up)
{
	FragmentQueue *q, *after;

	list_for_each_entry_safe(q, after, &given_up, age) {
		if (q->cause == Drop::FragmentTimeout) {
			count(net, Mib::ReasmTimeout);
			tell_timeout(net, *q);
		}
		free_queue(net, q, q->cause);
	}
}

/* --- putting together ------------------------------------------------------------------------------ */

int by_offset(void *, const struct list_head *a, const struct list_head *b)
{
	return cb_of(skb_of(const_cast<struct list_head *>(a))).offset >
	       cb_of(skb_of(const_cast<struct list_head *>(b))).offset;
}

/* Sums of devices can be added, for every fragment begins at an even place. */
void join_checksum(struct sk_buff *head, const struct sk_buff *skb)
{
	if (head->ip_summed == CHECKSUM_COMPLETE && skb->ip_summed == CHECKSUM_COMPLETE)
		head->csum = csum_add(head->csum, skb->csum);
	else
		head->ip_summed = CHECKSUM_NONE;
}

/* The text of the others behind that of `head`: in its own pages if there is room, else as a list. */
void join(struct sk_buff *head, FragmentQueue &rest)
{
	struct sk_buff **place = &skb_shinfo(head)->frag_list;

	while (struct sk_buff *skb = next_fragment(rest)) {
		bool stolen;
		int truesize;

		join_checksum(head, skb);
		if (skb_try_coalesce(head, skb, &stolen, &truesize)) {
			head->truesize += truesize;
			kfree_skb_partial(skb, stolen);
			continue;
		}
		head->len += skb->len;
		head->data_len += skb->len;
		head->truesize += skb->truesize;
		*place = skb;
		place = &skb->next;
	}
}

void fix_header(Ipv4Header &ip, u16 tot_len, const FragmentEcn &ecn)
{
	ip.tot_len = be16::from_host(tot_len);
	ip.frag_off = {};
	ip.tos |= ecn.mark();
	ip_send_check(ip);
}

/* Whether `head`, the first of its fragments, may become the datagram. */
Drop check_whole(const FragmentQueue &q, struct sk_buff *head)
{
	if (!q.ecn.valid() || header_len_of(head) + q.map.len() > 0xffff)
		return Drop::IpFragment;
	/* A tap may see the header, which will be written to. */
	return skb_unclone(head, GFP_ATOMIC) ? Drop::NoMemory : Drop::None;
}

SkbPtr ip_frag_reasm(struct net *net, FragmentQueue *q, struct net_device *dev)
{
	list_sort(nullptr, &q->fragments, by_offset);
	struct sk_buff *head = skb_of(q->fragments.next);
	if (Drop cause = check_whole(*q, head); cause != Drop::None) {
		free_queue(net, q, cause);
		return SkbPtr();
	}
	SkbPtr whole(next_fragment(*q));
	join(head, *q);
	skb_push(head, header_len_of(head));
	fix_header(ip_of(head), static_cast<u16>(head->len), q->ecn);
	head->dev = dev;
	count(net, Mib::ReasmOKs);
	kfree(q);
	return whole;
}

void timer_handler(struct timer_list *timer)
{
	ip_frag_expire(*container_of(timer, FragmentTable, timer), jiffies);
}

} // namespace

SkbPtr ip_defrag(struct net *net, SkbPtr skb, struct net_device *dev)
{
	FragmentTable &t = pernet(net).fragments;
	struct list_head given_up = LIST_HEAD_INIT(given_up);
	FragmentQueue *whole = nullptr;

	count(net, Mib::ReasmReqds);
	const Arrived arrived = describe(skb.get(), dev);
	Drop cause = strip(skb.get(), arrived.range);
	if (cause == Drop::None) {
		BhLock guard(&t.lock);
		cause = enqueue(t, arrived, skb.get(), given_up, whole);
	}
	free_all(net, given_up);
	if (cause == Drop::None)
		(void)skb.release(); /* the queue's now */
	else
		drop(net, move(skb), cause);
	if (cause == Drop::NoMemory || cause == Drop::FragmentLimit)
		count(net, Mib::ReasmFails);
	return whole ? ip_frag_reasm(net, whole, dev) : SkbPtr();
}

void ip_frag_expire(FragmentTable &t, unsigned long now)
{
	/* For the devices of those that are told of. */
	RcuRead rcu;
	struct list_head given_up = LIST_HEAD_INIT(given_up);

	{
		BhLock guard(&t.lock);
		/* By the present setting, so that the oldest is always the first to go. */
		const unsigned long after = lifetime(t);
		FragmentQueue *q;

		while ((q = oldest(t)) && time_after_eq(now, q->created + after))
			give_up(t, *q, Drop::FragmentTimeout, given_up);
		if (q)
			mod_timer(&t.timer, q->created + after);
	}
	free_all(t.net, given_up);
}

void ip_frag_net_init(struct net *net)
{
	FragmentTable &t = pernet(net).fragments;

	spin_lock_init(&t.lock);
	t.seed = get_random_u32();
	t.memory = 0;
	t.net = net;
	for (struct hlist_head &chain : t.buckets)
		INIT_HLIST_HEAD(&chain);
	INIT_LIST_HEAD(&t.by_age);
	timer_setup(&t.timer, timer_handler, 0);
}

void ip_frag_net_exit(struct net *net)
{
	FragmentTable &t = pernet(net).fragments;
	struct list_head given_up = LIST_HEAD_INIT(given_up);

	timer_shutdown_sync(&t.timer);
	{
		BhLock guard(&t.lock);
		while (FragmentQueue *q = oldest(t))
			give_up(t, *q, Drop::FragmentLimit, given_up);
	}
	free_all(net, given_up);
}

} // namespace tcpxx
