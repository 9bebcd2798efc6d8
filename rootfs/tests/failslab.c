// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation on the way from socket() to accept() and back fails once, by the kernel's failslab.
 *
 *	failslab [-4] all|first NAMESPACE_FILE ADDRESS CACHE...
 *
 * All scenarios, or the first one. The server's sockets are in that network namespace and the first free port of ADDRESS, which may be "A.B.*": then each
 * round has another address, and asks for its neighbour. A scenario is run again and again, with its first, second, ...
 * allocation failing, until it ends before its turn has come. Without a CACHE those count that the calls themselves make
 * (/proc/thread-self/fail-nth), with one what cannot wait and comes from it, in whatever context. A call may say that there
 * is no memory, and has then to succeed when it is made again; what was lost on the way comes again by retransmission.
 *
 * Only marked caches count (/sys/kernel/slab/NAME/failslab): kmemleak's own must not fail. failslab's own count of
 * allocations can neither be read nor set, its number of bytes can: hence one cache at a time.
 */
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>

#include "check.h"

#define FAILSLAB	"/sys/kernel/debug/failslab/"
#define SLAB		"/sys/kernel/slab/"
#define TRIES		3
#define MOST		400	/* allocations of a scenario: there is an end */

static const char *server_address;
static int server_namespace, own_namespace;
static int fail_nth;		/* the file */
static int errors;		/* how many calls have said that there is no memory */
static const char *cache;	/* whose allocations count, in any context */
static long object_size;	/* of that cache */

/* --- what fails --------------------------------------------------------------------------------- */

static void set(const char *path, unsigned long value)
{
	char text[24];
	int fd = open(path, O_WRONLY), size = snprintf(text, sizeof(text), "%lu", value);

	if (fd < 0 || write(fd, text, size) != size)
		die(path);
	close(fd);
}

static long get(const char *path)
{
	FILE *file = fopen(path, "r");
	long value;

	if (!file || fscanf(file, "%ld", &value) != 1)
		die(path);
	fclose(file);
	return value;
}

static void write_nth(int n)
{
	char text[12];
	int size = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(fail_nth, text, size, 0) != size)
		die("fail-nth");
}

static int read_nth(void)
{
	char text[12] = "";

	if (pread(fail_nth, text, sizeof(text) - 1, 0) <= 0)
		die("fail-nth");
	return atoi(text);
}

/* The n-th allocation from now on fails: as many bytes as those before it have are free. */
static void arm(int n)
{
	if (!cache)
		return write_nth(n);
	set(FAILSLAB "space", (n - 1) * object_size + 1);
	set(FAILSLAB "times", 1);
}

/* Whether it has failed. */
static bool disarm(void)
{
	bool failed = cache ? !get(FAILSLAB "times") : !read_nth();

	if (cache)
		set(FAILSLAB "times", 0);
	else
		write_nth(0);
	return failed;
}

static void prepare(void)
{
	set(FAILSLAB "verbose", 0);
	set(FAILSLAB "interval", 1);
	set(FAILSLAB "times", 0);
	set(FAILSLAB "space", 0);
	set(FAILSLAB "probability", 100);
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR);
	if (fail_nth < 0)
		die("/proc/thread-self/fail-nth");
}

static void mark(const char *name, int on)
{
	char path[100];

	snprintf(path, sizeof(path), SLAB "%s/failslab", name);
	set(path, on);
	snprintf(path, sizeof(path), SLAB "%s/object_size", name);
	object_size = get(path);
	cache = on ? name : NULL;
}

/* --- calls that may fail, but not twice --------------------------------------------------------- */

static bool no_memory(int error) { return error == ENOMEM || error == ENOBUFS || error == ENFILE; }

/* For TRY: counts the error and says whether to do it again. */
static bool again(const char *what, long result, int *tries)
{
	if (result >= 0 || !no_memory(errno) || ++*tries > TRIES) {
		wants_errno(what, result < 0 ? -1 : 0, 0);
		return false;
	}
	errors++;
	return true;
}

#define TRY(what, call) ({ long result_; int tries_ = 0; do { result_ = (call); } while (again(what, result_, &tries_)); result_; })

#define TRY_QUIETLY(call) ({ long result_; while ((result_ = (call)) < 0 && no_memory(errno)) errors++; result_; })

