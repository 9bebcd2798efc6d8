// SPDX-License-Identifier: GPL-2.0
/*
 * Takes one connection, reads until the peer has finished and prints what it said.
 *
 *	server [-4] [ADDR [PORT]]
 *
 * Over tcpxx, or with -4 over the in-kernel TCP; on every address and port 8080 by default.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoint.h"

static void print_message(int connection)
{
	char part[4096];
	size_t size;

	printf("Received message: ");
	while ((size = read_some(connection, part, sizeof(part))) > 0)
		fwrite(part, 1, size, stdout);
	putchar('\n');
	if (fflush(stdout) || ferror(stdout))
		die("write to standard output");
}

int main(int argc, char **argv)
{
	int family = family_option(&argc, &argv);
	int listener, connection;
	struct sockaddr_in address;

	if (argc > 3) {
		fprintf(stderr, "usage: server [-4] [ADDR [PORT]]\n");
		return 2;
	}
	address = parse_address(family, argc > 1 ? argv[1] : "0.0.0.0",
				argc > 2 ? argv[2] : DEFAULT_PORT);
	listener = listen_at(family, &address, 1);
	connection = accept(listener, NULL, NULL);
	if (connection < 0)
		die("accept");
	print_message(connection);
	if (close(connection) || close(listener))
		die("close");
	return 0;
}
