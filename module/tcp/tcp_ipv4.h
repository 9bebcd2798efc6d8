/* SPDX-License-Identifier: GPL-2.0 */
/* What module/net knows of TCP: where to put a segment. */
#pragma once
#include "kapi/skb.h"

namespace tcpxx {

/* A segment at skb->data, its IPv4 header checked and still before it. Softirq, under rcu_read_lock. */
void tcp_v4_rcv(struct net *net, SkbPtr skb);

} // namespace tcpxx
