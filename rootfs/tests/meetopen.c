// SPDX-License-Identifier: GPL-2.0
/*
 * Every opening that a program can cause, with another stack at each end, see meet.h.
 *
 *	meetopen [WORD]
 *
 * With a WORD only the scenarios whose names have it.
 */
#include "meet.h"

static void open_and_say(void)
{
	struct meeting m = meet();

	say_both_ways(&m);
	wants_states(&m, ESTABLISHED, ESTABLISHED);
	part(&m);
}

static void simultaneous_open(void)
{
	int a = socket_of(client, SOCK_NONBLOCK), b, port = next_port++, peer_port = next_port++;

	link_of_both("delay 300ms");
	wants_errno("bind", bind_to(a, client->address, port), 0);
	b = socket_of(server, SOCK_NONBLOCK);
	wants_errno("bind", bind_to(b, server->address, peer_port), 0);
	wants_errno("connect", to_side(a, client, server, peer_port), EINPROGRESS);
	wants_errno("connect of the other", to_side(b, server, client, port), EINPROGRESS);
	wants_poll("connected", a, POLLOUT);
	wants_poll("the other", b, POLLOUT);
	link_of_both(NULL);
	say(a, b);
	say(b, a);
	close(a);
	wants_end(b);
	close(b);
}

static void without_waiting(void)
{
	int port = next_port++, listener = listener_on(port, 5, 0, 0, 0), fd = socket_of(client, SOCK_NONBLOCK), peer;

	link_of_both("delay 200ms");
	wants_errno("connect", to_side(fd, client, server, port), EINPROGRESS);
	wants_errno("connect, meanwhile", to_side(fd, client, server, port), EALREADY);
	wants_equal("poll, meanwhile", poll_bits(fd), 0);
	wants_poll("connected", fd, POLLOUT);
	wants_equal("SO_ERROR", get_int(fd, SOL_SOCKET, SO_ERROR), 0);
	link_of_both(NULL);
	wants_errno("connect, the first after that", to_side(fd, client, server, port), 0);
	wants_errno("connect again", to_side(fd, client, server, port), EISCONN);
	peer = accept_from(listener);
	say(fd, peer);
	close(fd);
	wants_end(peer);
	close(peer);
	close(listener);
}

