// SPDX-License-Identifier: GPL-2.0
/*
 * Who may bind to a port that somebody has: a line for each pair of a first and a second socket, with
 * what bind() and listen() say to the second one.
 *
 *	bindcheck [-4] [without-reuseport]
 *
 * without-reuseport: no pair with SO_REUSEPORT, for kernels that let no family but IP have it. The lines are for diff: with -4 they are what the in-kernel TCP answers. All over 127.0.0.0/8.
 */

#include "check.h"

#define FIRST_PORT	10000	/* a port for each pair, so that no TIME-WAIT is in the way of another pair */
#define PEER		"127.0.0.1"

static const char *const addresses[] = { "0.0.0.0", "127.0.0.1", "127.0.0.2" };
static const char *const devices[] = { "", "lo" };

/* What the first socket does with its port. */
enum state { BOUND, LISTENING, CONNECTED, ACCEPTED, TIME_WAIT, STATES };
static const char *const state_names[STATES] = { "bound", "listening", "connected", "accepted", "time-wait" };

struct claim {
	const char *address;
	const char *device;
	int reuse;
	int reuse_port;
	uid_t user;
};

/* Descriptors that the pair under test has open, beside the second socket. */
static int open_fds[4];
static int open_count;

static int keep(int fd)
{
	open_fds[open_count++] = fd;
	return fd;
}

static void close_all(void)
{
	while (open_count)
		close(open_fds[--open_count]);
}

static int socket_with(const struct claim *c)
{
	int fd;

	if (seteuid(c->user))
		die("seteuid");
	fd = new_socket(0);
	if (seteuid(0))
		die("seteuid");
	set_int(fd, SOL_SOCKET, SO_REUSEADDR, c->reuse);
	if (c->reuse_port)
		set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (*c->device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, c->device, strlen(c->device) + 1))
		die("SO_BINDTODEVICE");
	return fd;
}

static int in_time_wait(int port)
{
	FILE *file = fopen(family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcpxx", "r");
	unsigned int local, state;
	char line[256];
	int found = 0;

	if (!file)
		die("/proc/net");
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, "%*s %*x:%x %*x:%*x %x", &local, &state) == 2 &&
			local == (unsigned int)port && state == 6;
	fclose(file);
	return found;
}

/* From the port to a listener that is the peer; that listener is not in the way of anybody. */
static void connect_first(int first)
{
	int listener, port = listen_somewhere(&listener, 1);

	keep(listener);
	if (connect_to(first, PEER, port))
		die("connect");
}

/* A connection that came in at the port, whose listener has gone. Returns the peer's end. */
static int accept_first(int listener, const struct claim *c, int port)
{
	const char *address = strcmp(c->address, addresses[0]) ? c->address : PEER;
	int client = new_socket(0), child;

	if (listen(listener, 1) || connect_to(client, address, port))
		die("listen and connect");
	child = keep(accept(listener, NULL, NULL));
	if (child < 0)
		die("accept");
	close(listener);
	return client;
}

/* The child's end closes first, and so is the one that waits. */
static void wait_first(int client, int port)
{
	long deadline = now_ms() + PATIENCE_MS;
	char byte;

	close_all();
	if (read(client, &byte, 1))
		die("the end of the connection");
	close(client);
	while (!in_time_wait(port)) {
		if (now_ms() > deadline) {
			errno = ETIMEDOUT;
			die("TIME-WAIT");
		}
		usleep(2000);
	}
}

static void make_first(enum state state, const struct claim *c, int port)
{
	int first = socket_with(c), client;

	if (bind_to(first, c->address, port))
		die("the first bind");
	switch (state) {
	case LISTENING:
		if (listen(first, 1))
			die("the first listen");
		break;
	case CONNECTED:
		connect_first(first);
		break;
	case ACCEPTED:
		keep(accept_first(first, c, port));
		return;
	case TIME_WAIT:
		client = accept_first(first, c, port);
		wait_first(client, port);
		return;
	default:
		break;
	}
	keep(first);
}

static const char *answer(int result)
{
	return errno_name(result < 0 ? errno : 0);
}

static void name_claim(char *text, size_t size, const struct claim *c)
{
	snprintf(text, size, "%s%s%s%s%s%s", c->address, *c->device ? "%" : "", c->device,
		 c->reuse ? " reuse" : "", c->reuse_port ? " share" : "", c->user ? " other user" : "");
}

static void try_pair(enum state state, const struct claim *a, const struct claim *b)
{
	static int port = FIRST_PORT;
	char first[64], second[64];
	int fd, bound;

	name_claim(first, sizeof(first), a);
	name_claim(second, sizeof(second), b);
	make_first(state, a, port);
	fd = socket_with(b);
	bound = bind_to(fd, b->address, port);
	printf("%s %s, then %s: bind %s", first, state_names[state], second, answer(bound));
	if (!bound)
		printf(", listen %s", answer(listen(fd, 1)));
	putchar('\n');
	close(fd);
	close_all();
	port++;
}

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define CLAIMS		(COUNT(addresses) * COUNT(devices) * 2 * 2)
#define OTHERS		(COUNT(addresses) * 2)	/* of another user, with SO_REUSEPORT: only as the second one */
#define OTHER_USER	1000

static struct claim claim(unsigned int number)
{
	if (number >= CLAIMS)
		return (struct claim){
			.reuse = number % 2,
			.reuse_port = 1,
			.user = OTHER_USER,
			.device = "",
			.address = addresses[(number - CLAIMS) / 2],
		};
	return (struct claim){
		.reuse = number % 2,
		.reuse_port = number / 2 % 2,
		.device = devices[number / 4 % COUNT(devices)],
		.address = addresses[number / 4 / COUNT(devices)],
	};
}

int main(int argc, char **argv)
{
	unsigned int state, a, b;
	int without;

	family = family_option(&argc, &argv);
	without = argc == 2 && !strcmp(argv[1], "without-reuseport");
	if (argc != 1 + without) {
		fprintf(stderr, "usage: bindcheck [-4] [without-reuseport]\n");
		return 2;
	}
	for (state = 0; state < STATES; state++)
		for (a = 0; a < CLAIMS; a++)
			for (b = 0; b < CLAIMS + OTHERS; b++) {
				struct claim first = claim(a), second = claim(b);

				if (!without || !(first.reuse_port || second.reuse_port))
					try_pair(state, &first, &second);
			}
	return EXIT_SUCCESS;
}
