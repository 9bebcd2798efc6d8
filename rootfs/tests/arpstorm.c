// SPDX-License-Identifier: GPL-2.0
/*
 * Sends frames of tcpxx's ARP ethertype that nobody should believe.
 *
 *	arpstorm INTERFACE COUNT KIND
 *
 * KIND is one of: noise (random bytes of random length), malformed (a request with a field or its length
 * spoiled), requests (well-formed, for 10.0.0.1, each from another invented station), replies
 * (unsolicited, from invented stations), claims (somebody else says that 10.0.0.1 is his).
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoint.h"

#define ETHERTYPE	0x88b6
#define TARGET		0x0a000001	/* 10.0.0.1 */
#define HEADER		14
#define BODY		28
#define MAX		200

static unsigned char frame[HEADER + MAX];

static void put16(unsigned char *at, unsigned int value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void put32(unsigned char *at, unsigned int value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static void put_random(unsigned char *at, size_t len)
{
	while (len--)
		*at++ = random();
}

/* An ARP packet of the station `mac`, which says that it has `sender`. */
static void put_arp(unsigned int operation, unsigned int sender, unsigned int target)
{
	unsigned char *arp = frame + HEADER;

	put16(arp, 1);
	put16(arp + 2, 0x0800);
	arp[4] = 6;
	arp[5] = 4;
	put16(arp + 6, operation);
	put_random(arp + 8, 6);
	arp[8] = 2;
	put32(arp + 14, sender);
	memset(arp + 18, 0, 6);
	put32(arp + 24, target);
}

/* 10.0.0.0/24 holds the stations of the test; 10.0.1.0 and so on are invented. */
static unsigned int somebody(void)
{
	return 0x0a000000 + 256 + random() % 60000;
}

static void spoil(size_t *len)
{
	static const unsigned char fields[] = { 0, 1, 2, 3, 4, 5, 6 };

	if (random() % 2)
		*len = HEADER + random() % BODY;
	else
		frame[HEADER + fields[random() % sizeof(fields)]] ^= 1 + random() % 255;
}

static size_t make(const char *kind)
{
	size_t len = HEADER + BODY;

	memset(frame, 0xff, 6);
	put_random(frame + 6, 6);
	frame[6] = 2;
	put16(frame + 12, ETHERTYPE);
	if (!strcmp(kind, "noise")) {
		len = HEADER + random() % MAX;
		put_random(frame + HEADER, MAX);
	} else if (!strcmp(kind, "malformed")) {
		put_arp(1, somebody(), TARGET);
		spoil(&len);
	} else if (!strcmp(kind, "requests")) {
		put_arp(1, somebody(), TARGET);
	} else if (!strcmp(kind, "replies")) {
		put_arp(2, somebody(), TARGET);
	} else if (!strcmp(kind, "claims")) {
		put_arp(2, TARGET, TARGET);
	} else {
		fprintf(stderr, "arpstorm: no kind '%s'\n", kind);
		exit(2);
	}
	return len;
}

int main(int argc, char **argv)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	long count;
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: arpstorm INTERFACE COUNT KIND\n");
		return 2;
	}
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	to.sll_ifindex = if_nametoindex(argv[1]);
	to.sll_halen = 6;
	if (fd < 0 || !to.sll_ifindex)
		die("socket");
	srandom(1);
	for (count = atol(argv[2]); count; count--) {
		size_t len = make(argv[3]);

		/* The device's queue may be full for a moment. */
		while (sendto(fd, frame, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			usleep(1000);
	}
	return 0;
}
