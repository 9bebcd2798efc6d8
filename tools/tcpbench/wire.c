// SPDX-License-Identifier: GPL-2.0
/* Counts what crosses the client's end of the link, in both directions. Never while time is taken:
 * each packet costs a copy. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcpbench.h"

#define DEVICE		"eth0"
#define BUFFER_SIZE	(256 << 20)

/* The headers of a frame; its text is not read. */
struct frame {
	struct virtio_net_hdr offload;
	unsigned char bytes[14 + 60 + 60];
} __attribute__((packed));

int wire_open(void)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int on = 1, size = BUFFER_SIZE;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);

	if (fd < 0)
		die("packet socket");
	address.sll_ifindex = if_nametoindex(DEVICE);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		die("SO_RCVBUFFORCE");
	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)))
		die("PACKET_VNET_HDR");
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die("bind to " DEVICE);
	return fd;
}

/* Adds one frame of SIZE bytes, of which the headers are in FRAME. A GSO packet becomes several
 * segments on a real wire, each with the same headers. */
static void add_frame(struct wire_count *count, const struct stack *stack,
		      const struct frame *frame, size_t size)
{
	const struct ethhdr *ether = (const void *)frame->bytes;
	const struct iphdr *ip = (const void *)(ether + 1);
	const struct tcphdr *tcp = (const void *)((const char *)ip + ip->ihl * 4);
	size_t headers, text, segments = 1;

	if (ntohs(ether->h_proto) != stack->ethertype || ip->protocol != IPPROTO_TCP) {
		count->others++;
		return;
	}
	headers = sizeof(*ether) + ip->ihl * 4 + tcp->doff * 4;
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

struct wire_count wire_read(int capture, const struct stack *stack)
{
	struct wire_count count = { 0 };
	struct frame frame;
	ssize_t size;

	while ((size = recv(capture, &frame, sizeof(frame), MSG_TRUNC)) > 0)
		add_frame(&count, stack, &frame, size - sizeof(frame.offload));
	if (errno != EAGAIN)
		die("reading the capture");
	expect_nothing_lost(capture);
	return count;
}
