// SPDX-License-Identifier: GPL-2.0
/*
 * A peer made by hand, behind a tun device: it writes and reads IPv4 datagrams with tcpxx's ethertype
 * in the packet information header, and nothing has to be resolved.
 *
 *	tunpeer connection | simultaneous-close | malformed | synack | syn
 */
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/ioctl.h>

#include "check.h"
#include "checksum.h"

#define HOST	"10.1.0.1"	/* tcpxx */
#define PEER	"10.1.0.2"	/* this program, behind the device */
#define PORT	8080
#define MAX	2048

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

struct packet {
	struct tun_pi pi;
	struct iphdr ip;
	struct tcphdr tcp;
	unsigned char rest[MAX];	/* options and text */
} __attribute__((packed));

static int tun;
static int peer_port = 1000;

static void open_tun(void)
{
	struct ifreq request = { .ifr_name = "tun0", .ifr_flags = IFF_TUN };

	tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	if (tun < 0 || ioctl(tun, TUNSETIFF, &request))
		die("tun");
	if (system("ip address add " HOST "/24 dev tun0 && ip link set tun0 up"))
		die("ip");
}

static size_t tcp_size(const struct packet *p)
{
	return ntohs(p->ip.tot_len) - sizeof(p->ip);
}

static void fill_tcp_check(struct packet *p)
{
	p->tcp.check = 0;
	p->tcp.check = checksum(&p->tcp, tcp_size(p), pseudo_header(p->ip.saddr, p->ip.daddr, tcp_size(p)));
}

static void fill_ip_check(struct packet *p)
{
	p->ip.check = 0;
	p->ip.check = checksum(&p->ip, sizeof(p->ip), 0);
}

/* A right segment from the peer; `rest` are its options, in whole words, and its text. */
static struct packet segment(uint32_t seq, uint32_t ack, int flags, const char *options, size_t words,
			     const char *text)
{
	size_t size = 4 * words + strlen(text);
	struct packet p = { .pi = { .proto = htons(ETH_P_TCPXX) } };

	p.ip = (struct iphdr){ .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP,
			       .tot_len = htons(sizeof(p.ip) + sizeof(p.tcp) + size),
			       .saddr = inet_addr(PEER), .daddr = inet_addr(HOST) };
	p.tcp = (struct tcphdr){ .source = htons(peer_port), .dest = htons(PORT), .seq = htonl(seq),
				 .ack_seq = htonl(ack), .doff = 5 + words, .window = htons(60000) };
	p.tcp.th_flags = flags;
	memcpy(p.rest, options, 4 * words);
	memcpy(p.rest + 4 * words, text, strlen(text));
	fill_tcp_check(&p);
	fill_ip_check(&p);
	return p;
}

static void inject_bytes(const struct packet *p, size_t size)
{
	if (write(tun, p, sizeof(p->pi) + size) != (ssize_t)(sizeof(p->pi) + size))
		die("write to tun");
}

static void inject(const struct packet *p) { inject_bytes(p, ntohs(p->ip.tot_len)); }

/* The next segment of tcpxx that comes within so many ms. An ICMP error is none. */
static bool next_segment(struct packet *p, long ms)
{
	struct pollfd wait = { .fd = tun, .events = POLLIN };
	long deadline = now_ms() + ms;

	while (now_ms() < deadline) {
		if (poll(&wait, 1, deadline - now_ms()) <= 0)
			continue;
		if (read(tun, p, sizeof(*p)) < (ssize_t)(sizeof(p->pi) + 40) || p->pi.proto != htons(ETH_P_TCPXX) ||
		    p->ip.protocol != IPPROTO_TCP)
			continue;
		wants_equal("checksum of the IPv4 header", checksum(&p->ip, sizeof(p->ip), 0), 0);
		return true;
	}
	return false;
}

/* A segment with these flags and numbers must come next. */
static struct packet wants_segment(const char *what, int flags, uint32_t seq, uint32_t ack)
{
	struct packet p = {};

