// SPDX-License-Identifier: GPL-2.0
/* How a connection ends. See opening.c. */
#include "compare.h"

#define FIN		TH_FIN, TH_FIN
#define ACK_ALONE	TH_ACK, TH_SYN | TH_ACK | TH_PUSH | TH_FIN | TH_RST

static void half_close(void)
{
	struct connection it = connected();

	do_send(&it.client, 17);
	do_shutdown(&it.client, SHUT_WR);
	do_send(&it.client, 1);
	do_recv(&it.server, 100);
	do_recv(&it.server, 100);
	do_wait(600000);
	do_poll(&it.server, POLLIN | POLLOUT | POLLRDHUP, 0);
	do_poll(&it.client, POLLIN | POLLOUT | POLLRDHUP, 0);
	do_send(&it.server, 1000);
	do_recv(&it.client, 4000);
	do_close(&it.server);
	do_recv(&it.client, 4000);
	do_close(&it.client);
	do_wait(1000);
}

static void simultaneous_close(void)
{
	struct connection it = connected();

	net_delay(20);
	do_shutdown(&it.client, SHUT_WR);
	do_shutdown(&it.server, SHUT_WR);
	do_poll(&it.client, POLLIN | POLLOUT | POLLRDHUP, 0);
	do_wait(1000);
	do_poll(&it.client, POLLIN | POLLOUT | POLLRDHUP, 0);
	do_poll(&it.server, POLLIN | POLLOUT | POLLRDHUP, 0);
	do_close(&it.client);
	do_close(&it.server);
	do_wait(1000);
}

static void both_close(void)
{
	struct connection it = connected();

	net_delay(20);
	do_close(&it.client);
	do_close(&it.server);
	do_wait(2000);
}

/* --- ends that lose something --- */

static void unread(void)
{
	struct connection it = connected();

	do_send(&it.client, 17);
	do_poll(&it.server, POLLIN, 1000);
	do_close(&it.server);
	do_poll(&it.client, POLLIN | POLLOUT | POLLRDHUP, 0);
	do_send(&it.client, 1);
	do_send(&it.client, 1);
	do_recv(&it.client, 100);
	do_close(&it.client);
}

static void late_data(void)
{
	struct connection it = connected();

	do_close(&it.server);
	do_send(&it.client, 17);
	do_poll(&it.client, POLLIN | POLLOUT | POLLRDHUP, 0);
	do_get_error(&it.client);
	do_recv(&it.client, 100);
	do_recv(&it.client, 100);
	do_close(&it.client);
}

static void linger_0(void)
{
	struct connection it = connected();

	do_send(&it.server, 5);
	do_linger(&it.client, 1, 0);
	do_close(&it.client);
	do_poll(&it.server, POLLIN | POLLOUT | POLLRDHUP, 0);
	do_get_error(&it.server);
	do_recv(&it.server, 100);
	do_send(&it.server, 5);
	do_close(&it.server);
	do_wait(1000);
}

static void linger(void)
{
	struct connection it = connected();

	net_delay(20);
	do_linger(&it.client, 1, 5);
	do_send(&it.client, 17);
	do_close(&it.client);
	do_recv(&it.server, 100);
	do_recv(&it.server, 100);
	do_close(&it.server);
	do_wait(1000);
}

static void linger_in_vain(void)
{
	struct connection it = connected();

	net_lose_all(SERVER_HOST);
	do_linger(&it.client, 1, 2);
	do_send(&it.client, 17);
	do_close(&it.client);
	net_deliver(SERVER_HOST);
	do_wait(10000);
	do_recv_now(&it.server, 100);
}

/* --- what is lost --- */

static void fin_lost(void)
{
	struct connection it = connected();

	net_lose(SERVER_HOST, FIN);
	do_close(&it.client);
	do_wait(500);
	net_deliver(SERVER_HOST);
	do_recv(&it.server, 100);
	do_close(&it.server);
	do_wait(1000);
}

static void last_ack_lost(void)
{
	struct connection it = connected();

	do_close(&it.client);
	do_recv(&it.server, 100);
	do_wait(100);
	net_lose(SERVER_HOST, ACK_ALONE);
	do_close(&it.server);
	do_wait(300);
	net_deliver(SERVER_HOST);
	do_wait(5000);
}

static void peer_gone(void)
{
	struct connection it = connected();

	net_set(CLIENT_HOST, "net/ipv4/tcp_orphan_retries", "3");
	net_lose_all(SERVER_HOST);
	do_send(&it.client, 17);
	do_close(&it.client);
	do_wait(60000);
	net_deliver(SERVER_HOST);
	do_send(&it.server, 5);
	do_wait(1000);
	do_recv(&it.server, 100);
}

static void data_given_up(void)
{
	struct connection it = connected();

	net_set(CLIENT_HOST, "net/ipv4/tcp_retries2", "3");
	net_lose_all(SERVER_HOST);
	do_send(&it.client, 17);
	do_poll(&it.client, POLLIN, 120000);
	do_get_error(&it.client);
	do_recv(&it.client, 100);
	do_send(&it.client, 1);
	do_close(&it.client);
}

/* --- FIN-WAIT-2 and TIME-WAIT --- */

static void fin_wait_2(void)
{
	struct connection it = connected();

	net_set(CLIENT_HOST, "net/ipv4/tcp_fin_timeout", "5");
	do_close(&it.client);
	do_recv(&it.server, 100);
	do_wait(4000);
	do_wait(4000);
	do_send(&it.server, 5);
	do_send(&it.server, 5);
	do_close(&it.server);
}

