// SPDX-License-Identifier: GPL-2.0
/*
 * Connects, sends one message, says that it was all, and waits until the server closes.
 *
 *	client [-4] ADDR [PORT [MESSAGE]]
 *
 * Over tcpxx, or with -4 over the in-kernel TCP; to port 8080 by default.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoint.h"

#define MESSAGE		"Hello from client"

static int connect_to(int family, const struct sockaddr_in *address)
{
	int connection = open_socket(family);

	if (connect(connection, (const struct sockaddr *)address, sizeof(*address)))
		die("connect");
	return connection;
}

int main(int argc, char **argv)
{
	int family = family_option(&argc, &argv);
	const char *message = argc > 3 ? argv[3] : MESSAGE;
	struct sockaddr_in address;
	char answer[4096];
	int connection;

	if (argc < 2 || argc > 4) {
		fprintf(stderr, "usage: client [-4] ADDR [PORT [MESSAGE]]\n");
		return 2;
	}
	address = parse_address(family, argv[1], argc > 2 ? argv[2] : DEFAULT_PORT);
	connection = connect_to(family, &address);
	write_all(connection, message, strlen(message));
	if (shutdown(connection, SHUT_WR))
		die("shutdown");
	while (read_some(connection, answer, sizeof(answer)) > 0)
		;
	if (close(connection))
		die("close");
	return 0;
}
