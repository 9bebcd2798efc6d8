// SPDX-License-Identifier: GPL-2.0
/*
 * A router between two devices, for the datagrams of tcpxx: what comes in on one goes out on the other, with
 * one hop less to live, to the one station there. Its own addresses are resolved by the tcpxx of its namespace.
 *
 *	router DEVICE STATION DEVICE STATION FILE
 *
 * STATION is a MAC address.
 * FILE says what it does with datagrams that come in on the first device, and may be replaced at any time:
 *
 *	mtu N		longer ones are answered with "fragmentation needed", N
 *	silent N	longer ones are dropped without a word
 *	old N		as mtu, but without telling N, as before RFC 1191
 *	spoof N		as mtu 1500, and each one is answered with "fragmentation needed", N, for a sequence
 *			number that is not in flight
 *	refuse CODE	all are answered with "destination unreachable", CODE
 *	cut N		each one is cut to fragments with N bytes of text or less, two at least, whatever DF says
 *	shuffle N	as cut, but the last fragment is the first to be sent, and one in the middle is sent twice
 *	flood N		as cut 512, and before each one N first fragments of datagrams that never come
 *
 * Each error that it sends is a line of standard output.
 */
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/ioctl.h>

#include "checksum.h"
#include "endpoint.h"

#define MAX_FRAME	65536

struct port {
	int fd;
	unsigned char mac[ETH_ALEN];
	unsigned char station[ETH_ALEN];
	uint32_t address;	/* of the router there */
};

struct frame {
	struct ethhdr ethernet;
	union {
		struct iphdr ip;
		unsigned char bytes[MAX_FRAME];
	};
} __attribute__((packed));

struct orders {
	char verb[16];
	unsigned int number;
};

static const char *orders_file;

static struct orders read_orders(void)
{
	struct orders o;
	FILE *file = fopen(orders_file, "r");

	if (!file)
		die(orders_file);
	if (fscanf(file, "%15s %u", o.verb, &o.number) != 2)
		die("orders");
	fclose(file);
	return o;
}

static bool cuts(const struct orders *o)
{
	return !strcmp(o->verb, "cut") || !strcmp(o->verb, "shuffle") || !strcmp(o->verb, "flood");
}

static struct port open_port(const char *name, const char *station)
{
	struct port p = { .fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)) };
	struct sockaddr_ll where = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct ifreq request = {};
	int ignore = 1;

	if (!ether_aton_r(station, (struct ether_addr *)p.station))
		die(station);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	where.sll_ifindex = if_nametoindex(name);
	if (p.fd < 0 || !where.sll_ifindex || bind(p.fd, (struct sockaddr *)&where, sizeof(where)) ||
	    setsockopt(p.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &ignore, sizeof(ignore)))
		die(name);
	if (ioctl(p.fd, SIOCGIFHWADDR, &request))
		die("SIOCGIFHWADDR");
	memcpy(p.mac, request.ifr_hwaddr.sa_data, ETH_ALEN);
	if (ioctl(p.fd, SIOCGIFADDR, &request))
		die("SIOCGIFADDR");
	p.address = ((struct sockaddr_in *)&request.ifr_addr)->sin_addr.s_addr;
	return p;
}

static void send_frame(const struct port *to, struct frame *frame, size_t size)
{
	memcpy(frame->ethernet.h_source, to->mac, ETH_ALEN);
	memcpy(frame->ethernet.h_dest, to->station, ETH_ALEN);
	/* A full queue loses it, as routers do. */
	if (write(to->fd, frame, size) < 0 && errno != ENOBUFS && errno != EMSGSIZE)
		die("write");
}

/* "Destination unreachable" about the datagram in `frame`, to whom it came from. */
static void refuse(const struct port *port, const struct frame *frame, int code, int mtu, uint32_t shift)
{
	struct frame answer = { .ethernet.h_proto = htons(ETH_P_TCPXX) };
	struct icmphdr *icmp = (struct icmphdr *)(answer.bytes + sizeof(struct iphdr));
	unsigned char *quote = (unsigned char *)(icmp + 1);
	size_t quoted = frame->ip.ihl * 4 + 8, size = sizeof(*icmp) + quoted;
	uint32_t seq;

	memcpy(quote, &frame->ip, quoted);
	memcpy(&seq, quote + quoted - 4, 4);
	seq = htonl(ntohl(seq) + shift);
	memcpy(quote + quoted - 4, &seq, 4);
	*icmp = (struct icmphdr){ .type = ICMP_DEST_UNREACH, .code = code, .un.frag.mtu = htons(mtu) };
	icmp->checksum = checksum(icmp, size, 0);
	answer.ip = (struct iphdr){ .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_ICMP,
				    .tot_len = htons(sizeof(answer.ip) + size),
				    .saddr = port->address, .daddr = frame->ip.saddr };
	answer.ip.check = checksum(&answer.ip, sizeof(answer.ip), 0);
	send_frame(port, &answer, sizeof(answer.ethernet) + sizeof(answer.ip) + size);
	printf("unreachable %d mtu %d for %u bytes\n", code, mtu, ntohs(frame->ip.tot_len));
	fflush(stdout);
}

