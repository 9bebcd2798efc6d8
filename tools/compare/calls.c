// SPDX-License-Identifier: GPL-2.0
/* The calls of the socket interface, each with its line in the log. Nothing here decides if an answer is right. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compare.h"

#define BUFFER		4096
#define SHOWN		24	/* bytes of what is received */

static struct sockaddr_in socket_address(enum host host, uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = address_of(host) };
}

static enum host other(enum host host) { return host == CLIENT_HOST ? SERVER_HOST : CLIENT_HOST; }

static int by_error(int result) { return result < 0 ? -1 : 0; }

/* A descriptor's number is this program's matter, not the stack's. */
struct end do_socket(const char *name, enum host host, int type_flags)
{
	struct end end = { .name = name, .host = host };
	struct entry entry;

	enter(host);
	entry = begin_entry(&end, type_flags & SOCK_NONBLOCK ? "socket NONBLOCK" : "socket");
	end.fd = socket(stack_family, SOCK_STREAM | type_flags, 0);
	end_entry(&entry, by_error(end.fd));
	return end;
}

void do_bind(struct end *end, uint16_t port)
{
	struct sockaddr_in address = socket_address(end->host, port);
	struct entry entry = begin_entry(end, "bind %u", port);
	int result = bind(end->fd, (struct sockaddr *)&address, sizeof(address));

	if (!result)
		end->port = port;
	end_entry(&entry, result);
}

void do_listen(struct end *end, int backlog)
{
	struct entry entry = begin_entry(end, "listen %d", backlog);

	end_entry(&entry, listen(end->fd, backlog));
}

static void learn_port(struct end *end)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	if (!end->port && !getsockname(end->fd, (struct sockaddr *)&address, &size))
		end->port = ntohs(address.sin_port);
}

void do_connect(struct end *end, uint16_t port)
{
	struct sockaddr_in address = socket_address(other(end->host), port);
	struct entry entry = begin_entry(end, "connect %u", port);
	int result = connect(end->fd, (struct sockaddr *)&address, sizeof(address)), error = errno;

	end->peer_port = port;
	learn_port(end);
	errno = error;
	end_entry(&entry, result);
}

void do_disconnect(struct end *end)
{
	struct sockaddr address = { .sa_family = AF_UNSPEC };
	struct entry entry = begin_entry(end, "connect AF_UNSPEC");

	end_entry(&entry, connect(end->fd, &address, sizeof(address)));
}

struct end do_accept(const struct end *listener, const char *name)
{
	struct end end = { .name = name, .host = listener->host, .port = listener->port };
	struct entry entry = begin_entry(listener, "accept %s", name);
	struct sockaddr_in address = { 0 };
	socklen_t size = sizeof(address);

	end.fd = accept(listener->fd, (struct sockaddr *)&address, &size);
	end_entry(&entry, by_error(end.fd));
	end.peer_port = ntohs(address.sin_port);
	return end;
}

/* --- data: the alphabet, again and again --- */

static void fill(char *data, size_t size)
{
	if (size > BUFFER)
		die("%zu bytes are too many to send", size);
	for (size_t i = 0; i < size; i++)
		data[i] = 'a' + i % 26;
}

void do_send(struct end *end, size_t size)
{
	struct entry entry;
	char data[BUFFER];

	fill(data, size);
	entry = begin_entry(end, "send %zu", size);
	end_entry(&entry, send(end->fd, data, size, MSG_NOSIGNAL));
}

void do_send_first(struct end *end, uint16_t port, size_t size)
{
	struct sockaddr_in address = socket_address(other(end->host), port);
	struct entry entry;
	char data[BUFFER];

	fill(data, size);
	entry = begin_entry(end, "sendto %u %zu FASTOPEN", port, size);
	end->peer_port = port;
	end_entry(&entry, sendto(end->fd, data, size, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&address,
				 sizeof(address)));
}

static void receive(struct end *end, size_t size, int flags)
{
	struct entry entry = begin_entry(end, "recv %zu%s", size, flags ? " DONTWAIT" : "");
	char data[BUFFER + 1];
	ssize_t result = recv(end->fd, data, size < BUFFER ? size : BUFFER, flags);

	data[result < 0 ? 0 : result < SHOWN ? result : SHOWN] = '\0';
	entry.value = result > 0 ? data : NULL;
	end_entry(&entry, result);
}

void do_recv(struct end *end, size_t size) { receive(end, size, 0); }
void do_recv_now(struct end *end, size_t size) { receive(end, size, MSG_DONTWAIT); }

/* --- the rest --- */

void do_shutdown(struct end *end, int how)
{
	static const char *const names[] = { [SHUT_RD] = "RD", [SHUT_WR] = "WR", [SHUT_RDWR] = "RDWR" };
	struct entry entry = begin_entry(end, "shutdown %s", names[how]);

	end_entry(&entry, shutdown(end->fd, how));
}

void do_poll(struct end *end, short events, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = end->fd, .events = events };
	struct entry entry = begin_entry(end, "poll %d ms", timeout_ms);
	int result = poll(&poll_fd, 1, timeout_ms);

	entry.polled = poll_fd.revents;
	end_entry(&entry, result);
}

void do_close(struct end *end)
{
	struct entry entry = begin_entry(end, "close");

	end_entry(&entry, close(end->fd));
}

void do_set(struct end *end, int level, int option, const char *name, int value)
{
	struct entry entry = begin_entry(end, "%s=%d", name, value);

	end_entry(&entry, setsockopt(end->fd, level, option, &value, sizeof(value)));
}

void do_linger(struct end *end, int on, int seconds)
{
	struct linger linger = { .l_onoff = on, .l_linger = seconds };
	struct entry entry = begin_entry(end, "SO_LINGER=%d,%d", on, seconds);

	end_entry(&entry, setsockopt(end->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
}

void do_get_error(struct end *end)
{
	struct entry entry = begin_entry(end, "SO_ERROR");
	int value = 0, result;
	socklen_t size = sizeof(value);

	result = getsockopt(end->fd, SOL_SOCKET, SO_ERROR, &value, &size);
	entry.value = value ? strerrorname_np(value) : "0";
	end_entry(&entry, result);
}

void do_wait(unsigned int ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l };
	struct entry entry = begin_entry(NULL, "passes %u ms", ms);

	while (nanosleep(&left, &left) && errno == EINTR)
		;
	end_entry(&entry, 0);
}

/* --- several at once --- */

struct end listening(int backlog)
{
	struct end end = do_socket("listener", SERVER_HOST, 0);

	SET(&end, SOL_SOCKET, SO_REUSEADDR, 1);
	do_bind(&end, SERVER_PORT);
	do_listen(&end, backlog);
	return end;
}

struct end bound(const char *name, uint16_t port)
{
	struct end end = do_socket(name, CLIENT_HOST, 0);

	do_bind(&end, port);
	return end;
}

struct connection connected(void)
{
	struct connection it = { .listener = listening(8) };

	it.client = bound("client", CLIENT_PORT);
	do_connect(&it.client, SERVER_PORT);
	it.server = do_accept(&it.listener, "server");
	return it;
}
