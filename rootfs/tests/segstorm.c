// SPDX-License-Identifier: GPL-2.0
/*
 * Segments that nobody would send, for a listener and what has come of it: every combination of flags, numbers near the
 * window and far from it, broken options, offsets and lengths; out of a tun device, from addresses that nobody has. Now and
 * then a client that means it: it has to be served at once. Or SYNs alone, each from another client, so many a second.
 *
 *	segstorm random PORT SEGMENTS SEED
 *	segstorm syns PORT RATE SECONDS
 *	segstorm syns-unserved PORT RATE SECONDS
 *
 * The listener is here, too, at any address, and echoes. 10.7.0.0/16 is tun0, which this makes; the way of a client that means
 * it is lo. `random` says how many SYNs there were and how many connections the listener has accepted. `syns` says what
 * connect(), a byte and its echo take before the storm and in it, and the rate; `syns-unserved` does not expect that anybody
 * is served in the storm, but soon after it. Then this waits until it is killed.
 */
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "check.h"
#include "checksum.h"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

#define HOST		"10.7.0.1"
#define CLIENTS		256	/* few, so that most have a request or a connection */
#define SERVED_EVERY	20000	/* segments */
#define TEXT		1400
#define CALLS		10

struct packet {
	struct tun_pi pi;
	struct iphdr ip;
	struct tcphdr tcp;
	unsigned char rest[40 + TEXT];
} __attribute__((packed));

/* What is known of a client that does not exist: the numbers that would be right. */
static struct client {
	uint32_t seq, ack;
	bool known;	/* there was a SYN-ACK */
} clients[CLIENTS];

static int tun, port;
static in_addr_t host;
static uint32_t seed;
static long syns;
static volatile long accepted;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint64_t)seed * below >> 32;
}

static uint32_t any_number(void) { return draw(65536) << 16 | draw(65536); }

/* --- the listener ------------------------------------------------------------------------------- */

static void watch(int set, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event))
		die("epoll_ctl");
}

