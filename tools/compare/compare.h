/* SPDX-License-Identifier: GPL-2.0 */
/* What a scenario is made of. One thread makes the calls of both ends, so that their order is the scenario's. */
#ifndef TCPXX_COMPARE_H
#define TCPXX_COMPARE_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* "topology pair": 10.0.0.1 and 10.0.0.2. */
enum host { CLIENT_HOST, SERVER_HOST };

/* One end of a connection, or a listener. */
struct end {
	const char *name;	/* in the log */
	enum host host;
	int fd;
	uint16_t port, peer_port;	/* peer_port is 0 for a listener */
};

struct connection {
	struct end listener, client, server;
};

struct scenario {
	const char *name;
	const char *title;	/* a line for who reads the comparison */
	void (*play)(void);
};

extern const struct scenario opening[], fastopen[], closing[];	/* each ended by a name of NULL */

#define SERVER_PORT	8080
#define CLIENT_PORT	40001

/* Says what went wrong with this program, not with a stack, and ends it. */
__attribute__((noreturn, format(printf, 1, 2)))
void die(const char *format, ...);

/* --- calls.c: each makes one call and logs it --- */

struct end do_socket(const char *name, enum host host, int type_flags);
void do_bind(struct end *end, uint16_t port);
void do_listen(struct end *end, int backlog);
void do_connect(struct end *end, uint16_t port);	/* to the other host */
void do_disconnect(struct end *end);		/* connect() to AF_UNSPEC */
struct end do_accept(const struct end *listener, const char *name);
void do_send(struct end *end, size_t size);
void do_send_first(struct end *end, uint16_t port, size_t size);	/* MSG_FASTOPEN: connects, too */
void do_recv(struct end *end, size_t size);	/* what there is, at most SIZE bytes; waits for it */
void do_recv_now(struct end *end, size_t size);
void do_shutdown(struct end *end, int how);
void do_poll(struct end *end, short events, int timeout_ms);
void do_close(struct end *end);
void do_set(struct end *end, int level, int option, const char *name, int value);
void do_linger(struct end *end, int on, int seconds);
void do_get_error(struct end *end);		/* SO_ERROR */
void do_wait(unsigned int ms);
#define SET(end, level, option, value) do_set(end, level, option, #option, value)

/* What nearly every scenario begins with; each call is logged. */
struct end listening(int backlog);		/* "listener": the server's, at SERVER_PORT */
struct end bound(const char *name, uint16_t port);	/* a socket of the client's */
struct connection connected(void);		/* both of them, and accepted */

/* --- network.c: the two hosts and what is between them; each logs itself --- */

extern const char *stack_name;
extern int stack_family;

void network_init(const char *stack);
void enter(enum host host);
struct in_addr address_of(enum host host);

void net_end(void);

/* Everything takes so long on its way from either host. */
void net_delay(unsigned int ms);
/* From now on HOST loses what arrives with FLAGS among those of MASK (TH_SYN ...), until net_deliver(). */
void net_lose(enum host host, uint8_t flags, uint8_t mask);
void net_lose_all(enum host host);
void net_deliver(enum host host);
/* A setting of the host, as "net/ipv4/tcp_syn_retries". */
void net_set(enum host host, const char *name, const char *value);

/* What the socket table of the host says about this end, or "-". */
const char *state_of(const struct end *end);

/* --- log.c: a line for each call --- */

struct entry {
	int64_t begin;
	const struct end *end;	/* NULL: nobody's */
	char call[64];
	short polled;		/* bits */
	const char *value;	/* what it brought, or NULL */
};

__attribute__((format(printf, 2, 3)))
struct entry begin_entry(const struct end *end, const char *format, ...);
void end_entry(struct entry *entry, long result);
/* Waits until nothing more comes of the last call. */
void end_log(void);

#endif
