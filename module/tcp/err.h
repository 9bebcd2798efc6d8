/* SPDX-License-Identifier: GPL-2.0 */
/* What the network says of segments of ours: from ICMP, and from address resolution that failed. */
#pragma once
#include "core/icmp_message.h"
#include "kapi/linux.h"

namespace tcpxx {

/* Both: softirq. `dif` is the device that it came from, 0 if it is nobody's news but our own. None: it was
 * for a connection of ours; NoSocket: for none; IcmpIgnored: for one, but not for what is in flight
 * there (RFC 5927, 4.1), so it is a guess or late. */

/* The segment could not be delivered. A connection being opened ends, an established one keeps it as a soft
 * error (RFC 1122, 4.2.3.9). */
Drop tcp_v4_err(struct net *net, const QuotedSegment &segment, const IcmpError &error, int dif);

/* The segment was too long for a link of `mtu` bytes on its path (RFC 1191). */
Drop tcp_v4_frag_needed(struct net *net, const QuotedSegment &segment, u32 mtu, int dif);

} // namespace tcpxx
