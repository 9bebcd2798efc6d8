// SPDX-License-Identifier: GPL-2.0
/*
 * How a connection opens, or does not. A scenario is a function and its line in the table at the end; the
 * network is fresh, ports and addresses are always the same.
 */
#include "compare.h"

#define SYN		TH_SYN, TH_SYN | TH_ACK
#define SYN_ACK		TH_SYN | TH_ACK, TH_SYN | TH_ACK
#define ACK_ALONE	TH_ACK, TH_SYN | TH_ACK | TH_PUSH | TH_FIN | TH_RST

static struct end nonblocking(const char *name, uint16_t port)
{
	struct end end = do_socket(name, CLIENT_HOST, SOCK_NONBLOCK);

	do_bind(&end, port);
	return end;
}

static void say_and_close(struct connection *it)
{
	do_send(&it->client, 17);
	do_recv(&it->server, 100);
	do_send(&it->server, 5);
	do_recv(&it->client, 100);
	do_close(&it->client);
	do_recv(&it->server, 100);
	do_close(&it->server);
	do_wait(1000);
}

static void message(void)
{
	struct connection it = connected();

	say_and_close(&it);
}

static void chosen_port(void)
{
	struct end listener = listening(8), client = do_socket("client", CLIENT_HOST, 0), server;

	do_connect(&client, SERVER_PORT);
	server = do_accept(&listener, "server");
	do_close(&client);
	do_close(&server);
	do_wait(1000);
}

static void refused(void)
{
	struct end client = bound("client", CLIENT_PORT);

	do_connect(&client, SERVER_PORT);
	do_get_error(&client);
	do_connect(&client, SERVER_PORT);
	do_send(&client, 5);
	do_close(&client);
	do_wait(1000);
}

static void refused_poll(void)
{
	struct end client = nonblocking("client", CLIENT_PORT);

	do_connect(&client, SERVER_PORT);
	do_poll(&client, POLLIN | POLLOUT | POLLRDHUP, 1000);
	do_get_error(&client);
	do_get_error(&client);
	do_poll(&client, POLLIN | POLLOUT | POLLRDHUP, 0);
	do_connect(&client, SERVER_PORT);
	do_connect(&client, SERVER_PORT);
	do_close(&client);
}

/* --- what is lost --- */

static void syn_lost(void)
{
	struct end listener = listening(8), client = nonblocking("client", CLIENT_PORT), server;

	net_lose(SERVER_HOST, SYN);
	do_connect(&client, SERVER_PORT);
	net_deliver(SERVER_HOST);
	do_poll(&client, POLLOUT, 10000);
	server = do_accept(&listener, "server");
	do_close(&client);
	do_close(&server);
	do_wait(1000);
}

static void silent_peer(void)
{
	struct end listener = listening(8), client = bound("client", CLIENT_PORT);

	net_set(CLIENT_HOST, "net/ipv4/tcp_syn_retries", "3");
	net_lose_all(SERVER_HOST);
	do_connect(&client, SERVER_PORT);
	do_get_error(&client);
	do_close(&client);
	do_close(&listener);
}

static void silent_peer_poll(void)
{
	struct end client = nonblocking("client", CLIENT_PORT);

	SET(&client, IPPROTO_TCP, TCP_SYNCNT, 2);
	net_lose_all(SERVER_HOST);
	do_connect(&client, SERVER_PORT);
	do_poll(&client, POLLIN | POLLOUT, 60000);
	do_get_error(&client);
	do_recv_now(&client, 100);
	do_close(&client);
}

/* The first SYN, too: otherwise both sides would send again at the same time, and the order were chance. */
static void synack_lost(void)
{
	struct end listener = listening(8), client = nonblocking("client", CLIENT_PORT), server;

	net_lose(SERVER_HOST, SYN);
	do_connect(&client, SERVER_PORT);
	net_deliver(SERVER_HOST);
	net_lose(CLIENT_HOST, SYN_ACK);
	do_wait(1500);
	net_deliver(CLIENT_HOST);
	do_poll(&client, POLLOUT, 10000);
	server = do_accept(&listener, "server");
	do_close(&client);
	do_close(&server);
	do_wait(5000);
}

