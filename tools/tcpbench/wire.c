// SPDX-License-Identifier: GPL-2.0
/* Counts what crosses the client's end of the link, in both directions; on lo, which has one end only,
 * what arrives. Never while time is taken: each packet costs a copy. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcpbench.h"

#define BUFFER_SIZE	(256 << 20)

/* The headers of a packet; its text is not read. */
struct frame {
	struct virtio_net_hdr offload;
	unsigned char bytes[ETH_HLEN + 60 + 60];
} __attribute__((packed));

int wire_open(void)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int on = 1, size = BUFFER_SIZE;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);

	if (fd < 0)
		die("packet socket");
	address.sll_ifindex = if_nametoindex(link_device);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		die("SO_RCVBUFFORCE");
	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)))
		die("PACKET_VNET_HDR");
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die("bind to %s", link_device);
	return fd;
}

static size_t link_header_size(const struct sockaddr_ll *from)
{
	return from->sll_hatype == ARPHRD_NONE ? 0 : ETH_HLEN;
}

/* Adds one packet of SIZE bytes, of which the headers are in FRAME. A GSO packet becomes several
 * segments on a real wire, each with the same headers. */
static void add_frame(struct wire_count *count, const struct stack *stack,
		      const struct sockaddr_ll *from, const struct frame *frame, size_t size)
{
	const struct iphdr *ip = (const void *)(frame->bytes + link_header_size(from));
	const struct tcphdr *tcp = (const void *)((const char *)ip + ip->ihl * 4);
	size_t headers, text, segments = 1;

	if (ntohs(from->sll_protocol) != stack->ethertype || ip->protocol != IPPROTO_TCP) {
		count->others++;
		return;
	}
	headers = link_header_size(from) + ip->ihl * 4 + tcp->doff * 4;
	text = size - headers;
	if (frame->offload.gso_size && text)
		segments = (text + frame->offload.gso_size - 1) / frame->offload.gso_size;
	count->packets++;
	count->segments += segments;
	count->options += segments * (tcp->doff * 4 - sizeof(*tcp));
	count->bytes += segments * headers + text;
}

static void expect_nothing_lost(int capture)
{
	struct tpacket_stats stats;
	socklen_t size = sizeof(stats);

	if (getsockopt(capture, SOL_PACKET, PACKET_STATISTICS, &stats, &size))
		die("PACKET_STATISTICS");
	errno = 0;
	if (stats.tp_drops)
		die("the capture lost %u packets", stats.tp_drops);
}

/* lo shows each packet when it leaves and when it arrives. */
static bool is_second_look(const struct sockaddr_ll *from)
{
	return from->sll_hatype == ARPHRD_LOOPBACK && from->sll_pkttype == PACKET_OUTGOING;
}

struct wire_count wire_read(int capture, const struct stack *stack)
{
	struct wire_count count = { 0 };
	struct sockaddr_ll from;
	socklen_t from_size = sizeof(from);
	struct frame frame;
	ssize_t size;

	while ((size = recvfrom(capture, &frame, sizeof(frame), MSG_TRUNC, (struct sockaddr *)&from,
				&from_size)) > 0)
		if (!is_second_look(&from))
			add_frame(&count, stack, &from, &frame, size - sizeof(frame.offload));
	if (errno != EAGAIN)
		die("reading the capture");
	expect_nothing_lost(capture);
	return count;
}
