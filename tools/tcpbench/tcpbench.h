/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of tcpbench share. One thread: there is no lock, and globals belong to one file. */
#ifndef TCPXX_TCPBENCH_H
#define TCPXX_TCPBENCH_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One of the two stacks that are compared. */
struct stack {
	const char *name;
	int family;
	uint16_t ethertype;
	const char *table;	/* its sockets, a file of /proc */
};

extern const struct stack inkernel, tcpxx;

/* Says what went wrong, with errno's words unless it is 0, and ends the program. */
__attribute__((noreturn, format(printf, 1, 2)))
void die(const char *format, ...);

/* --- endpoints.c: sockets in the namespaces h1 (client, 10.0.0.1) and h2 (server, 10.0.0.2) --- */

void endpoints_init(void);
void enter_client(void);
void enter_server(void);

int listen_in_server(const struct stack *stack);
int connect_from_client(const struct stack *stack);	/* in the client's namespace already */
int accept_one(int listener);
void set_nodelay(int fd);
void close_with_reset(int fd);
void send_exactly(int fd, size_t size);
void receive_exactly(int fd, size_t size);

/* Sockets of this stack in both namespaces whose state (as /proc/net/tcp numbers it) is STATE, or of
 * any state with -1. */
unsigned int count_sockets(const struct stack *stack, int state);

/* --- link.c: what is between client and server --- */

extern const char *link_device;	/* its name at both ends */

/* The devices are tun's, and this program is what joins them. In the client's namespace afterwards. */
void link_join(void);
bool link_is_joined_here(void);
/* Lets such devices leave checksums and segmentation to who receives; "ethtool -K" may take it back. */
void link_take_offloads(void);
/* Takes over what is waiting at either end, and the answers. How many packets. */
size_t link_carry(void);
/* Until one of FDS, two at most, is ready; false: nothing was in 10 s. */
bool link_wait(struct pollfd *fds, size_t count);
void sleep_ms(unsigned int ms);

/* --- measure.c: instructions --- */

struct moment {
	uint64_t tsc;
	int64_t monotonic;	/* ns */
	int64_t idle;		/* ns that the processor has slept since it started */
};

struct moment begin_region(void);
/* Instructions since begin_region() returned, without those that idle time would have been. */
double end_region(const struct moment *begin);

/* --- wire.c: what crosses the link --- */

struct wire_count {
	uint64_t packets;	/* sk_buffs that cross the device: a GSO packet is one */
	uint64_t segments;	/* TCP segments when GSO packets are cut up */
	uint64_t options;	/* bytes of TCP options in all segments */
	uint64_t bytes;		/* from the link's header on (tun has none), in all segments */
	uint64_t others;	/* packets that are not TCP of this stack */
};

int wire_open(void);
struct wire_count wire_read(int capture, const struct stack *stack);

/* --- slab.c: memory --- */

struct slab_snapshot;

struct slab_snapshot *slab_take(void);
void slab_free(struct slab_snapshot *snapshot);
/* Bytes of objects more in AFTER than in BEFORE; prints a line for each cache that matters. */
double slab_growth(const struct slab_snapshot *before, const struct slab_snapshot *after,
		   const char *mode, const char *stack, unsigned int units);

/* --- halfopen.c: SYNs of a client that never answers --- */

int halfopen_open(void);
void halfopen_send(int packet_socket, const struct stack *stack, unsigned int number);

/* --- modes.c --- */

struct session {
	const struct stack *stack;
	int listener, client, server;	/* -1 if there is none */
	int packet_socket;
	unsigned int serial;		/* of half-open requests */
	uint64_t waits;			/* how often neither end of a bulk transfer could go on */
};

struct mode {
	const char *name;
	const char *transaction;	/* what is done once */
	const char *unit;		/* what the figure is about */
	unsigned int units;		/* in a transaction */
	unsigned int count;		/* transactions in a timed region */
	unsigned int warm_up;		/* transactions before it */
	unsigned int captured;		/* transactions that are looked at on the wire */
	unsigned int drain_ms;		/* until nothing of a transaction is left */
	size_t message;			/* bytes of a write */
	bool silent_client;		/* needs the client to drop what the server answers */
	void (*open)(struct session *session);
	void (*run)(const struct mode *mode, struct session *session, unsigned int count);
	void (*close)(struct session *session);
};

extern const struct mode modes[];
extern const size_t mode_count;

#endif
