// SPDX-License-Identifier: GPL-2.0
/*
 * The C half of the layout guard: everything the door shows to C++, compiled as C from the kernel's
 * own headers, without the overlay. It is part of no module; only its debug information is read.
 */
#include "kapi/door/headers.h"

#include <linux/tracepoint.h>
#include <net/tcp.h> /* struct tcp_fastopen_context, which kapi/compat.h has for itself */
#ifdef CONFIG_KUNIT
#include <kunit/test.h>
#endif

#include "uapi/tcpxx.h"