static int new_fd(void)
{
	int fd = TRY("socket", socket(family, SOCK_STREAM, 0));

	set_timeout(fd, SO_RCVTIMEO, PATIENCE_MS);	/* what accept() gives inherits it */
	set_timeout(fd, SO_SNDTIMEO, PATIENCE_MS);
	return fd;
}

static void enter(int namespace)
{
	if (setns(namespace, CLONE_NEWNET))
		die("setns");
}

static const char *address_of(int round)
{
	static char text[20];
	int size = strcspn(server_address, "*");

	if (!server_address[size])
		return server_address;
	snprintf(text, sizeof(text), "%.*s%d.%d", size, server_address, round / 250, 1 + round % 250);
	return text;
}

static int call(int fd, int round, int port) { return TRY("connect", connect_to(fd, address_of(round), port)); }

/* A listener in the server's namespace; its port. */
static int open_listener(int *fd, int level, int option)
{
	int one = 1, port;

	enter(server_namespace);
	*fd = new_fd();
	enter(own_namespace);
	TRY("bind", bind_to(*fd, "0.0.0.0", 0));
	port = local_port(*fd);
	if (option)
		TRY("setsockopt", setsockopt(*fd, level, option, &one, sizeof(one)));
	TRY("listen", listen(*fd, 5));
	return port;
}

static int take(int listener)
{
	struct pollfd p = { .fd = listener, .events = POLLIN };

	wants_equal("poll of the listener", poll(&p, 1, PATIENCE_MS), 1);
	return TRY("accept", accept4(listener, NULL, NULL, SOCK_CLOEXEC));
}

static void speak(int fd) { TRY("send", send(fd, "x", 1, MSG_NOSIGNAL)); }

static void hear(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char byte = 0;

	wants_equal("poll", poll(&p, 1, PATIENCE_MS), 1);
	wants_equal("recv", TRY("recv", recv(fd, &byte, 1, MSG_DONTWAIT)), 1);
	wants_equal("what was said", byte, 'x');
}

static void say(int from, int to)
{
	speak(from);
	hear(to);
}

static void wants_end(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char byte;

	wants_equal("poll for the end", poll(&p, 1, PATIENCE_MS), 1);
	wants_equal("the end", TRY("recv", recv(fd, &byte, 1, MSG_DONTWAIT)), 0);
}

/* If the RST itself could not be made, the next segment is answered by another. */
static void wants_reset(int fd)
{
	long result = TRY_QUIETLY(send(fd, "x", 1, MSG_NOSIGNAL));
	char byte;

	if (result == 1)
		result = recv(fd, &byte, 1, 0);
	checks++;
	if (result >= 0 || (errno != ECONNRESET && errno != EPIPE))
		complain("a connection that is no more: expected ECONNRESET, got %s", errno_name(result < 0 ? errno : 0));
}

/* --- scenarios ---------------------------------------------------------------------------------- */

/* Who has opened speaks first: behind a cookie nothing else brings back an ACK for which there was no memory. */
static void connection_to(int round, int level, int option)
{
	int listener, server, port = open_listener(&listener, level, option), client = new_fd();

	call(client, round, port);
	speak(client);
	server = take(listener);
	if (option == TCP_SAVE_SYN) {
		char syn[200];
		socklen_t size = sizeof(syn);

		wants_errno("TCP_SAVED_SYN", getsockopt(server, IPPROTO_TCP, TCP_SAVED_SYN, syn, &size), 0);
	}
	hear(server);
	say(server, client);
	close(client);
	wants_end(server);
	close(server);
	close(listener);
}

static void connection(int round) { connection_to(round, 0, 0); }
static void deferred(int round) { connection_to(round, IPPROTO_TCP, TCP_DEFER_ACCEPT); }
static void saved_syn(int round) { connection_to(round, IPPROTO_TCP, TCP_SAVE_SYN); }

static void server_first(int round)
{
	int listener, server, port = open_listener(&listener, 0, 0), client = new_fd();

	call(client, round, port);
	server = take(listener);
	TRY("shutdown", shutdown(server, SHUT_WR));
	wants_end(client);
	close(server);
	close(client);
	close(listener);
}