static void close_twice(struct connection *it)
{
	do_close(&it->client);
	do_recv(&it->server, 100);
	do_close(&it->server);
	do_wait(100);
}

static void time_wait_ends(void)
{
	struct connection it = connected();
	struct end another;

	close_twice(&it);
	another = bound("another", CLIENT_PORT);
	do_wait(55000);
	do_bind(&another, CLIENT_PORT);
	do_wait(10000);
	do_bind(&another, CLIENT_PORT);
}

/* The side that is in TIME-WAIT connects anew: tcp_tw_reuse. */
static void time_wait_connect(void)
{
	struct connection it = connected();
	struct end another;

	close_twice(&it);
	net_set(CLIENT_HOST, "net/ipv4/tcp_tw_reuse", "1");
	do_wait(2000);
	another = do_socket("another", CLIENT_HOST, 0);
	SET(&another, SOL_SOCKET, SO_REUSEADDR, 1);
	do_bind(&another, CLIENT_PORT);
	do_connect(&another, SERVER_PORT);
	do_wait(1000);
}

/* A SYN comes to the side that is in TIME-WAIT. */
static void time_wait_syn(void)
{
	struct connection it = connected();
	struct end another;

	do_close(&it.server);
	do_recv(&it.client, 100);
	do_close(&it.client);
	do_wait(100);
	another = bound("another", CLIENT_PORT);
	do_connect(&another, SERVER_PORT);
	do_accept(&it.listener, "server 2");
	do_wait(1000);
}

static void time_wait_bind(void)
{
	struct connection it = connected();
	struct end again;

	do_close(&it.server);
	do_close(&it.client);
	do_close(&it.listener);
	do_wait(100);
	again = do_socket("listener", SERVER_HOST, 0);
	do_bind(&again, SERVER_PORT);
	SET(&again, SOL_SOCKET, SO_REUSEADDR, 1);
	do_bind(&again, SERVER_PORT);
	do_listen(&again, 8);
}

/* --- shutdown() --- */

static void shutdown_read(void)
{
	struct connection it = connected();

	do_shutdown(&it.server, SHUT_RD);
	do_poll(&it.server, POLLIN | POLLOUT | POLLRDHUP, 0);
	do_recv(&it.server, 100);
	do_send(&it.client, 17);
	do_wait(100);
	do_recv(&it.server, 100);
	do_close(&it.client);
	do_close(&it.server);
	do_wait(1000);
}

static void shutdown_both(void)
{
	struct connection it = connected();

	do_shutdown(&it.client, SHUT_RDWR);
	do_poll(&it.client, POLLIN | POLLOUT | POLLRDHUP, 0);
	do_send(&it.client, 1);
	do_recv(&it.client, 100);
	do_recv(&it.server, 100);
	do_shutdown(&it.server, SHUT_RDWR);
	do_poll(&it.client, POLLIN | POLLOUT | POLLRDHUP, 0);
	do_shutdown(&it.client, SHUT_RDWR);
	do_close(&it.client);
	do_close(&it.server);
	do_wait(1000);
}

static void shutdown_unconnected(void)
{
	struct end client = bound("client", CLIENT_PORT);

	do_shutdown(&client, SHUT_RDWR);
	do_poll(&client, POLLIN | POLLOUT | POLLRDHUP, 0);
	do_send(&client, 1);
	do_recv(&client, 100);
	do_connect(&client, SERVER_PORT);
}

const struct scenario closing[] = {
	{ "half-close", "one side ends, the other still sends, ten minutes later", half_close },
	{ "simultaneous-close", "both shut down, and the FINs cross", simultaneous_close },
	{ "both-close", "both close, and the FINs cross", both_close },
	{ "unread", "close() with unread data: RST (RFC 2525)", unread },
	{ "late-data", "data for a socket that is closed: RST", late_data },
	{ "linger-0", "SO_LINGER with 0 s: RST", linger_0 },
	{ "linger", "SO_LINGER: close() waits for the ACK", linger },
	{ "linger-in-vain", "SO_LINGER: no ACK comes in time", linger_in_vain },
	{ "fin-lost", "the FIN is lost", fin_lost },
	{ "last-ack-lost", "the ACK of the last FIN is lost: TIME-WAIT answers", last_ack_lost },
	{ "peer-gone", "close() when nothing arrives any more", peer_gone },
	{ "data-given-up", "data that are never acknowledged: ETIMEDOUT", data_given_up },
	{ "fin-wait-2", "FIN-WAIT-2 without a process ends by itself", fin_wait_2 },
	{ "time-wait-ends", "TIME-WAIT lasts a minute", time_wait_ends },
	{ "time-wait-connect", "connect() out of TIME-WAIT", time_wait_connect },
	{ "time-wait-syn", "a SYN for TIME-WAIT", time_wait_syn },
	{ "time-wait-bind", "bind() to a port that has TIME-WAIT", time_wait_bind },
	{ "shutdown-read", "shutdown() of reading, and data come", shutdown_read },
	{ "shutdown-both", "shutdown() of both directions, on both sides", shutdown_both },
	{ "shutdown-unconnected", "calls on a socket that was never connected", shutdown_unconnected },
	{ 0 },
};
