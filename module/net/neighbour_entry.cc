// SPDX-License-Identifier: GPL-2.0
/*
 * Entries of the neighbour table and their states. Everything here runs with the table's lock held
 * and under rcu_read_lock, except neigh_find(), which needs only one of them.
 */
#include "net/neighbour_entry.h"
#include "wire/ipv4.h"

namespace tcpxx {
namespace {

/* Neighbour::connected: an address that is read in one piece, and where "none" is not 00:...:00. */
constexpr u64 kWordValid = 1ull << 48;

u64 to_word(const MacAddress &mac)
{
	u64 word = kWordValid;

	__builtin_memcpy(&word, mac.b, sizeof(mac.b));
	return word;
}

struct hlist_head &chain_of(NeighbourTable &t, const struct net_device *dev, be32 ip)
{
	return t.buckets[jhash_2words(ip.network(), dev->ifindex, t.seed) % kNeighBuckets];
}

/* What of net.ipv4.neigh.DEV is used here; jiffies. All 0, which fails whatever is being resolved,
 * when IPv4 has been taken off the device. */
struct Settings {
	int broadcasts; /* requests in Incomplete */
	int unicasts; /* requests to the last known address in Probe, and then to all: */
	int rebroadcasts;
	unsigned long retransmit;
	unsigned long reachable; /* randomized by the kernel (RFC 4861, 6.3.2) */
	unsigned long delay;
	unsigned long stale;
	unsigned long lock_time;
	u32 queue_bytes;
};

Settings settings_of(struct net_device *dev)
{
	struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct neigh_parms *parms = in_dev ? in_dev->arp_parms : nullptr;

	if (!parms)
		return {};
	return {
		.broadcasts = NEIGH_VAR(parms, MCAST_PROBES),
		.unicasts = NEIGH_VAR(parms, UCAST_PROBES),
		.rebroadcasts = NEIGH_VAR(parms, MCAST_REPROBES),
		.retransmit = max_of<unsigned long>(NEIGH_VAR(parms, RETRANS_TIME), HZ / 100),
		.reachable = static_cast<unsigned long>(parms->reachable_time),
		.delay = static_cast<unsigned long>(NEIGH_VAR(parms, DELAY_PROBE_TIME)),
		.stale = static_cast<unsigned long>(NEIGH_VAR(parms, GC_STALETIME)),
		.lock_time = static_cast<unsigned long>(NEIGH_VAR(parms, LOCKTIME)),
		.queue_bytes = static_cast<u32>(NEIGH_VAR(parms, QUEUE_LEN_BYTES)),
	};
}

/* Makes room in a full table: what was idle for longest goes. An entry that is in use or being
 * resolved stays, whoever floods us with requests. */
bool evict_one(NeighbourTable &t, Outbox &out)
{
	Neighbour *n;

	list_for_each_entry(n, &t.by_age, age) {
		if (n->state != NeighState::Stale && n->state != NeighState::Failed)
			continue;
		neigh_remove(t, *n, out);
		return true;
	}
	return false;
}

/* The one writer of `state`. */
void set_state(NeighbourTable &t, Neighbour &n, NeighState state, unsigned long now,
	       unsigned long due)
{
	n.state = state;
	n.probes = 0;
	n.updated = now;
	n.due = due;
	WRITE_ONCE(n.connected, state == NeighState::Reachable ? to_word(n.mac) : 0);
	list_move_tail(&n.age, &t.by_age);
}

/* Asks once more, in Incomplete or Probe; after the last request the entry fails. */
void ask(NeighbourTable &t, Neighbour &n, Outbox &out, unsigned long now)
{
	const Settings s = settings_of(n.dev);
	const bool probing = n.state == NeighState::Probe;
	const int limit = probing ? s.unicasts + s.rebroadcasts : s.broadcasts;

	if (n.probes >= limit) {
		skb_queue_splice_tail_init(&n.waiting, &out.unreachable);
		n.waiting_bytes = 0;
		set_state(t, n, NeighState::Failed, now, now + s.stale);
		return;
	}
	const bool unicast = probing && n.probes < s.unicasts;
	SkbPtr request = arp_create_request(n.dev, n.source, n.ip, unicast ? &n.mac : nullptr);
	/* A request for which there was no memory counts like one that got lost. */
	if (request)
		__skb_queue_tail(&out.requests, request.release());
	n.probes++;
	n.due = now + s.retransmit;
}

/* Nobody has confirmed a Reachable entry for reachable_time. */
void suspect(NeighbourTable &t, Neighbour &n, unsigned long now)
{
	const Settings s = settings_of(n.dev);

	if (time_before_eq(now, READ_ONCE(n.used) + s.delay))
		set_state(t, n, NeighState::Delay, now, now + s.delay);
	else
		set_state(t, n, NeighState::Stale, now, now + s.stale);
}

/* The source address of a datagram of ours, which begins at skb->data. */
be32 source_of(const struct sk_buff *skb)
{
	const Ipv4Header *ip = linear_bytes(skb).as<Ipv4Header>();

	return ip ? ip->saddr : be32{};
}

} // namespace

Outbox::Outbox()
{
	__skb_queue_head_init(&requests);
	__skb_queue_head_init(&ready);
	__skb_queue_head_init(&unreachable);
	__skb_queue_head_init(&overflow);
	__skb_queue_head_init(&stranded);
}

bool address_known(const Neighbour &n)
{
	switch (n.state) {
	case NeighState::Reachable:
	case NeighState::Stale:
	case NeighState::Delay:
	case NeighState::Probe: return true;
	case NeighState::Incomplete:
	case NeighState::Failed: break;
	}
	return false;
}

MacAddress from_word(u64 word)
{
	MacAddress mac;

	__builtin_memcpy(mac.b, &word, sizeof(mac.b));
	return mac;
}

Neighbour *neigh_find(NeighbourTable &t, const struct net_device *dev, be32 ip)
{
	Neighbour *n;

	hlist_for_each_entry_rcu(n, &chain_of(t, dev, ip), node, lockdep_is_held(&t.lock))
		if (n->ip == ip && n->dev == dev)
			return n;
	return nullptr;
}

Neighbour *neigh_create(NeighbourTable &t, struct net_device *dev, be32 ip, Outbox &out)
{
	if (t.count >= kNeighMaxEntries && !evict_one(t, out))
		return nullptr;
	auto *n = static_cast<Neighbour *>(kzalloc(sizeof(Neighbour), GFP_ATOMIC));
	if (!n)
		return nullptr;
	netdev_hold(dev, &n->tracker, GFP_ATOMIC);
	n->dev = dev;
	n->ip = ip;
	n->state = NeighState::Failed;
	n->used = n->updated = n->due = jiffies;
	__skb_queue_head_init(&n->waiting);
	list_add_tail(&n->age, &t.by_age);
	hlist_add_head_rcu(&n->node, &chain_of(t, dev, ip));
	t.count++;
	return n;
}

void neigh_remove(NeighbourTable &t, Neighbour &n, Outbox &out)
{
	hlist_del_rcu(&n.node);
	list_del(&n.age);
	t.count--;
	skb_queue_splice_tail_init(&n.waiting, &out.stranded);
	netdev_put(n.dev, &n.tracker);
	kfree_rcu(&n, rcu);
}

void neigh_used(NeighbourTable &t, Neighbour &n, const struct sk_buff *skb, Outbox &out,
		unsigned long now)
{
	WRITE_ONCE(n.used, now);
	n.source = source_of(skb);
	if (n.state == NeighState::Stale) {
		set_state(t, n, NeighState::Delay, now, now + settings_of(n.dev).delay);
	} else if (n.state == NeighState::Failed) {
		set_state(t, n, NeighState::Incomplete, now, now);
		ask(t, n, out, now);
	}
}

void neigh_enqueue(Neighbour &n, SkbPtr skb, Outbox &out)
{
	const u32 limit = settings_of(n.dev).queue_bytes;

	while (n.waiting_bytes + skb->truesize > limit) {
		struct sk_buff *oldest = __skb_dequeue(&n.waiting);
		if (!oldest)
			break;
		n.waiting_bytes -= oldest->truesize;
		__skb_queue_tail(&out.overflow, oldest);
	}
	/* A packet that is too large all alone still waits, as in Linux. */
	n.waiting_bytes += skb->truesize;
	__skb_queue_tail(&n.waiting, skb.release());
}

void neigh_learn(NeighbourTable &t, Neighbour &n, const MacAddress &mac, Heard heard, Outbox &out,
		 unsigned long now)
{
	const Settings s = settings_of(n.dev);
	const bool known = address_known(n);
	const bool moved = !known || !(n.mac == mac);

	/* Of several stations that answer for one address the first wins, for a while. */
	if (known && moved && heard != Heard::Announcement &&
	    time_before(now, n.updated + s.lock_time))
		return;
	n.mac = mac;
	if (heard == Heard::Answer)
		set_state(t, n, NeighState::Reachable, now, now + s.reachable);
	else if (moved)
		set_state(t, n, NeighState::Stale, now, now + s.stale);
	if (skb_queue_empty(&n.waiting))
		return;
	skb_queue_splice_tail_init(&n.waiting, &out.ready);
	n.waiting_bytes = 0;
	/* It is used at once, and nobody has confirmed it. */
	if (n.state == NeighState::Stale)
		set_state(t, n, NeighState::Delay, now, now + s.delay);
}

void neigh_due(NeighbourTable &t, Neighbour &n, Outbox &out, unsigned long now)
{
	switch (n.state) {
	case NeighState::Reachable: suspect(t, n, now); return;
	case NeighState::Delay:
		set_state(t, n, NeighState::Probe, now, now);
		ask(t, n, out, now);
		return;
	case NeighState::Incomplete:
	case NeighState::Probe: ask(t, n, out, now); return;
	case NeighState::Stale:
	case NeighState::Failed: neigh_remove(t, n, out); return;
	}
}

} // namespace tcpxx
