// SPDX-License-Identifier: GPL-2.0
/*
 * Entries of the neighbour table and their states. Everything here runs with the table's lock held
 * and under rcu_read_lock.
 */
#include "net/neighbour_entry.h"
#include "net/pernet.h"
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

bool is_idle(NeighState state) { return state == NeighState::Stale || state == NeighState::Failed; }

bool is_connected(NeighState state)
{
	return state == NeighState::Reachable || state == NeighState::Permanent;
}

/* The one writer of `state`. A Permanent entry is never due. */
void set_state(NeighbourTable &t, Neighbour &n, NeighState state, unsigned long now,
	       unsigned long due)
{
	t.permanent += (state == NeighState::Permanent) - (n.state == NeighState::Permanent);
	n.state = state;
	n.probes = 0;
	n.updated = now;
	if (state == NeighState::Permanent)
		neigh_set_never_due(t, n);
	else
		neigh_set_due(t, n, due);
	WRITE_ONCE(n.connected, is_connected(state) ? to_word(n.mac) : 0);
	list_move_tail(&n.age, is_idle(state) ? &t.idle : &t.busy);
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
		count(t.net, Mib::NeighResFailed);
		set_state(t, n, NeighState::Failed, now, now + s.stale);
		return;
	}
	const bool unicast = probing && n.probes < s.unicasts;
	SkbPtr request = arp_create_request(n.dev, n.source, n.ip, unicast ? &n.mac : nullptr);
	/* A request for which there was no memory counts like one that got lost. */
	if (request)
		__skb_queue_tail(&out.requests, request.release());
	n.probes++;
	neigh_set_due(t, n, now + s.retransmit);
}

/* A Reachable entry was confirmed reachable_time ago, or has been meanwhile by a connection. */
void suspect(NeighbourTable &t, Neighbour &n, unsigned long now)
{
	const Settings s = settings_of(n.dev);
	const unsigned long until = READ_ONCE(n.confirmed) + s.reachable;

	if (time_before(now, until))
		neigh_set_due(t, n, until);
	else if (time_before_eq(now, READ_ONCE(n.used) + s.delay))
		set_state(t, n, NeighState::Delay, now, now + s.delay);
	else
		set_state(t, n, NeighState::Stale, now, now + s.stale);
}

/* The time in which a connection could have confirmed it is over. */
void end_delay(NeighbourTable &t, Neighbour &n, Outbox &out, unsigned long now)
{
	const unsigned long confirmed = READ_ONCE(n.confirmed);

	/* Since it was doubted. */
	if (time_after(confirmed, n.updated)) {
		set_state(t, n, NeighState::Reachable, now,
			  confirmed + settings_of(n.dev).reachable);
		return;
	}
	set_state(t, n, NeighState::Probe, now, now);
	ask(t, n, out, now);
}

/* An idle entry has reached its age: it goes, unless there are few. */
void expire(NeighbourTable &t, Neighbour &n, Outbox &out, unsigned long now)
{
	if (static_cast<int>(t.count) < READ_ONCE(arp_tbl.gc_thresh1))
		neigh_set_due(t, n, now + max_of<unsigned long>(settings_of(n.dev).stale, HZ));
	else
		neigh_remove(t, n, out);
}

/* What waited for the address can be sent. false: nothing did. */
bool let_go(Neighbour &n, Outbox &out)
{
	if (skb_queue_empty(&n.waiting))
		return false;
	skb_queue_splice_tail_init(&n.waiting, &out.ready);
	n.waiting_bytes = 0;
	return true;
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
	case NeighState::Probe:
	case NeighState::Permanent: return true;
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

void neigh_used(NeighbourTable &t, Neighbour &n, const struct sk_buff *skb, Outbox &out,
		unsigned long now)
{
	MacAddress mac;

	WRITE_ONCE(n.used, now);
	n.source = source_of(skb);
	if (n.state == NeighState::Stale) {
		set_state(t, n, NeighState::Delay, now, now + settings_of(n.dev).delay);
	} else if (n.state == NeighState::Failed) {
		/* A lookup during a growth of the kernel's hash may have missed it when we were made. */
		if (kernel_permanent(n.dev, n.ip, mac)) {
			neigh_pin(t, n, &mac, out, now);
			return;
		}
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

void neigh_pin(NeighbourTable &t, Neighbour &n, const MacAddress *mac, Outbox &out,
	       unsigned long now)
{
	if (mac) {
		n.mac = *mac;
		set_state(t, n, NeighState::Permanent, now, now);
		let_go(n, out);
	} else if (n.state == NeighState::Permanent) {
		set_state(t, n, NeighState::Failed, now, now + settings_of(n.dev).stale);
	}
}

void neigh_learn(NeighbourTable &t, Neighbour &n, const MacAddress &mac, Heard heard, Outbox &out,
		 unsigned long now)
{
	const Settings s = settings_of(n.dev);
	const bool known = address_known(n);
	const bool moved = !known || !(n.mac == mac);

	if (n.state == NeighState::Permanent)
		return;
	/* Of several stations that answer for one address the first wins, for a while. */
	if (known && moved && heard != Heard::Announcement &&
	    time_before(now, n.updated + s.lock_time))
		return;
	n.mac = mac;
	if (heard == Heard::Answer) {
		WRITE_ONCE(n.confirmed, now);
		set_state(t, n, NeighState::Reachable, now, now + s.reachable);
	} else if (moved) {
		set_state(t, n, NeighState::Stale, now, now + s.stale);
	}
	if (!let_go(n, out))
		return;
	/* It is used at once, and nobody has confirmed it. */
	if (n.state == NeighState::Stale)
		set_state(t, n, NeighState::Delay, now, now + s.delay);
}

void neigh_due(NeighbourTable &t, Neighbour &n, Outbox &out, unsigned long now)
{
	switch (n.state) {
	case NeighState::Reachable: suspect(t, n, now); return;
	case NeighState::Delay: end_delay(t, n, out, now); return;
	case NeighState::Incomplete:
	case NeighState::Probe: ask(t, n, out, now); return;
	case NeighState::Stale:
	case NeighState::Failed: expire(t, n, out, now); return;
	case NeighState::Permanent: return;
	}
}

} // namespace tcpxx
