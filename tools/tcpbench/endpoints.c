// SPDX-License-Identifier: GPL-2.0
/* Sockets in two network namespaces, all of them this one thread's. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcpbench.h"

#define SERVER_ADDRESS	"10.0.0.2"
#define SERVER_PORT	8080
#define BACKLOG		8192

static int client_namespace, server_namespace;
static char message[1 << 17];

static int open_namespace(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("%s (made by 'topology pair')", path);
	return fd;
}

void endpoints_init(void)
{
	client_namespace = open_namespace("/run/netns/h1");
	server_namespace = open_namespace("/run/netns/h2");
}

static void enter(int namespace)
{
	if (setns(namespace, CLONE_NEWNET))
		die("setns");
}

void enter_client(void) { enter(client_namespace); }
void enter_server(void) { enter(server_namespace); }

/* A call must not sleep for what only this program can bring. */
static void await(int fd, short events)
{
	struct pollfd wait = { .fd = fd, .events = events };

	errno = 0;
	if (link_is_joined_here() && !link_wait(&wait, 1))
		die("nothing arrives");
}

static int stream_socket(const struct stack *stack)
{
	int fd = socket(stack->family, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket of family %d", stack->family);
	return fd;
}

static struct sockaddr_in server_address(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(SERVER_PORT) };

	inet_pton(AF_INET, SERVER_ADDRESS, &address.sin_addr);
	return address;
}

int listen_in_server(const struct stack *stack)
{
	struct sockaddr_in address = server_address();
	int fd, on = 1;

	enter_server();
	fd = stream_socket(stack);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		die("SO_REUSEADDR");
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die("bind");
	if (listen(fd, BACKLOG))
		die("listen");
	enter_client();
	return fd;
}

/* connect(), with the handshake carried by this program. */
static void connect_meanwhile(int fd, const struct sockaddr_in *address)
{
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	if (!connect(fd, (const struct sockaddr *)address, sizeof(*address)) || errno != EINPROGRESS)
		die("connect does not wait for an answer");
	await(fd, POLLOUT);
	fcntl(fd, F_SETFL, flags);
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		die("connect");
}

int connect_from_client(const struct stack *stack)
{
	struct sockaddr_in address = server_address();
	int fd = stream_socket(stack);

	if (link_is_joined_here())
		connect_meanwhile(fd, &address);
	else if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("%s: connect", stack->name);
	return fd;
}

int accept_one(int listener)
{
	int fd;

	await(listener, POLLIN);
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		die("accept");
	return fd;
}

void set_nodelay(int fd)
{
	int on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		die("TCP_NODELAY");
}

void close_with_reset(int fd)
{
	struct linger linger = { .l_onoff = 1 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)))
		die("SO_LINGER");
	close(fd);
}

void send_exactly(int fd, size_t size)
{
	ssize_t sent = send(fd, message, size, MSG_NOSIGNAL);

	if (sent != (ssize_t)size)
		die("send of %zu bytes returned %zd", size, sent);
}

void receive_exactly(int fd, size_t size)
{
	while (size) {
		ssize_t received;

		await(fd, POLLIN);
		received = recv(fd, message, size, 0);
		if (received <= 0)
			die("recv returned %zd", received);
		size -= received;
	}
}

static unsigned int count_here(const struct stack *stack, int state)
{
	unsigned int count = 0, found;
	char line[512];
	FILE *file = fopen(stack->table, "r");

	if (!file)
		die("%s", stack->table);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " %*u: %*[0-9A-F]:%*x %*[0-9A-F]:%*x %x", &found) == 1)
			count += state < 0 || found == (unsigned int)state;
	fclose(file);
	return count;
}

unsigned int count_sockets(const struct stack *stack, int state)
{
	unsigned int count;

	enter_server();
	count = count_here(stack, state);
	enter_client();
	return count + count_here(stack, state);
}
