// SPDX-License-Identifier: GPL-2.0
/* Listeners, and connections, that share a port by SO_REUSEPORT. */

#include "check.h"

#define ADDRESS		"127.0.0.1"
#define PORT		5000
#define LISTENERS	4
#define CONNECTIONS	400

static int shared_socket(int flags, int port)
{
	int fd = new_socket(flags);

	set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (bind_to(fd, ADDRESS, port))
		die("bind");
	return fd;
}

static void connect_many(int *clients)
{
	struct linger at_once = { 1, 0 };
	int i;

	for (i = 0; i < CONNECTIONS; i++) {
		clients[i] = new_socket(0);
		setsockopt(clients[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		if (connect_to(clients[i], ADDRESS, PORT))
			die("connect");
	}
}

static void close_many(const int *clients)
{
	int i;

	for (i = 0; i < CONNECTIONS; i++)
		close(clients[i]);
}

/* How many wait there. */
static int accept_all(int listener)
{
	int fd, count = 0;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		count++;
		close(fd);
	}
	return count;
}

/* So many of the listeners have about the same each, and all together everything. */
static void wants_even_shares(const int *listeners, int count)
{
	int i, sum = 0, share, even = CONNECTIONS / count;

	for (i = 0; i < count; i++) {
		share = accept_all(listeners[i]);
		wants_between("connections of a listener", share, even / 2, even * 3 / 2);
		sum += share;
	}
	wants_equal("connections of all listeners", sum, CONNECTIONS);
}

static void listeners(void)
{
	int fds[LISTENERS], clients[CONNECTIONS], i;

	for (i = 0; i < LISTENERS; i++) {
		fds[i] = shared_socket(SOCK_NONBLOCK, PORT);
		wants_errno("listen", listen(fds[i], CONNECTIONS), 0);
	}
	connect_many(clients);
	wants_even_shares(fds, LISTENERS);
	close_many(clients);
	close(fds[--i]);
	connect_many(clients);
	wants_even_shares(fds, i);
	close_many(clients);
	while (i)
		close(fds[--i]);
}

static void connections(void)
{
	int one, two, first, second, port = listen_somewhere(&one, 1), other = listen_somewhere(&two, 1);

	first = shared_socket(0, PORT + 1);
	second = shared_socket(0, PORT + 1);
	wants_errno("the first", connect_to(first, ADDRESS, port), 0);
	wants_errno("the same again", connect_to(second, ADDRESS, port), EADDRNOTAVAIL);
	wants_errno("to another peer", connect_to(second, ADDRESS, other), 0);
	wants_equal("its port", local_port(second), PORT + 1);
	close(first);
	close(second);
	close(one);
	close(two);
}

static const struct scenario scenarios[] = {
	{ "listeners that share a port", listeners },
	{ "connections that share a port", connections },
};

int main(int argc, char **argv)
{
	family = family_option(&argc, &argv);
	if (argc != 1) {
		fprintf(stderr, "usage: spreadcheck [-4]\n");
		return 2;
	}
	return run_scenarios(scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
