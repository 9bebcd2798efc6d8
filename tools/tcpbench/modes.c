// SPDX-License-Identifier: GPL-2.0
/*
 * The transactions. Each leaves nothing behind but what the stack keeps by itself (TIME-WAIT), and
 * works without ever sleeping as long as the stack does not delay anything.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcpbench.h"

#define BULK		(1 << 20)	/* bytes of a bulk transaction */
#define READ		65536

/* ms until nothing is left of a transaction: RCU callbacks and delayed ACKs (200 ms at most), or
 * TIME-WAIT too, which lasts 60 s and ends by a timer that may be 4 s late. */
#define SHORT_DRAIN	400
#define LONG_DRAIN	66000
/* The in-kernel stack forgets the requests of a listener that is closed when their timer fires. */
#define REQUEST_DRAIN	1500

/* --- one connection for all transactions --- */

static void open_connection(struct session *session)
{
	session->listener = listen_in_server(session->stack);
	session->client = connect_from_client(session->stack);
	session->server = accept_one(session->listener);
}

static void open_nodelay_connection(struct session *session)
{
	open_connection(session);
	set_nodelay(session->client);
	set_nodelay(session->server);
}

/* A reset leaves no TIME-WAIT, so that the next session starts as this one did. */
static void close_connection(struct session *session)
{
	close_with_reset(session->client);
	close(session->server);
	close(session->listener);
}

static void run_rr(const struct mode *mode, struct session *session, unsigned int count)
{
	while (count--) {
		send_exactly(session->client, mode->message);
		receive_exactly(session->server, mode->message);
		send_exactly(session->server, mode->message);
		receive_exactly(session->client, mode->message);
	}
}

/* --- a connection for each transaction --- */

static void open_listener(struct session *session)
{
	session->listener = listen_in_server(session->stack);
}

static void close_listener(struct session *session)
{
	close(session->listener);
}

static void run_crr(const struct mode *mode, struct session *session, unsigned int count)
{
	while (count--) {
		int client = connect_from_client(session->stack);
		int server = accept_one(session->listener);

		send_exactly(client, mode->message);
		receive_exactly(server, mode->message);
		send_exactly(server, mode->message);
		receive_exactly(client, mode->message);
		close(server);
		link_carry();
		close(client);
	}
}

static void run_accept(const struct mode *mode, struct session *session, unsigned int count)
{
	(void)mode;
	while (count--) {
		int client = connect_from_client(session->stack);
		int server = accept_one(session->listener);

		close_with_reset(client);
		link_carry();
		close(server);
	}
}

/* --- bulk --- */

static char bulk_buffer[READ];

/* Writes until the stack takes no more; how many bytes it took. */
static size_t fill(int fd, size_t message, size_t want)
{
	size_t sent = 0;

	while (sent < want) {
		size_t size = want - sent < message ? want - sent : message;
		ssize_t taken = send(fd, bulk_buffer, size, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (taken < 0 && errno == EAGAIN)
			break;
		if (taken < 0)
			die("send");
		sent += taken;
		if ((size_t)taken < size)
			break;
	}
	return sent;
}

static size_t drain(int fd, size_t want)
{
	size_t received = 0;

	while (received < want) {
		ssize_t size = recv(fd, bulk_buffer, READ, MSG_DONTWAIT);

		if (size < 0 && errno == EAGAIN)
			break;
		if (size <= 0)
			die("recv returned %zd", size);
		received += size;
	}
	return received;
}

/* Something is delayed by the stack: a segment, or an acknowledgement. */
static void wait_for_stack(struct session *session, size_t unsent)
{
	struct pollfd fds[] = {
		{ .fd = session->server, .events = POLLIN },
		{ .fd = session->client, .events = unsent ? POLLOUT : 0 },
	};

	session->waits++;
	errno = 0;
	if (!link_wait(fds, 2))
		die("%s: bulk: nothing moves any more", session->stack->name);
}

static void transfer(struct session *session, size_t message)
{
	size_t unsent = BULK, unread = BULK;

	while (unread) {
		size_t sent = fill(session->client, message, unsent);
		size_t carried = link_carry();
		size_t received = drain(session->server, unread);

		unsent -= sent;
		unread -= received;
		if (!sent && !carried && !received)
			wait_for_stack(session, unsent);
	}
}

static void run_bulk(const struct mode *mode, struct session *session, unsigned int count)
{
	while (count--)
		transfer(session, mode->message);
}

/* --- half-open requests --- */

static void open_halfopen(struct session *session)
{
	open_listener(session);
	session->packet_socket = halfopen_open();
}

static void close_halfopen(struct session *session)
{
	close(session->packet_socket);
	close_listener(session);
}

/* The listener goes with the transactions: what it costs to forget a request belongs to them. */
static void run_syn(const struct mode *mode, struct session *session, unsigned int count)
{
	(void)mode;
	while (count--)
		halfopen_send(session->packet_socket, session->stack, session->serial++);
	close(session->listener);
	session->listener = listen_in_server(session->stack);
}

const struct mode modes[] = {
	{ "rr1", "1 byte there and back", "exchange", 1, 4000, 400, 100, SHORT_DRAIN, 1, false,
	  open_nodelay_connection, run_rr, close_connection },
	{ "rr1k", "1 KB there and back", "exchange", 1, 4000, 400, 100, SHORT_DRAIN, 1024, false,
	  open_nodelay_connection, run_rr, close_connection },
	{ "crr", "connect, 1 byte each way, close", "connection", 1, 1000, 50, 100, LONG_DRAIN, 1,
	  false, open_listener, run_crr, close_listener },
	{ "accept", "handshake and reset", "connection", 1, 1000, 50, 100, SHORT_DRAIN, 0, false,
	  open_listener, run_accept, close_listener },
	{ "bulk64k", "1 MB in writes of 64 KB", "byte", BULK, 24, 8, 8, SHORT_DRAIN, 65536, false,
	  open_connection, run_bulk, close_connection },
	{ "bulk1k", "1 MB in writes of 1 KB", "byte", BULK, 8, 8, 8, SHORT_DRAIN, 1024, false,
	  open_connection, run_bulk, close_connection },
	{ "syn", "SYN, SYN-ACK, forgotten", "request", 1, 2000, 50, 100, REQUEST_DRAIN, 0, true,
	  open_halfopen, run_syn, close_halfopen },
};
const size_t mode_count = sizeof(modes) / sizeof(modes[0]);