	if (!next_segment(&p, PATIENCE_MS)) {
		complain("%s: expected a segment, got none", what);
		return p;
	}
	wants_equal(what, p.tcp.th_flags & ~PSH, flags);
	if (seq)
		wants_equal("its sequence number", ntohl(p.tcp.seq), seq);
	wants_equal("its acknowledgment", ntohl(p.tcp.ack_seq), ack);
	return p;
}

static void wants_silence(const char *what)
{
	struct packet p;

	checks++;
	if (next_segment(&p, 50))
		complain("%s: expected no answer, got flags 0x%x", what, p.tcp.th_flags);
}

/* The number below `name` in a file of pairs of lines, names and numbers; -1 if there is none. */
static long counter_in(const char *path, const char *name)
{
	char names[2048], values[2048], *n, *v, *next_n, *next_v;
	FILE *file = fopen(path, "r");
	long found = -1;

	while (found < 0 && file && fgets(names, sizeof(names), file) && fgets(values, sizeof(values), file))
		for (n = strtok_r(names, " \n", &next_n), v = strtok_r(values, " \n", &next_v); n && v;
		     n = strtok_r(NULL, " \n", &next_n), v = strtok_r(NULL, " \n", &next_v))
			if (!strcmp(n, name))
				found = atol(v);
	if (file)
		fclose(file);
	return found;
}

static long counter(const char *name) { return counter_in("/proc/net/tcpxx_netstat", name); }

static int listener(void)
{
	int fd = new_socket(0);

	if (bind_to(fd, HOST, PORT) || listen(fd, 10))
		die("bind and listen");
	set_timeout(fd, SO_RCVTIMEO, PATIENCE_MS);
	return fd;
}

/* --- a whole connection ------------------------------------------------------------------------- */

static void connection(void)
{
	struct packet p, answer;
	int fd, server = listener();
	char text[16] = "";
	uint32_t iss;

	p = segment(100, 0, SYN, "\x02\x04\x05\xb4", 1, "");
	inject(&p);
	answer = wants_segment("SYN-ACK", SYN | ACK, 0, 101);
	wants_equal("its MSS option", memcmp(answer.rest, "\x02\x04\x05\xb4", 4), 0);
	iss = ntohl(answer.tcp.seq);
	p = segment(101, iss + 1, ACK, "", 0, "");
	inject(&p);
	fd = wants_errno("accept", accept(server, NULL, NULL), 0);
	p = segment(101, iss + 1, ACK | PSH, "", 0, "hello");
	inject(&p);
	wants_segment("ACK of the text", ACK, iss + 1, 106);
	wants_equal("recv", recv(fd, text, sizeof(text), 0), 5);
	wants_equal("the text", strcmp(text, "hello"), 0);
	wants_equal("send", send(fd, "answer", 6, 0), 6);
	answer = wants_segment("the answer", ACK, iss + 1, 106);
	wants_equal("its text", memcmp(answer.rest, "answer", 6), 0);
	p = segment(106, iss + 7, FIN | ACK, "", 0, "");
	inject(&p);
	wants_segment("ACK of the FIN", ACK, iss + 7, 107);
	wants_equal("end", recv(fd, text, sizeof(text), 0), 0);
	close(fd);
	wants_segment("FIN", FIN | ACK, iss + 7, 107);
	p = segment(107, iss + 8, ACK, "", 0, "");
	inject(&p);
	wants_silence("the last ACK");
	close(server);
}

