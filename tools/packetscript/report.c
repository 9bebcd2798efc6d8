// SPDX-License-Identifier: GPL-2.0
/* What is said of a script that fails: the line, what was expected, what came, and all around it. */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define NOTE_SIZE	1200

/* What has happened so far, in order. */
static struct line {
	struct line *next;
	char text[];
} *lines, **lines_end = &lines;

void note(struct run *run, int64_t time, const char *format, ...)
{
	struct line *line = allocate(sizeof(*line) + NOTE_SIZE);
	va_list arguments;
	int used = snprintf(line->text, NOTE_SIZE, "%12.6f  ", time / 1e6);

	(void)run;
	va_start(arguments, format);
	vsnprintf(line->text + used, NOTE_SIZE - used, format, arguments);
	va_end(arguments);
	*lines_end = line;
	lines_end = &line->next;
}

void note_segment(struct run *run, int64_t time, const struct segment *s, char arrow)
{
	char text[NOTE_SIZE];
	struct row row;

	segment_row(s, arrow, &row);
	row_text(&row, text, sizeof(text));
	note(run, time, "%s", text);
}

static FILE *open_table(const struct run *run)
{
	return fopen(run->stack == STACK_TCPXX ? "/proc/self/net/tcpxx" : "/proc/self/net/tcp", "r");
}

int socket_state(const struct run *run, uint16_t local_port, uint16_t remote_port)
{
	unsigned int local, remote, number;
	int state = 0;
	char text[300];
	FILE *table = open_table(run);

	if (!table)
		return -1;
	while (fgets(text, sizeof(text), table))
		if (sscanf(text, " %*d: %*8x:%4x %*8x:%4x %2x", &local, &remote, &number) == 3 &&
		    local == local_port && remote == remote_port)
			state = number;
	fclose(table);
	return state;
}

/* The lines of /proc, and beside each the name of its state. */
static void print_sockets(const struct run *run)
{
	char text[300];
	unsigned int number;
	FILE *table = open_table(run);

	printf("the stack's sockets (%s):\n", run->stack == STACK_TCPXX ? "/proc/net/tcpxx" : "/proc/net/tcp");
	while (table && fgets(text, sizeof(text), table)) {
		text[strcspn(text, "\n")] = '\0';
		if (sscanf(text, " %*d: %*8x:%*4x %*8x:%*4x %2x", &number) == 1)
			printf("  %-11s %.100s\n", state_name(number), text);
		else
			printf("  %-11s %.100s\n", "state", text);
	}
	if (table)
		fclose(table);
}

/* The other end is the script itself. */
static void print_peer(const struct run *run)
{
	const struct connection *c;
	int i;

	printf("the script's end:\n");
	for (i = 1; i <= CONNECTIONS_MAX; i++) {
		c = &run->wire.connection[i];
		if (c->known)
			printf("  connection %d: port %u to port %u of the stack, whose initial sequence number is %s%u\n",
			       i, c->remote_port, c->local_port, c->iss_known ? "" : "unknown, taken as ", c->iss);
	}
}

static void print_waiting(struct run *run)
{
	struct arrival *arrival;
	struct segment s;
	char problem[80], text[NOTE_SIZE];
	struct row row;

	take_packets(run);
	if (run->arrivals)
		printf("packets that came and that no line has taken yet:\n");
	while ((arrival = take_arrival(run))) {
		read_datagram(&run->wire, arrival->bytes, arrival->size, NULL, &s, problem);
		segment_row(&s, '>', &row);
		row_text(&row, text, sizeof(text));
		printf("%12.6f  %s%s%s\n", arrival->time / 1e6, text, *problem ? "; " : "", problem);
	}
}

/* No packet is read any more in here: that could be the next failure. */
static void print_history(void)
{
	const struct line *line;

	printf("so far:\n");
	for (line = lines; line; line = line->next)
		printf("%s\n", line->text);
}

__attribute__((noreturn))
static void end(struct run *run, const struct event *event)
{
	if (event->mark.known[run->stack]) {
		fflush(stdout);
		_Exit(OUTCOME_KNOWN_DIFFERENCE);
	}
	print_history();
	print_waiting(run);
	print_sockets(run);
	print_peer(run);
	fflush(stdout);
	_Exit(OUTCOME_FAILED);
}

/* FILE:LINE: on STACK: problem, and the line itself. */
static void head(const struct run *run, const struct event *event, const char *format, va_list arguments)
{
	if (event->mark.known[run->stack]) {
		printf("%s (line %d)\n", event->mark.reason, event->line);
		return;
	}
	printf("%s:%d: on %s: ", run->script->path, event->line, stack_name(run->stack));
	vprintf(format, arguments);
	printf("\n%10d | %s\n", event->line, run->script->text[event->line]);
}

void fail(struct run *run, const struct event *event, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	head(run, event, format, arguments);
	va_end(arguments);
	end(run, event);
}

__attribute__((format(printf, 3, 4)))
static void say(struct run *run, const struct event *event, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	head(run, event, format, arguments);
	va_end(arguments);
}

void fail_segment(struct run *run, const struct event *event, const struct segment *found,
		  const bool differs[COLUMNS])
{
	struct segment shown = *found;
	struct row wanted, came;

	/* What the script does not look at is not shown either. */
	shown.given |= event->segment.given & (GIVEN_TTL | GIVEN_TOS | GIVEN_DF);
	segment_row(&event->segment, '>', &wanted);
	segment_row(&shown, '>', &came);
	say(run, event, "another packet came than is expected");
	if (!event->mark.known[run->stack])
		print_difference(&wanted, &came, differs);
	end(run, event);
}

void event_passed(struct run *run, const struct event *event)
{
	struct event unmarked = *event;

	if (!event->mark.known[run->stack] || !run->exact)
		return;
	unmarked.mark.known[run->stack] = false;
	fail(run, &unmarked, "the known difference is gone (%s): remove the mark", event->mark.reason);
}
