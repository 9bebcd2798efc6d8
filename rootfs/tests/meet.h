/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections with one stack at each end: tcpxx in h1 (10.0.0.1), the in-kernel TCP in h2 (10.0.0.2), and between them what
 * translates ("topology translated"). A scenario runs in both roles, and expects the same in both.
 */
#ifndef TCPXX_TESTS_MEET_H
#define TCPXX_TESTS_MEET_H

#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "check.h"

enum state { ESTABLISHED = 1, FIN_WAIT2 = 5, TIME_WAIT = 6, GONE = 0 };

static struct side {
	const char *host, *address;
	int family, namespace;
} sides[2] = { { .host = "h1", .address = "10.0.0.1" }, { .host = "h2", .address = "10.0.0.2" } };

static struct side *client, *server;	/* the roles of this run */
static int next_port = 5000;		/* of a listener: nothing is met twice */

static inline void enter(const struct side *side)
{
	if (setns(side->namespace, CLONE_NEWNET))
		die("setns");
	family = side->family;
}

__attribute__((format(printf, 1, 2)))
static inline void run(const char *format, ...)
{
	char command[300];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	if (system(command))
		complain("'%s' fails", command);
}

/* What leaves this side: "delay 200ms", "loss 100%", or nothing for as it comes. */
static inline void link_of(const struct side *side, const char *netem)
{
	if (netem)
		run("tc -n %s qdisc replace dev eth0 root netem %s limit 1000", side->host, netem);
	else
		run("tc -n %s qdisc delete dev eth0 root", side->host);
}

static inline void link_of_both(const char *netem)
{
	link_of(client, netem);
	link_of(server, netem);
}

static inline void set_sysctl(const struct side *side, const char *name, int value)
{
	char path[100], text[12];
	int fd, size = snprintf(text, sizeof(text), "%d", value);

	enter(side);
	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, text, size) != size)
		die(path);
	close(fd);
}

/* --- sockets of a side -------------------------------------------------------------------------- */

static inline int socket_of(const struct side *side, int flags)
{
	int fd, one = 1;

	enter(side);
	fd = new_socket(flags);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
		die("SO_REUSEADDR");
	return fd;
}

static inline int to_side(int fd, const struct side *own, const struct side *peer, int port)
{
	family = own->family;
	return connect_to(fd, peer->address, port);
}

static inline int listener_on(int port, int backlog, int level, int option, int value)
{
	int fd = socket_of(server, 0);

	if (bind_to(fd, server->address, port))
		die("bind");
	if (option)
		set_int(fd, level, option, value);
	if (listen(fd, backlog))
		die("listen");
	return fd;
}

static inline int accept_from(int listener)
{
	struct pollfd p = { .fd = listener, .events = POLLIN };

	wants_equal("poll of the listener", poll(&p, 1, PATIENCE_MS), 1);
	return wants_errno("accept", accept4(listener, NULL, NULL, SOCK_NONBLOCK), 0);
}

/* A connection, and the ports that it has. */
struct meeting {
	int client, server, listener;
	int client_port, port;
};

static inline struct meeting meet(void)
{
	struct meeting m = { .port = next_port++ };

	m.listener = listener_on(m.port, 5, 0, 0, 0);
	m.client = socket_of(client, 0);
	wants_errno("connect", to_side(m.client, client, server, m.port), 0);
	m.client_port = local_port(m.client);
	m.server = accept_from(m.listener);
	return m;
}

static inline void part(struct meeting *m)
{
	if (m->client >= 0)
		close(m->client);
	if (m->server >= 0)
		close(m->server);
	close(m->listener);
}

static inline void close_now(int *fd)
{
	close(*fd);
	*fd = -1;
}

static inline ssize_t receive(int fd, char *place, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, PATIENCE_MS) != 1)
		complain("nothing comes");
	return recv(fd, place, size, MSG_DONTWAIT);
}

