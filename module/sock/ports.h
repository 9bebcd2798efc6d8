/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who may use which local port. Each chain of the table has a spinlock, taken with softirqs off and before a lock of
 * hashtables.h, never after one.
 */
#pragma once
#include "sock/hashtables.h"

namespace tcpxx {

int ports_init();
void ports_exit();

/* bind(): takes `port`, or a free one of ip_local_port_range if it is 0; asks again whether a port
 * that the socket has already may be shared (listen() makes that stricter). 0 or -EADDRINUSE, -ENOMEM. */
int inet_csk_get_port(TcpSock &tp, u16 port);
/* connect(): takes a local port such that the connection's key is free, and hashes the socket. 0
 * or -EADDRNOTAVAIL, -ENOMEM. */
int inet_hash_connect(TcpSock &tp);
/* A child of accept() shares its listener's port. false: no memory or the port has gone. */
bool inet_inherit_port(TcpSock &parent, TcpSock &child);
void inet_put_port(TcpSock &tp);

} // namespace tcpxx
