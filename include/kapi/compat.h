/* SPDX-License-Identifier: GPL-2.0 */
/* Where the interfaces of Linux 6.1 and 6.12 differ, one wrapper a difference. */
#pragma once
#include "kapi/linux.h"

/* The in-kernel TCP's own: only its sysctl_mem is read. <net/tcp.h> has names that are ours. */
extern "C" struct proto tcp_prot;

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

} // namespace tcpxx
