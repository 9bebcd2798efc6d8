// SPDX-License-Identifier: GPL-2.0
/*
 * The log: a line for each call, which scripts/guestlib/calls.py reads. Its fields are between tabs:
 *
 *	BEGIN END WHO CALL RESULT ERRNO POLL VALUE STATE
 *
 * Times are nanoseconds of the capture's clock; STATE is what the socket is in afterwards. What does not
 * apply is "-". Everything is written at the end, so that no call waits for it.
 *
 * A call begins PAUSE after the one before has returned: what is done between them takes each stack its own
 * time, which is none of the comparison's.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "compare.h"

#define PAUSE		5000000ll	/* ns */
#define SETTLE		3000000ll	/* until the state is looked at: a delayed ACK may be due at the next tick */
#define LAST_PAUSE	300000000ll	/* what is still on its way, and delayed ACKs */

static int64_t last_end;

static const struct {
	short bit;
	const char *name;
} poll_names[] = {
	{ POLLIN, "POLLIN" }, { POLLPRI, "POLLPRI" }, { POLLOUT, "POLLOUT" }, { POLLERR, "POLLERR" },
	{ POLLHUP, "POLLHUP" }, { POLLRDHUP, "POLLRDHUP" },
};

/* Nanoseconds on the clock of the capture. */
static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void pause_after_last(int64_t pause)
{
	const int64_t until = last_end + pause;
	const struct timespec time = { .tv_sec = until / 1000000000, .tv_nsec = until % 1000000000 };

	while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}

struct entry begin_entry(const struct end *end, const char *format, ...)
{
	struct entry entry = { .end = end };
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(entry.call, sizeof(entry.call), format, arguments);
	va_end(arguments);
	pause_after_last(PAUSE);
	entry.begin = now();
	return entry;
}

static void print_poll(short bits)
{
	const char *separator = "";

	if (!bits)
		fputs("-", stdout);
	for (size_t i = 0; i < sizeof(poll_names) / sizeof(*poll_names); i++) {
		if (!(bits & poll_names[i].bit))
			continue;
		printf("%s%s", separator, poll_names[i].name);
		separator = "|";
	}
}

/* Right behind the call: errno is still its own. */
void end_entry(struct entry *entry, long result)
{
	const int error = result < 0 ? errno : 0;
	const int64_t end = now();

	printf("%lld\t%lld\t%s\t%s\t%ld\t%s\t", (long long)entry->begin, (long long)end,
	       entry->end ? entry->end->name : "network", entry->call, result,
	       error ? strerrorname_np(error) : "-");
	print_poll(entry->polled);
	last_end = end;
	pause_after_last(SETTLE);
	printf("\t%s\t%s\n", entry->value ? entry->value : "-", entry->end ? state_of(entry->end) : "-");
}

void end_log(void) { pause_after_last(LAST_PAUSE); }