static void synacks_lost(void)
{
	struct end listener = listening(8), client = nonblocking("client", CLIENT_PORT);

	net_set(SERVER_HOST, "net/ipv4/tcp_synack_retries", "3");
	net_set(CLIENT_HOST, "net/ipv4/tcp_syn_retries", "1");
	net_lose(SERVER_HOST, SYN);
	do_connect(&client, SERVER_PORT);
	net_deliver(SERVER_HOST);
	net_lose(CLIENT_HOST, SYN_ACK);
	do_wait(60000);
	do_poll(&client, POLLOUT, 0);
	do_get_error(&client);
	do_poll(&listener, POLLIN, 0);
}

static void third_ack_lost(void)
{
	struct end listener = listening(8), client = bound("client", CLIENT_PORT), server;

	net_lose(SERVER_HOST, ACK_ALONE);
	do_connect(&client, SERVER_PORT);
	do_poll(&listener, POLLIN, 500);
	net_deliver(SERVER_HOST);
	do_poll(&listener, POLLIN, 5000);
	server = do_accept(&listener, "server");
	do_send(&server, 5);
	do_recv(&client, 100);
	do_close(&client);
	do_close(&server);
	do_wait(1000);
}

/* The data say what the ACK did. */
static void third_ack_lost_data(void)
{
	struct end listener = listening(8), client = bound("client", CLIENT_PORT), server;

	net_lose(SERVER_HOST, ACK_ALONE);
	do_connect(&client, SERVER_PORT);
	net_deliver(SERVER_HOST);
	do_send(&client, 17);
	server = do_accept(&listener, "server");
	do_recv(&server, 100);
	do_close(&client);
	do_close(&server);
	do_wait(1000);
}

/* --- the queue of who waits to be accepted --- */

static void queue_full(void)
{
	struct end listener = listening(1), clients[3], server;

	net_set(SERVER_HOST, "net/ipv4/tcp_syncookies", "0");
	clients[0] = nonblocking("client", CLIENT_PORT);
	clients[1] = nonblocking("client 2", CLIENT_PORT + 1);
	clients[2] = nonblocking("client 3", CLIENT_PORT + 2);
	for (int i = 0; i < 3; i++) {
		do_connect(&clients[i], SERVER_PORT);
		do_poll(&clients[i], POLLOUT, 100);
	}
	do_poll(&listener, POLLIN, 0);
	do_wait(2000);
	server = do_accept(&listener, "server");
	do_poll(&clients[2], POLLOUT, 20000);
	do_close(&server);
	do_wait(5000);
}

/* Three fit into a queue of 2; the fourth has sent its SYN before the queue was full. */
static void third_ack_and_full_queue(const char *abort_on_overflow)
{
	static const char *const names[] = { "client", "client 2", "client 3", "client 4" };
	struct end listener = listening(2), clients[4];

	net_set(SERVER_HOST, "net/ipv4/tcp_syncookies", "0");
	net_set(SERVER_HOST, "net/ipv4/tcp_abort_on_overflow", abort_on_overflow);
	net_delay(20);
	for (int i = 0; i < 4; i++) {
		clients[i] = nonblocking(names[i], CLIENT_PORT + i);
		do_connect(&clients[i], SERVER_PORT);
		if (i < 2)
			do_wait(200);
	}
	do_poll(&clients[3], POLLOUT, 1000);
	do_wait(200);
	do_poll(&clients[3], POLLIN | POLLOUT, 0);
	do_get_error(&clients[3]);
	do_accept(&listener, "server");
	do_wait(10000);
	do_send(&clients[3], 5);
	do_wait(1000);
}

