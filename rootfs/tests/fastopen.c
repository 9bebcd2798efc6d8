// SPDX-License-Identifier: GPL-2.0
/*
 * A client with Fast Open, for a server that sends back what it gets (peer listen ADDR PORT echo CONNECTIONS).
 *
 *	fastopen [-4] send ADDR PORT CONNECTIONS SIZE
 *	fastopen [-4] connect ADDR PORT CONNECTIONS SIZE
 *	fastopen [-4] leave ADDR PORT CONNECTIONS SIZE
 *
 * send: sendto() with MSG_FASTOPEN. connect: connect() with TCP_FASTOPEN_CONNECT, and then write(). leave: as send, but
 * without waiting for the echo, or for anything else: with a RST.
 */
#include <netinet/tcp.h>
#include <stdbool.h>

#include "endpoint.h"

#define SIZE_MAX_HERE	65536

static char text[SIZE_MAX_HERE];

static void open_and_say(int fd, const struct sockaddr_in *to, size_t size, bool by_connect)
{
	const struct sockaddr *address = (const struct sockaddr *)to;
	ssize_t sent = 0;
	int on = 1;

	if (by_connect) {
		if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on)))
			die("TCP_FASTOPEN_CONNECT");
		if (connect(fd, address, sizeof(*to)))
			die("connect");
	} else {
		sent = sendto(fd, text, size, MSG_FASTOPEN, address, sizeof(*to));
		if (sent < 0)
			die("sendto MSG_FASTOPEN");
	}
	write_all(fd, text + sent, size - sent);
}

static void hear(int fd, size_t size)
{
	static char echo[SIZE_MAX_HERE];
	size_t got = 0, n;

	while (got < size && (n = read_some(fd, echo + got, size - got)) > 0)
		got += n;
	if (got != size || memcmp(echo, text, size)) {
		fprintf(stderr, "fastopen: no echo, or a wrong one\n");
		exit(EXIT_FAILURE);
	}
	if (shutdown(fd, SHUT_WR) || read_some(fd, echo, 1)) {
		fprintf(stderr, "fastopen: the connection does not end as it should\n");
		exit(EXIT_FAILURE);
	}
}

static void end_rudely(int fd)
{
	struct linger at_once = { .l_onoff = 1 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)))
		die("SO_LINGER");
}

int main(int argc, char **argv)
{
	int family = family_option(&argc, &argv);
	struct sockaddr_in to;
	unsigned long i, count;
	size_t size;

	if (argc != 6) {
		fprintf(stderr, "usage: fastopen [-4] send|connect|leave ADDR PORT CONNECTIONS SIZE\n");
		return 2;
	}
	to = parse_address(family, argv[2], argv[3]);
	count = strtoul(argv[4], NULL, 10);
	size = strtoul(argv[5], NULL, 10);
	if (size > SIZE_MAX_HERE)
		size = SIZE_MAX_HERE;
	for (i = 0; i < size; i++)
		text[i] = i * 7 + i / 256;
	for (i = 0; i < count; i++) {
		int fd = open_socket(family);

		open_and_say(fd, &to, size, !strcmp(argv[1], "connect"));
		if (strcmp(argv[1], "leave"))
			hear(fd, size);
		else
			end_rudely(fd);
		if (close(fd))
			die("close");
	}
	return EXIT_SUCCESS;
}