static inline void say(int from, int to)
{
	char text[4] = "";

	wants_equal("send", send(from, "abc", 3, MSG_NOSIGNAL), 3);
	wants_equal("recv", receive(to, text, sizeof(text)), 3);
	wants_equal("what was said", strcmp(text, "abc"), 0);
}

static inline void say_both_ways(const struct meeting *m)
{
	say(m->client, m->server);
	say(m->server, m->client);
}

static inline void wants_end(int fd)
{
	char byte;

	wants_errno("recv at the end", receive(fd, &byte, 1), 0);
	wants_equal("and again", receive(fd, &byte, 1), 0);
}

static inline void wants_error(int fd, int error)
{
	struct pollfd p = { .fd = fd };
	char byte;

	wants_equal("poll for an error", poll(&p, 1, PATIENCE_MS), 1);
	wants_equal("its bits", p.revents, POLLERR | POLLHUP);
	wants_errno("recv", recv(fd, &byte, 1, MSG_DONTWAIT), error);
	wants_equal("recv after that", recv(fd, &byte, 1, MSG_DONTWAIT), 0);
	wants_errno("send after that", send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
}

/* Sends until the peer's RST is known. */
static inline void wants_reset_when_sending(int fd)
{
	long deadline = now_ms() + PATIENCE_MS, result;

	do {
		result = send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		usleep(2000);
	} while (result >= 0 && now_ms() < deadline);
	checks++;
	if (result >= 0 || (errno != EPIPE && errno != ECONNRESET))
		complain("send to nobody: got %s", errno_name(result < 0 ? errno : 0));
}

/* --- states ------------------------------------------------------------------------------------- */

static inline enum state state_of(const struct side *side, int port, int peer_port)
{
	unsigned int local, remote, state;
	const char *table = side->family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcpxx";
	enum state found = GONE;
	char line[300];
	FILE *file;

	enter(side);
	file = fopen(table, "r");
	if (!file)
		die(table);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " %*d: %*8x:%x %*8x:%x %x", &local, &remote, &state) == 3 && (int)local == port &&
		    (int)remote == peer_port)
			found = state;
	fclose(file);
	return found;
}

static inline void wants_state(const char *what, const struct side *side, int port, int peer_port, enum state wanted)
{
	long deadline = now_ms() + PATIENCE_MS;
	enum state found;

	while ((found = state_of(side, port, peer_port)) != wanted && now_ms() < deadline)
		usleep(5000);
	wants_equal(what, found, wanted);
}

static inline void wants_states(const struct meeting *m, enum state of_client, enum state of_server)
{
	wants_state("state of the client", client, m->client_port, m->port, of_client);
	wants_state("state of the server", server, m->port, m->client_port, of_server);
}

static inline void run_in_role(const struct scenario *s, int role)
{
	char where[100];
	int before = failures;

	client = &sides[role];
	server = &sides[!role];
	snprintf(where, sizeof(where), "%s, %s is the client", s->name, role ? "the in-kernel TCP" : "tcpxx");
	context = where;
	s->run();
	if (failures == before)
		printf("%s\n", where);
	context = "";
}

/* Those whose names have the word, or all. */
static inline int run_in_both_roles(const struct scenario *list, size_t count, const char *word)
{
	size_t i;
	int number;

	for (number = 0; number < 2; number++) {
		char path[50];

		snprintf(path, sizeof(path), "/run/netns/%s", sides[number].host);
		sides[number].namespace = open(path, O_RDONLY | O_CLOEXEC);
		if (sides[number].namespace < 0)
			die(path);
	}
	sides[0].family = tcpxx_family();
	sides[1].family = AF_INET;
	for (i = 0; i < count; i++)
		for (number = 0; number < 2; number++)
			if (!word || strstr(list[i].name, word))
				run_in_role(&list[i], number);
	printf("%d checks, %d failed\n", checks, failures);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