static void overflow(void) { third_ack_and_full_queue("0"); }
static void overflow_abort(void) { third_ack_and_full_queue("1"); }

static void listener_closes(void)
{
	struct end listener = listening(8), client = bound("client", CLIENT_PORT), half_open;

	do_connect(&client, SERVER_PORT);
	half_open = nonblocking("client 2", CLIENT_PORT + 1);
	net_lose(CLIENT_HOST, SYN_ACK);
	do_connect(&half_open, SERVER_PORT);
	net_deliver(CLIENT_HOST);
	do_close(&listener);
	do_recv(&client, 100);
	do_poll(&half_open, POLLIN | POLLOUT, 5000);
	do_get_error(&half_open);
	do_wait(5000);
}

static void listener_empty(void)
{
	struct end listener = do_socket("listener", SERVER_HOST, SOCK_NONBLOCK), client, server;

	do_bind(&listener, SERVER_PORT);
	do_accept(&listener, "server");
	do_listen(&listener, 8);
	do_accept(&listener, "server");
	do_poll(&listener, POLLIN | POLLOUT, 0);
	client = bound("client", CLIENT_PORT);
	do_connect(&client, SERVER_PORT);
	do_poll(&listener, POLLIN | POLLOUT, 0);
	server = do_accept(&listener, "server");
	do_poll(&listener, POLLIN | POLLOUT, 0);
	do_shutdown(&listener, SHUT_RDWR);
	do_poll(&listener, POLLIN | POLLOUT, 0);
	do_accept(&listener, "another");
	do_close(&server);
	do_wait(1000);
}

/* --- what the program sees meanwhile --- */

static void connect_poll(void)
{
	struct end listener = listening(8), client = nonblocking("client", CLIENT_PORT);

	net_delay(20);
	do_connect(&client, SERVER_PORT);
	do_poll(&client, POLLIN | POLLOUT, 0);
	do_connect(&client, SERVER_PORT);
	do_send(&client, 5);
	do_recv_now(&client, 100);
	do_get_error(&client);
	do_poll(&client, POLLIN | POLLOUT, 1000);
	do_get_error(&client);
	do_connect(&client, SERVER_PORT);
	do_connect(&client, SERVER_PORT);
	do_poll(&listener, POLLIN, 1000);
}

static void close_in_syn_sent(void)
{
	struct end listener = listening(8), client = nonblocking("client", CLIENT_PORT);

	net_delay(20);
	do_connect(&client, SERVER_PORT);
	do_close(&client);
	do_wait(5000);
	do_poll(&listener, POLLIN, 0);
}

static void shutdown_in_syn_sent(void)
{
	struct end listener = listening(8), client = nonblocking("client", CLIENT_PORT);

	net_delay(20);
	do_connect(&client, SERVER_PORT);
	do_shutdown(&client, SHUT_WR);
	do_poll(&client, POLLIN | POLLOUT, 1000);
	do_get_error(&client);
	do_send(&client, 5);
	do_wait(5000);
	do_poll(&listener, POLLIN, 0);
}

static void simultaneous_open(void)
{
	struct end client = nonblocking("client", CLIENT_PORT);
	struct end server = do_socket("server", SERVER_HOST, SOCK_NONBLOCK);

	do_bind(&server, SERVER_PORT);
	net_delay(20);
	do_connect(&client, SERVER_PORT);
	do_connect(&server, CLIENT_PORT);
	do_poll(&client, POLLOUT, 5000);
	do_poll(&server, POLLOUT, 5000);
	do_connect(&client, SERVER_PORT);
	do_send(&client, 17);
	do_poll(&server, POLLIN, 1000);
	do_recv_now(&server, 100);
	do_close(&client);
	do_wait(500);
	do_close(&server);
	do_wait(2000);
}

