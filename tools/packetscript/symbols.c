// SPDX-License-Identifier: GPL-2.0
/* The names that a script may use for numbers. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "script.h"

#define S(name)	{ #name, name }

static const struct { const char *name; int64_t value; } symbols[] = {
	S(SOCK_STREAM), S(SOCK_NONBLOCK), S(IPPROTO_TCP), S(IPPROTO_IP), S(SOL_SOCKET), S(SOL_TCP),
	S(SOL_IP), S(SHUT_RD), S(SHUT_WR), S(SHUT_RDWR), S(F_GETFL), S(F_SETFL), S(O_RDWR), S(O_NONBLOCK),
	S(MSG_DONTWAIT), S(MSG_MORE), S(MSG_NOSIGNAL), S(MSG_OOB), S(MSG_PEEK), S(MSG_TRUNC), S(MSG_WAITALL),
	S(MSG_ZEROCOPY), S(MSG_FASTOPEN), S(MSG_ERRQUEUE),
	S(POLLIN), S(POLLPRI), S(POLLOUT), S(POLLERR), S(POLLHUP), S(POLLNVAL), S(POLLRDHUP),
	S(SO_BINDTODEVICE), S(SO_BROADCAST), S(SO_ERROR), S(SO_KEEPALIVE), S(SO_LINGER), S(SO_MARK),
	S(SO_PRIORITY), S(SO_RCVBUF), S(SO_RCVLOWAT), S(SO_REUSEADDR), S(SO_REUSEPORT), S(SO_SNDBUF),
	S(SO_TYPE), S(SO_ZEROCOPY), S(SO_ACCEPTCONN), S(SO_OOBINLINE),
	S(IP_TOS), S(IP_TTL), S(IP_MTU), S(IP_MTU_DISCOVER), S(IP_RECVERR), S(IP_PMTUDISC_DO),
	S(IP_PMTUDISC_DONT), S(IP_PMTUDISC_WANT), S(IP_PMTUDISC_PROBE), S(IP_PMTUDISC_INTERFACE),
	S(IP_PMTUDISC_OMIT),
	S(TCP_NODELAY), S(TCP_MAXSEG), S(TCP_CORK), S(TCP_KEEPIDLE), S(TCP_KEEPINTVL), S(TCP_KEEPCNT),
	S(TCP_SYNCNT), S(TCP_LINGER2), S(TCP_DEFER_ACCEPT), S(TCP_WINDOW_CLAMP), S(TCP_QUICKACK),
	S(TCP_USER_TIMEOUT), S(TCP_FASTOPEN), S(TCP_FASTOPEN_KEY), S(TCP_FASTOPEN_CONNECT),
	S(TCP_FASTOPEN_NO_COOKIE), S(TCP_TIMESTAMP), S(TCP_NOTSENT_LOWAT), S(TCP_INQ),
};

/* As /proc/net/tcp numbers them. CLOSED is no line at all. */
static const char *const states[] = {
	"CLOSED", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE",
	"CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
};

/* By ICMP's numbers. */
static const char *const codes[] = {
	[ICMP_NET_UNREACH] = "net_unreachable", [ICMP_HOST_UNREACH] = "host_unreachable",
	[ICMP_PROT_UNREACH] = "protocol_unreachable", [ICMP_PORT_UNREACH] = "port_unreachable",
	[ICMP_FRAG_NEEDED] = "frag_needed", [ICMP_PKT_FILTERED] = "admin_prohibited",
};

#define CODE_COUNT	((int)(sizeof(codes) / sizeof(codes[0])))
#define STATE_COUNT	((int)(sizeof(states) / sizeof(states[0])))
#define ERROR_LAST	133

bool symbol_value(const char *name, int64_t *value)
{
	size_t i;

	for (i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		if (strcmp(symbols[i].name, name))
			continue;
		*value = symbols[i].value;
		return true;
	}
	return false;
}

const char *error_name(int error)
{
	return strerrorname_np(error) ?: "an unknown error";
}

int error_number(const char *name)
{
	int error;

	for (error = 1; error <= ERROR_LAST; error++)
		if (!strcmp(error_name(error), name))
			return error;
	/* The C library has one name for a number. */
	return strcmp(name, "EWOULDBLOCK") ? strcmp(name, "ENOTSUP") ? 0 : EOPNOTSUPP : EAGAIN;
}

int state_number(const char *name)
{
	int i;

	for (i = 0; i < STATE_COUNT; i++)
		if (!strcmp(states[i], name))
			return i;
	return -1;
}

const char *state_name(int state)
{
	return state >= 0 && state < STATE_COUNT ? states[state] : "an unknown state";
}

int code_number(const char *name)
{
	int i;

	for (i = 0; i < CODE_COUNT; i++)
		if (codes[i] && !strcmp(codes[i], name))
			return i;
	return -1;
}

const char *code_name(int code)
{
	return code >= 0 && code < CODE_COUNT ? codes[code] : NULL;
}

const char *stack_name(enum stack stack)
{
	return stack == STACK_TCPXX ? "tcpxx" : "inkernel";
}
