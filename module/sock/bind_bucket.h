/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of ports that have an owner. A bucket and its owners are under bucket_lock(), taken with softirqs off and
 * before a lock of hashtables.h, never after one; that bind() has been at a port is also read under RCU.
 */
#pragma once
#include "sock/growing_hash.h"
#include "sock/ports.h"

namespace tcpxx {

struct BindBucket {
	struct hlist_nulls_node node;
	struct net *net;
	struct hlist_head owners; /* BindOwner::node */
	struct rcu_head rcu;
	u16 port;
	bool for_bind; /* bind() has been here, so connect() does not choose it, until the last owner has gone */
};

int bind_buckets_init();
void bind_buckets_exit();

spinlock_t *bucket_lock(const struct net *net, u16 port);

/* Under bucket_lock(). */
BindBucket *find_or_make_bucket(struct net *net, u16 port);
void own_port(BindOwner &owner, BindBucket &bucket);
void take_port(TcpSock &tp, BindBucket &bucket);
void free_if_unowned(BindBucket &bucket);

/* A quick look, without a lock: bind() has been at this port. */
bool is_port_for_bind(const struct net *net, u16 port);

} // namespace tcpxx
