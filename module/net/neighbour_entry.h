/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entries of the neighbour table and their states: what neighbour.cc does with the table's lock held.
 * Nothing is sent or freed here, because that might need other locks: it is put into an Outbox, which
 * the caller empties when it has let the table go.
 */
#pragma once
#include "net/neighbour.h"

namespace tcpxx {

/* What was decided under the table's lock, to be done without it. */
struct Outbox {
	struct sk_buff_head requests; /* complete frames */
	struct sk_buff_head ready; /* datagrams of which the next hop is known now */
	struct sk_buff_head unreachable; /* datagrams whose connection is to be told */
	struct sk_buff_head overflow; /* datagrams for which there was no room */
	struct sk_buff_head stranded; /* datagrams whose entry has gone */

	Outbox();
};

/* May packets be sent to its `mac`? */
bool address_known(const Neighbour &n);

/* Neighbour::connected. */
MacAddress from_word(u64 word);

/* Under the lock; or under rcu_read_lock alone, for what may be read without the lock. */
Neighbour *neigh_find(NeighbourTable &t, const struct net_device *dev, be32 ip);

/* --- with the lock held, under rcu_read_lock; times in jiffies ------------------------------- */

/* neighbour_table.cc: a new entry that knows nothing, Failed, or Permanent if the kernel's is.
 * nullptr: no memory, no room, or the device is down. */
Neighbour *neigh_create(NeighbourTable &t, struct net_device *dev, be32 ip, Outbox &out,
			unsigned long now);
void neigh_remove(NeighbourTable &t, Neighbour &n, Outbox &out);
/* When the timer has to look at it. */
void neigh_set_due(NeighbourTable &t, Neighbour &n, unsigned long due);
void neigh_set_never_due(NeighbourTable &t, Neighbour &n);
/* The entry with the earliest `due`, or nullptr. */
Neighbour *neigh_first_due(const NeighbourTable &t);
/* Without the lock, in process context. false: no memory. exit() is for an empty table without
 * readers. */
bool neigh_table_init(NeighbourTable &t, struct net *net);
void neigh_table_exit(NeighbourTable &t);

/* neighbour_entry.cc */
/* A packet will be sent to it: begins a resolution in Failed, doubts the address in Stale. */
void neigh_used(NeighbourTable &t, Neighbour &n, const struct sk_buff *skb, Outbox &out,
		unsigned long now);
/* Lets a packet wait for the resolution; as many bytes as the device's setting, oldest out first. */
void neigh_enqueue(Neighbour &n, SkbPtr skb, Outbox &out);
/* Believes what was heard, or not. Packets that waited become ready. */
void neigh_learn(NeighbourTable &t, Neighbour &n, const MacAddress &mac, Heard heard, Outbox &out,
		 unsigned long now);
/* The kernel's permanent address for it, or nullptr if there is none (any more). */
void neigh_pin(NeighbourTable &t, Neighbour &n, const MacAddress *mac, Outbox &out,
	       unsigned long now);
/* Its time has come: asks again, ages, fails or goes. Is due later than `now` afterwards, or has got
 * nearer to that: a call for each of its states is enough. */
void neigh_due(NeighbourTable &t, Neighbour &n, Outbox &out, unsigned long now);

/* --- neighbour_kernel.cc ---------------------------------------------------------------------- */

/* The permanent address in the kernel's own table. Under rcu_read_lock, softirqs off. */
bool kernel_permanent(struct net_device *dev, be32 ip, MacAddress &mac);
/* Process context. */
int neigh_follow_kernel();
void neigh_unfollow_kernel();
/* neighbour.cc: the kernel's entry has changed. Under rcu_read_lock, perhaps with arp_tbl's lock. */
void neigh_kernel_changed(struct net_device *dev, be32 ip);

} // namespace tcpxx
