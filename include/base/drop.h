/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why a packet was dropped. Each cause has a counter of its own in /proc/net/tcpxx_netstat (the
 * name with "Drop" in front) and a drop reason of the kernel (kapi/drop.h), both from this one list.
 */
#pragma once
#include "base/types.h"

namespace tcpxx {

#define TCPXX_DROPS(X)                                                                             \
	/* network layer */                                                                        \
	X(Otherhost) /* unicast frame for another station */                                       \
	X(Truncated) /* fewer bytes than the headers announce */                                   \
	X(IpHeader) /* version, header length or total length is wrong (RFC 1122, 3.2.1) */       \
	X(IpChecksum)                                                                              \
	X(IpOption) /* an option that is malformed, or twice, or a source route */                 \
	X(IpFragment) /* contradicts others of its datagram, or makes it too long (RFC 791, 3.2) */ \
	X(FragmentDuplicate) /* has come before */                                                 \
	X(FragmentOverlap) /* partly: the whole datagram is dropped (RFC 5722, 4) */               \
	X(FragmentTimeout) /* the others did not come */                                           \
	X(FragmentLimit) /* no memory for fragments (net.ipv4.ipfrag_high_thresh) */               \
	X(IpProtocol) /* neither TCP nor anything else that is spoken here */                      \
	X(IcmpChecksum)                                                                            \
	X(IcmpQuote) /* an error message that quotes no segment */                                 \
	X(IcmpIgnored) /* a message that asks nothing of a host, or that it may not answer */      \
	X(Martian) /* source or destination that cannot be on this wire (RFC 1812, 5.3.7) */       \
	X(ReversePath) /* no way back to its source by this device: rp_filter (RFC 3704) */        \
	X(NotLocal) /* unicast address of somebody else: tcpxx is a host */                        \
	X(Multicast) /* broadcast or multicast destination: no TCP there (RFC 9293, 3.9.2.3) */    \
	/* address resolution packets (RFC 826), in the order of the checks */                     \
	X(ArpDevice) /* it came by a device that has none */                                       \
	X(ArpTruncated)                                                                            \
	X(ArpFormat) /* not IPv4 on Ethernet: a type or a length of the two */                     \
	X(ArpOperation) /* neither request nor reply */                                            \
	X(ArpSender) /* no station has this link-layer or IPv4 address */                          \
	X(ArpTarget) /* nor can this be asked for: loopback, multicast */                          \
	X(NoRoute)                                                                                 \
	X(NeighbourFailed) /* no answer to address resolution */                                   \
	X(NeighbourQueueFull)                                                                      \
	X(NoMemory)                                                                                \
	/* transport: the segment itself */                                                        \
	X(TcpOffset) /* data offset under 5 or beyond the segment */                               \
	X(TcpChecksum)                                                                             \
	X(TcpOption) /* option length under 2 or beyond the header */                              \
	/* transport: its place in the connection */                                               \
	X(NoSocket)                                                                                \
	X(Listen) /* segment that is not a SYN for a listener */                                   \
	X(ListenOverflow) /* accept queue full */                                                  \
	X(SynQueueFull)                                                                            \
	X(SynBacklog) /* the rest of tcp_max_syn_backlog is for peers that are known */            \
	X(ListenerClosed) /* while a handshake was going on */                                     \
	X(DeferAccept) /* TCP_DEFER_ACCEPT: an ACK that brings no text */                          \
	X(BadCookie) /* forged, or too old */                                                      \
	/* and what happens to requests without a packet: counted for their listener only */       \
	X(SynAckTimeout) /* nobody completed it */                                                 \
	X(Unreachable) /* a router says that nobody is there */                                    \
	X(Backlog) /* process owns the socket and its backlog is full */                           \
	X(OldSequence) /* wholly before the window */                                              \
	X(InvalidSequence) /* beyond the window */                                                 \
	X(Paws) /* timestamp older than the last (RFC 7323, 5.3) */                                \
	X(OldAck)                                                                                  \
	X(AckUnsent) /* acknowledges what was never sent */                                        \
	X(NoAck) /* neither ACK nor RST nor SYN */                                                 \
	X(InvalidSyn) /* SYN inside a synchronized connection (RFC 5961, 4) */                     \
	X(Reset) /* ended the connection */                                                        \
	X(InvalidReset) /* RST outside the window or not exact (RFC 5961, 3) */                    \
	X(Closed) /* data after the receiver shut down (RFC 2525, 2.17) */                         \
	X(ReceiveBuffer)                                                                           \
	X(ZeroWindow)                                                                              \
	X(OldData) /* wholly a duplicate */                                                        \
	X(OutOfOrderLimit)                                                                         \
	X(TimeWait)

enum class Drop : u8 {
	None, /* not dropped: the packet did its work */
#define X(name) name,
	TCPXX_DROPS(X)
#undef X
	Count
};

} // namespace tcpxx
