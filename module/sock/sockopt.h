/* SPDX-License-Identifier: GPL-2.0 */
/* Socket options of the levels IPPROTO_TCP and IPPROTO_IP. Those of SOL_SOCKET are kept by the kernel's
 * own sock_setsockopt(), behind a list of what this stack honours (see wants_own_sockopt()). */
#pragma once
#include "kapi/linux.h"

namespace tcpxx {

int tcp_setsockopt(struct socket *sock, int level, int name, sockptr_t value, unsigned int len);
int tcp_getsockopt(struct socket *sock, int level, int name, char __user *value, int __user *len);

} // namespace tcpxx
