// SPDX-License-Identifier: GPL-2.0
/*
 * SYNs of a client that never answers: written to the client's device as they are, each from another
 * port, with the options of Linux. What the server answers must not reach the client's stack, which
 * would reset it: "bench-guest" lets the device drop it.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "tcpbench.h"

#define FIRST_PORT	1024

struct syn {
	struct ethhdr ether;
	struct iphdr ip;
	struct tcphdr tcp;
	unsigned char options[20];
} __attribute__((packed));

int halfopen_open(void)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd < 0)
		die("packet socket");
	address.sll_ifindex = if_nametoindex(link_device);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die("bind to %s", link_device);
	return fd;
}

/* RFC 1071, over an even number of bytes. */
static uint32_t add_words(uint32_t sum, const void *bytes, size_t size)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < size; i += 2)
		sum += b[i] << 8 | b[i + 1];
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static void write_checksums(struct syn *syn)
{
	const size_t tcp_size = sizeof(syn->tcp) + sizeof(syn->options);
	uint32_t pseudo = add_words(IPPROTO_TCP + tcp_size, &syn->ip.saddr, 8);
	unsigned char tcp[sizeof(syn->tcp) + sizeof(syn->options)];

	syn->ip.check = fold(add_words(0, &syn->ip, sizeof(syn->ip)));
	memcpy(tcp, &syn->tcp, tcp_size);
	syn->tcp.check = fold(add_words(pseudo, tcp, tcp_size));
}

void halfopen_send(int packet_socket, const struct stack *stack, unsigned int number)
{
	struct syn syn = {
		.ether = { .h_dest = { 2, 0, 0, 0, 0, 2 }, .h_source = { 2, 0, 0, 0, 0, 1 },
			   .h_proto = htons(stack->ethertype) },
		.ip = { .version = 4, .ihl = 5, .tot_len = htons(sizeof(syn) - sizeof(syn.ether)),
			.frag_off = htons(IP_DF), .ttl = 64, .protocol = IPPROTO_TCP,
			.saddr = htonl(0x0a000001), .daddr = htonl(0x0a000002) },
		.tcp = { .source = htons(FIRST_PORT + number % (65536 - FIRST_PORT)),
			 .dest = htons(8080), .seq = htonl(number * 65521u + 1), .doff = 10,
			 .syn = 1, .window = htons(64240) },
		/* MSS 1460, SACK permitted, timestamps, no operation, window scale 7 */
		.options = { 2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7 },
	};

	write_checksums(&syn);
	if (send(packet_socket, &syn, sizeof(syn), 0) != sizeof(syn))
		die("sending a SYN");
}
