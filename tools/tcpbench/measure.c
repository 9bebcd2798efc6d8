// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions between two moments.
 *
 * In a guest under "qemu -icount shift=0,sleep=off" the TSC advances by one for each instruction
 * and, when the processor sleeps, jumps at once to the next timer. Work that is put off (RCU, timers,
 * TIME-WAIT) therefore costs no host time to wait for, but the jumps have to be taken out again:
 *
 *	instructions = TSC at the end - TSC at the beginning - TSC while the processor slept
 *
 * How long it slept, the kernel knows to the nanosecond: "idle_sleeptime" of /proc/timer_list. It
 * starts when the idle loop is about to halt and stops at the entry of the interrupt that wakes the
 * processor, so what interrupts, softirqs and kernel threads do meanwhile counts as executed, and so
 * does the idle loop's own work. (/proc/stat has the same figure, but in steps of 10 ms; cpuidle's
 * counters include the interrupt.) The kernel's nanosecond is its calibration of the TSC and so some
 * millionths long or short, which after a minute of TIME-WAIT is much more than what is measured:
 * the sleep is scaled by the region's own TSC ticks per nanosecond. Sleeping for 66 s then reads the
 * same to 0.01 % of what 2,000 connections cost.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "tcpbench.h"

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* The sum of a field of all processors. */
static int64_t sum_of_field(const char *text, const char *field)
{
	int64_t sum = 0;
	const char *at = text;
	bool found = false;

	while ((at = strstr(at, field))) {
		at += strlen(field);
		sum += strtoll(at + strspn(at, " :"), NULL, 10);
		found = true;
	}
	errno = 0;
	if (!found)
		die("/proc/timer_list has no field '%s'", field);
	return sum;
}

static int64_t idle_ns(void)
{
	static char text[1 << 18];
	size_t used = 0;
	ssize_t got;
	int fd = open("/proc/timer_list", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("/proc/timer_list");
	while ((got = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += got;
	close(fd);
	text[used] = '\0';
	return sum_of_field(text, ".idle_sleeptime") + sum_of_field(text, ".iowait_sleeptime");
}

/* The clocks are read innermost: what it costs to read the idle time is outside of the region, and
 * while this process runs the processor does not sleep. */
struct moment begin_region(void)
{
	struct moment m = { .idle = idle_ns() };

	m.monotonic = monotonic_ns();
	m.tsc = __rdtsc();
	return m;
}

double end_region(const struct moment *begin)
{
	struct moment end = { .tsc = __rdtsc(), .monotonic = monotonic_ns() };
	double ticks, ticks_per_ns;

	end.idle = idle_ns();
	ticks = end.tsc - begin->tsc;
	ticks_per_ns = ticks / (end.monotonic - begin->monotonic);
	return ticks - (end.idle - begin->idle) * ticks_per_ns;
}