/* Both sides close at once: RFC 9293, 3.6, figure 13. */
static void simultaneous_close(void)
{
	struct packet p;
	int fd, server = listener();
	uint32_t iss;

	peer_port++;
	p = segment(100, 0, SYN, "", 0, "");
	inject(&p);
	p = wants_segment("SYN-ACK", SYN | ACK, 0, 101);
	iss = ntohl(p.tcp.seq);
	p = segment(101, iss + 1, ACK, "", 0, "");
	inject(&p);
	fd = wants_errno("accept", accept(server, NULL, NULL), 0);
	shutdown(fd, SHUT_WR);
	wants_segment("FIN", FIN | ACK, iss + 1, 101);
	p = segment(101, iss + 1, FIN | ACK, "", 0, "");
	inject(&p);
	wants_segment("ACK of the FIN that crossed", ACK, iss + 2, 102);
	p = segment(102, iss + 2, ACK, "", 0, "");
	inject(&p);
	wants_poll("closed", fd, POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
	p = segment(101, iss + 2, FIN | ACK, "", 0, "");
	inject(&p);
	wants_segment("TIME-WAIT acknowledges the FIN again", ACK, iss + 2, 102);
	close(fd);
	close(server);
}

/* --- what is wrong with a packet ---------------------------------------------------------------- */

static void spoil_tcp_check(struct packet *p) { p->tcp.check ^= htons(1); }
static void spoil_ip_check(struct packet *p) { p->ip.check ^= htons(1); }
static void short_offset(struct packet *p) { p->tcp.doff = 4; fill_tcp_check(p); }
static void long_offset(struct packet *p) { p->tcp.doff = 15; fill_tcp_check(p); }
static void bad_version(struct packet *p) { p->ip.version = 5; fill_ip_check(p); }
static void short_header(struct packet *p) { p->ip.ihl = 4; fill_ip_check(p); }
static void large_total(struct packet *p) { p->ip.tot_len = htons(1000); fill_ip_check(p); }
static void fragment(struct packet *p) { p->ip.frag_off = htons(IP_OFFMASK); fill_ip_check(p); }
static void other_protocol(struct packet *p) { p->ip.protocol = 17; fill_ip_check(p); }
static void from(struct packet *p, const char *a) { p->ip.saddr = inet_addr(a); fill_tcp_check(p); fill_ip_check(p); }
static void to(struct packet *p, const char *a) { p->ip.daddr = inet_addr(a); fill_tcp_check(p); fill_ip_check(p); }
static void from_loopback(struct packet *p) { from(p, "127.0.0.1"); }
static void from_group(struct packet *p) { from(p, "224.0.0.1"); }
static void to_group(struct packet *p) { to(p, "224.0.0.1"); }
static void to_everybody(struct packet *p) { to(p, "255.255.255.255"); }
static void to_subnet(struct packet *p) { to(p, "10.1.0.255"); }
static void to_somebody(struct packet *p) { to(p, "10.1.0.77"); }
static void bad_option(struct packet *p) { memcpy(p->rest, "\x02\x01\x05\xb4", 4); fill_tcp_check(p); }
static void endless_option(struct packet *p) { memcpy(p->rest, "\x01\x01\x02\x04", 4); fill_tcp_check(p); }
static void syn_and_fin(struct packet *p) { p->tcp.th_flags |= FIN; fill_tcp_check(p); }
static void no_flags(struct packet *p) { p->tcp.th_flags = 0; fill_tcp_check(p); }

static const struct {
	const char *name, *counter;
	void (*spoil)(struct packet *p);
} kinds[] = {
	{ "TCP checksum", "DropTcpChecksum", spoil_tcp_check },
	{ "IPv4 checksum", "DropIpChecksum", spoil_ip_check },
	{ "data offset 4", "DropTcpOffset", short_offset },
	{ "data offset beyond the segment", "DropTcpOffset", long_offset },
	{ "IP version 5", "DropIpHeader", bad_version },
	{ "IPv4 header of 16 bytes", "DropIpHeader", short_header },
	{ "total length beyond the packet", "DropTruncated", large_total },
	{ "fragment beyond 65,535 bytes", "DropIpFragment", fragment },
	{ "UDP", "DropIpProtocol", other_protocol },
	{ "from 127.0.0.1", "DropMartian", from_loopback },
	{ "from a group", "DropMartian", from_group },
	{ "to a group", "DropMulticast", to_group },
	{ "to everybody", "DropMulticast", to_everybody },
	{ "to the subnet's broadcast", "DropMulticast", to_subnet },
	{ "to somebody else", "DropNotLocal", to_somebody },
	{ "option of length 1", "DropTcpOption", bad_option },
	{ "option beyond the header", "DropTcpOption", endless_option },
	{ "SYN and FIN", "DropListen", syn_and_fin },
	{ "no flags", "DropListen", no_flags },
};

static void malformed(void)
{
	int server = listener();
	struct packet p;
	size_t i;
	long before;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		peer_port++;
		p = segment(100, 0, SYN, "\x02\x04\x05\xb4", 1, "");
		kinds[i].spoil(&p);
		before = counter(kinds[i].counter);
		inject_bytes(&p, sizeof(p.ip) + sizeof(p.tcp) + 4);
		wants_silence(kinds[i].name);
		wants_equal(kinds[i].counter, counter(kinds[i].counter), before + 1);
	}
	/* Every length that is too short for what it announces. */
	p = segment(100, 0, SYN, "\x02\x04\x05\xb4", 1, "");
	before = counter("DropTruncated");
	for (i = 1; i < 44; i++)
		inject_bytes(&p, i);
	wants_silence("cut packets");
	wants_equal("DropTruncated", counter("DropTruncated"), before + 43);
	/* And the same one whole. */
	inject(&p);
	wants_segment("a good SYN after all these", SYN | ACK, 0, 101);
	p = segment(101, 0, RST, "", 0, "");
	inject(&p);
	wants_silence("RST");
	/* Nobody home: RFC 9293, 3.10.7.1. */
	close(server);
	p = segment(100, 0, SYN, "", 0, "");
	inject(&p);
	wants_segment("RST for a SYN", RST | ACK, 0, 101);
	p = segment(100, 777, ACK, "", 0, "");
	inject(&p);
	wants_segment("RST for an ACK", RST, 777, 0);
	p = segment(100, 777, RST | ACK, "", 0, "");
	inject(&p);
	wants_silence("RST for a RST");
}

