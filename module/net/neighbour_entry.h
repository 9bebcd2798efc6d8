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

/* A new entry that knows nothing: Failed. nullptr: no memory, or no room. */
Neighbour *neigh_create(NeighbourTable &t, struct net_device *dev, be32 ip, Outbox &out);
void neigh_remove(NeighbourTable &t, Neighbour &n, Outbox &out);

/* A packet will be sent to it: begins a resolution in Failed, doubts the address in Stale. */
void neigh_used(NeighbourTable &t, Neighbour &n, const struct sk_buff *skb, Outbox &out,
		unsigned long now);
/* Lets a packet wait for the resolution; as many bytes as the device's setting, oldest out first. */
void neigh_enqueue(Neighbour &n, SkbPtr skb, Outbox &out);
/* Believes what was heard, or not. Packets that waited become ready. */
void neigh_learn(NeighbourTable &t, Neighbour &n, const MacAddress &mac, Heard heard, Outbox &out,
		 unsigned long now);
/* Its time has come: asks again, ages, fails or goes. */
void neigh_due(NeighbourTable &t, Neighbour &n, Outbox &out, unsigned long now);

} // namespace tcpxx