/* An error is the storm's. */
static void echo(int fd)
{
	char block[4096];
	ssize_t n = recv(fd, block, sizeof(block), MSG_DONTWAIT);

	if (n > 0)
		n = send(fd, block, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		close(fd);
}

static void *serve(void *listener)
{
	struct epoll_event events[64];
	int i, count, fd, set = epoll_create1(0);

	watch(set, *(int *)listener);
	for (;;) {
		count = epoll_wait(set, events, 64, -1);
		for (i = 0; i < count; i++) {
			if (events[i].data.fd != *(int *)listener) {
				echo(events[i].data.fd);
			} else if ((fd = accept(*(int *)listener, NULL, NULL)) >= 0) {
				accepted++;
				watch(set, fd);
			}
		}
	}
	return NULL;
}

static void start_server(void)
{
	static int listener;
	pthread_t thread;

	listener = new_socket(SOCK_NONBLOCK);
	set_int(listener, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind_to(listener, "0.0.0.0", port) || listen(listener, 4096))
		die("listen");
	if (pthread_create(&thread, NULL, serve, &listener))
		die("pthread_create");
}

static long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static bool served_within(int ms)
{
	int fd = new_socket(0);
	bool served;
	char byte = 0;

	set_timeout(fd, SO_RCVTIMEO, ms);
	set_timeout(fd, SO_SNDTIMEO, ms);
	served = !connect_to(fd, HOST, port) && send(fd, "x", 1, MSG_NOSIGNAL) == 1 && recv(fd, &byte, 1, 0) == 1 &&
		 byte == 'x';
	close(fd);
	return served;
}

/* A client that means it: the microseconds until it has its echo. */
static long be_served(void)
{
	long start = now_us();

	wants_equal("a client is served", served_within(PATIENCE_MS), true);
	return now_us() - start;
}

/* --- packets ------------------------------------------------------------------------------------ */

static void open_tun(void)
{
	struct ifreq request = { .ifr_name = "tun0", .ifr_flags = IFF_TUN };

	tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	if (tun < 0 || ioctl(tun, TUNSETIFF, &request))
		die("tun");
	if (system("ip address add " HOST "/16 dev tun0 && ip link set tun0 txqueuelen 20000 up"))
		die("ip");
	host = inet_addr(HOST);
}

static in_addr_t address_of(uint32_t client) { return htonl((ntohl(host) & 0xffff0000) + 0x100 + client); }

/* Of a packet whose `rest` is filled: `words` of options and `text` bytes behind the header. */
static size_t finish(struct packet *p, uint32_t client, size_t words, size_t text)
{
	size_t size = sizeof(p->tcp) + 4 * words + text;

	p->pi.proto = htons(ETH_P_TCPXX);
	p->ip = (struct iphdr){ .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP,
				.tot_len = htons(sizeof(p->ip) + size), .saddr = address_of(client), .daddr = host };
	p->tcp.doff = 5 + words;
	p->tcp.dest = htons(port);
	return size;
}

static void inject(struct packet *p, size_t size)
{
	p->tcp.check = 0;
	p->tcp.check = checksum(&p->tcp, size, pseudo_header(p->ip.saddr, p->ip.daddr, size));
	p->ip.check = 0;
	p->ip.check = checksum(&p->ip, sizeof(p->ip), 0);
	if (write(tun, p, sizeof(p->pi) + sizeof(p->ip) + size) < 0 && errno != EINVAL)
		die("write to tun");
	syns += (p->tcp.th_flags & (FIN | SYN | RST | ACK)) == SYN;
}

/* Reads what has come, and notes whose SYN was answered. */
static void listen_to_answers(void)
{
	struct packet p;

	while (read(tun, &p, sizeof(p)) >= (ssize_t)(sizeof(p.pi) + 40)) {
		uint32_t client = ntohl(p.ip.daddr) - ntohl(address_of(0));
		struct client *c = clients + client;

		if (client >= CLIENTS || p.tcp.dest != htons(1024))
			continue;
		if (p.tcp.th_flags == (SYN | ACK))
			*c = (struct client){ ntohl(p.tcp.ack_seq), ntohl(p.tcp.seq) + 1, true };
		else if (p.tcp.th_flags & RST)
			c->known = false;
	}
}

/* --- the storm of random segments --------------------------------------------------------------- */

/* Right, nearly right, about as wrong as the window is large, as wrong as can be, or anything. */
static uint32_t number_near(uint32_t right)
{
	switch (draw(8)) {
	case 0: return right + draw(5) - 2;
	case 1: return right + draw(3000) - 1500;
	case 2: return right + 65535 * (1 + draw(3)) + draw(5) - 2;
	case 3: return right - 65535 + draw(5) - 2;
	case 4: return right + 0x80000000 + draw(5) - 2;
	case 5: return any_number();
	default: return right;
	}
}

/* The number of words; what the bytes mean is the listener's problem. */
static size_t options_into(unsigned char *place)
{
	static const unsigned char good[] = { 2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7 };
	size_t i, words = draw(11);

	switch (draw(4)) {
	case 0:	/* nonsense */
		for (i = 0; i < 4 * words; i++)
			place[i] = draw(4) ? draw(16) : draw(256);
		return words;
	case 1:	/* cut anywhere */
		words = 1 + draw(sizeof(good) / 4);
		memcpy(place, good, 4 * words);
		place[4 * words - 1 - draw(4)] = draw(4) ? draw(12) : draw(256);
		return words;
	case 2:
		memcpy(place, good, sizeof(good));
		return sizeof(good) / 4;
	default:
		return 0;
	}
}

/* One of the 256 combinations of flags after another, so that none is missing. */
static void random_segment(long number)
{
	uint32_t client = draw(CLIENTS);
	struct client *c = clients + client;
	struct packet p = {};
	size_t i, words = options_into(p.rest), text = draw(3) ? 0 : draw(TEXT), size;

	for (i = 0; i < text; i++)
		p.rest[4 * words + i] = draw(256);
	size = finish(&p, client, words, text);
	p.tcp.source = htons(draw(8) ? 1024 : 1025);
	p.tcp.seq = htonl(number_near(c->seq));
	p.tcp.ack_seq = htonl(number_near(c->ack));
	p.tcp.window = htons(draw(3) ? draw(65536) : 0);
	p.tcp.urg_ptr = htons(draw(4) ? 0 : draw(65536));
	p.tcp.th_flags = number;
	switch (draw(16)) {
	case 0: p.tcp.doff = draw(16); break;
	case 1: p.tcp.th_x2 = draw(16); break;
	case 2: p.ip.tot_len = htons(draw(2 * (sizeof(p.ip) + size))); break;
	case 3: size = draw(size); break;	/* cut: the header says more */
	}
	inject(&p, size);
}

static void plain(uint32_t client, int flags)
{
	struct packet p = {};
	size_t size = finish(&p, client, 0, 0);

	p.tcp.source = htons(1024);
	p.tcp.seq = htonl(clients[client].seq);
	p.tcp.ack_seq = htonl(flags & ACK ? clients[client].ack : 0);
	p.tcp.window = htons(60000);
	p.tcp.th_flags = flags;
	inject(&p, size);
}

/* A SYN, for the half-open; and for most the right ACK. */
static void open_one(void)
{
	uint32_t client = draw(CLIENTS);

	clients[client] = (struct client){ .seq = any_number() };
	plain(client, SYN);
	listen_to_answers();
	if (clients[client].known && draw(4))
		plain(client, ACK);
}

static void random_storm(long segments)
{
	long i;

	for (i = 0; i < segments; i++) {
		if (draw(16))
			random_segment(i);
		else
			open_one();
		if (i % 8 == 0)
			listen_to_answers();
		if (i % SERVED_EVERY == SERVED_EVERY - 1)
			be_served();
	}
}

/* --- so many SYNs a second ---------------------------------------------------------------------- */

struct rate {
	long per_second, sent;
	volatile bool stop;
};

static void one_syn(long number)
{
	struct packet p = { .rest = { 2, 4, 5, 0xb4 } };
	size_t size = finish(&p, number % 60000, 1, 0);

	p.tcp.source = htons(1024 + number / 60000);
	p.tcp.seq = htonl(any_number());
	p.tcp.window = htons(60000);
	p.tcp.th_flags = SYN;
	inject(&p, size);
}

/* In portions of a millisecond. The SYN-ACKs are read, as by a network that takes them. */
static void *send_syns(void *argument)
{
	struct rate *r = argument;
	long start = now_us();

	while (!r->stop) {
		long due = (now_us() - start) * r->per_second / 1000000;

		while (r->sent < due)
			one_syn(r->sent++);
		listen_to_answers();
		usleep(1000);
	}
	return NULL;
}

/* kB of that line in /proc/meminfo. */
static long memory(const char *name)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[100];
	long value = -1;

	while (file && value < 0 && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)))
			value = strtol(line + strlen(name) + 1, NULL, 10);
	if (!file || value < 0)
		die("/proc/meminfo");
	fclose(file);
	return value;
}

