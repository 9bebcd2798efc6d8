// SPDX-License-Identifier: GPL-2.0
/*
 * Many connections to one place, all open at once.
 *
 *	portfill [-4] fill CONNECTIONS	and what connect() costs, the first ones and the last ones
 *	portfill [-4] exhaust PORTS	of ip_local_port_range: all of them, and not one more
 *
 * fill prints "first NANOSECONDS" and "last NANOSECONDS", medians. Under qemu -icount they are instructions. All over
 * 127.0.0.0/8, without loss, so that a connection is there when connect() returns.
 */
#include <sys/resource.h>

#include "check.h"

#define PORT		5000	/* not in the range */
#define SAMPLES		101
#define BACKLOG		128

struct connection {
	int client, server;
};

static int listen_there(const char *address)
{
	int fd = new_socket(0);

	if (bind_to(fd, address, PORT) || listen(fd, BACKLOG))
		die("bind and listen");
	return fd;
}

static unsigned long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return t.tv_sec * 1000000000UL + t.tv_nsec;
}

/* Closed at once and without TIME-WAIT when the program ends. */
static int new_client(void)
{
	struct linger at_once = { 1, 0 };
	int fd = new_socket(0);

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)))
		die("SO_LINGER");
	return fd;
}

static struct connection open_one(const char *address, int listener, unsigned int *cost)
{
	struct connection c = { .client = new_client() };
	unsigned long start = now_ns();

	if (connect_to(c.client, address, PORT))
		die("connect");
	*cost = now_ns() - start;
	c.server = accept(listener, NULL, NULL);
	if (c.server < 0)
		die("accept");
	return c;
}

static void allow_descriptors(unsigned int count)
{
	struct rlimit limit = { count, count };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
}

static int by_size(const void *a, const void *b)
{
	unsigned int left = *(const unsigned int *)a, right = *(const unsigned int *)b;

	return left < right ? -1 : left > right;
}

static unsigned int median(unsigned int *costs)
{
	qsort(costs, SAMPLES, sizeof(*costs), by_size);
	return costs[SAMPLES / 2];
}

static int fill(unsigned int count)
{
	unsigned int *costs = calloc(count, sizeof(*costs)), i;
	int listener = listen_there("127.0.0.1");

	if (!costs || count < 2 * SAMPLES)
		die("the number of connections");
	for (i = 0; i < count; i++)
		open_one("127.0.0.1", listener, &costs[i]);
	printf("first %u\nlast %u\n", median(costs), median(costs + count - SAMPLES));
	return EXIT_SUCCESS;
}

/* Each port has to come once; how often it did is `used`. */
static void fill_range(const char *address, int ports, struct connection *connections)
{
	unsigned char used[65536] = {};
	unsigned int cost, twice = 0;
	int listener = listen_there(address), i, one_more = new_client();

	for (i = 0; i < ports; i++) {
		connections[i] = open_one(address, listener, &cost);
		twice += used[local_port(connections[i].client)]++;
	}
	wants_equal("ports that came twice", twice, 0);
	wants_errno("one more", connect_to(one_more, address, PORT), EADDRNOTAVAIL);
	wants_equal("its port", local_port(one_more), 0);
	/* What ends frees its port, and that one is found. */
	i = local_port(connections[ports / 2].client);
	close(connections[ports / 2].client);
	wants_errno("one for one", connect_to(one_more, address, PORT), 0);
	wants_equal("the port that was free", local_port(one_more), i);
}

static int exhaust(int ports)
{
	struct connection *connections = calloc(ports, sizeof(*connections));

	if (!connections)
		die("the number of ports");
	context = "one peer";
	fill_range("127.0.0.1", ports, connections);
	context = "another peer, with the same ports";
	fill_range("127.0.0.2", ports, connections);
	printf("%d checks, %d failed\n", checks, failures);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	int count;

	family = family_option(&argc, &argv);
	count = argc == 3 ? atoi(argv[2]) : 0;
	if (count <= 0) {
		fprintf(stderr, "usage: portfill [-4] fill CONNECTIONS | exhaust PORTS\n");
		return 2;
	}
	allow_descriptors(4 * count + 64);
	if (!strcmp(argv[1], "fill"))
		return fill(count);
	return exhaust(count);
}
