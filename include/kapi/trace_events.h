/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's tracepoints, in the kernel's own form. C++ calls trace_inet_sock_set_state(); the
 * definitions are C's (module/trace.c), where define_trace.h reads this file several times.
 *
 * tcpxx:inet_sock_set_state has the fields of sock:inet_sock_set_state, so a tool that reads the one
 * reads the other. It takes plain values because our sockets have a layout of their own.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tcpxx

#if !defined(KAPI_TRACE_EVENTS_H) || defined(TRACE_HEADER_MULTI_READ)
#define KAPI_TRACE_EVENTS_H

#ifdef __cplusplus
#pragma GCC system_header
#include "kapi/linux.h"
#include "kapi/door/open.h"
#endif

#include <linux/in.h>
#include <linux/socket.h>
#include <linux/tracepoint.h>
#include <linux/types.h>
#include <net/tcp_states.h>

#define tcpxx_state_names                                                                          \
	STATE(TCP_ESTABLISHED)                                                                     \
	STATE(TCP_SYN_SENT)                                                                        \
	STATE(TCP_SYN_RECV)                                                                        \
	STATE(TCP_FIN_WAIT1)                                                                       \
	STATE(TCP_FIN_WAIT2)                                                                       \
	STATE(TCP_TIME_WAIT)                                                                       \
	STATE(TCP_CLOSE)                                                                           \
	STATE(TCP_CLOSE_WAIT)                                                                      \
	STATE(TCP_LAST_ACK)                                                                        \
	STATE(TCP_LISTEN)                                                                          \
	STATE(TCP_CLOSING)                                                                         \
	LAST_STATE(TCP_NEW_SYN_RECV)

/* Once to tell user space the values of the names that the format below uses ... */
#undef STATE
#undef LAST_STATE
#define STATE(name) TRACE_DEFINE_ENUM(name);
#define LAST_STATE(name) TRACE_DEFINE_ENUM(name);
tcpxx_state_names

/* ... and once as the table of __print_symbolic(). */
#undef STATE
#undef LAST_STATE
#define STATE(name) { name, #name },
#define LAST_STATE(name) { name, #name }

TRACE_EVENT(inet_sock_set_state,

	TP_PROTO(const void *skaddr, int oldstate, int newstate, __u16 sport, __u16 dport,
		 __be32 saddr, __be32 daddr, __u16 family, __u16 protocol),

	TP_ARGS(skaddr, oldstate, newstate, sport, dport, saddr, daddr, family, protocol),

	TP_STRUCT__entry(
		__field(const void *, skaddr)
		__field(int, oldstate)
		__field(int, newstate)
		__field(__u16, sport)
		__field(__u16, dport)
		__field(__u16, family)
		__field(__u16, protocol)
		__array(__u8, saddr, 4)
		__array(__u8, daddr, 4)
	),

	TP_fast_assign(
		__entry->skaddr = skaddr;
		__entry->oldstate = oldstate;
		__entry->newstate = newstate;
		__entry->sport = sport;
		__entry->dport = dport;
		__entry->family = family;
		__entry->protocol = protocol;
		memcpy(__entry->saddr, &saddr, sizeof(saddr));
		memcpy(__entry->daddr, &daddr, sizeof(daddr));
	),

	TP_printk("family=%hu protocol=%hu sport=%hu dport=%hu saddr=%pI4 daddr=%pI4 oldstate=%s newstate=%s",
		  __entry->family, __entry->protocol, __entry->sport, __entry->dport,
		  __entry->saddr, __entry->daddr,
		  __print_symbolic(__entry->oldstate, tcpxx_state_names),
		  __print_symbolic(__entry->newstate, tcpxx_state_names))
);

#ifdef __cplusplus
#include "kapi/door/close.h"
#endif

#endif /* KAPI_TRACE_EVENTS_H */

/* Where define_trace.h finds this file. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH kapi
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace_events
#ifndef __cplusplus
#include <trace/define_trace.h>
#endif
