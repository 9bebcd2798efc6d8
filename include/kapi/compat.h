/* SPDX-License-Identifier: GPL-2.0 */
/* Where the interfaces of Linux 6.1 and 6.12 differ, one wrapper a difference. */
#pragma once
#include "kapi/linux.h"

/* The in-kernel TCP's own: only its sysctl_mem is read. <net/tcp.h> has names that are ours. */
extern "C" struct proto tcp_prot;

/* The in-kernel TCP's keys for Fast Open cookies, of a namespace (net->ipv4.tcp_fastopen_ctx), as <net/tcp.h> has them: the
 * layout guard compares. Those of a socket of ours look alike. */
struct tcp_fastopen_context {
	siphash_key_t key[2]; /* the primary one, and the one before it */
	int num; /* of them, 1 or 2 */
	struct rcu_head rcu;
};

namespace tcpxx {

/* The last arguments of proto_ops::accept. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define TCPXX_ACCEPT_ARGS struct proto_accept_arg *arg
inline int accept_flags(const struct proto_accept_arg *arg) { return arg->flags; }
#define TCPXX_ACCEPT_FLAGS accept_flags(arg)
#else
#define TCPXX_ACCEPT_ARGS int flags, bool
#define TCPXX_ACCEPT_FLAGS flags
#endif

/* Reasons that Linux 6.1 does not have yet. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
constexpr enum skb_drop_reason kReasonConsumed = SKB_CONSUMED;
constexpr enum skb_drop_reason kReasonOldSequence = SKB_DROP_REASON_TCP_OLD_SEQUENCE;
constexpr enum skb_drop_reason kReasonDuplicateFragment = SKB_DROP_REASON_DUP_FRAG;
constexpr enum skb_drop_reason kReasonFragmentTimeout = SKB_DROP_REASON_FRAG_REASM_TIMEOUT;
#else
constexpr enum skb_drop_reason kReasonConsumed = SKB_DROP_REASON_NOT_SPECIFIED;
constexpr enum skb_drop_reason kReasonOldSequence = SKB_DROP_REASON_TCP_INVALID_SEQUENCE;
constexpr enum skb_drop_reason kReasonDuplicateFragment = SKB_DROP_REASON_IP_INHDR;
constexpr enum skb_drop_reason kReasonFragmentTimeout = SKB_DROP_REASON_IP_INHDR;
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
/* Everything that was written before is seen by whoever gets a reference. */
inline void refcount_set_release(refcount_t *r, int n) { atomic_set_release(&r->refs, n); }
#endif

/* Bytes that a device takes in one packet of many IPv4 segments, link-layer header included. The kernel cuts it
 * up for a device that cannot, or must not. */
inline u16 gso_max_size(const struct net_device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	const u32 size = READ_ONCE(dev->gso_ipv4_max_size);
#else
	const u32 size = READ_ONCE(dev->gso_max_size);
#endif
	return static_cast<u16>(min_t(u32, size, IP_MAX_MTU));
}

/* So many time-outs of a SYN are of the same length (net.ipv4.tcp_syn_linear_timeouts). */
inline u32 syn_linear_timeouts([[maybe_unused]] const struct net *net)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	return READ_ONCE(net->ipv4.sysctl_tcp_syn_linear_timeouts);
#else
	return 0;
#endif
}

/* proto_ops::setsockopt is to get SOL_SOCKET, too. Linux 6.1 has no way to say so: there the socket core
 * takes options that nobody acts on. */
inline void wants_own_sockopt([[maybe_unused]] struct socket *sock)
{
#ifdef SOCK_CUSTOM_SOCKOPT
	set_bit(SOCK_CUSTOM_SOCKOPT, &sock->flags);
#endif
}

} // namespace tcpxx
