// SPDX-License-Identifier: GPL-2.0
/* TCP Fast Open. See opening.c. */
#include "compare.h"

#define SYN		TH_SYN, TH_SYN | TH_ACK
#define ACK_ALONE	TH_ACK, TH_SYN | TH_ACK | TH_PUSH | TH_FIN | TH_RST

#define KEY		"00000001-00000002-00000003-00000004"
#define OTHER_KEY	"00000005-00000006-00000007-00000008"

/* A listener that takes text with a SYN, and whose cookies are the same for both stacks. */
static struct end fast_listener(void)
{
	struct end listener;

	net_set(CLIENT_HOST, "net/ipv4/tcp_fastopen", "3");
	net_set(SERVER_HOST, "net/ipv4/tcp_fastopen", "3");
	net_set(SERVER_HOST, "net/ipv4/tcp_fastopen_key", KEY);
	listener = listening(8);
	SET(&listener, IPPROTO_TCP, TCP_FASTOPEN, 8);
	return listener;
}

static struct end nonblocking(const char *name, uint16_t port)
{
	struct end end = do_socket(name, CLIENT_HOST, SOCK_NONBLOCK);

	do_bind(&end, port);
	return end;
}

/* The first connection brings the cookie. */
static void learn_cookie(struct end *listener)
{
	struct end client = nonblocking("client", CLIENT_PORT), server;

	do_send_first(&client, SERVER_PORT, 17);
	server = do_accept(listener, "server");
	do_send_first(&client, SERVER_PORT, 17);
	do_recv(&server, 100);
	do_close(&client);
	do_recv(&server, 100);
	do_close(&server);
	do_wait(200);
}

static void end_of(struct end *client, struct end *server)
{
	do_close(client);
	do_recv(server, 100);
	do_close(server);
	do_wait(1000);
}

static void text_in_syn(void)
{
	struct end listener = fast_listener(), client, server;

	learn_cookie(&listener);
	client = nonblocking("client 2", CLIENT_PORT + 1);
	do_send_first(&client, SERVER_PORT, 17);
	server = do_accept(&listener, "server 2");
	do_recv(&server, 100);
	do_send(&server, 5);
	do_poll(&client, POLLIN | POLLOUT, 1000);
	do_recv(&client, 100);
	end_of(&client, &server);
}

static void by_connect(void)
{
	struct end listener = fast_listener(), client, server;

	learn_cookie(&listener);
	client = nonblocking("client 2", CLIENT_PORT + 1);
	SET(&client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	do_connect(&client, SERVER_PORT);
	do_poll(&client, POLLIN | POLLOUT, 0);
	do_send(&client, 17);
	server = do_accept(&listener, "server 2");
	do_recv(&server, 100);
	end_of(&client, &server);
}

/* The SYN is lost, with its text: what comes is a bare one, and text behind the handshake. */
static void fast_syn_lost(void)
{
	struct end listener = fast_listener(), client, server;

	learn_cookie(&listener);
	client = nonblocking("client 2", CLIENT_PORT + 1);
	net_lose(SERVER_HOST, SYN);
	do_send_first(&client, SERVER_PORT, 17);
	do_wait(500);
	net_deliver(SERVER_HOST);
	server = do_accept(&listener, "server 2");
	do_recv(&server, 100);
	end_of(&client, &server);
}

/* The server's user answers, and its stack repeats the SYN-ACK. */
static void fast_third_ack_lost(void)
{
	struct end listener = fast_listener(), client, server;

	learn_cookie(&listener);
	client = nonblocking("client 2", CLIENT_PORT + 1);
	net_lose(SERVER_HOST, ACK_ALONE);
	do_send_first(&client, SERVER_PORT, 17);
	server = do_accept(&listener, "server 2");
	do_recv(&server, 100);
	do_poll(&server, POLLIN | POLLOUT, 0);
	do_wait(500);
	net_deliver(SERVER_HOST);
	do_wait(1500);
	do_send(&server, 5);
	do_recv(&client, 100);
	end_of(&client, &server);
}

/* The cookie is no longer good: an ordinary handshake, the text again, and a new one. */
static void old_cookie(void)
{
	struct end listener = fast_listener(), client, server;

	learn_cookie(&listener);
	net_set(SERVER_HOST, "net/ipv4/tcp_fastopen_key", OTHER_KEY);
	client = nonblocking("client 2", CLIENT_PORT + 1);
	do_send_first(&client, SERVER_PORT, 17);
	server = do_accept(&listener, "server 2");
	do_recv(&server, 100);
	end_of(&client, &server);
}

static void fast_refused(void)
{
	struct end listener = fast_listener(), client;

	learn_cookie(&listener);
	do_close(&listener);
	client = nonblocking("client 2", CLIENT_PORT + 1);
	do_send_first(&client, SERVER_PORT, 17);
	do_poll(&client, POLLIN | POLLOUT, 1000);
	do_get_error(&client);
	do_send(&client, 17);
	do_close(&client);
}

const struct scenario fastopen[] = {
	{ "fastopen", "a cookie, and then text in a SYN", text_in_syn },
	{ "fastopen-connect", "the same with TCP_FASTOPEN_CONNECT", by_connect },
	{ "fastopen-syn-lost", "a SYN with text is lost", fast_syn_lost },
	{ "fastopen-third-ack-lost", "the SYN-ACK comes again from a child", fast_third_ack_lost },
	{ "fastopen-old-cookie", "the server's key has changed", old_cookie },
	{ "fastopen-refused", "nobody listens any more", fast_refused },
	{ 0 },
};