static void fill_ip_check(struct frame *frame)
{
	frame->ip.check = 0;
	frame->ip.check = checksum(&frame->ip, frame->ip.ihl * 4, 0);
}

/* `length` bytes of the text of `whole` from `offset` on, a multiple of 8. */
static void send_piece(const struct port *to, const struct frame *whole, uint16_t id, size_t offset, size_t length,
		       bool more)
{
	static struct frame piece;
	size_t header = whole->ip.ihl * 4;

	memcpy(&piece, whole, sizeof(piece.ethernet) + header);
	memcpy(piece.bytes + header, whole->bytes + header + offset, length);
	piece.ip.id = htons(id);
	piece.ip.tot_len = htons(header + length);
	piece.ip.frag_off = htons(offset / 8 | (more ? IP_MF : 0));
	fill_ip_check(&piece);
	send_frame(to, &piece, sizeof(piece.ethernet) + header + length);
}

/* Those with DF have no number that could be used. */
static uint16_t last_id;

static void send_pieces(const struct port *to, const struct frame *whole, size_t room, bool shuffled)
{
	size_t text = ntohs(whole->ip.tot_len) - whole->ip.ihl * 4, pieces, i;

	if (text <= room)
		room = text / 2 + 7;
	room -= room % 8;
	pieces = (text + room - 1) / room;
	last_id++;
	for (i = 0; i < pieces; i++) {
		size_t offset = (shuffled ? pieces - 1 - i : i) * room;
		bool more = offset + room < text;
		int times;

		for (times = shuffled && i == pieces / 2 ? 2 : 1; times; times--)
			send_piece(to, whole, last_id, offset, more ? room : text - offset, more);
	}
}

static void send_lonely_pieces(const struct port *to, const struct frame *whole, unsigned int count)
{
	while (count--)
		send_piece(to, whole, ++last_id, 0, 16, true);
}

/* As the orders say of datagrams that go on. */
static void send_ordered(const struct port *to, struct frame *frame, size_t size)
{
	const struct orders o = read_orders();

	if (!cuts(&o)) {
		send_frame(to, frame, size);
		return;
	}
	if (!strcmp(o.verb, "flood"))
		send_lonely_pieces(to, frame, o.number);
	send_pieces(to, frame, strcmp(o.verb, "flood") ? o.number : 512, !strcmp(o.verb, "shuffle"));
}

/* Whether the datagram goes on, as the orders say. */
static bool passes(const struct port *port, const struct frame *frame)
{
	const struct orders o = read_orders();
	const unsigned int length = ntohs(frame->ip.tot_len);

	if (!strcmp(o.verb, "refuse")) {
		refuse(port, frame, o.number, 0, 0);
		return false;
	}
	if (!strcmp(o.verb, "spoof")) {
		refuse(port, frame, ICMP_FRAG_NEEDED, o.number, 0x40000000);
		return true;
	}
	if (length <= o.number || cuts(&o))
		return true;
	if (!strcmp(o.verb, "silent"))
		return false;
	refuse(port, frame, ICMP_FRAG_NEEDED, strcmp(o.verb, "old") ? o.number : 0, 0);
	return false;
}

static void forward(struct port *from, struct port *to, bool ordered)
{
	static struct frame frame;
	ssize_t size = read(from->fd, &frame, sizeof(frame));

	if (size < (ssize_t)(sizeof(frame.ethernet) + sizeof(struct iphdr)))
		return;
	if (frame.ethernet.h_proto != htons(ETH_P_TCPXX) ||
	    memcmp(frame.ethernet.h_dest, from->mac, ETH_ALEN))
		return;
	if (frame.ip.ttl <= 1 || (ordered && !passes(from, &frame)))
		return;
	frame.ip.ttl--;
	fill_ip_check(&frame);
	if (ordered)
		send_ordered(to, &frame, size);
	else
		send_frame(to, &frame, size);
}

int main(int argc, char **argv)
{
	struct port ports[2];
	struct pollfd waits[2];
	int i;

	if (argc != 6) {
		fprintf(stderr, "usage: router DEVICE STATION DEVICE STATION FILE\n");
		return 2;
	}
	orders_file = argv[5];
	for (i = 0; i < 2; i++) {
		ports[i] = open_port(argv[1 + 2 * i], argv[2 + 2 * i]);
		waits[i] = (struct pollfd){ .fd = ports[i].fd, .events = POLLIN };
	}
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		if (poll(waits, 2, -1) < 0)
			die("poll");
		for (i = 0; i < 2; i++)
			if (waits[i].revents & POLLIN)
				forward(&ports[i], &ports[1 - i], i == 0);
	}
}
