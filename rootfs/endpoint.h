/* SPDX-License-Identifier: GPL-2.0 */
/* What the small programs that open a connection have in common: arguments, errors, I/O. */
#ifndef TCPXX_ROOTFS_ENDPOINT_H
#define TCPXX_ROOTFS_ENDPOINT_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../include/uapi/tcpxx.h"

#define DEFAULT_PORT	"8080"

/* Names the call that failed, as perror does, and ends the program. */
__attribute__((noreturn))
static inline void die(const char *call)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, call, strerror(errno));
	exit(EXIT_FAILURE);
}

/* The module's family: FAMILY=21 client ... if it was loaded with another number. */
static inline int tcpxx_family(void)
{
	const char *text = getenv("FAMILY");

	return text ? strtol(text, NULL, 0) : AF_TCPXX;
}

/* Takes a leading -4 away; the family that the arguments ask for. */
static inline int family_option(int *argc, char ***argv)
{
	if (*argc < 2 || strcmp((*argv)[1], "-4"))
		return tcpxx_family();
	(*argv)[1] = (*argv)[0];
	(*argv)++;
	(*argc)--;
	return AF_INET;
}

static inline struct sockaddr_in parse_address(int family, const char *host, const char *port)
{
	struct sockaddr_in address = { .sin_family = family };
	char *end;
	unsigned long number = strtoul(port, &end, 10);

	if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
		fprintf(stderr, "%s: '%s' is not an IPv4 address\n",
			program_invocation_short_name, host);
		exit(2);
	}
	if (*port < '0' || *port > '9' || *end || number > 65535) {
		fprintf(stderr, "%s: '%s' is not a port\n", program_invocation_short_name, port);
		exit(2);
	}
	address.sin_port = htons(number);
	return address;
}

/* An option whose value the environment says, under this name. */
static inline void set_from_environment(int fd, const char *name, int level, int option)
{
	const char *text = getenv(name);
	int value = text ? strtol(text, NULL, 0) : 0;

	if (text && setsockopt(fd, level, option, &value, sizeof(value)))
		die(name);
}

/* A socket with the options that a test asks for: MARK=7 TOS=0x10 client ... */
static inline int open_socket(int family)
{
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket");
	set_from_environment(fd, "MARK", SOL_SOCKET, SO_MARK);
	set_from_environment(fd, "TOS", IPPROTO_IP, IP_TOS);
	return fd;
}

/* A socket whose port may still be in TIME-WAIT. */
static inline int reusable_socket(int family)
{
	int on = 1, fd = open_socket(family);

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		die("setsockopt SO_REUSEADDR");
	return fd;
}

static inline int listen_at(int family, const struct sockaddr_in *address, int backlog)
{
	int fd = reusable_socket(family);

	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)))
		die("bind");
	if (listen(fd, backlog))
		die("listen");
	return fd;
}

/* Reads what there is; 0 at the end of the stream. */
static inline size_t read_some(int fd, char *buffer, size_t size)
{
	ssize_t received;

	do {
		received = read(fd, buffer, size);
	} while (received < 0 && errno == EINTR);
	if (received < 0)
		die("read");
	return received;
}

static inline void write_all(int fd, const char *buffer, size_t size)
{
	while (size) {
		ssize_t sent = write(fd, buffer, size);

		if (sent < 0 && errno != EINTR)
			die("write");
		if (sent > 0) {
			buffer += sent;
			size -= sent;
		}
	}
}

#endif
