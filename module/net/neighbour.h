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
 * Probe, wait in Incomplete, and start a new resolution in Failed. A connection that makes progress
 * confirms its next hop: Reachable stays so, Delay becomes Reachable, and nobody is asked.
 *
 * Permanent: the kernel's own table has a permanent entry, which is followed as long as it is there
 * (neighbour_kernel.cc). It is never asked for, does not age, and believes nothing that is heard.
 *
 * The table is bounded by the kernel's thresholds, for each namespace by itself: under
 * net.ipv4.neigh.default.gc_thresh1 nothing goes but with its device; from there on a Stale or Failed
 * entry that nobody has used for gc_stale_time goes; from gc_thresh2 on, each 5 s, whatever has been
 * so for 5 s; at gc_thresh3 the one that has been so for longest makes room for the next. Permanent
 * entries are not counted, as the administrator has made them.
 *
 * Locking: `lock` protects the chains and everything in an entry. It is taken with softirqs off; only
 * the timer's and the allocators' locks come under it: what is to be sent or freed is collected
 * under the lock and handled without it. The kernel's ARP table calls with its own lock held, so
 * nothing under this one may take that. Nothing walks over all entries under it, but the flush of a
 * device and the growth of the hash. Senders to a Reachable or Permanent station take no lock but RCU.
 * Entries hold a reference on their device, and are flushed when it goes down or away.
 */
#pragma once
#include "base/result.h"
#include "kapi/skb.h"
#include "wire/arp.h"

namespace tcpxx {

enum class NeighState : u8 { Incomplete, Reachable, Stale, Delay, Probe, Failed, Permanent };

struct Neighbour {
	struct hlist_node node; /* in its chain; readers under RCU */
	struct list_head age; /* in NeighbourTable::idle or ::busy */
	struct rb_node turn; /* in NeighbourTable::by_due; empty while Permanent */
	struct net_device *dev; /* counted */
	netdevice_tracker tracker;
	be32 ip;
	NeighState state;
	u8 probes; /* requests sent in Incomplete or Probe without an answer */
	MacAddress mac; /* known in Reachable, Stale, Delay, Probe, Permanent */
	u64 connected; /* mac as one word while Reachable or Permanent, else 0; read without the lock */
	unsigned long used; /* jiffies of the last packet to it; written without the lock too */
	unsigned long confirmed; /* jiffies of the last proof that it hears us; likewise */
	unsigned long updated; /* jiffies of the last change of state or address */
	unsigned long due; /* jiffies when the timer has to look at it */
	struct sk_buff_head waiting; /* packets for it; Incomplete only */
	u32 waiting_bytes; /* truesize of them all */
	be32 source; /* of the last packet that waited: the source of requests, if ours */
	struct rcu_head rcu;
};

/* The hash, which is replaced by one of twice the size when there is an entry for each chain. */
struct NeighChains {
	struct rcu_head rcu;
	u32 mask; /* number of chains - 1, a power of two */
	struct hlist_head chain[];
};

struct NeighbourTable {
	spinlock_t lock;
	u32 count; /* of entries */
	u32 permanent; /* of which Permanent */
	u32 seed; /* of the hash: a flooder cannot choose a chain */
	NeighChains *chains; /* read under RCU too */
	struct list_head idle; /* Stale and Failed entries, the longest unchanged first */
	struct list_head busy; /* all others */
	struct rb_root_cached by_due; /* all but the Permanent, the earliest `due` first */
	unsigned long last_flush; /* jiffies, when gc_thresh2 last made us look for old entries */
	struct timer_list timer; /* fires not after the earliest `due` */
	struct net *net;
};


/* Process context. After exit() no entry, no device reference and no timer is left; by then no
 * packet may come in or go out. */
int neigh_net_init(struct net *net);
void neigh_net_exit(struct net *net);
/* The notifiers; process context, while every namespace has its table. neigh_exit() flushes
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
enum class Permanents : u8 { Go, Stay };
void neigh_ifdown(NeighbourTable &table, struct net_device *dev,
		  Permanents permanents = Permanents::Go);

/* /proc/net/tcpxx_arp, in the layout of /proc/net/arp. */
void neigh_seq_show(struct seq_file *m, struct net *net);

/* --- arp.cc --------------------------------------------------------------------------------- */

/* A packet of the ARP ethertype, not for another host. Softirq, under rcu_read_lock. */
void arp_rcv(struct net *net, SkbPtr skb, struct net_device *dev);

/* A request for `target`, to everybody or to the one station `to`, ready for dev_queue_xmit(). Its
 * source is `source` if that is an address of ours, else one of the device's. Null without memory.
 * Any context, under rcu_read_lock. */
SkbPtr arp_create_request(struct net_device *dev, be32 source, be32 target, const MacAddress *to);

/* Tells everybody on the link that the addresses of `dev` are here (RFC 5227, 3, "announcement"). Under RTNL. */
void arp_send_gratuitous(struct net_device *dev, const struct in_device *in_dev);

} // namespace tcpxx
