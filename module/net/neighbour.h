/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who has which link-layer address: one table a namespace, entries by (device, IPv4 address).
 *
 *              packet to send                  answer
 *   (none) ------------------> Incomplete ---------------> Reachable <-----------+
 *                                  |                           | reachable_time  |
 *                        3 requests, no answer                 v                 |
 *                                  |        heard of it ---> Stale               |
 *                                  v                           | used            |
 *                                Failed <------- Probe <---- Delay               |
 *                                      3 requests  |   5 s                answer |
 *                                                  +-----------------------------+
 *
 * The times are those of the device, net.ipv4.neigh.DEV. Packets flow in Reachable, Stale, Delay and
 * Probe, wait in Incomplete, and start a new resolution in Failed. A Stale or Failed entry that
 * nobody has used for gc_stale_time goes.
 *
 * Locking: `lock` protects the chains and everything in an entry. It is taken with softirqs off; only
 * the timer's and the allocators' locks come under it: what is to be sent or freed is collected
 * under the lock and handled without it. Senders to a Reachable station take no lock but RCU.
 * Entries hold a reference on their device, and are flushed when it goes down or away.
 */
#pragma once
#include "base/result.h"
#include "kapi/skb.h"
#include "wire/arp.h"

namespace tcpxx {

enum class NeighState : u8 { Incomplete, Reachable, Stale, Delay, Probe, Failed };

struct Neighbour {
	struct hlist_node node; /* in its chain; readers under RCU */
	struct list_head age; /* in NeighbourTable::by_age */
	struct net_device *dev; /* counted */
	netdevice_tracker tracker;
	be32 ip;
	NeighState state;
	u8 probes; /* requests sent in Incomplete or Probe without an answer */
	MacAddress mac; /* known in Reachable, Stale, Delay, Probe */
	u64 connected; /* mac as one word while Reachable, else 0; read without the lock */
	unsigned long used; /* jiffies of the last packet to it; written without the lock too */
	unsigned long updated; /* jiffies of the last change of state or address */
	unsigned long due; /* jiffies when the timer has to look at it */
	struct sk_buff_head waiting; /* packets for it; Incomplete only */
	u32 waiting_bytes; /* truesize of them all */
	be32 source; /* of the last packet that waited: the source of requests, if ours */
	struct rcu_head rcu;
};

constexpr u32 kNeighBuckets = 64;
constexpr u32 kNeighMaxEntries = 1024; /* gc_thresh3 of Linux */

struct NeighbourTable {
	spinlock_t lock;
	u32 count;
	u32 seed; /* of the hash: a flooder cannot choose a chain */
	struct hlist_head buckets[kNeighBuckets];
	struct list_head by_age; /* all entries, the longest unchanged first */
	struct timer_list timer; /* fires not after the earliest `due` */
	struct net *net;
};

/* Process context. After exit() no entry, no device reference and no timer is left; by then no
 * packet may come in or go out. */
int neigh_net_init(struct net *net);
void neigh_net_exit(struct net *net);
/* The netdevice notifier; process context, while every namespace has its table. neigh_exit() flushes
 * all tables. */
int neigh_init();
void neigh_exit();

/* Sends the datagram at skb->data, of ethertype skb->protocol, to `next_hop` on skb->dev: at once
 * when the address is known or the device needs none, otherwise after resolution; meanwhile it
 * waits in a bounded queue. When resolution fails each waiting packet's connection is told
 * EHOSTUNREACH through tcp_v4_err(), from the timer, never from inside this call.
 * 0 or a negative errno; the packet is gone in either case. Any context, under rcu_read_lock. */
int neigh_output(struct net *net, be32 next_hop, SkbPtr skb);

/* What an ARP packet of a station says about it. */
enum class Heard : u8 {
	Answer, /* a reply to us: it hears us too */
	Request, /* it asks for us: we answer, so an entry is made if there is none (RFC 826) */
	Announcement, /* gratuitous, to everybody: it may have moved */
	Overheard, /* anything else */
};

/* Softirq, under rcu_read_lock. */
void neigh_update(struct net *net, struct net_device *dev, be32 ip, const MacAddress &mac,
		  Heard heard);

/* Does what is due at `now` (jiffies): the timer's work, and by hand that of tests. */
void neigh_periodic_work(NeighbourTable &table, unsigned long now);
/* Removes the entries of a device, or all of them if it is nullptr. */
void neigh_ifdown(NeighbourTable &table, struct net_device *dev);

/* /proc/net/tcpxx_arp, in the layout of /proc/net/arp. */
void neigh_seq_show(struct seq_file *m, struct net *net);

/* --- arp.cc --------------------------------------------------------------------------------- */

/* A packet of the ARP ethertype, not for another host. Softirq, under rcu_read_lock. */
void arp_rcv(struct net *net, SkbPtr skb, struct net_device *dev);

/* A request for `target`, to everybody or to the one station `to`, ready for dev_queue_xmit(). Its
 * source is `source` if that is an address of ours, else one of the device's. Null without memory.
 * Any context, under rcu_read_lock. */
SkbPtr arp_create_request(struct net_device *dev, be32 source, be32 target, const MacAddress *to);

} // namespace tcpxx
