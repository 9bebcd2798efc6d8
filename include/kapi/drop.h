/* SPDX-License-Identifier: GPL-2.0 */
/* The drop reason of the kernel that stands for each of ours, for kfree_skb_reason() and the
 * skb:kfree_skb tracepoint. The finer cause is counted in /proc/net/tcpxx_netstat. */
#pragma once
#include "base/drop.h"
#include "kapi/compat.h"

namespace tcpxx {

constexpr enum skb_drop_reason kernel_reason(Drop d)
{
	switch (d) {
	case Drop::None: return kReasonConsumed;
	case Drop::Otherhost: return SKB_DROP_REASON_OTHERHOST;
	case Drop::Truncated: return SKB_DROP_REASON_PKT_TOO_SMALL;
	case Drop::IpHeader:
	case Drop::IpOption:
	case Drop::IpFragment:
	case Drop::FragmentOverlap:
	case Drop::IcmpQuote: return SKB_DROP_REASON_IP_INHDR;
	case Drop::FragmentDuplicate: return kReasonDuplicateFragment;
	case Drop::FragmentTimeout: return kReasonFragmentTimeout;
	case Drop::IpChecksum: return SKB_DROP_REASON_IP_CSUM;
	case Drop::IcmpChecksum: return SKB_DROP_REASON_ICMP_CSUM;
	case Drop::IcmpIgnored:
	case Drop::IpProtocol: return SKB_DROP_REASON_IP_NOPROTO;
	case Drop::Martian:
	case Drop::ReversePath:
	case Drop::NotLocal: return SKB_DROP_REASON_IP_RPFILTER;
	case Drop::Multicast: return SKB_DROP_REASON_UNICAST_IN_L2_MULTICAST;
	case Drop::ArpTruncated: return SKB_DROP_REASON_PKT_TOO_SMALL;
	case Drop::ArpDevice:
	case Drop::ArpFormat:
	case Drop::ArpOperation: return SKB_DROP_REASON_UNHANDLED_PROTO;
	case Drop::ArpSender:
	case Drop::ArpTarget: return SKB_DROP_REASON_DEV_HDR;
	case Drop::NoRoute: return SKB_DROP_REASON_IP_OUTNOROUTES;
	case Drop::NeighbourFailed: return SKB_DROP_REASON_NEIGH_FAILED;
	case Drop::NeighbourQueueFull: return SKB_DROP_REASON_NEIGH_QUEUEFULL;
	case Drop::FragmentLimit:
	case Drop::NoMemory: return SKB_DROP_REASON_NOMEM;
	case Drop::TcpOffset: return SKB_DROP_REASON_HDR_TRUNC;
	case Drop::TcpChecksum: return SKB_DROP_REASON_TCP_CSUM;
	case Drop::TcpOption:
	case Drop::Listen:
	case Drop::NoAck: return SKB_DROP_REASON_TCP_FLAGS;
	case Drop::Unreachable:
	case Drop::ListenerClosed:
	case Drop::NoSocket: return SKB_DROP_REASON_NO_SOCKET;
	case Drop::ListenOverflow:
	case Drop::SynQueueFull:
	case Drop::SynBacklog:
	case Drop::DeferAccept:
	case Drop::SynAckTimeout:
	case Drop::Backlog: return SKB_DROP_REASON_SOCKET_BACKLOG;
	case Drop::OldSequence: return kReasonOldSequence;
	case Drop::InvalidSequence: return SKB_DROP_REASON_TCP_INVALID_SEQUENCE;
	case Drop::Paws: return SKB_DROP_REASON_TCP_RFC7323_PAWS;
	case Drop::BadCookie: return SKB_DROP_REASON_TCP_ACK_UNSENT_DATA;
	case Drop::OldAck: return SKB_DROP_REASON_TCP_OLD_ACK;
	case Drop::AckUnsent: return SKB_DROP_REASON_TCP_ACK_UNSENT_DATA;
	case Drop::InvalidSyn: return SKB_DROP_REASON_TCP_INVALID_SYN;
	case Drop::Reset:
	case Drop::InvalidReset: return SKB_DROP_REASON_TCP_RESET;
	case Drop::Closed: return SKB_DROP_REASON_TCP_CLOSE;
	case Drop::ReceiveBuffer: return SKB_DROP_REASON_SOCKET_RCVBUFF;
	case Drop::ZeroWindow: return SKB_DROP_REASON_TCP_ZEROWINDOW;
	case Drop::OldData: return SKB_DROP_REASON_TCP_OLD_DATA;
	case Drop::OutOfOrderLimit: return SKB_DROP_REASON_TCP_OFO_DROP;
	case Drop::TimeWait: return SKB_DROP_REASON_TCP_CLOSE;
	case Drop::Count: break;
	}
	return SKB_DROP_REASON_NOT_SPECIFIED;
}

} // namespace tcpxx
