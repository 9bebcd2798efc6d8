// SPDX-License-Identifier: GPL-2.0
/*
 * What a socket answers to bad and unusual calls before it is connected: addresses, ports, listeners,
 * connect() and its errors. All over 127.0.0.1.
 *
 *	sockcheck [-4]
 *
 * With -4 the same is asked of the in-kernel TCP: the answers must be the same.
 */
#include <linux/capability.h>
#include <netinet/tcp.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "check.h"

#define OTHER_FAMILY	AF_UNIX

static void creating(void)
{
	int fd;

	wants_errno("type SOCK_SEQPACKET", socket(family, SOCK_SEQPACKET, 0), ESOCKTNOSUPPORT);
	wants_errno("protocol UDP", socket(family, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
	if (family != AF_INET) {
		wants_errno("type SOCK_DGRAM", socket(family, SOCK_DGRAM, 0), ESOCKTNOSUPPORT);
		wants_errno("type SOCK_RAW", socket(family, SOCK_RAW, 0), ESOCKTNOSUPPORT);
	}
	fd = wants_errno("protocol TCP", socket(family, SOCK_STREAM, IPPROTO_TCP), 0);
	wants_equal("SO_DOMAIN", get_int(fd, SOL_SOCKET, SO_DOMAIN), family);
	wants_equal("SO_TYPE", get_int(fd, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
	wants_equal("SO_PROTOCOL", get_int(fd, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
	wants_equal("SO_ERROR", get_int(fd, SOL_SOCKET, SO_ERROR), 0);
	wants_poll("a fresh socket", fd, POLLOUT | POLLHUP);
	close(fd);
}

static void bad_addresses(void)
{
	struct sockaddr_in good = at("127.0.0.1", 7777), wrong = good;
	struct sockaddr *address = (struct sockaddr *)&good;
	int fd = new_socket(0);

	wrong.sin_family = OTHER_FAMILY;
	wants_errno("bind, 8 bytes", bind(fd, address, 8), EINVAL);
	wants_errno("bind, wrong family", bind(fd, (struct sockaddr *)&wrong, sizeof(wrong)),
		    EAFNOSUPPORT);
	wants_errno("bind, no address", bind(fd, NULL, sizeof(good)), EFAULT);
	wants_errno("bind, somebody else's address", bind_to(fd, "192.0.2.1", 7777), EADDRNOTAVAIL);
	wants_errno("connect, 1 byte", connect(fd, address, 1), EINVAL);
	wants_errno("connect, 8 bytes", connect(fd, address, 8), EINVAL);
	wants_errno("connect, wrong family", connect(fd, (struct sockaddr *)&wrong, sizeof(wrong)),
		    EAFNOSUPPORT);
	wants_errno("connect to everybody", connect_to(fd, "255.255.255.255", 7777), ENETUNREACH);
	wants_errno("connect to a group", connect_to(fd, "224.0.0.1", 7777), ENETUNREACH);
	wants_errno("connect without a route", connect_to(fd, "192.0.2.1", 7777), ENETUNREACH);
	wants_equal("SO_ERROR after all that", get_int(fd, SOL_SOCKET, SO_ERROR), 0);
	close(fd);
}

/* The family of the address may be AF_INET, too, so that unmodified programs can be redirected. */
static void address_families(void)
{
	int listener, port = listen_somewhere(&listener, 1), fd = new_socket(0), server;
	struct sockaddr_in in = at("127.0.0.1", port);
	socklen_t size = sizeof(in);

	in.sin_family = AF_INET;
	wants_errno("connect to an AF_INET address",
		    connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	memset(&in, 0, sizeof(in));
	server = wants_errno("accept", accept(listener, (struct sockaddr *)&in, &size), 0);
	wants_equal("accept: size", size, sizeof(in));
	wants_equal("accept: family", in.sin_family, family);
	wants_equal("accept: port", ntohs(in.sin_port), local_port(fd));
	wants_equal("accept: address", ntohl(in.sin_addr.s_addr), INADDR_LOOPBACK);
	wants_errno("getpeername", getpeername(fd, (struct sockaddr *)&in, &size), 0);
	wants_equal("getpeername: family", in.sin_family, family);
	wants_equal("getpeername: port", ntohs(in.sin_port), port);
	wants_errno("getsockname", getsockname(server, (struct sockaddr *)&in, &size), 0);
	wants_equal("getsockname: family", in.sin_family, family);
	wants_equal("getsockname: port", ntohs(in.sin_port), port);
	size = 4;
	wants_errno("getsockname, 4 bytes", getsockname(fd, (struct sockaddr *)&in, &size), 0);
	wants_equal("getsockname, 4 bytes: size", size, sizeof(in));
	close(server);
	close(fd);
	close(listener);
}

static void names_without_connection(void)
{
	struct sockaddr_in in;
	socklen_t size = sizeof(in);
	int listener, fd = new_socket(0);

	listen_somewhere(&listener, 1);
	wants_equal("port of a fresh socket", local_port(fd), 0);
	wants_errno("getpeername, fresh", getpeername(fd, (struct sockaddr *)&in, &size), ENOTCONN);
	wants_errno("getpeername, listener", getpeername(listener, (struct sockaddr *)&in, &size),
		    ENOTCONN);
	close(fd);
	close(listener);
}

/* bind() of a second socket while a first one has 127.0.0.1 and the port. */
static void bind_second(const char *what, const char *address, int port, int reuse, int wanted)
{
	int fd = new_socket(0);

	set_int(fd, SOL_SOCKET, SO_REUSEADDR, reuse);
	wants_errno(what, bind_to(fd, address, port), wanted);
	close(fd);
}

static void taken_ports(void)
{
	int first = new_socket(0), port;

	wants_errno("bind, port 0", bind_to(first, "127.0.0.1", 0), 0);
	port = local_port(first);
	wants_errno("bind, a second time", bind_to(first, "127.0.0.1", 0), EINVAL);
	bind_second("same address", "127.0.0.1", port, 0, EADDRINUSE);
	bind_second("any address", "0.0.0.0", port, 0, EADDRINUSE);
	bind_second("another address", "127.0.0.2", port, 0, 0);
	bind_second("only one with SO_REUSEADDR", "127.0.0.1", port, 1, EADDRINUSE);
	set_int(first, SOL_SOCKET, SO_REUSEADDR, 1);
	close(first);
	first = new_socket(0);
	set_int(first, SOL_SOCKET, SO_REUSEADDR, 1);
	wants_errno("bind again", bind_to(first, "127.0.0.1", port), 0);
	bind_second("both with SO_REUSEADDR", "127.0.0.1", port, 1, 0);
	wants_errno("listen", listen(first, 1), 0);
	bind_second("both with SO_REUSEADDR, but one listens", "127.0.0.1", port, 1, EADDRINUSE);
	close(first);
	bind_second("after close", "127.0.0.1", port, 0, 0);
}

static void listen_race(void)
{
	int one = new_socket(0), two = new_socket(0), port;

	set_int(one, SOL_SOCKET, SO_REUSEADDR, 1);
	set_int(two, SOL_SOCKET, SO_REUSEADDR, 1);
	wants_errno("bind", bind_to(one, "127.0.0.1", 0), 0);
	port = local_port(one);
	wants_errno("bind, too", bind_to(two, "127.0.0.1", port), 0);
	wants_errno("listen", listen(one, 1), 0);
	wants_errno("listen, too", listen(two, 1), EADDRINUSE);
	wants_equal("SO_ACCEPTCONN of the first", get_int(one, SOL_SOCKET, SO_ACCEPTCONN), 1);
	wants_equal("SO_ACCEPTCONN of the second", get_int(two, SOL_SOCKET, SO_ACCEPTCONN), 0);
	close(one);
	wants_errno("listen, alone", listen(two, 1), 0);
	close(two);
}

/* A server that is started again while connections of the old one live on. */
static void restarted_server(void)
{
	int listener, port = listen_somewhere(&listener, 1), fd = new_socket(0), server, again;

	set_int(listener, SOL_SOCKET, SO_REUSEADDR, 1);
	wants_errno("connect", connect_to(fd, "127.0.0.1", port), 0);
	server = wants_errno("accept", accept(listener, NULL, NULL), 0);
	close(listener);
	bind_second("without SO_REUSEADDR", "127.0.0.1", port, 0, EADDRINUSE);
	again = new_socket(0);
	set_int(again, SOL_SOCKET, SO_REUSEADDR, 1);
	wants_errno("bind", bind_to(again, "127.0.0.1", port), 0);
	wants_errno("listen", listen(again, 1), 0);
	wants_equal("the old connection sends", send(fd, "x", 1, 0), 1);
	close(again);
	close(server);
	close(fd);
}

static int drop_bind_capability(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return -1;
	data[0].effective &= ~(1u << CAP_NET_BIND_SERVICE);
	return syscall(SYS_capset, &header, data);
}

/* A setting of this namespace's IPv4. */
static void set_sysctl(const char *name, int value)
{
	char path[80];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	file = fopen(path, "w");
	if (!file || fprintf(file, "%d\n", value) < 0 || fclose(file))
		die(path);
}

/* Of another host, or of this one once it has the address. */
static void foreign_address(void)
{
	int fd = new_socket(0);

	set_sysctl("ip_nonlocal_bind", 1);
	wants_errno("bind with ip_nonlocal_bind", bind_to(fd, "192.0.2.1", 7777), 0);
	wants_errno("listen", listen(fd, 1), 0);
	close(fd);
	set_sysctl("ip_nonlocal_bind", 0);
	fd = new_socket(0);
	wants_errno("bind without", bind_to(fd, "192.0.2.1", 7777), EADDRNOTAVAIL);
	close(fd);
}

static void privileged_ports(void)
{
	int status = 0, before = failures;
	pid_t child = fork();

	if (!child) {
		int fd = new_socket(0);

		wants_errno("bind 80 with the capability", bind_to(fd, "127.0.0.1", 80), 0);
		close(fd);
		fd = new_socket(0);
		wants_errno("capset", drop_bind_capability(), 0);
		wants_errno("bind 80 without", bind_to(fd, "127.0.0.1", 80), EACCES);
		wants_errno("bind 1024 without", bind_to(fd, "127.0.0.1", 1024), 0);
		close(fd);
		set_sysctl("ip_unprivileged_port_start", 80);
		fd = new_socket(0);
		wants_errno("bind 79 without", bind_to(fd, "127.0.0.1", 79), EACCES);
		wants_errno("bind 80 with ip_unprivileged_port_start", bind_to(fd, "127.0.0.1", 80), 0);
		set_sysctl("ip_unprivileged_port_start", 1024);
		_exit(failures > before);
	}
	waitpid(child, &status, 0);
	wants_equal("status of the unprivileged process", status, 0);
}

static void listening(void)
{
	struct sockaddr_in in;
	int listener, port = listen_somewhere(&listener, 1), fd = new_socket(0);
	char byte;

	wants_errno("accept of one that does not listen", accept(fd, NULL, NULL), EINVAL);
	wants_errno("listen without bind", listen(fd, 1), 0);
	wants_equal("has a port now", local_port(fd) > 0, 1);
	wants_errno("listen again", listen(fd, 7), 0);
	wants_errno("connect of a listener", connect_to(fd, "127.0.0.1", port), EISCONN);
	wants_errno("send", send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
	wants_errno("recv", recv(fd, &byte, 1, 0), ENOTCONN);
	wants_poll("an idle listener", fd, 0);
	set_nonblocking(fd);
	wants_errno("accept, nonblocking", accept(fd, NULL, NULL), EAGAIN);
	wants_errno("shutdown SHUT_WR", shutdown(fd, SHUT_WR), 0);
	wants_equal("listens still", get_int(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
	wants_errno("shutdown SHUT_RD", shutdown(fd, SHUT_RD), 0);
	wants_equal("listens no more", get_int(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
	wants_errno("accept after shutdown", accept(fd, NULL, NULL), EINVAL);
	wants_errno("listen once more", listen(fd, 1), 0);
	close(fd);
	fd = new_socket(0);
	in = at("0.0.0.0", port);
	wants_errno("connect to 0.0.0.0, which is this host",
		    connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	close(fd);
	close(listener);
}

/* A backlog of 0 still lets one connection in. */
static void backlog_of_nothing(void)
{
	int listener, port = listen_somewhere(&listener, 0), fd = new_socket(0), server;

	set_timeout(fd, SO_SNDTIMEO, PATIENCE_MS);
	wants_errno("connect", connect_to(fd, "127.0.0.1", port), 0);
	wants_poll("the listener", listener, POLLIN);
	server = wants_errno("accept", accept(listener, NULL, NULL), 0);
	close(server);
	close(fd);
	close(listener);
}

static int unused_port(void)
{
	int fd = new_socket(0), port;

	if (bind_to(fd, "127.0.0.1", 0))
		die("bind");
	port = local_port(fd);
	close(fd);
	return port;
}

/* One message over `fd` to a new listener: it must work as if it were fresh. */
static void wants_usable(const char *what, int fd)
{
	int listener, port = listen_somewhere(&listener, 1), server;
	char text[8] = "";

	if (!wants_errno(what, connect_to(fd, "127.0.0.1", port), 0)) {
		server = wants_errno("accept", accept(listener, NULL, NULL), 0);
		wants_equal("send", send(fd, "again", 6, MSG_NOSIGNAL), 6);
		wants_equal("recv", recv(server, text, sizeof(text), 0), 6);
		wants_equal("send back", send(server, text, 6, MSG_NOSIGNAL), 6);
		wants_equal("recv back", recv(fd, text, sizeof(text), 0), 6);
		wants_equal("the same text", strcmp(text, "again"), 0);
		close(server);
	}
	close(listener);
}

static void refused(void)
{
	int fd = new_socket(0);

	wants_errno("connect", connect_to(fd, "127.0.0.1", unused_port()), ECONNREFUSED);
	wants_equal("SO_ERROR", get_int(fd, SOL_SOCKET, SO_ERROR), 0);
	wants_poll("after it", fd, POLLOUT | POLLHUP);
	wants_errno("connect again", connect_to(fd, "127.0.0.1", unused_port()), ECONNREFUSED);
	wants_usable("connect to a listener with the same socket", fd);
	close(fd);
}

static void refused_nonblocking(void)
{
	int fd = new_socket(SOCK_NONBLOCK), port = unused_port();

	wants_errno("connect", connect_to(fd, "127.0.0.1", port), EINPROGRESS);
	wants_poll("refused", fd, POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
	wants_equal("SO_ERROR", get_int(fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
	wants_equal("SO_ERROR, read again", get_int(fd, SOL_SOCKET, SO_ERROR), 0);
	wants_errno("connect for the result", connect_to(fd, "127.0.0.1", port), ECONNABORTED);
	fcntl(fd, F_SETFL, 0);
	wants_usable("connect to a listener with the same socket", fd);
	close(fd);
}

static void connect_nonblocking(void)
{
	int listener, port = listen_somewhere(&listener, 1), fd = new_socket(SOCK_NONBLOCK);

	wants_errno("connect", connect_to(fd, "127.0.0.1", port), EINPROGRESS);
	wants_poll("connected", fd, POLLOUT);
	wants_equal("SO_ERROR", get_int(fd, SOL_SOCKET, SO_ERROR), 0);
	wants_errno("connect for the result", connect_to(fd, "127.0.0.1", port), 0);
	wants_errno("connect once more", connect_to(fd, "127.0.0.1", port), EISCONN);
	wants_errno("listen", listen(fd, 1), EINVAL);
	close(fd);
	close(listener);
}

static void unanswered(void)
{
	int listener, filler, port = silent_port(&listener, &filler), fd = new_socket(SOCK_NONBLOCK);
	struct sockaddr_in in;
	socklen_t size = sizeof(in);
	char byte;

	wants_errno("connect", connect_to(fd, "127.0.0.1", port), EINPROGRESS);
	wants_errno("connect again", connect_to(fd, "127.0.0.1", port), EALREADY);
	wants_poll("in between", fd, 0);
	wants_errno("send", send(fd, "x", 1, MSG_NOSIGNAL), EAGAIN);
	wants_errno("recv", recv(fd, &byte, 1, 0), EAGAIN);
	wants_errno("getpeername", getpeername(fd, (struct sockaddr *)&in, &size), ENOTCONN);
	wants_errno("listen", listen(fd, 1), EINVAL);
	wants_errno("shutdown ends it", shutdown(fd, SHUT_RDWR), 0);
	wants_poll("after shutdown", fd, POLLOUT | POLLERR | POLLHUP);
	wants_equal("SO_ERROR", get_int(fd, SOL_SOCKET, SO_ERROR), ECONNRESET);
	close(fd);
	close(filler);
	close(listener);
}

static void unanswered_blocking(void)
{
	int listener, filler, port = silent_port(&listener, &filler), fd = new_socket(0);
	long start = now_ms();

	set_timeout(fd, SO_SNDTIMEO, 200);
	wants_errno("connect with SO_SNDTIMEO", connect_to(fd, "127.0.0.1", port), EINPROGRESS);
	wants_between("its milliseconds", now_ms() - start, 190, PATIENCE_MS);
	close(fd);
	fd = new_socket(0);
	start_alarm(0);
	wants_errno("connect and a signal", connect_to(fd, "127.0.0.1", port), EINTR);
	stop_alarm();
	set_nonblocking(fd);
	wants_errno("connect goes on", connect_to(fd, "127.0.0.1", port), EALREADY);
	close(fd);
	fd = new_socket(0);
	set_int(fd, IPPROTO_TCP, TCP_SYNCNT, 1);
	start = now_ms();
	wants_errno("connect with TCP_SYNCNT", connect_to(fd, "127.0.0.1", port), ETIMEDOUT);
	wants_between("its milliseconds", now_ms() - start, 1900, PATIENCE_MS);
	wants_usable("connect to a listener with the same socket", fd);
	close(fd);
	close(filler);
	close(listener);
}

static void disconnect_by_unspec(void)
{
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	int listener, filler, port = silent_port(&listener, &filler), fd = new_socket(SOCK_NONBLOCK);

	wants_errno("connect", connect_to(fd, "127.0.0.1", port), EINPROGRESS);
	wants_errno("AF_UNSPEC", connect(fd, &nowhere, sizeof(nowhere)), 0);
	wants_equal("SO_ERROR", get_int(fd, SOL_SOCKET, SO_ERROR), ECONNRESET);
	fcntl(fd, F_SETFL, 0);
	wants_usable("connect to a listener with the same socket", fd);
	wants_errno("AF_UNSPEC when connected", connect(fd, &nowhere, sizeof(nowhere)), 0);
	wants_usable("connect a third time, the error unseen", fd);
	close(fd);
	close(filler);
	close(listener);
}

/* The simultaneous open of RFC 9293, 3.5: a socket that is its own peer. */
static void connected_to_itself(void)
{
	int fd = new_socket(0);
	char text[8] = "";

	wants_errno("bind", bind_to(fd, "127.0.0.1", 0), 0);
	set_timeout(fd, SO_SNDTIMEO, PATIENCE_MS);
	set_timeout(fd, SO_RCVTIMEO, PATIENCE_MS);
	wants_errno("connect", connect_to(fd, "127.0.0.1", local_port(fd)), 0);
	wants_equal("send", send(fd, "self", 5, MSG_NOSIGNAL), 5);
	wants_equal("recv", recv(fd, text, sizeof(text), 0), 5);
	wants_errno("shutdown", shutdown(fd, SHUT_WR), 0);
	wants_equal("end", recv(fd, text, sizeof(text), 0), 0);
	close(fd);
}

/* What is not there says so: never a silent yes. What is there works. */
static void options(void)
{
	unsigned char small = 1;
	int a, b, c, refused, value = 1;
	socklen_t size = sizeof(value);

	make_pair(&a, &b);
	set_int(a, IPPROTO_TCP, TCP_NODELAY, 1);
	wants_equal("TCP_NODELAY", get_int(a, IPPROTO_TCP, TCP_NODELAY), 1);
	set_int(a, IPPROTO_TCP, TCP_SYNCNT, 3);
	wants_equal("TCP_SYNCNT", get_int(a, IPPROTO_TCP, TCP_SYNCNT), 3);
	set_int(a, IPPROTO_IP, IP_TTL, 7);
	wants_equal("IP_TTL", get_int(a, IPPROTO_IP, IP_TTL), 7);
	wants_equal("IP_MTU_DISCOVER at first", get_int(a, IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_WANT);
	set_int(a, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
	wants_equal("IP_MTU_DISCOVER", get_int(a, IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_PROBE);
	wants_errno("IP_MTU_DISCOVER 6", setsockopt(a, IPPROTO_IP, IP_MTU_DISCOVER, &(int){ 6 }, 4), EINVAL);
	wants_equal("IP_MTU of lo", get_int(a, IPPROTO_IP, IP_MTU), 65535);
	c = new_socket(0);
	wants_errno("IP_MTU without a peer", getsockopt(c, IPPROTO_IP, IP_MTU, &value, &size), ENOTCONN);
	close(c);
	wants_errno("IP_MTU set", setsockopt(a, IPPROTO_IP, IP_MTU, &(int){ 1000 }, 4), ENOPROTOOPT);
	wants_errno("IP_TOS of 1 byte", setsockopt(a, IPPROTO_IP, IP_TOS, &(char){ 0x1b }, 1), 0);
	wants_equal("IP_TOS", get_int(a, IPPROTO_IP, IP_TOS), 0x18);
	wants_equal("SO_PRIORITY of that TOS", get_int(a, SOL_SOCKET, SO_PRIORITY), 4);
	size = 2;
	wants_errno("IP_TOS into 2 bytes", getsockopt(a, IPPROTO_IP, IP_TOS, &small, &size), 0);
	wants_equal("its size", size, 1);
	wants_errno("TCP_NODELAY of 1 byte", setsockopt(a, IPPROTO_TCP, TCP_NODELAY, &small, 1), EINVAL);
	wants_errno("TCP_SYNCNT 0", setsockopt(a, IPPROTO_TCP, TCP_SYNCNT, &(int){ 0 }, 4), EINVAL);
	wants_errno("IP_TTL 256", setsockopt(a, IPPROTO_IP, IP_TTL, &(int){ 256 }, 4), EINVAL);
	wants_errno("TCP_NODELAY from nowhere", setsockopt(a, IPPROTO_TCP, TCP_NODELAY, (void *)1, 4),
		    EFAULT);
	wants_errno("option 999", setsockopt(a, IPPROTO_TCP, 999, &value, 4), ENOPROTOOPT);
	wants_equal("get option 999", get_int(a, IPPROTO_TCP, 999), -ENOPROTOOPT);
	/* The socket core of Linux 6.1 lets no family but IP have it. */
	refused = family != AF_INET && is_linux_6_1();
	wants_errno("SO_REUSEPORT", setsockopt(a, SOL_SOCKET, SO_REUSEPORT, &(int){ 5 }, 4), refused ? EOPNOTSUPP : 0);
	wants_equal("SO_REUSEPORT", get_int(a, SOL_SOCKET, SO_REUSEPORT), !refused);
	wants_errno("SO_REUSEPORT of 2 bytes", setsockopt(a, SOL_SOCKET, SO_REUSEPORT, &small, 2), EINVAL);
	if (family != AF_INET) {
		wants_errno("SO_ZEROCOPY", setsockopt(a, SOL_SOCKET, SO_ZEROCOPY, &value, 4), EOPNOTSUPP);
		wants_errno("TCP_CORK", setsockopt(a, IPPROTO_TCP, TCP_CORK, &value, 4), ENOPROTOOPT);
		wants_errno("level IPV6", setsockopt(a, IPPROTO_IPV6, 1, &value, 4), ENOPROTOOPT);
		wants_errno("MSG_OOB", send(a, "x", 1, MSG_OOB), EOPNOTSUPP);
		wants_errno("recv MSG_ERRQUEUE", recv(a, &small, 1, MSG_ERRQUEUE), EOPNOTSUPP);
	}
	close(a);
	close(b);
}

static const struct scenario scenarios[] = {
	{ "creating", creating },
	{ "bad addresses", bad_addresses },
	{ "address families", address_families },
	{ "names without a connection", names_without_connection },
	{ "taken ports", taken_ports },
	{ "two that want to listen", listen_race },
	{ "a server that is started again", restarted_server },
	{ "privileged ports", privileged_ports },
	{ "an address of somebody else", foreign_address },
	{ "listening", listening },
	{ "a backlog of 0", backlog_of_nothing },
	{ "refused", refused },
	{ "refused, nonblocking", refused_nonblocking },
	{ "connect, nonblocking", connect_nonblocking },
	{ "unanswered, nonblocking", unanswered },
	{ "unanswered, blocking", unanswered_blocking },
	{ "connect to AF_UNSPEC", disconnect_by_unspec },
	{ "connected to itself", connected_to_itself },
	{ "options", options },
};

int main(int argc, char **argv)
{
	family = family_option(&argc, &argv);
	return run_scenarios(scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
