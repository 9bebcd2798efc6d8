/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the checking programs have in common. A check names what it looks at and says what it
 * wants; one that finds something else prints both, and the program fails in the end.
 */
#ifndef TCPXX_TESTS_CHECK_H
#define TCPXX_TESTS_CHECK_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>

#include "endpoint.h"

/* Its socket core answers for SOL_SOCKET without asking the family. */
static inline int is_linux_6_1(void)
{
	struct utsname kernel;

	return !uname(&kernel) && !strncmp(kernel.release, "6.1.", 4);
}

static int family = AF_TCPXX;
static int failures, checks;
static const char *context = "";	/* the scenario that is running */

__attribute__((format(printf, 1, 2)))
static inline void complain(const char *format, ...)
{
	va_list arguments;

	failures++;
	printf("%s, %s: ", family == AF_INET ? "in-kernel" : "tcpxx", context);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

static inline const char *errno_name(int error)
{
	return error ? strerrorname_np(error) ?: "?" : "success";
}

/* The call gave `result`, with the error in errno if it is negative; `wanted` 0 is success. */
static inline int wants_errno(const char *what, long result, int wanted)
{
	int found = result < 0 ? errno : 0;

	checks++;
	if (found != wanted)
		complain("%s: expected %s, got %s", what, errno_name(wanted), errno_name(found));
	return result;
}

static inline void wants_equal(const char *what, long found, long wanted)
{
	checks++;
	if (found != wanted)
		complain("%s: expected %ld, got %ld", what, wanted, found);
}

static inline void wants_between(const char *what, long found, long low, long high)
{
	checks++;
	if (found < low || found > high)
		complain("%s: expected %ld to %ld, got %ld", what, low, high, found);
}

static const struct { short bit; const char *name; } poll_names[] = {
	{ POLLIN, "IN" }, { POLLPRI, "PRI" }, { POLLOUT, "OUT" }, { POLLERR, "ERR" },
	{ POLLHUP, "HUP" }, { POLLNVAL, "NVAL" }, { POLLRDHUP, "RDHUP" },
};

static inline void name_poll_bits(char *text, size_t size, short bits)
{
	size_t i, used = 0;

	snprintf(text, size, "none");
	for (i = 0; i < sizeof(poll_names) / sizeof(poll_names[0]); i++)
		if (bits & poll_names[i].bit)
			used += snprintf(text + used, size - used, "%s%s", used ? "|" : "",
					 poll_names[i].name);
}

#define POLL_ALL	(POLLIN | POLLPRI | POLLOUT | POLLRDHUP)
#define PATIENCE_MS	20000	/* a deadline, for what comes soon if it comes at all */

static inline short poll_bits(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLL_ALL };

	if (poll(&p, 1, 0) < 0)
		die("poll");
	return p.revents;
}

static inline long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits until poll() reports exactly these bits. */
static inline void wants_poll(const char *what, int fd, short wanted)
{
	long deadline = now_ms() + PATIENCE_MS;
	char found_name[80], wanted_name[80];
	short found;

	checks++;
	while ((found = poll_bits(fd)) != wanted && now_ms() < deadline)
		usleep(2000);
	if (found == wanted)
		return;
	name_poll_bits(found_name, sizeof(found_name), found);
	name_poll_bits(wanted_name, sizeof(wanted_name), wanted);
	complain("%s: poll() expected %s, got %s", what, wanted_name, found_name);
}

static inline struct sockaddr_in at(const char *address, int port)
{
	struct sockaddr_in in = { .sin_family = family, .sin_port = htons(port) };

	inet_pton(AF_INET, address, &in.sin_addr);
	return in;
}

static inline int new_socket(int flags)
{
	int fd = socket(family, SOCK_STREAM | flags, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static inline void set_int(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		die("setsockopt");
}

static inline int get_int(int fd, int level, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return getsockopt(fd, level, name, &value, &size) ? -errno : value;
}

static inline int bind_to(int fd, const char *address, int port)
{
	struct sockaddr_in in = at(address, port);

	return bind(fd, (struct sockaddr *)&in, sizeof(in));
}

static inline int connect_to(int fd, const char *address, int port)
{
	struct sockaddr_in in = at(address, port);

	return connect(fd, (struct sockaddr *)&in, sizeof(in));
}

static inline int local_port(int fd)
{
	struct sockaddr_in in;
	socklen_t size = sizeof(in);

	if (getsockname(fd, (struct sockaddr *)&in, &size))
		die("getsockname");
	return ntohs(in.sin_port);
}

/* Listens at 127.0.0.1 on a port that nobody else has; the port. */
static inline int listen_somewhere(int *listener, int backlog)
{
	*listener = new_socket(0);
	if (bind_to(*listener, "127.0.0.1", 0) || listen(*listener, backlog))
		die("bind and listen");
	return local_port(*listener);
}

/* A connection with both its ends here. */
static inline void make_pair(int *client, int *server)
{
	int listener, port = listen_somewhere(&listener, 1);

	*client = new_socket(0);
	if (connect_to(*client, "127.0.0.1", port))
		die("connect");
	*server = accept(listener, NULL, NULL);
	if (*server < 0)
		die("accept");
	close(listener);
}

/* A port of 127.0.0.1 that answers no SYN: its accept queue is full. Never accept from it. */
static inline int silent_port(int *listener, int *filler)
{
	int port = listen_somewhere(listener, 0);

	*filler = new_socket(0);
	if (connect_to(*filler, "127.0.0.1", port))
		die("connect");
	wants_poll("the connection that fills the accept queue", *listener, POLLIN);
	return port;
}

static inline void set_nonblocking(int fd)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK))
		die("fcntl");
}

static inline void set_timeout(int fd, int name, long ms)
{
	struct timeval t = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	if (setsockopt(fd, SOL_SOCKET, name, &t, sizeof(t)))
		die("setsockopt");
}

static volatile sig_atomic_t signals_seen;

static inline void note_signal(int number)
{
	(void)number;
	signals_seen++;
}

static inline void catch_signal(int number, int flags)
{
	struct sigaction action = { .sa_handler = note_signal, .sa_flags = flags };

	signals_seen = 0;
	sigaction(number, &action, NULL);
}

/* SIGALRM again and again, lest the first one comes before the call that it shall interrupt. */
static inline void start_alarm(int flags)
{
	struct itimerval t = { { 0, 100000 }, { 0, 100000 } };

	catch_signal(SIGALRM, flags);
	setitimer(ITIMER_REAL, &t, NULL);
}

static inline void stop_alarm(void)
{
	struct itimerval t = {};

	setitimer(ITIMER_REAL, &t, NULL);
}

struct scenario {
	const char *name;
	void (*run)(void);
};

static inline int run_scenarios(const struct scenario *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		context = list[i].name;
		list[i].run();
	}
	printf("%d checks, %d failed\n", checks, failures);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
