// SPDX-License-Identifier: GPL-2.0
/*
 * compare: plays one scenario over one stack, in a guest with a fresh "topology pair".
 *
 *	compare -l			a line for each scenario: NAME, TITLE
 *	compare inkernel|tcpxx NAME	plays it; the log (see log.c) goes to standard output
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "compare.h"

#define LOG_SIZE	(1 << 20)
#define PATIENCE	900	/* s of guest time that a scenario may take */
#define IMPATIENCE	10	/* and then a single call */
#define WHEEL_PERIOD	4096	/* ms: see wait_for_phase() */
#define PHASE		56	/* ms into it: a second that begins with the handshake is rounded up by little */

void die(const char *format, ...)
{
	int error = errno;
	va_list arguments;

	fflush(stdout);
	fprintf(stderr, "compare: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, error ? ": %s\n" : "\n", strerror(error));
	exit(EXIT_FAILURE);
}

static const struct scenario *const groups[] = { opening, fastopen, closing };

static void list(void)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		for (const struct scenario *it = groups[i]; it->name; it++)
			printf("%s\t%s\n", it->name, it->title);
}

static const struct scenario *find(const char *name)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		for (const struct scenario *it = groups[i]; it->name; it++)
			if (!strcmp(it->name, name))
				return it;
	errno = 0;
	die("there is no scenario '%s'", name);
}

static void interrupt(int signal_number) { (void)signal_number; }

/* A call that waits for what one of the stacks never brings ends with EINTR, and the log shows it. */
static void limit_waiting(void)
{
	struct sigaction action = { .sa_handler = interrupt };
	struct itimerval timer = { .it_value.tv_sec = PATIENCE, .it_interval.tv_sec = IMPATIENCE };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/*
 * The kernel's timer wheel rounds a delay of half a second up to a multiple of 64 ms, one of four seconds up to 512 ms,
 * one of half a minute up to 4096 ms. Both stacks begin at the same place of such a period, so that both are rounded alike.
 */
static void wait_for_phase(void)
{
	struct timespec now, start;
	unsigned long ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = now.tv_sec * 1000UL + now.tv_nsec / 1000000;
	ms += WHEEL_PERIOD - ms % WHEEL_PERIOD + PHASE;
	start = (struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &start, NULL) == EINTR)
		;
}

int main(int argc, char **argv)
{
	static char buffer[LOG_SIZE];

	if (argc == 2 && !strcmp(argv[1], "-l")) {
		list();
		return 0;
	}
	if (argc != 3 || (strcmp(argv[1], "inkernel") && strcmp(argv[1], "tcpxx"))) {
		fprintf(stderr, "usage: compare -l | inkernel|tcpxx SCENARIO\n");
		return 2;
	}
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	network_init(argv[1]);
	wait_for_phase();
	limit_waiting();
	find(argv[2])->play();
	end_log();
	net_end();
	return 0;
}
