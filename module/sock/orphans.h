/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Orphans: connections that go on without a user, until the peer has acknowledged all and closed, too. They hold
 * memory that nobody asks for any more, so that there is a limit to them, for the whole host as in Linux. A
 * connection in TIME-WAIT, or in FIN-WAIT-2 without a user, is no socket any more, and not counted.
 */
#pragma once
#include "tcp/tcp_sock.h"

namespace tcpxx {

int orphans_init();
void orphans_exit();

/* The user has gone, and the connection has not. */
void tcp_orphan_count_inc(TcpSock &tp);
/* It has gone, too; nothing if it was none. */
void tcp_orphan_count_dec(TcpSock &tp);
u32 tcp_orphan_count_sum();

/* Whether this orphan, already counted, is one too many, or the memory for sockets has come to its limit.
 * `suspicions`: each halves how many there may be (Linux's `shift`). */
bool tcp_check_oom(const TcpSock &tp, u32 suspicions);

} // namespace tcpxx
