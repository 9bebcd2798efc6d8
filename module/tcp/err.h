/* SPDX-License-Identifier: GPL-2.0 */
#pragma once
#include "base/result.h"
#include "kapi/linux.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

namespace tcpxx {

/* The network could not deliver a segment of ours: `ip` and `tcp` are the headers that we sent. A
 * connection being opened ends with `error`, an established one keeps it as a soft error
 * (RFC 1122, 4.2.3.9; RFC 5927, 4: only if the sequence number is in flight). Softirq. */
void tcp_v4_err(struct net *net, const Ipv4Header &ip, be16 source, be16 dest, Seq32 seq, Errno error);

} // namespace tcpxx
