// SPDX-License-Identifier: GPL-2.0
/*
 * The link between client and server, and the time that passes on it.
 *
 * A pair of tun devices is joined here: whenever this program would sleep, it first writes to each
 * what it has read from the other, until there is nothing more. So there is no second process, whose
 * turns would be measured, but nothing arrives either while a system call sleeps: none may.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tcpbench.h"

#define WATCHED_MAX	2
#define WAIT_MAX_MS	10000
#define CARRIER_STEP_MS	10

const char *link_device;
static int ends[2] = { -1, -1 };	/* of a link that is joined here; poll() ignores a -1 */

bool link_is_joined_here(void) { return ends[0] >= 0; }

/* --- tun --- */

/* A device without its program has no carrier, and gets it back some time after the program. */
static void wait_for_carrier(void)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strncpy(request.ifr_name, link_device, IFNAMSIZ - 1);
	for (int waited = 0; !(request.ifr_flags & IFF_RUNNING); waited += CARRIER_STEP_MS) {
		errno = 0;
		if (waited >= WAIT_MAX_MS || ioctl(fd, SIOCGIFFLAGS, &request))
			die("%s does not come up", link_device);
		sleep_ms(CARRIER_STEP_MS);
	}
	close(fd);
}

/* With the ethertype, and with what is left to do for a packet: its checksum, its segments. */
static int attach(void)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	strncpy(request.ifr_name, link_device, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request))
		die("tun device %s", link_device);
	wait_for_carrier();
	return fd;
}

void link_join(void)
{
	int server;

	enter_server();
	server = attach();
	enter_client();
	ends[0] = attach();
	ends[1] = server;
}

void link_take_offloads(void)
{
	for (int i = 0; link_is_joined_here() && i < 2; i++)
		if (ioctl(ends[i], TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4))
			die("TUNSETOFFLOAD");
}

static size_t carry_from(int from, int to)
{
	static char packet[sizeof(struct tun_pi) + 64 + (1 << 16)];
	size_t packets = 0;
	ssize_t size;

	while ((size = read(from, packet, sizeof(packet))) > 0) {
		if (write(to, packet, size) != size)
			die("writing %zd bytes to %s", size, link_device);
		packets++;
	}
	if (errno != EAGAIN)
		die("reading from %s", link_device);
	return packets;
}

size_t link_carry(void)
{
	size_t packets = 0, before;

	if (!link_is_joined_here())
		return 0;
	do {
		before = packets;
		packets += carry_from(ends[0], ends[1]);
		packets += carry_from(ends[1], ends[0]);
	} while (packets != before);
	return packets;
}

/* --- time --- */

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* Sleeps until something is ready, of FDS or of what is to be carried, or for so long. */
static void sleep_on(struct pollfd *fds, size_t count, int64_t ns)
{
	struct timespec left = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
	struct pollfd all[WATCHED_MAX + 2];

	for (size_t i = 0; i < count; i++)
		all[i] = fds[i];
	for (size_t i = 0; i < 2; i++)
		all[count + i] = (struct pollfd){ .fd = ends[i], .events = POLLIN };
	if (ppoll(all, count + 2, &left, NULL) < 0 && errno != EINTR)
		die("ppoll");
	for (size_t i = 0; i < count; i++)
		fds[i].revents = all[i].revents;
}

static bool any_ready(const struct pollfd *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i].revents)
			return true;
	return false;
}

/* false: the time is over. */
static bool wait_for(struct pollfd *fds, size_t count, unsigned int ms)
{
	const int64_t end = now_ns() + ms * 1000000ll;
	int64_t left;

	while ((left = end - now_ns()) > 0) {
		link_carry();
		sleep_on(fds, count, left);
		if (any_ready(fds, count))
			return true;
	}
	return false;
}

bool link_wait(struct pollfd *fds, size_t count) { return wait_for(fds, count, WAIT_MAX_MS); }

void sleep_ms(unsigned int ms) { wait_for(NULL, 0, ms); }
