// SPDX-License-Identifier: GPL-2.0
/*
 * A storm of segments for a listener, from a tun device, out of many addresses that nobody has: SYNs, the same again,
 * third ACKs that are right, forged or too early, RSTs, broken options. Answers are read only to learn the numbers of
 * SYN-ACKs. Reproducible: `SEED` chooses.
 *
 *	synstorm HOST PORT SEGMENTS SEED
 *
 * HOST/16 is given to tun0, which this makes. Says how many SYNs it has sent.
 */
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/ioctl.h>

#include "check.h"
#include "checksum.h"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

struct packet {
	struct tun_pi pi;
	struct iphdr ip;
	struct tcphdr tcp;
	unsigned char options[4];
} __attribute__((packed));

/* What is known of a spoofed client; its number is in its address. */
#define CLIENTS	4096
static struct client {
	uint32_t iss;	/* the listener's */
	bool known;
} clients[CLIENTS];

static int tun;
static in_addr_t host;
static int port;
static uint32_t seed;
static long syns;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint64_t)seed * below >> 32;
}

static void open_tun(const char *address)
{
	struct ifreq request = { .ifr_name = "tun0", .ifr_flags = IFF_TUN };
	char command[200];

	tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	if (tun < 0 || ioctl(tun, TUNSETIFF, &request))
		die("tun");
	snprintf(command, sizeof(command),
		 "ip address add %s/16 dev tun0 && ip link set tun0 txqueuelen 5000 up", address);
	if (system(command))
		die("ip");
}

static in_addr_t address_of(uint32_t client) { return htonl((ntohl(host) & 0xffff0000) + 0x1000 + client); }

/* The peer's first number is 1000 times that of the client. */
static void inject(uint32_t client, int flags, uint32_t seq, uint32_t ack, const char *option)
{
	struct packet p = { .pi = { .proto = htons(ETH_P_TCPXX) } };
	size_t words = option ? 1 : 0, size = sizeof(p.tcp) + 4 * words;

	p.ip = (struct iphdr){ .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP,
			       .tot_len = htons(sizeof(p.ip) + size), .saddr = address_of(client), .daddr = host };
	p.tcp = (struct tcphdr){ .source = htons(1024), .dest = htons(port), .seq = htonl(1000 * client + seq),
				 .ack_seq = htonl(ack), .doff = 5 + words, .window = htons(60000) };
	p.tcp.th_flags = flags;
	if (option)
		memcpy(p.options, option, 4);
	p.tcp.check = checksum(&p.tcp, size, pseudo_header(p.ip.saddr, p.ip.daddr, size));
	p.ip.check = checksum(&p.ip, sizeof(p.ip), 0);
	if (write(tun, &p, sizeof(p.pi) + sizeof(p.ip) + size) < 0)
		die("write to tun");
	syns += (flags & (FIN | SYN | RST | ACK)) == SYN;
}

/* Reads what has come, and notes the numbers of SYN-ACKs. */
static void listen_to_answers(void)
{
	struct packet p;

	while (read(tun, &p, sizeof(p)) >= (ssize_t)(sizeof(p.pi) + 40)) {
		uint32_t client = ntohl(p.ip.daddr) - ntohl(address_of(0));

		if (client < CLIENTS && p.tcp.th_flags == (SYN | ACK))
			clients[client] = (struct client){ ntohl(p.tcp.seq), true };
	}
}

static void one_segment(void)
{
	uint32_t client = draw(CLIENTS);
	struct client *c = clients + client;

	switch (draw(16)) {
	case 0: inject(client, SYN, 0, 0, "\x02\x01\x05\xb4"); break;		/* an option of length 1 */
	case 1: inject(client, FIN, 1, 0, NULL); break;
	case 2: inject(client, RST, 1, 0, NULL); break;
	case 3: inject(client, ACK, 1, c->iss + 1 + 77, NULL); break;		/* forged */
	case 4: inject(client, SYN, 5, 0, NULL); break;				/* another number */
	case 5: inject(client, SYN, 0, 0, "\x02\x04\x05\xb4"); inject(client, SYN, 0, 0, "\x02\x04\x05\xb4"); break;
	case 6: case 7: case 8: case 9: inject(client, ACK, 1, c->iss + 1, NULL); break;
	default: inject(client, SYN, 0, 0, "\x02\x04\x05\xb4"); break;
	}
}

/* A SYN and, once its SYN-ACK is there, the ACK. */
static void one_handshake(void)
{
	uint32_t client = draw(CLIENTS);

	clients[client].known = false;
	inject(client, SYN, 0, 0, "\x02\x04\x05\xb4");
	listen_to_answers();
	if (clients[client].known)
		inject(client, ACK, 1, clients[client].iss + 1, NULL);
}

int main(int argc, char **argv)
{
	long i, segments;

	if (argc != 5) {
		fprintf(stderr, "usage: synstorm HOST PORT SEGMENTS SEED\n");
		return 2;
	}
	host = inet_addr(argv[1]);
	port = atoi(argv[2]);
	segments = atol(argv[3]);
	seed = atol(argv[4]);
	open_tun(argv[1]);
	for (i = 0; i < segments; i++) {
		if (draw(4))
			one_segment();
		else
			one_handshake();
		if (i % 16 == 0)
			listen_to_answers();
	}
	printf("%ld\n", syns);
	fflush(stdout);
	pause(); /* the device and its addresses stay */
	return 0;
}
