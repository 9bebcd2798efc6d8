/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who may use which local port. The table and its locks are in bind_bucket.h.
 *
 * A port belongs to sockets, and to what they leave in TIME-WAIT: a program that is started again finds its port taken
 * for a minute unless it says SO_REUSEADDR, as everywhere since BSD.
 */
#pragma once
#include "sock/hashtables.h"

namespace tcpxx {

struct BindBucket;
struct TimeWaitSock;
struct TimeWaitVars;

/* One of those that a port belongs to: stands in a TcpSock or a TimeWaitSock. bucket_lock() protects it. */
struct BindOwner {
	struct hlist_node node;
	BindBucket *bucket; /* nullptr: none */
	EntryKind kind;
};

int ports_init();
void ports_exit();
int port_counters_init();
void port_counters_exit();

/* bind(): takes `port`, or one of ip_local_port_range if it is 0: one that it need not share, or (net.ipv4.ip_autobind_reuse)
 * one that it may. Asks again whether a port that the socket has already may be shared: listen() makes that stricter. 0 or
 * -EADDRINUSE, -ENOMEM. */
int inet_csk_get_port(TcpSock &tp, u16 port);
/* connect(): takes a local port such that the connection's key is free, or that of a TIME-WAIT object that may give way
 * (which is then left in `old`), and hashes the socket. 0 or -EADDRNOTAVAIL, -ENOMEM. */
int inet_hash_connect(TcpSock &tp, TimeWaitVars &old);
/* A child of accept() shares its listener's port. false: no memory or the port has gone. */
bool inet_inherit_port(TcpSock &parent, TcpSock &child);
void inet_put_port(TcpSock &tp);
/* TIME-WAIT holds the port of the socket that it follows, too. */
void inet_share_port(TcpSock &tp, TimeWaitSock &tw);
void inet_put_port(TimeWaitSock &tw);

} // namespace tcpxx