/* --- retransmission ------------------------------------------------------------------------------ */

/* So many time-outs of a SYN are a second each before they begin to double; 0 before Linux 6.5. */
static int linear_timeouts(void)
{
	FILE *file = fopen("/proc/sys/net/ipv4/tcp_syn_linear_timeouts", "r");
	int number = 0;

	if (file) {
		if (fscanf(file, "%d", &number) != 1)
			die("tcp_syn_linear_timeouts");
		fclose(file);
	}
	return number;
}

/* The same segment again and again: 1, 2 and 4 seconds apart, with a second more often in front. */
static void wants_backoff(int flags, uint32_t ack, int linear)
{
	long gap, last = 0, wanted = 1000;
	int i;

	for (i = 0; i < 4; i++) {
		wants_segment("the same again", flags, 0, ack);
		gap = now_ms() - last;
		last = now_ms();
		if (i)
			wants_between("milliseconds until then", gap, wanted - 300, wanted + 900);
		if (i > linear)
			wanted *= 2;
	}
}

static void synack(void)
{
	int server = listener();
	struct packet p = segment(100, 0, SYN, "", 0, "");

	inject(&p);
	wants_backoff(SYN | ACK, 101, 0);
	close(server);
}

static void syn(void)
{
	int fd = new_socket(SOCK_NONBLOCK);

	wants_errno("connect", connect_to(fd, PEER, 9), EINPROGRESS);
	wants_backoff(SYN, 0, linear_timeouts());
	close(fd);
}

/* --- the in-kernel TCP of this namespace, which has no part in any of it -------------------------- */

static void inkernel_segments(void)
{
	wants_equal("InSegs", counter_in("/proc/net/snmp", "InSegs"), 0);
	wants_equal("OutSegs", counter_in("/proc/net/snmp", "OutSegs"), 0);
}

static const struct scenario scenarios[] = {
	{ "connection", connection },
	{ "simultaneous-close", simultaneous_close },
	{ "malformed", malformed },
	{ "synack", synack },
	{ "syn", syn },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc == 2 && i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (strcmp(argv[1], scenarios[i].name))
			continue;
		open_tun();
		return run_scenarios((const struct scenario[]){ scenarios[i],
							       { "the in-kernel TCP", inkernel_segments } }, 2);
	}
	fprintf(stderr, "usage: tunpeer SCENARIO\n");
	return 2;
}