static void disconnect(void)
{
	struct connection it = connected();

	do_send(&it.client, 5);
	do_disconnect(&it.client);
	do_recv(&it.server, 100);
	do_recv(&it.server, 100);
	do_connect(&it.client, SERVER_PORT);
	do_accept(&it.listener, "server 2");
	do_wait(1000);
}

/* --- what the SYN offers --- */

static void small_buffers(void)
{
	struct end listener = listening(8), client = bound("client", CLIENT_PORT), server;

	SET(&client, SOL_SOCKET, SO_RCVBUF, 4096);
	SET(&client, IPPROTO_TCP, TCP_MAXSEG, 500);
	do_connect(&client, SERVER_PORT);
	server = do_accept(&listener, "server");
	do_send(&server, 1200);
	do_recv(&client, 4096);
	do_close(&server);
	do_close(&client);
	do_wait(1000);
}

static void no_options(void)
{
	static const char *const names[] = { "net/ipv4/tcp_timestamps", "net/ipv4/tcp_sack", "net/ipv4/tcp_window_scaling" };
	struct connection it;

	for (int i = 0; i < 3; i++)
		net_set(CLIENT_HOST, names[i], "0");
	it = connected();
	say_and_close(&it);
}

static void tos_and_ttl(void)
{
	struct end listener = listening(8), client = bound("client", CLIENT_PORT), server;

	SET(&client, IPPROTO_IP, IP_TOS, 0x10);
	SET(&client, IPPROTO_IP, IP_TTL, 7);
	do_connect(&client, SERVER_PORT);
	server = do_accept(&listener, "server");
	SET(&server, IPPROTO_IP, IP_TOS, 0x08);
	do_send(&server, 5);
	do_recv(&client, 100);
	do_send(&client, 5);
	do_close(&client);
	do_close(&server);
	do_wait(1000);
}

const struct scenario opening[] = {
	{ "message", "handshake, a message, an answer, an ordinary end", message },
	{ "chosen-port", "the stack chooses the client's port", chosen_port },
	{ "refused", "nobody listens: RST, ECONNREFUSED, again", refused },
	{ "refused-poll", "the same, without waiting in connect()", refused_poll },
	{ "syn-lost", "the first SYN is lost", syn_lost },
	{ "silent-peer", "every SYN is lost: ETIMEDOUT", silent_peer },
	{ "silent-peer-poll", "the same with TCP_SYNCNT and poll()", silent_peer_poll },
	{ "synack-lost", "the first SYN-ACK is lost: both sides send again", synack_lost },
	{ "synacks-lost", "every SYN-ACK is lost: both sides give up", synacks_lost },
	{ "third-ack-lost", "the third ACK is lost: the SYN-ACK comes again", third_ack_lost },
	{ "third-ack-lost-data", "the third ACK is lost, and data follow", third_ack_lost_data },
	{ "queue-full", "a SYN meets a full accept queue", queue_full },
	{ "overflow", "a third ACK meets a full accept queue", overflow },
	{ "overflow-abort", "the same with tcp_abort_on_overflow", overflow_abort },
	{ "listener-closes", "a listener closes with one child queued and one half open", listener_closes },
	{ "listener-empty", "accept() and poll() of a listener before, during and after it listens", listener_empty },
	{ "connect-poll", "what connect(), poll() and others say while a connection opens", connect_poll },
	{ "close-in-syn-sent", "close() before the SYN-ACK comes", close_in_syn_sent },
	{ "shutdown-in-syn-sent", "shutdown() before the SYN-ACK comes", shutdown_in_syn_sent },
	{ "simultaneous-open", "both connect, and the SYNs cross", simultaneous_open },
	{ "disconnect", "connect() to AF_UNSPEC, and anew", disconnect },
	{ "small-buffers", "SO_RCVBUF and TCP_MAXSEG before connect()", small_buffers },
	{ "no-options", "a client without timestamps, SACK and window scale", no_options },
	{ "tos-and-ttl", "IP_TOS and IP_TTL", tos_and_ttl },
	{ 0 },
};