static void without_waiting(int round)
{
	int listener, server, port = open_listener(&listener, 0, 0), error;
	int client = TRY("socket", socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0));

	error = TRY_QUIETLY(connect_to(client, address_of(round), port)) ? errno : 0;
	wants_equal("connect without waiting", error == EINPROGRESS || !error, true);
	wants_poll("connected", client, POLLOUT);
	wants_equal("SO_ERROR", get_int(client, SOL_SOCKET, SO_ERROR), 0);
	fcntl(client, F_SETFL, 0);	/* send() would say EAGAIN without memory */
	server = take(listener);
	say(client, server);
	close(server);
	close(client);
	close(listener);
}

static void refused(int round)
{
	int listener, port = open_listener(&listener, 0, 0), client = new_fd();

	close(listener);
	wants_errno("connect where nobody listens", TRY_QUIETLY(connect_to(client, address_of(round), port)), ECONNREFUSED);
	close(client);
}

/* Nobody has accepted them when the listener goes. */
static void abandoned(int round)
{
	int listener, port = open_listener(&listener, 0, 0), client[2], i;

	for (i = 0; i < 2; i++) {
		client[i] = new_fd();
		call(client[i], round, port);
	}
	wants_poll("the queue", listener, POLLIN);
	close(listener);
	for (i = 0; i < 2; i++) {
		wants_reset(client[i]);
		close(client[i]);
	}
}

static void reset(int round)
{
	struct linger linger = { .l_onoff = 1 };
	int listener, server, port = open_listener(&listener, 0, 0), client = new_fd();

	call(client, round, port);
	server = take(listener);
	if (setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)))
		die("SO_LINGER");
	close(client);
	wants_reset(server);
	close(server);
	close(listener);
}

/* Simultaneous open of the shortest way. */
static void to_itself(int round)
{
	int fd, port;

	(void)round;
	enter(own_namespace);
	fd = new_fd();
	TRY("bind", bind_to(fd, "127.0.0.1", 0));
	port = local_port(fd);
	TRY("connect to itself", connect_to(fd, "127.0.0.1", port));
	say(fd, fd);
	close(fd);
}

/* --- running them ------------------------------------------------------------------------------- */

static const struct { const char *name; void (*run)(int round); } scenarios[] = {
	{ "connection", connection }, { "server first", server_first }, { "without waiting", without_waiting },
	{ "refused", refused }, { "abandoned", abandoned }, { "reset", reset }, { "deferred", deferred },
	{ "TCP_SAVE_SYN", saved_syn }, { "to itself", to_itself },
};

/* How many have failed. */
static int each_fails_once(const char *name, void (*run)(int round))
{
	static int round;
	char where[100];
	int n;

	context = where;
	snprintf(where, sizeof(where), "%s, nothing fails", name);
	run(round++);		/* what is allocated only once */
	for (n = 1; n <= MOST; n++) {
		snprintf(where, sizeof(where), "%s, allocation %d%s%s", name, n, cache ? " of " : "", cache ?: "");
		arm(n);
		run(round++);
		if (!disarm())
			break;
	}
	wants_between("allocations that failed", n - 1, 0, MOST - 1);
	return n - 1;
}

static void one_scenario(const char *name, void (*run)(int round), char **caches)
{
	int sum = 0;

	errors = 0;
	printf("%s:", name);
	if (!*caches)
		sum = each_fails_once(name, run);
	for (; *caches; caches++) {
		int failed;

		mark(*caches, 1);
		failed = each_fails_once(name, run);
		if (failed)
			printf(" %d %s", failed, *caches);
		mark(*caches, 0);
		sum += failed;
	}
	printf(" %d allocations, %d calls had no memory\n", sum, errors);
	fflush(stdout);
	wants_between("allocations that failed", sum, 1, MOST);
}

static int open_or_die(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		die(path);
	return fd;
}

int main(int argc, char **argv)
{
	size_t i, count;

	family = family_option(&argc, &argv);
	if (argc < 4 || (strcmp(argv[1], "all") && strcmp(argv[1], "first"))) {
		fprintf(stderr, "usage: failslab [-4] all|first NAMESPACE_FILE ADDRESS CACHE...\n");
		return 2;
	}
	count = strcmp(argv[1], "first") ? sizeof(scenarios) / sizeof(scenarios[0]) : 1;
	server_namespace = open_or_die(argv[2]);
	own_namespace = open_or_die("/proc/self/ns/net");
	server_address = argv[3];
	prepare();
	for (i = 0; i < count; i++)
		one_scenario(scenarios[i].name, scenarios[i].run, argv + 4);
	set(FAILSLAB "probability", 0);
	printf("%d checks, %d failed\n", checks, failures);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