static void refused(void)
{
	int fd = socket_of(client, 0), port = next_port++;

	wants_errno("connect", to_side(fd, client, server, port), ECONNREFUSED);
	close(fd);
	fd = socket_of(client, SOCK_NONBLOCK);
	link_of(client, "delay 100ms");
	wants_errno("connect without waiting", to_side(fd, client, server, port), EINPROGRESS);
	wants_poll("refused", fd, POLLIN | POLLOUT | POLLRDHUP | POLLERR | POLLHUP);
	wants_equal("SO_ERROR", get_int(fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
	link_of(client, NULL);
	close(fd);
}

static void nobody_answers(void)
{
	int port = next_port++, listener = listener_on(port, 5, 0, 0, 0), fd = socket_of(client, 0);
	long start = now_ms();

	link_of(server, "loss 100%");
	set_int(fd, IPPROTO_TCP, TCP_SYNCNT, 1);
	wants_errno("connect", to_side(fd, client, server, port), ETIMEDOUT);
	wants_between("its milliseconds", now_ms() - start, 2000, 30000);
	close(fd);
	fd = socket_of(client, 0);
	set_timeout(fd, SO_SNDTIMEO, 300);
	wants_errno("connect with SO_SNDTIMEO", to_side(fd, client, server, port), EINPROGRESS);
	link_of(server, NULL);
	close(fd);
	close(listener);
}

/* The SYN, the SYN-ACK and the FIN are sent again. */
static void lost_on_the_way(void)
{
	int port = next_port++, listener = listener_on(port, 5, 0, 0, 0), fd = socket_of(client, SOCK_NONBLOCK), peer;

	link_of(client, "loss 100%");
	wants_errno("connect", to_side(fd, client, server, port), EINPROGRESS);
	usleep(300000);
	link_of(client, NULL);
	wants_poll("connected, with the second SYN", fd, POLLOUT);
	peer = accept_from(listener);
	say(fd, peer);
	link_of(server, "loss 100%");
	close(peer);
	usleep(100000);
	link_of(server, NULL);
	wants_end(fd);
	close(fd);
	close(listener);
}

static void lost_synack(void)
{
	int port = next_port++, listener = listener_on(port, 5, 0, 0, 0), fd = socket_of(client, SOCK_NONBLOCK), peer;

	link_of(server, "loss 100%");
	wants_errno("connect", to_side(fd, client, server, port), EINPROGRESS);
	usleep(300000);
	link_of(server, NULL);
	wants_poll("connected, with the second SYN-ACK", fd, POLLOUT);
	peer = accept_from(listener);
	say(peer, fd);
	close(fd);
	close(peer);
	close(listener);
}

static void deferred_accept(void)
{
	int port = next_port++, listener = listener_on(port, 5, IPPROTO_TCP, TCP_DEFER_ACCEPT, 30);
	int fd = socket_of(client, 0), peer;
	char text[4] = "";

	wants_errno("connect", to_side(fd, client, server, port), 0);
	usleep(300000);
	wants_equal("the listener, without text", poll_bits(listener), 0);
	wants_equal("send", send(fd, "abc", 3, MSG_NOSIGNAL), 3);
	peer = accept_from(listener);
	wants_equal("its text", receive(peer, text, sizeof(text)), 3);
	say(peer, fd);
	close(fd);
	wants_end(peer);
	close(peer);
	close(listener);
}

static void cookies(void)
{
	struct meeting m;
	char block[1000] = "";
	int i, sum;

	set_sysctl(server, "tcp_syncookies", 2);
	m = meet();
	say_both_ways(&m);
	for (i = 0; i < 100; i++) {
		wants_equal("send", send(m.client, block, sizeof(block), MSG_NOSIGNAL), sizeof(block));
		for (sum = 0; sum < (int)sizeof(block);) {
			ssize_t n = receive(m.server, block, sizeof(block) - sum);

			if (wants_errno("recv", n, 0) <= 0)
				break;
			sum += n;
		}
	}
	part(&m);
	set_sysctl(server, "tcp_syncookies", 1);
}

/* Backlog 0 is one connection. The second opens when there is room, with its next SYN. */
static void backlog_overflow(void)
{
	int port = next_port++, listener = listener_on(port, 0, 0, 0, 0), fd[2], peer[2];

	fd[0] = socket_of(client, 0);
	wants_errno("connect", to_side(fd[0], client, server, port), 0);
	wants_poll("the listener", listener, POLLIN);
	fd[1] = socket_of(client, SOCK_NONBLOCK);
	wants_errno("connect to a full listener", to_side(fd[1], client, server, port), EINPROGRESS);
	usleep(300000);
	wants_equal("which waits", poll_bits(fd[1]), 0);
	peer[0] = accept_from(listener);
	wants_poll("until there is room", fd[1], POLLOUT);
	peer[1] = accept_from(listener);
	say(fd[0], peer[0]);
	say(fd[1], peer[1]);
	close(fd[0]);
	close(fd[1]);
	close(peer[0]);
	close(peer[1]);
	close(listener);
}

static void listener_goes(void)
{
	int port = next_port++, listener = listener_on(port, 5, 0, 0, 0), fd = socket_of(client, 0);

	wants_errno("connect", to_side(fd, client, server, port), 0);
	wants_poll("the listener", listener, POLLIN);
	close(listener);
	wants_error(fd, ECONNRESET);
	close(fd);
}

static void disconnect(void)
{
	struct meeting m = meet();
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	say_both_ways(&m);
	wants_errno("connect AF_UNSPEC", connect(m.client, &none, sizeof(none)), 0);
	wants_error(m.server, ECONNRESET);
	wants_states(&m, GONE, GONE);
	close_now(&m.server);
	wants_errno("connect once more", to_side(m.client, client, server, m.port), 0);
	m.server = accept_from(m.listener);
	say_both_ways(&m);
	part(&m);
}

static const struct scenario scenarios[] = {
	{ "active and passive open", open_and_say },
	{ "simultaneous open", simultaneous_open },
	{ "connect without waiting", without_waiting },
	{ "refused", refused },
	{ "nobody answers", nobody_answers },
	{ "SYN and FIN lost", lost_on_the_way },
	{ "SYN-ACK lost", lost_synack },
	{ "deferred accept", deferred_accept },
	{ "SYN cookies", cookies },
	{ "backlog overflow", backlog_overflow },
	{ "the listener goes", listener_goes },
	{ "disconnect", disconnect },
};

int main(int argc, char **argv)
{
	return run_in_both_roles(scenarios, sizeof(scenarios) / sizeof(scenarios[0]), argc > 1 ? argv[1] : NULL);
}
