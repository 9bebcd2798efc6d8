/* SPDX-License-Identifier: GPL-2.0 */
/* Counters of a namespace, per CPU: the names of RFC 4022 and Linux, and one for each Drop. */
#pragma once
#include "base/drop.h"
#include "kapi/skb.h"

namespace tcpxx {

/* /proc/net/tcpxx_snmp, line "Tcp:": the counters of RFC 4022 that are not gauges or limits. */
#define TCPXX_TCP_MIB(X)                                                                           \
	X(ActiveOpens) X(PassiveOpens) X(AttemptFails) X(EstabResets) X(InSegs) X(OutSegs)         \
	X(RetransSegs) X(InErrs) X(OutRsts) X(InCsumErrors)
/* Line "Ip:" (RFC 4293). */
#define TCPXX_IP_MIB(X)                                                                            \
	X(InReceives) X(InHdrErrors) X(InAddrErrors) X(InUnknownProtos) X(InDiscards) X(InDelivers) \
	X(OutRequests) X(OutDiscards) X(OutNoRoutes) X(ReasmTimeout) X(ReasmReqds) X(ReasmOKs)     \
	X(ReasmFails) X(FragOKs) X(FragFails) X(FragCreates)
/* Line "Icmp:" (RFC 4293, as Linux names them): the enumerators have Icmp in front. */
#define TCPXX_ICMP_MIB(X)                                                                          \
	X(InMsgs) X(InErrors) X(InCsumErrors) X(InDestUnreachs) X(InTimeExcds) X(InParmProbs)      \
	X(InEchos) X(OutMsgs) X(OutErrors) X(OutRateLimitGlobal) X(OutDestUnreachs) X(OutTimeExcds)      \
	X(OutEchoReps)
/* /proc/net/tcpxx_netstat, line "TcpExt:": Linux's names. */
#define TCPXX_EXT_MIB(X)                                                                           \
	X(ListenOverflows) X(ListenDrops) X(TCPTimeouts) X(TCPBacklogDrop) X(TCPChallengeACK)      \
	X(TCPSYNChallenge) X(TCPAbortOnData) X(TCPAbortOnClose) X(TCPAbortOnTimeout)               \
	X(TCPAbortOnMemory) X(TCPOFOQueue) X(TCPFastRetrans) X(TCPSlowStartRetrans)                \
	X(TCPSynRetrans) X(PAWSEstab) X(TW) X(TWRecycled) X(TCPPureAcks) X(TCPHPHits)              \
	X(DelayedACKs) X(TCPRcvCoalesce) X(TCPRcvCollapsed) X(OfoPruned) X(TCPWinProbe)            \
	X(TCPKeepAlive) X(ArpRequestsSent) X(ArpRepliesSent) X(ArpReceived)                        \
	X(TCPACKSkippedSynRecv) X(TCPACKSkippedPAWS) X(TCPACKSkippedSeq) X(TCPACKSkippedFinWait2)  \
	X(TCPACKSkippedTimeWait) X(TCPACKSkippedChallenge) X(TCPAbortOnLinger)                     \
	X(ArpDuplicates) /* somebody else claims an address of ours */                             \
	X(OutOfWindowIcmps) /* RFC 5927, 4.1: errors about what is not in flight */                 \
	X(PmtuLearned) /* what routers said of a path's MTU, and was believed */                   \
	X(NeighHashGrows) X(NeighForcedGcRuns) /* more than gc_thresh2 neighbours */               \
	X(NeighTableFulls) /* no room for another */                                               \
	X(NeighResFailed) /* nobody answered */                                                    \
	X(TCPReqQFullDrop) X(TCPReqQFullDoCookies) X(EmbryonicRsts)                                \
	X(TCPDeferAcceptDrop)                                                                      \
	X(SyncookiesSent) X(SyncookiesRecv) X(SyncookiesFailed)                                    \
	X(InNoECTPkts) X(InECT1Pkts) X(InECT0Pkts) X(InCEPkts) /* segments by RFC 3168, 5; of line "IpExt:" in Linux */ \
	X(TCPFastOpenActive) X(TCPFastOpenActiveFail) X(TCPFastOpenPassive) X(TCPFastOpenPassiveFail) \
	X(TCPFastOpenListenOverflow) X(TCPFastOpenCookieReqd) X(TCPFastOpenBlackhole)              \
	X(TCPFastOpenPassiveAltKey)                                                                \
	X(FibAsked) /* questions about routes to the kernel, which the own table left open */

enum class Mib : u8 {
#define X(name) name,
	TCPXX_IP_MIB(X) TCPXX_TCP_MIB(X) TCPXX_EXT_MIB(X)
#undef X
#define X(name) Icmp##name,
	TCPXX_ICMP_MIB(X)
#undef X
	Count
};

struct MibCounters {
	unsigned long value[static_cast<u32>(Mib::Count)];
	unsigned long drop[static_cast<u32>(Drop::Count)];
};

/* Any context. */
void count(struct net *net, Mib m, u32 by = 1);
void count_drop(struct net *net, Drop d);

/* Counts the cause and frees the packet with the kernel's reason for it. */
void drop(struct net *net, SkbPtr skb, Drop cause);

int mib_net_init(struct net *net);
void mib_net_exit(struct net *net);

/* The sum over all CPUs. */
unsigned long mib_sum(struct net *net, Mib m);
unsigned long mib_sum(struct net *net, Drop d);

} // namespace tcpxx
