// SPDX-License-Identifier: GPL-2.0
/*
 * Moves bytes over connections, and looks at each one that comes.
 *
 *	peer [-4] listen ADDR PORT exchange SEND RECEIVE [PAUSE]
 *	peer [-4] connect ADDR PORT exchange SEND RECEIVE [PAUSE]
 *	peer [-4] listen ADDR PORT echo CONNECTIONS
 *	peer [-4] connect ADDR PORT calls CONNECTIONS AT_ONCE
 *	peer [-4] listen ADDR PORT hold
 *	peer [-4] connect ADDR PORT hold
 *	peer [-4] connect ADDR PORT leave
 *
 * exchange: one connection, both directions at once, so many bytes of a pattern; waits PAUSE ms before
 * it begins to read. echo and calls: a message and its echo on each connection. hold: accepts what
 * comes, or connects, and waits until it is killed. leave: the same, but back in the first network
 * namespace, so that only the socket is where it was. A byte that is wrong, or missing, or too much, is an error.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/epoll.h>

#include "endpoint.h"

#define PERIOD	65521	/* prime: no two of a segment's, a page's and the pattern's borders meet */
#define CHUNK	65536

static unsigned char pattern[PERIOD + CHUNK];
static int family;

static void make_pattern(unsigned int seed)
{
	size_t i;

	for (i = 0; i < PERIOD; i++) {
		seed = seed * 1664525 + 1013904223;
		pattern[i] = seed >> 24;
	}
	for (; i < sizeof(pattern); i++)
		pattern[i] = pattern[i - PERIOD];
}

static unsigned long long number(const char *text)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (end == text || *end) {
		fprintf(stderr, "peer: '%s' is not a number\n", text);
		exit(2);
	}
	return value;
}

static int accept_one(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		die("accept");
	return fd;
}

static int connect_to(const struct sockaddr_in *address)
{
	int fd = reusable_socket(family);

	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		die("connect");
	return fd;
}

/* --- exchange ----------------------------------------------------------------------------------- */

struct transfer {
	int fd;
	unsigned long long size;
	useconds_t pause_us;
};

static void *send_pattern(void *argument)
{
	const struct transfer *t = argument;
	unsigned long long sent = 0;

	while (sent < t->size) {
		unsigned long long left = t->size - sent;

		write_all(t->fd, (char *)pattern + sent % PERIOD, left < CHUNK ? left : CHUNK);
		sent += left < CHUNK ? left : CHUNK;
	}
	if (shutdown(t->fd, SHUT_WR))
		die("shutdown");
	return NULL;
}

static void receive_pattern(const struct transfer *t)
{
	static char block[CHUNK];
	unsigned long long received = 0;
	size_t n;

	usleep(t->pause_us);
	while ((n = read_some(t->fd, block, sizeof(block))) > 0) {
		if (memcmp(block, pattern + received % PERIOD, n)) {
			fprintf(stderr, "peer: wrong bytes between %llu and %llu\n", received,
				received + n);
			exit(EXIT_FAILURE);
		}
		received += n;
	}
	if (received != t->size) {
		fprintf(stderr, "peer: %llu bytes instead of %llu\n", received, t->size);
		exit(EXIT_FAILURE);
	}
}

static void exchange(int fd, char **arguments)
{
	struct transfer out = { .fd = fd, .size = number(arguments[0]) };
	struct transfer in = { .fd = fd, .size = number(arguments[1]) };
	pthread_t sender;

	if (arguments[2])
		in.pause_us = number(arguments[2]) * 1000;
	if (pthread_create(&sender, NULL, send_pattern, &out))
		die("pthread_create");
	receive_pattern(&in);
	pthread_join(sender, NULL);
	if (close(fd))
		die("close");
}

/* --- echo and calls ----------------------------------------------------------------------------- */

static void watch(int set, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event))
		die("epoll_ctl");
}

