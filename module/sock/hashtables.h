/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finding the owner of a segment by its 4-tuple: connections, half-open requests and TIME-WAIT side by
 * side. Listeners are in listeners.h, the owners of ports in ports.h.
 *
 * Lookups run under rcu_read_lock and take no lock. Requests and TIME-WAIT objects come from
 * SLAB_TYPESAFE_BY_RCU caches: a node may be freed and used again under a reader, so a reader takes
 * a reference and then looks at the key once more; whether it was led astray into another chain, the
 * table sees (growing_hash.h). A TcpSock is freed after a grace period (SOCK_RCU_FREE), because
 * sk_alloc() clears it.
 *
 * The locks for writers are leaves, taken with softirqs off.
 */
#pragma once
#include "kapi/linux.h"
#include "wire/be.h"

namespace tcpxx {

struct TcpSock;

enum class EntryKind : u8 { Sock, Request, TimeWait };

/* The key of a connection as seen from this host. */
struct ConnKey {
	be32 saddr; /* local */
	be32 daddr; /* remote */
	be16 dport; /* remote port */
	u16 num; /* local port, host order */
	friend constexpr bool operator==(const ConnKey &a, const ConnKey &b)
	{
		return a.saddr == b.saddr && a.daddr == b.daddr && a.dport == b.dport && a.num == b.num;
	}
};

/* What the members of the connection hash have in common: it stands beside struct sock in a
 * TcpSock, and at the front of a request and of a TIME-WAIT object. */
struct ConnEntry {
	struct hlist_nulls_node node;
	struct net *net; /* not counted: a namespace that ends takes its entries along */
	ConnKey key;
	int ifindex; /* SO_BINDTODEVICE, or 0 */
	refcount_t refcnt; /* of a request or TIME-WAIT object; a TcpSock counts in sk_refcnt */
	u32 hash : 24; /* of the key, while it is in the table */
	EntryKind kind : 8;
};

int hashtables_init();
void hashtables_exit();

/* Marks an entry as not in the table. */
void entry_init(ConnEntry &e, EntryKind kind, struct net *net, const ConnKey &key, int ifindex);
bool entry_hashed(const ConnEntry &e);

/* The entry for a segment that arrived on `dif`, with a reference, or nullptr. Under rcu_read_lock. */
ConnEntry *inet_lookup_established(struct net *net, const ConnKey &key, int dif);
void entry_get(ConnEntry &e);
void entry_put(ConnEntry &e);

/* Adds an entry. false: the key is taken. */
bool inet_ehash_insert(ConnEntry &e);
/* Puts `fresh` in the place of `old` in one step, so that no segment falls between them. false:
 * somebody removed `old` first, and nothing was changed. */
bool inet_ehash_replace(ConnEntry &fresh, ConnEntry &old);
/* true: it was there, and the caller is the one who removed it. */
bool inet_ehash_remove(ConnEntry &e);

/* Calls `visit` for entries of a namespace, each with a reference held for the call; used by /proc
 * and when a namespace ends. A lock of the table is held during the call. Process context. */
void inet_ehash_for_each(struct net *net, void (*visit)(ConnEntry &e, void *arg), void *arg);
u32 inet_ehash_size();

} // namespace tcpxx
