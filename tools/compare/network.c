// SPDX-License-Identifier: GPL-2.0
/* The two hosts of "topology pair", their socket tables, and tc, which delays and loses packets between them. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../include/uapi/tcpxx.h"
#include "compare.h"

#define FLAGS_OFFSET	33	/* in a datagram without IP options */
#define WORDS_MAX	24

static const struct host_names {
	const char *namespace, *path, *role, *address;
} hosts[] = {
	[CLIENT_HOST] = { "h1", "/run/netns/h1", "client", "10.0.0.1" },
	[SERVER_HOST] = { "h2", "/run/netns/h2", "server", "10.0.0.2" },
};

static const char *const states[] = {
	"-", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE",
	"CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "SYN_RECV",
};

const char *stack_name;
int stack_family;
static const char *table, *ethertype;
static int namespaces[2];

void network_init(const char *stack)
{
	const int is_tcpxx = !strcmp(stack, "tcpxx");

	stack_name = stack;
	stack_family = is_tcpxx ? AF_TCPXX : AF_INET;
	table = is_tcpxx ? "/proc/thread-self/net/tcpxx" : "/proc/thread-self/net/tcp";
	ethertype = is_tcpxx ? "0x88b5" : "0x0800";
	for (int host = CLIENT_HOST; host <= SERVER_HOST; host++) {
		namespaces[host] = open(hosts[host].path, O_RDONLY | O_CLOEXEC);
		if (namespaces[host] < 0)
			die("%s (made by 'topology pair')", hosts[host].path);
	}
}

void enter(enum host host)
{
	if (setns(namespaces[host], CLONE_NEWNET))
		die("setns");
}

struct in_addr address_of(enum host host)
{
	struct in_addr address;

	inet_pton(AF_INET, hosts[host].address, &address);
	return address;
}

/* --- what is between them --- */

/* Runs a command of these words, which are put apart at each space. */
static void run(char *command)
{
	extern char **environ;
	char *words[WORDS_MAX + 1];
	int count = 0, status;
	pid_t child;

	for (char *word = strtok(command, " "); word && count < WORDS_MAX; word = strtok(NULL, " "))
		words[count++] = word;
	words[count] = NULL;
	errno = posix_spawnp(&child, words[0], NULL, NULL, words, environ);
	if (errno || waitpid(child, &status, 0) != child)
		die("%s", words[0]);
	if (status)
		die("%s %s %s ... ends with status %d", words[0], words[1], words[2], status);
}

void net_delay(unsigned int ms)
{
	struct entry entry = begin_entry(NULL, "takes %u ms each way", ms);
	char command[128];

	for (int host = CLIENT_HOST; host <= SERVER_HOST; host++) {
		snprintf(command, sizeof(command), "tc -n %s qdisc add dev eth0 root netem delay %ums",
			 hosts[host].namespace, ms);
		run(command);
	}
	end_entry(&entry, 0);
}

/* What is sent because this program ends is no part of the scenario: the capture is over. */
void net_end(void)
{
	char command[] = "ip -n h2 link set eth0 down";

	run(command);
}

/* Where they arrive, behind the tap: so the capture at the server has them, in either direction. */
static void lose(enum host host, uint8_t flags, uint8_t mask)
{
	char command[256];

	snprintf(command, sizeof(command), "tc -n %s filter add dev eth0 ingress protocol %s "
		 "u32 match u8 0x%02x 0x%02x at %u action drop", hosts[host].namespace, ethertype, flags,
		 mask, FLAGS_OFFSET);
	run(command);
}

static const char *flag_names(uint8_t flags)
{
	static const char letters[] = "FSRP.U";
	static char names[sizeof(letters)];
	char *end = names;

	for (int bit = 0; letters[bit]; bit++)
		if (flags & 1 << bit)
			*end++ = letters[bit];
	*end = '\0';
	return names;
}

void net_lose(enum host host, uint8_t flags, uint8_t mask)
{
	struct entry entry = begin_entry(NULL, "loses %s to the %s", flag_names(flags), hosts[host].role);

	lose(host, flags, mask);
	end_entry(&entry, 0);
}

void net_lose_all(enum host host)
{
	struct entry entry = begin_entry(NULL, "loses all to the %s", hosts[host].role);

	lose(host, 0, 0);
	end_entry(&entry, 0);
}

void net_deliver(enum host host)
{
	struct entry entry = begin_entry(NULL, "delivers to the %s", hosts[host].role);
	char command[128];

	snprintf(command, sizeof(command), "tc -n %s filter del dev eth0 ingress", hosts[host].namespace);
	run(command);
	end_entry(&entry, 0);
}

void net_set(enum host host, const char *name, const char *value)
{
	struct entry entry = begin_entry(NULL, "%s: %s=%s", hosts[host].role, strrchr(name, '/') + 1, value);
	char path[128];
	FILE *file;

	enter(host);
	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	file = fopen(path, "w");
	if (!file || fputs(value, file) < 0 || fclose(file))
		die("%s", path);
	end_entry(&entry, 0);
}

/* --- the socket tables --- */

struct row {
	unsigned int port, peer_port, state, queued;
};

static int read_row(const char *line, struct row *row)
{
	return sscanf(line, " %*u: %*[0-9A-F]:%x %*[0-9A-F]:%x %x %*x:%x", &row->port, &row->peer_port,
		      &row->state, &row->queued) == 4;
}

/* An end that has closed its descriptor is still there: its connection closes, and may be in TIME-WAIT. */
const char *state_of(const struct end *end)
{
	static char text[32];
	struct row row;
	char line[512];
	FILE *file;

	enter(end->host);
	file = fopen(table, "r");
	if (!file)
		die("%s", table);
	strcpy(text, "-");
	while (fgets(line, sizeof(line), file)) {
		if (!read_row(line, &row) || row.port != end->port || row.peer_port != end->peer_port)
			continue;
		if (row.state >= sizeof(states) / sizeof(*states))
			die("%s: a socket in state %u", table, row.state);
		snprintf(text, sizeof(text), "%s", states[row.state]);
		if (!end->peer_port && row.queued)
			snprintf(text, sizeof(text), "%s, %u queued", states[row.state], row.queued);
	}
	fclose(file);
	return text;
}