static void say_memory(const char *when)
{
	printf("%s: free %ld kB, slab %ld kB\n", when, memory("MemFree"), memory("Slab"));
}

static long mean_of_calls(void)
{
	long i, sum = 0;

	for (i = 0; i < CALLS; i++) {
		sum += be_served();
		usleep(200000);
	}
	return sum / CALLS;
}

static void be_served_soon(void)
{
	long start = now_ms();

	while (!served_within(1000) && now_ms() - start < PATIENCE_MS)
		;
	wants_between("milliseconds until somebody is served again", now_ms() - start, 0, PATIENCE_MS);
	printf("served again after %ld ms\n", now_ms() - start);
}

static void syn_storm(long per_second, long seconds, bool unserved)
{
	struct rate r = { .per_second = per_second };
	long quiet, stormy = 0, start;
	pthread_t thread;

	be_served();
	say_memory("first");
	quiet = mean_of_calls();
	say_memory("before");
	start = now_us();
	pthread_create(&thread, NULL, send_syns, &r);
	usleep(1000000);	/* the queue is full */
	context = "in the storm";
	say_memory("early");
	if (unserved)
		printf("%s in the storm\n", served_within(1500) ? "served" : "not served");
	else
		stormy = mean_of_calls();
	while (now_us() - start < seconds * 1000000)
		usleep(10000);
	say_memory("late");
	r.stop = true;
	pthread_join(thread, NULL);
	printf("quiet %ld us, in the storm %ld us, %ld SYNs/s, %ld SYNs\n", quiet, stormy,
	       r.sent * 1000000 / (now_us() - start), r.sent);
	context = "after the storm";
	be_served_soon();
}

int main(int argc, char **argv)
{
	bool unserved = argc == 5 && !strcmp(argv[1], "syns-unserved");

	if (argc != 5 || (strcmp(argv[1], "random") && strcmp(argv[1], "syns") && !unserved)) {
		fprintf(stderr, "usage: segstorm random PORT SEGMENTS SEED\n"
				"       segstorm syns|syns-unserved PORT RATE SECONDS\n");
		return 2;
	}
	family = tcpxx_family();
	port = atoi(argv[2]);
	seed = 1;
	open_tun();
	start_server();
	if (strcmp(argv[1], "random")) {
		syn_storm(atol(argv[3]), atol(argv[4]), unserved);
	} else {
		seed = atol(argv[4]);
		random_storm(atol(argv[3]));
		usleep(1000000);
		printf("%s segments, %ld SYNs, accepted %ld, seed %s\n", argv[3], syns, accepted, argv[4]);
	}
	printf("%d checks, %d failed\n", checks, failures);
	fflush(stdout);
	pause();	/* the device and its addresses stay, and the listener */
	return 0;
}
