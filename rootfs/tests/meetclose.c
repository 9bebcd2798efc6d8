// SPDX-License-Identifier: GPL-2.0
/*
 * Every closing that a program can cause, with another stack at each end, see meet.h.
 *
 *	meetclose [WORD]
 *
 * With a WORD only the scenarios whose names have it.
 */
#include "meet.h"

static void client_first(void)
{
	struct meeting m = meet();

	say_both_ways(&m);
	close_now(&m.client);
	wants_end(m.server);
	wants_state("state of the client", client, m.client_port, m.port, FIN_WAIT2);
	close_now(&m.server);
	wants_states(&m, TIME_WAIT, GONE);
	part(&m);
}

static void server_first(void)
{
	struct meeting m = meet();

	say_both_ways(&m);
	close_now(&m.server);
	wants_end(m.client);
	wants_state("state of the server", server, m.port, m.client_port, FIN_WAIT2);
	close_now(&m.client);
	wants_states(&m, GONE, TIME_WAIT);
	part(&m);
}

static void simultaneous_close(void)
{
	struct meeting m = meet();

	say_both_ways(&m);
	usleep(100000);	/* delayed ACKs */
	link_of_both("delay 300ms");
	close_now(&m.client);
	close_now(&m.server);
	wants_states(&m, TIME_WAIT, TIME_WAIT);
	link_of_both(NULL);
	part(&m);
}

static void half_close(int first, int second)
{
	wants_errno("shutdown", shutdown(first, SHUT_WR), 0);
	wants_end(second);
	say(second, first);
	usleep(100000);
	say(second, first);
	wants_errno("send after shutdown", send(first, "x", 1, MSG_NOSIGNAL), EPIPE);
	wants_errno("shutdown of the other", shutdown(second, SHUT_WR), 0);
	wants_end(first);
}

static void half_close_by_client(void)
{
	struct meeting m = meet();

	half_close(m.client, m.server);
	wants_states(&m, TIME_WAIT, GONE);
	part(&m);
}

static void half_close_by_server(void)
{
	struct meeting m = meet();

	half_close(m.server, m.client);
	wants_states(&m, GONE, TIME_WAIT);
	part(&m);
}

static void reset_by(int *first, int second)
{
	struct linger linger = { .l_onoff = 1 };

	if (setsockopt(*first, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)))
		die("SO_LINGER");
	close_now(first);
	wants_error(second, ECONNRESET);
}

static void reset_by_client(void)
{
	struct meeting m = meet();

	reset_by(&m.client, m.server);
	wants_states(&m, GONE, GONE);
	part(&m);
}

static void reset_by_server(void)
{
	struct meeting m = meet();

	reset_by(&m.server, m.client);
	wants_states(&m, GONE, GONE);
	part(&m);
}

static void unread_by(int *first, int second)
{
	wants_equal("send", send(second, "abc", 3, MSG_NOSIGNAL), 3);
	wants_poll("text", *first, POLLIN | POLLOUT);
	close_now(first);
	wants_error(second, ECONNRESET);
}

static void unread_by_client(void)
{
	struct meeting m = meet();

	unread_by(&m.client, m.server);
	wants_states(&m, GONE, GONE);
	part(&m);
}

static void unread_by_server(void)
{
	struct meeting m = meet();

	unread_by(&m.server, m.client);
	wants_states(&m, GONE, GONE);
	part(&m);
}

static void reset_after_close(void)
{
	struct meeting m = meet();

	close_now(&m.client);
	wants_end(m.server);
	wants_reset_when_sending(m.server);
	wants_states(&m, GONE, GONE);
	part(&m);
}

static void lingering(void)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 20 };
	struct meeting m = meet();
	long start;

	if (setsockopt(m.client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)))
		die("SO_LINGER");
	link_of(server, "delay 300ms");
	start = now_ms();
	close_now(&m.client);
	wants_between("milliseconds of close()", now_ms() - start, 250, 19000);
	link_of(server, NULL);
	wants_end(m.server);
	part(&m);
}

static void shutdown_read(void)
{
	struct meeting m = meet();
	char byte;

	wants_errno("shutdown SHUT_RD", shutdown(m.client, SHUT_RD), 0);
	wants_equal("recv", recv(m.client, &byte, 1, 0), 0);
	wants_equal("send to it", send(m.server, "x", 1, MSG_NOSIGNAL), 1);
	say(m.client, m.server);
	wants_states(&m, ESTABLISHED, ESTABLISHED);
	part(&m);
}