/* Sends back what came. true: the connection has ended. */
static bool echo_some(int fd)
{
	char block[4096];
	size_t n = read_some(fd, block, sizeof(block));

	write_all(fd, block, n);
	if (!n && close(fd))
		die("close");
	return !n;
}

static void echo(int listener, unsigned long long connections)
{
	struct epoll_event events[64];
	unsigned long long ended = 0;
	int i, count, set = epoll_create1(0);

	watch(set, listener);
	while (ended < connections) {
		count = epoll_wait(set, events, 64, -1);
		if (count < 0)
			die("epoll_wait");
		for (i = 0; i < count; i++) {
			if (events[i].data.fd == listener)
				watch(set, accept_one(listener));
			else
				ended += echo_some(events[i].data.fd);
		}
	}
}

static void say(int fd, unsigned long long call)
{
	write_all(fd, (char *)pattern + call % PERIOD, 100 + call % 100);
}

static void hear(int fd, unsigned long long call)
{
	size_t got = 0, n, wanted = 100 + call % 100;
	char text[200];

	while (got < wanted && (n = read_some(fd, text + got, wanted - got)) > 0)
		got += n;
	if (got != wanted || memcmp(text, pattern + call % PERIOD, wanted)) {
		fprintf(stderr, "peer: connection %llu: no echo, or a wrong one\n", call);
		exit(EXIT_FAILURE);
	}
	if (shutdown(fd, SHUT_WR) || read_some(fd, text, 1) || close(fd)) {
		fprintf(stderr, "peer: connection %llu: it does not end as it should\n", call);
		exit(EXIT_FAILURE);
	}
}

static void calls(const struct sockaddr_in *address, unsigned long long connections, size_t at_once)
{
	int *fds = calloc(at_once, sizeof(*fds));
	unsigned long long call, first;

	for (first = 0; first < connections; first += at_once) {
		unsigned long long last = first + at_once < connections ? first + at_once : connections;

		for (call = first; call < last; call++)
			fds[call - first] = connect_to(address);
		for (call = first; call < last; call++)
			say(fds[call - first], call);
		for (call = first; call < last; call++)
			hear(fds[call - first], call);
	}
	free(fds);
}

static void leave_namespace(void)
{
	int fd = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die("setns");
	close(fd);
}

/* --- what is asked for -------------------------------------------------------------------------- */

static void usage(void)
{
	fprintf(stderr, "usage: peer [-4] listen|connect ADDR PORT COMMAND [NUMBER]...\n");
	exit(2);
}

static void serve(const struct sockaddr_in *address, int argc, char **argv)
{
	int listener = listen_at(family, address, 1000);

	if (!strcmp(argv[0], "exchange") && argc >= 3)
		exchange(accept_one(listener), argv + 1);
	else if (!strcmp(argv[0], "echo") && argc == 2)
		echo(listener, number(argv[1]));
	else if (!strcmp(argv[0], "hold"))
		for (;;)
			accept_one(listener);
	else
		usage();
}

static void call_up(const struct sockaddr_in *address, int argc, char **argv)
{
	if (!strcmp(argv[0], "exchange") && argc >= 3) {
		exchange(connect_to(address), argv + 1);
	} else if (!strcmp(argv[0], "calls") && argc == 3) {
		calls(address, number(argv[1]), number(argv[2]));
	} else if (!strcmp(argv[0], "hold")) {
		connect_to(address);
		pause();
	} else if (!strcmp(argv[0], "leave")) {
		connect_to(address);
		leave_namespace();
		pause();
	} else {
		usage();
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;

	family = family_option(&argc, &argv);
	if (argc < 5)
		usage();
	make_pattern(1);
	address = parse_address(family, argv[2], argv[3]);
	if (!strcmp(argv[1], "listen"))
		serve(&address, argc - 4, argv + 4);
	else if (!strcmp(argv[1], "connect"))
		call_up(&address, argc - 4, argv + 4);
	else
		usage();
	return 0;
}
