/* SPDX-License-Identifier: GPL-2.0 */
/* Files of a namespace under /proc/net: tcpxx, tcpxx_snmp, tcpxx_netstat, tcpxx_arp,
 * tcpxx_listen, tcpxx_route. */
#pragma once
#include "kapi/linux.h"

namespace tcpxx {

/* Process context, once the counters and the tables of routes and neighbours are set up; 0 or -ENOMEM. */
int proc_net_init(struct net *net);
/* Before any of them is taken down: returns when no reader is left. */
void proc_net_exit(struct net *net);

/* The contents of /proc/net/tcpxx. */
int tcp4_seq_show(struct seq_file *m, void *);
/* And of tcpxx_listen. */
int listen_seq_show(struct seq_file *m, void *);

} // namespace tcpxx
