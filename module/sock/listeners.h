/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finding a listener by local port and address. Lookups run under rcu_read_lock and take no lock; a TcpSock is freed
 * after a grace period (SOCK_RCU_FREE).
 */
#pragma once
#include "sock/hashtables.h"

namespace tcpxx {

int listeners_init();
void listeners_exit();

/* The listener for a segment, with a reference, or nullptr: a specific address wins over any, and of several
 * with SO_REUSEPORT it is always the same one for a connection. Under rcu_read_lock. */
TcpSock *inet_lookup_listener(struct net *net, const ConnKey &key, int dif);
void listener_hash(TcpSock &tp);
void listener_unhash(TcpSock &tp);
/* Calls `visit` for the listeners of a namespace, under the table's lock. */
void listeners_for_each(struct net *net, void (*visit)(TcpSock &tp, void *arg), void *arg);

} // namespace tcpxx
