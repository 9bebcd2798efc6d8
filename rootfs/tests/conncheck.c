// SPDX-License-Identifier: GPL-2.0
/*
 * What an open connection answers to its user: poll, flags of send() and recv(), time-outs, signals,
 * every way to end it. Both ends are here, over 127.0.0.1.
 *
 *	conncheck [-4]
 *
 * With -4 the same is asked of the in-kernel TCP: the answers must be the same.
 */
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

#include "check.h"

static void wants_text(const char *what, int fd, const char *wanted, size_t size, int flags)
{
	char text[64] = "";
	ssize_t got = recv(fd, text, size, flags);

	if (wants_errno(what, got, 0) < 0)
		return;
	wants_equal("its length", got, strlen(wanted));
	if (strcmp(text, wanted))
		complain("%s: expected '%s', got '%s'", what, wanted, text);
}

static void wants_end(const char *what, int fd)
{
	char byte;

	wants_equal(what, recv(fd, &byte, 1, 0), 0);
}

static void says(int fd, const char *text)
{
	wants_equal("send", send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static int ioctl_int(int fd, unsigned long request)
{
	int value = -1;

	return ioctl(fd, request, &value) ? -errno : value;
}

static void receive_flags(void)
{
	char byte, sink[16];
	int a, b;

	make_pair(&a, &b);
	wants_errno("MSG_DONTWAIT, nothing there", recv(b, &byte, 1, MSG_DONTWAIT), EAGAIN);
	says(a, "one two three");
	wants_poll("text is there", b, POLLIN | POLLOUT);
	wants_equal("SIOCINQ", ioctl_int(b, SIOCINQ), 13);
	wants_text("MSG_PEEK", b, "one", 3, MSG_PEEK);
	wants_text("MSG_PEEK again", b, "one two", 7, MSG_PEEK);
	wants_text("recv", b, "one", 3, 0);
	wants_equal("SIOCINQ", ioctl_int(b, SIOCINQ), 10);
	wants_equal("MSG_TRUNC throws away", recv(b, NULL, 5, MSG_TRUNC), 5);
	wants_equal("0 bytes", recv(b, sink, 0, MSG_DONTWAIT), 0);
	wants_text("recv with a larger buffer", b, "three", sizeof(sink), 0);
	wants_equal("SIOCINQ", ioctl_int(b, SIOCINQ), 0);
	says(a, "no place");
	wants_poll("text is there", b, POLLIN | POLLOUT);
	wants_errno("recv to nowhere", recv(b, (void *)1, 8, 0), EFAULT);
	wants_text("which loses nothing", b, "no place", sizeof(sink), 0);
	wants_errno("send from nowhere", send(a, (void *)1, 8, 0), EFAULT);
	says(a, "still here");
	wants_text("the connection", b, "still here", sizeof(sink), 0);
	close(a);
	close(b);
}

static void *say_late(void *fd)
{
	usleep(200000);
	send(*(int *)fd, "56789", 5, MSG_NOSIGNAL);
	return NULL;
}

static void receive_all(void)
{
	pthread_t thread;
	int a, b;

	make_pair(&a, &b);
	says(a, "01234");
	pthread_create(&thread, NULL, say_late, &a);
	wants_text("MSG_WAITALL|MSG_PEEK", b, "0123456789", 10, MSG_WAITALL | MSG_PEEK);
	pthread_join(thread, NULL);
	wants_text("MSG_WAITALL", b, "0123456789", 10, MSG_WAITALL);
	set_int(b, SOL_SOCKET, SO_RCVLOWAT, 10);
	says(a, "01234");
	usleep(50000);
	wants_poll("less than SO_RCVLOWAT", b, POLLOUT);
	says(a, "56789");
	wants_poll("enough for SO_RCVLOWAT", b, POLLIN | POLLOUT);
	wants_text("recv with SO_RCVLOWAT", b, "0123456789", 20, 0);
	says(a, "0123");
	shutdown(a, SHUT_WR);
	wants_text("MSG_WAITALL and an end", b, "0123", 10, MSG_WAITALL);
	close(a);
	close(b);
}

static void receive_timeouts(void)
{
	int a, b, listener;
	long start = now_ms();
	char byte;

	make_pair(&a, &b);
	set_timeout(b, SO_RCVTIMEO, 200);
	wants_errno("recv with SO_RCVTIMEO", recv(b, &byte, 1, 0), EAGAIN);
	wants_between("its milliseconds", now_ms() - start, 190, PATIENCE_MS);
	close(a);
	close(b);
	listen_somewhere(&listener, 1);
	set_timeout(listener, SO_RCVTIMEO, 200);
	start = now_ms();
	wants_errno("accept with SO_RCVTIMEO", accept(listener, NULL, NULL), EAGAIN);
	wants_between("its milliseconds", now_ms() - start, 190, PATIENCE_MS);
	close(listener);
}

/* Sends until nothing fits any more; the number of bytes. */
static long fill(int fd)
{
	static char block[65536];
	long sum = 0, before;
	ssize_t sent;
	size_t size;

	do {
		before = sum;
		for (size = sizeof(block); size; size /= 2)
			while ((sent = send(fd, block, size, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
				sum += sent;
		wants_errno("send to a full buffer", sent, EAGAIN);
		usleep(100000);	/* what is on its way may make room once more */
	} while (sum != before);
	return sum;
}

static long drain(int fd, long size)
{
	static char block[65536];
	long sum = 0;
	ssize_t got;

	while (sum < size && (got = recv(fd, block, sizeof(block), 0)) > 0)
		sum += got;
	return sum;
}

/* Blocking sends until one fails; the bytes of those before. The kernel may find some room yet. */
static long send_in_vain(int fd, const char *what, int error)
{
	static char block[65536];
	long sum = 0, start;
	ssize_t sent;

	do {
		start = now_ms();
		sent = send(fd, block, sizeof(block), MSG_NOSIGNAL);
		sum += sent > 0 ? sent : 0;
	} while (sent > 0 && sum < 64 << 20);
	wants_errno(what, sent, error);
	if (error == EAGAIN)
		wants_between("its milliseconds", now_ms() - start, 190, PATIENCE_MS);
	return sum;
}

static void full_buffer(void)
{
	long sent;
	int a, b;

	make_pair(&a, &b);
	sent = fill(a);
	wants_poll("full", a, 0);
	wants_between("SIOCOUTQ", ioctl_int(a, SIOCOUTQ), 1, sent);
	set_timeout(a, SO_SNDTIMEO, 200);
	sent += send_in_vain(a, "send with SO_SNDTIMEO", EAGAIN);
	set_timeout(a, SO_SNDTIMEO, 0);
	start_alarm(0);
	sent += send_in_vain(a, "send and a signal", EINTR);
	stop_alarm();
	wants_equal("received", drain(b, sent), sent);
	wants_poll("drained", a, POLLOUT);
	wants_equal("SIOCOUTQ", ioctl_int(a, SIOCOUTQ), 0);
	close(a);
	close(b);
}

static void small_buffers(void)
{
	static char block[300000];
	int listener, port, a, b, size = 2000;
	long sent = 0;

	port = listen_somewhere(&listener, 1);
	set_int(listener, SOL_SOCKET, SO_RCVBUF, size);
	a = new_socket(SOCK_NONBLOCK);
	set_int(a, SOL_SOCKET, SO_SNDBUF, size);
	connect_to(a, "127.0.0.1", port);
	b = accept(listener, NULL, NULL);
	set_timeout(b, SO_RCVTIMEO, PATIENCE_MS);
	while (sent < (long)sizeof(block)) {
		ssize_t n = send(a, block + sent, sizeof(block) - sent, MSG_NOSIGNAL);

		if (n > 0)
			sent += n;
		else if (errno == EAGAIN)
			wants_between("received", recv(b, block, sizeof(block), 0), 1, sizeof(block));
		else
			break;
	}
	wants_equal("sent", sent, sizeof(block));
	close(a);
	close(b);
	close(listener);
}

static void signals(void)
{
	pthread_t thread;
	int a, b, listener;
	char byte;

	make_pair(&a, &b);
	listen_somewhere(&listener, 1);
	start_alarm(0);
	wants_errno("recv", recv(b, &byte, 1, 0), EINTR);
	wants_errno("accept", accept(listener, NULL, NULL), EINTR);
	catch_signal(SIGALRM, SA_RESTART);
	pthread_create(&thread, NULL, say_late, &a);
	wants_text("recv with SA_RESTART", b, "56789", 10, 0);
	pthread_join(thread, NULL);
	set_timeout(b, SO_RCVTIMEO, PATIENCE_MS);
	wants_errno("recv with SA_RESTART and a time-out", recv(b, &byte, 1, 0), EINTR);
	stop_alarm();
	close(listener);
	close(a);
	close(b);
}

static void half_close(void)
{
	int a, b;

	make_pair(&a, &b);
	wants_poll("idle", a, POLLOUT);
	says(a, "last");
	wants_errno("shutdown SHUT_WR", shutdown(a, SHUT_WR), 0);
	wants_errno("shutdown SHUT_WR again", shutdown(a, SHUT_WR), 0);
	wants_poll("the other end", b, POLLIN | POLLOUT | POLLRDHUP);
	wants_text("text before the end", b, "last", 10, 0);
	wants_end("the end", b);
	wants_end("the end again", b);
	catch_signal(SIGPIPE, 0);
	wants_errno("send after SHUT_WR", send(a, "x", 1, 0), EPIPE);
	wants_equal("SIGPIPE", signals_seen, 1);
	wants_errno("send with MSG_NOSIGNAL", send(a, "x", 1, MSG_NOSIGNAL), EPIPE);
	wants_equal("no SIGPIPE", signals_seen, 1);
	says(b, "answer");
	wants_text("the other direction", a, "answer", 10, 0);
	wants_poll("half closed", a, POLLOUT);
	wants_errno("shutdown of the other end", shutdown(b, SHUT_WR), 0);
	wants_poll("closed", a, POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
	wants_poll("closed, other end", b, POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
	wants_end("the end", a);
	wants_equal("SO_ERROR", get_int(a, SOL_SOCKET, SO_ERROR), 0);
	wants_errno("shutdown after it", shutdown(b, SHUT_RDWR), ENOTCONN);
	close(a);
	close(b);
}

static void shutdowns(void)
{
	int a, b, fd = new_socket(0);

	wants_errno("how is 3", shutdown(fd, 3), EINVAL);
	wants_errno("how is -1", shutdown(fd, -1), EINVAL);
	wants_errno("not connected", shutdown(fd, SHUT_WR), ENOTCONN);
	close(fd);
	make_pair(&a, &b);
	wants_errno("SHUT_RD", shutdown(a, SHUT_RD), 0);
	wants_poll("afterwards", a, POLLIN | POLLOUT | POLLRDHUP);
	wants_end("recv", a);
	says(b, "nevertheless");
	wants_poll("the other end", b, POLLOUT);
	wants_text("recv of what came", a, "nevertheless", 20, 0);
	says(a, "still sends");
	wants_text("the other direction", b, "still sends", 20, 0);
	close(a);
	close(b);
	make_pair(&a, &b);
	wants_errno("SHUT_RDWR", shutdown(a, SHUT_RDWR), 0);
	wants_poll("afterwards", a, POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
	wants_end("the other end", b);
	wants_errno("send", send(a, "x", 1, MSG_NOSIGNAL), EPIPE);
	/* Nobody will read this: RFC 9293, 3.6.1, a RST says so. */
	says(b, "too late");
	wants_poll("the other end is reset", b, POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
	wants_equal("SO_ERROR", get_int(b, SOL_SOCKET, SO_ERROR), EPIPE);
	close(a);
	close(b);
}

/* `b` was reset: by whom and why differs, what it sees does not. */
static void wants_reset(int b, int error)
{
	char byte;

	wants_poll("reset", b, POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
	/* An end of the stream that came before remains what recv() tells. */
	if (error == EPIPE)
		wants_equal("SO_ERROR", get_int(b, SOL_SOCKET, SO_ERROR), error);
	else
		wants_errno("recv", recv(b, &byte, 1, 0), error);
	wants_end("recv again", b);
	wants_poll("told", b, POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
	catch_signal(SIGPIPE, 0);
	wants_errno("send", send(b, "x", 1, 0), EPIPE);
	wants_equal("SIGPIPE", signals_seen, 1);
	close(b);
}

static void resets(void)
{
	struct linger none = { .l_onoff = 1 };
	int a, b;

	context = "close with unread text";
	make_pair(&a, &b);
	says(b, "unread");
	wants_poll("it is there", a, POLLIN | POLLOUT);
	close(a);
	wants_reset(b, ECONNRESET);

	context = "close with a linger time of 0";
	make_pair(&a, &b);
	setsockopt(a, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(a);
	wants_reset(b, ECONNRESET);

	context = "text for a closed socket";
	make_pair(&a, &b);
	close(a);
	wants_poll("closed", b, POLLIN | POLLOUT | POLLRDHUP);
	says(b, "too late");
	wants_reset(b, EPIPE);

	context = "disconnected";
	make_pair(&a, &b);
	wants_errno("connect to AF_UNSPEC",
		    connect(a, &(struct sockaddr){ .sa_family = AF_UNSPEC }, sizeof(struct sockaddr)), 0);
	wants_reset(b, ECONNRESET);
	wants_equal("SO_ERROR", get_int(a, SOL_SOCKET, SO_ERROR), ECONNRESET);
	close(a);
}

static void text_before_a_reset(void)
{
	struct linger none = { .l_onoff = 1 };
	char byte;
	int a, b;

	make_pair(&a, &b);
	says(a, "text");
	wants_poll("it is there", b, POLLIN | POLLOUT);
	setsockopt(a, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(a);
	wants_poll("reset", b, POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
	wants_text("recv", b, "text", 10, 0);
	wants_errno("recv again", recv(b, &byte, 1, 0), ECONNRESET);
	close(b);
}

static void lingering(void)
{
	struct linger second = { .l_onoff = 1, .l_linger = 1 };
	long start, sent;
	int a, b;

	make_pair(&a, &b);
	setsockopt(a, SOL_SOCKET, SO_LINGER, &second, sizeof(second));
	start = now_ms();
	close(a);
	wants_between("milliseconds of a close that need not wait", now_ms() - start, 0, 999);
	close(b);
	make_pair(&a, &b);
	sent = fill(a);
	setsockopt(a, SOL_SOCKET, SO_LINGER, &second, sizeof(second));
	start = now_ms();
	close(a);
	wants_between("milliseconds of one in vain", now_ms() - start, 990, PATIENCE_MS);
	wants_equal("what the other end gets", drain(b, sent), sent);
	wants_end("and then", b);
	close(b);
}

static void send_file(void)
{
	static char block[40000], copy[sizeof(block)];
	int a, b, file = memfd_create("text", 0), pipes[2];
	long got = 0;
	off_t offset = 0;
	size_t i;

	for (i = 0; i < sizeof(block); i++)
		block[i] = i * 7 >> 3;
	wants_equal("write", write(file, block, sizeof(block)), sizeof(block));
	make_pair(&a, &b);
	set_timeout(b, SO_RCVTIMEO, PATIENCE_MS);
	wants_between("sendfile", sendfile(a, file, &offset, 12000), 12000, 12000);
	wants_equal("pipe", pipe(pipes), 0);
	while (offset < (off_t)sizeof(block)) {
		ssize_t n = splice(file, &offset, pipes[1], NULL, 10000, 0);

		if (wants_errno("splice from the file", n, 0) <= 0)
			break;
		wants_equal("splice into the socket", splice(pipes[0], NULL, a, NULL, n, 0), n);
	}
	shutdown(a, SHUT_WR);
	while (got < (long)sizeof(copy)) {
		ssize_t n = recv(b, copy + got, sizeof(copy) - got, 0);

		if (n <= 0)
			break;
		got += n;
	}
	wants_equal("received", got, sizeof(block));
	wants_equal("differences", memcmp(block, copy, sizeof(block)), 0);
	close(a);
	close(b);
	close(file);
}

static void byte_by_byte(void)
{
	char text[2000];
	int a, b, i, got = 0;

	make_pair(&a, &b);
	set_int(a, IPPROTO_TCP, TCP_NODELAY, 1);
	for (i = 0; i < (int)sizeof(text); i++)
		if (send(a, &(char){ i % 251 }, 1, MSG_NOSIGNAL) != 1)
			break;
	wants_equal("bytes sent one by one", i, sizeof(text));
	set_timeout(b, SO_RCVTIMEO, PATIENCE_MS);
	while (got < (int)sizeof(text) && recv(b, text + got, 1, 0) == 1)
		got++;
	wants_equal("bytes received one by one", got, sizeof(text));
	for (i = 0; i < got && text[i] == (char)(i % 251); i++)
		;
	wants_equal("bytes that are right", i, sizeof(text));
	close(a);
	close(b);
}

/* An option of the socket core that tcpxx does not act on is refused, on both kinds of socket. The
 * socket core of Linux 6.1 gives a protocol no say. */
static void unkept_promises(void)
{
	int a, b, on = 1, refusal = family == AF_INET || is_linux_6_1() ? 0 : ENOPROTOOPT;

	make_pair(&a, &b);
	wants_errno("SO_OOBINLINE", setsockopt(a, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on)), refusal);
	wants_errno("SO_OOBINLINE, accepted",
		    setsockopt(b, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on)), refusal);
	close(a);
	close(b);
}

/* TCP_SAVE_SYN of a listener, TCP_SAVED_SYN of who was accepted: once, and not in part. */
static void saved_syn(void)
{
	unsigned char syn[200] = "";
	int save, listener, port, client, fd;
	socklen_t size;

	for (save = 0; save <= 2; save++) {
		int link = save == 2 ? 14 : 0;	/* bytes of the link layer's header */

		port = listen_somewhere(&listener, 1);
		set_int(listener, IPPROTO_TCP, TCP_SAVE_SYN, save);
		wants_equal("TCP_SAVE_SYN", get_int(listener, IPPROTO_TCP, TCP_SAVE_SYN), save);
		client = new_socket(0);
		wants_errno("connect", connect_to(client, "127.0.0.1", port), 0);
		fd = wants_errno("accept", accept(listener, NULL, NULL), 0);
		if (save) {
			size = 10;
			wants_errno("TCP_SAVED_SYN, no room", getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, syn, &size), EINVAL);
			wants_equal("the room that is needed", size, link + 60);
			size = sizeof(syn);
			wants_errno("TCP_SAVED_SYN", getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, syn, &size), 0);
			wants_equal("its length", size, link + 60);
			wants_equal("version and length of the IPv4 header", syn[link], 0x45);
			wants_equal("the port", syn[link + 22] << 8 | syn[link + 23], port);
			wants_equal("the flags", syn[link + 33], 2);
			wants_equal("the first option", syn[link + 40] << 8 | syn[link + 41], 0x204);
		}
		size = sizeof(syn);
		wants_errno("TCP_SAVED_SYN, nothing", getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, syn, &size), 0);
		wants_equal("its length", size, 0);
		size = sizeof(syn);
		wants_errno("TCP_SAVED_SYN of a listener", getsockopt(listener, IPPROTO_TCP, TCP_SAVED_SYN, syn, &size), 0);
		wants_equal("its length", size, 0);
		close(fd);
		close(client);
		close(listener);
	}
}

static const struct scenario scenarios[] = {
	{ "flags of recv", receive_flags },
	{ "recv of so many bytes", receive_all },
	{ "time-outs", receive_timeouts },
	{ "a full buffer", full_buffer },
	{ "small buffers", small_buffers },
	{ "signals", signals },
	{ "half-close", half_close },
	{ "shutdown", shutdowns },
	{ "resets", resets },
	{ "text before a reset", text_before_a_reset },
	{ "SO_LINGER", lingering },
	{ "the SYN that was saved", saved_syn },
	{ "sendfile and splice", send_file },
	{ "byte by byte", byte_by_byte },
	{ "options nobody acts on", unkept_promises },
};

int main(int argc, char **argv)
{
	family = family_option(&argc, &argv);
	return run_scenarios(scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
