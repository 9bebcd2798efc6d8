// SPDX-License-Identifier: GPL-2.0
/* Time, and what comes while it passes: packets of the stack, and calls that return. */
#include <arpa/inet.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "run.h"

int64_t monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

int64_t now(const struct run *run) { return monotonic() - run->start; }

/* All TCP, for neither stack may do the other's work; and whatever has the stack's ethertype but IGMP. */
static bool concerns(const struct run *run, const struct tun_pi *pi, const uint8_t *bytes, size_t size)
{
	uint16_t ethertype = ntohs(pi->proto);
	uint8_t protocol = size > 9 ? bytes[9] : 0;

	if (ethertype == run->wire.ethertype)
		return protocol != IPPROTO_IGMP;
	return (ethertype == 0x0800 || ethertype == 0x88b5) && protocol == IPPROTO_TCP;
}

/* False if there is no packet. */
static bool read_tun(struct run *run)
{
	static uint8_t buffer[sizeof(struct tun_pi) + PACKET_MAX];
	ssize_t size = read(run->tun, buffer, sizeof(buffer)) - sizeof(struct tun_pi);
	struct arrival *arrival;
	struct tun_pi pi;

	if (size < 0)
		return false;
	memcpy(&pi, buffer, sizeof(pi));
	if (!concerns(run, &pi, buffer + sizeof(pi), size))
		return true;
	arrival = allocate(sizeof(*arrival) + size);
	arrival->time = now(run);
	arrival->ethertype = ntohs(pi.proto);
	arrival->size = size;
	memcpy(arrival->bytes, buffer + sizeof(pi), size);
	*run->arrivals_end = arrival;
	run->arrivals_end = &arrival->next;
	return true;
}

void take_packets(struct run *run)
{
	while (read_tun(run))
		;
}

struct arrival *take_arrival(struct run *run)
{
	struct arrival *arrival = run->arrivals;

	if (!arrival)
		return NULL;
	run->arrivals = arrival->next;
	if (!run->arrivals)
		run->arrivals_end = &run->arrivals;
	return arrival;
}

/* Not poll()'s own time-out, which the kernel lengthens by up to 0.1 %. */
static void set_alarm(struct run *run, int64_t time)
{
	int64_t absolute = run->start + time;
	struct itimerspec when = { .it_value = { absolute / 1000000, absolute % 1000000 * 1000 } };

	timerfd_settime(run->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

void pump(struct run *run, int64_t until)
{
	struct pollfd fds[] = {
		{ .fd = run->tun, .events = POLLIN }, { .fd = run->wake, .events = POLLIN },
		{ .fd = run->timer, .events = POLLIN },
	};
	bool wait = until > now(run);
	uint64_t count;

	if (wait)
		set_alarm(run, until);
	if (poll(fds, wait ? 3 : 2, wait ? -1 : 0) <= 0)
		return;
	if (fds[0].revents)
		take_packets(run);
	if (fds[1].revents && read(run->wake, &count, sizeof(count)) == sizeof(count))
		settle_calls(run);
}

void wait_for(struct run *run, int64_t time)
{
	do
		pump(run, time);
	while (now(run) < time);
}
