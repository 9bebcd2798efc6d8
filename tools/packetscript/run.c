// SPDX-License-Identifier: GPL-2.0
/* Carries a script out, event by event. Whatever is not as it says ends the process, see report.c. */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "run.h"

#define DEFAULT_ISN	3000000000u	/* so that a relative number cannot be taken for the real one */

static int64_t due(const struct run *run, const struct moment *when, int64_t time)
{
	return time == ANY_TIME ? ANY_TIME : when->relative ? run->previous + time : time;
}

static const char *seconds(int64_t time)
{
	static char text[4][32];	/* as many as a message has */
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(text[turn], sizeof(text[turn]), "%" PRId64 ".%06d s", time / 1000000, (int)(time % 1000000));
	return text[turn];
}

/* --- packets -------------------------------------------------------------------------------------- */

/* A packet that no line has taken, and whose time is over when another event begins. */
static void no_stray_packet(struct run *run, const struct event *event, int64_t before)
{
	struct arrival *arrival = run->arrivals;
	char problem[80];
	struct segment s;
	struct row row;
	char text[CELL_SIZE];

	if (!arrival || arrival->time >= before)
		return;
	read_datagram(&run->wire, arrival->bytes, arrival->size, NULL, &s, problem);
	segment_row(&s, '>', &row);
	row_text(&row, text, sizeof(text));
	fail(run, event, "before this line a packet came that no line expects, at %s: %s",
	     seconds(arrival->time), text);
}

static void inject(struct run *run, struct event *event)
{
	static uint8_t packet[4 + PACKET_MAX + 1024];
	uint16_t ethertype = run->wire.ethertype;
	size_t size = build_datagram(&run->wire, &event->segment, packet + 4);

	/* struct tun_pi: no flags, and the ethertype. */
	memset(packet, 0, 2);
	packet[2] = ethertype >> 8;
	packet[3] = ethertype;
	note_segment(run, now(run), &event->segment, '<');
	if (write(run->tun, packet, size + 4) != (ssize_t)size + 4)
		fail(run, event, "the device does not take the packet");
}

static struct arrival *wait_for_packet(struct run *run, const struct event *event, int64_t low,
				       int64_t high)
{
	int64_t deadline = high == ANY_TIME ? run->previous + PATIENCE : high + run->tolerance;

	pump(run, 0);
	while (!run->arrivals && now(run) < deadline)
		pump(run, deadline);
	if (run->arrivals)
		return take_arrival(run);
	if (high == ANY_TIME)
		fail(run, event, "no packet came");
	fail(run, event, "no packet came until %s, expected %s%s", seconds(deadline),
	     low == high ? "at " : "from ", seconds(low));
}

static void expect(struct run *run, struct event *event)
{
	int64_t low = due(run, &event->when, event->when.low), high = due(run, &event->when, event->when.high);
	struct arrival *arrival = wait_for_packet(run, event, low, high);
	bool differs[COLUMNS], whole;
	struct segment s;
	char problem[80] = "";

	whole = read_datagram(&run->wire, arrival->bytes, arrival->size, &event->segment, &s, problem);
	note_segment(run, arrival->time, &s, '>');
	if (arrival->ethertype != run->wire.ethertype)
		fail(run, event, "the other stack has sent this, with ethertype 0x%04x", arrival->ethertype);
	if (!segments_match(&event->segment, &s, (run->tolerance + 999) / 1000, differs))
		fail_segment(run, event, &s, differs);
	if (!whole)
		fail(run, event, "%s", problem);
	if (arrival->time < low - run->tolerance || (high != ANY_TIME && arrival->time > high + run->tolerance))
		fail(run, event, "the packet came at %s, expected %s%s%s%s", seconds(arrival->time),
		     low == high ? "at " : "from ", seconds(low), low == high ? "" : " to ",
		     low == high ? "" : seconds(high));
	run->previous = event->when.high == event->when.low ? low : arrival->time;
	free(arrival);
	event_passed(run, event);
}

static void expect_nothing(struct run *run, const struct event *event)
{
	char problem[80], text[CELL_SIZE];
	struct arrival *arrival;
	struct segment s;
	struct row row;

	pump(run, 0);
	arrival = run->arrivals;
	if (!arrival) {
		event_passed(run, event);
		return;
	}
	read_datagram(&run->wire, arrival->bytes, arrival->size, NULL, &s, problem);
	segment_row(&s, '>', &row);
	row_text(&row, text, sizeof(text));
	fail(run, event, "nothing is expected until now, and at %s there came %s", seconds(arrival->time), text);
}

/* --- calls and states ----------------------------------------------------------------------------- */