static void shutdown_both(void)
{
	struct meeting m = meet();
	char byte;

	say_both_ways(&m);
	wants_errno("shutdown SHUT_RDWR", shutdown(m.client, SHUT_RDWR), 0);
	wants_equal("recv", recv(m.client, &byte, 1, 0), 0);
	wants_errno("send", send(m.client, "x", 1, MSG_NOSIGNAL), EPIPE);
	wants_end(m.server);
	wants_errno("the other's", shutdown(m.server, SHUT_RDWR), 0);
	wants_states(&m, TIME_WAIT, GONE);
	wants_errno("shutdown of what is over", shutdown(m.server, SHUT_WR), ENOTCONN);
	part(&m);
}

static void killed(void)
{
	struct meeting m = meet();
	pid_t child = fork();

	if (!child) {
		pause();
		_exit(0);
	}
	close_now(&m.client);
	usleep(100000);
	wants_equal("the connection of a child", poll_bits(m.server), POLLOUT);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	wants_end(m.server);
	part(&m);
}

/* From the port that it had: the peer is in TIME-WAIT, or the client itself, which has to have waited for a second. */
static struct meeting meet_again(const struct meeting *before)
{
	struct meeting m = *before;

	m.client = socket_of(client, 0);
	wants_errno("bind to the same port", bind_to(m.client, client->address, m.client_port), 0);
	wants_errno("connect again", to_side(m.client, client, server, m.port), 0);
	m.server = accept_from(m.listener);
	say_both_ways(&m);
	wants_states(&m, ESTABLISHED, ESTABLISHED);
	return m;
}

static void server_in_time_wait(void)
{
	struct meeting m = meet();

	close_now(&m.server);
	wants_end(m.client);
	close_now(&m.client);
	wants_states(&m, GONE, TIME_WAIT);
	m = meet_again(&m);
	part(&m);
}

static void client_in_time_wait(void)
{
	struct meeting m = meet();

	set_sysctl(client, "tcp_tw_reuse", 1);
	close_now(&m.client);
	wants_end(m.server);
	close_now(&m.server);
	wants_states(&m, TIME_WAIT, GONE);
	usleep(2100000);
	m = meet_again(&m);
	set_sysctl(client, "tcp_tw_reuse", 2);
	part(&m);
}

static void keepalive_death(int fd)
{
	set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, 2);
	set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	usleep(2500000);
	wants_equal("alive while it is answered", poll_bits(fd), POLLOUT);
	link_of_both("loss 100%");
	wants_error(fd, ETIMEDOUT);
	link_of_both(NULL);
}

static void keepalive_of_client(void)
{
	struct meeting m = meet();

	keepalive_death(m.client);
	part(&m);
}

static void keepalive_of_server(void)
{
	struct meeting m = meet();

	keepalive_death(m.server);
	part(&m);
}

static void user_timeout(void)
{
	struct meeting m = meet();

	set_int(m.client, IPPROTO_TCP, TCP_USER_TIMEOUT, 1000);
	link_of_both("loss 100%");
	wants_equal("send", send(m.client, "x", 1, MSG_NOSIGNAL), 1);
	wants_error(m.client, ETIMEDOUT);
	link_of_both(NULL);
	part(&m);
}

static void fin_wait_2_ends(void)
{
	struct meeting m;

	set_sysctl(client, "tcp_fin_timeout", 1);
	m = meet();
	close_now(&m.client);
	wants_end(m.server);
	wants_state("state of the client", client, m.client_port, m.port, GONE);
	wants_reset_when_sending(m.server);
	set_sysctl(client, "tcp_fin_timeout", 60);
	part(&m);
}

static const struct scenario scenarios[] = {
	{ "the client closes first", client_first },
	{ "the server closes first", server_first },
	{ "simultaneous close", simultaneous_close },
	{ "half-close by the client", half_close_by_client },
	{ "half-close by the server", half_close_by_server },
	{ "reset by the client", reset_by_client },
	{ "reset by the server", reset_by_server },
	{ "unread by the client", unread_by_client },
	{ "unread by the server", unread_by_server },
	{ "text for one that has closed", reset_after_close },
	{ "SO_LINGER", lingering },
	{ "shutdown SHUT_RD", shutdown_read },
	{ "shutdown SHUT_RDWR", shutdown_both },
	{ "killed", killed },
	{ "the server is in TIME-WAIT", server_in_time_wait },
	{ "the client is in TIME-WAIT", client_in_time_wait },
	{ "keepalive of the client", keepalive_of_client },
	{ "keepalive of the server", keepalive_of_server },
	{ "TCP_USER_TIMEOUT", user_timeout },
	{ "FIN-WAIT-2 ends", fin_wait_2_ends },
};

int main(int argc, char **argv)
{
	return run_in_both_roles(scenarios, sizeof(scenarios) / sizeof(scenarios[0]), argc > 1 ? argv[1] : NULL);
}