static void call(struct run *run, struct event *event)
{
	struct job *job = start_call(run, event);
	int64_t deadline = now(run) + run->tolerance;

	if (event->when.end >= 0)
		return;
	while (!job->settled && now(run) < deadline)
		pump(run, deadline);
	if (!job->settled)
		fail(run, event, "%s() has not returned; a call that may block has a time 'FROM...TO'",
		     event->call.name);
}

/* Those that are late, and at the end of the script all that have not returned. */
static void check_blocked(struct run *run, bool last)
{
	const struct moment *when;
	struct job *job;
	int64_t deadline;
	int i;

	for (i = 0; i < run->jobs; i++) {
		job = &run->job[i];
		when = &job->event->when;
		if (job->settled || (!last && when->end == ANY_TIME) || when->end < 0)
			continue;
		deadline = when->end == ANY_TIME ? now(run) + PATIENCE :
			   job->begun + when->end - when->low + run->tolerance;
		while (last && !job->settled && now(run) < deadline)
			pump(run, deadline);
		if (!job->settled && now(run) >= deadline)
			fail(run, job->event, "%s() has not returned at %s", job->event->call.name,
			     seconds(deadline));
	}
}

static void check_state(struct run *run, const struct event *event)
{
	const struct connection *c = &run->wire.connection[event->state.connection];
	int wanted = event->state.state, found;
	bool listener = wanted == state_number("LISTEN");

	if (!listener && !c->known)
		fail(run, event, "there was no packet of connection %d yet", event->state.connection);
	found = listener ? socket_state(run, PORT, 0) : socket_state(run, c->local_port, c->remote_port);
	if (found != wanted)
		fail(run, event, "the state is %s instead of %s", state_name(found), state_name(wanted));
	event_passed(run, event);
}

/* --- the whole ------------------------------------------------------------------------------------ */

static bool applies(const struct run *run, const struct event *event)
{
	const bool *only = event->mark.only;

	return only[run->stack] || !(only[STACK_TCPXX] || only[STACK_INKERNEL]);
}

static void carry_out(struct run *run, struct event *event)
{
	int64_t time = due(run, &event->when, event->when.low);

	if (event->kind == EVENT_EXPECT) {
		expect(run, event);
		return;
	}
	wait_for(run, time);
	check_blocked(run, false);
	if (event->kind != EVENT_NOTHING)
		no_stray_packet(run, event, time - run->tolerance);
	run->previous = time;
	switch (event->kind) {
	case EVENT_INJECT:
		inject(run, event);
		event_passed(run, event);
		return;
	case EVENT_NOTHING: expect_nothing(run, event); return;
	case EVENT_CALL: call(run, event); return;
	case EVENT_STATE: check_state(run, event); return;
	case EVENT_EXPECT: return;
	}
}

/* What is still open is reset, so that nothing is left that would wait for the script. */
static void abandon(struct run *run)
{
	const struct linger now_and_hard = { .l_onoff = 1 };
	int i;

	for (i = 0; i < DESCRIPTORS_MAX; i++) {
		if (!run->descriptor[i].open)
			continue;
		setsockopt(run->descriptor[i].live, SOL_SOCKET, SO_LINGER, &now_and_hard, sizeof(now_and_hard));
		close(run->descriptor[i].live);
	}
}

/* In the namespace of a script for tcpxx nothing else speaks TCP. */
static void no_inkernel_segments(struct run *run, const struct event *last)
{
	struct event unmarked = *last;
	long segments = inkernel_segments();

	if (run->stack != STACK_TCPXX || !segments)
		return;
	unmarked.mark.known[run->stack] = false;
	fail(run, &unmarked, "in the end the in-kernel TCP has received and sent %ld segments", segments);
}

void run_script(struct script *script, enum stack stack, int64_t tolerance)
{
	static struct run run;
	struct event *event, *last = NULL;

	run = (struct run){ .script = script, .stack = stack, .tolerance = tolerance };
	run.exact = tolerance <= TOLERANCE;
	run.wire.peer_isn = DEFAULT_ISN;
	run.arrivals_end = &run.arrivals;
	run.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	run.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	signal(SIGPIPE, SIG_IGN);
	set_up(&run);
	run.start = monotonic();
	for (event = script->events; event; event = event->next) {
		if (!applies(&run, event))
			continue;
		carry_out(&run, event);
		last = event;
	}
	check_blocked(&run, true);
	pump(&run, 0);
	if (last && run.arrivals)
		no_stray_packet(&run, last, ANY_TIME);
	abandon(&run);
	if (last)
		no_inkernel_segments(&run, last);
	fflush(stdout);
	_Exit(OUTCOME_PASSED);
}
