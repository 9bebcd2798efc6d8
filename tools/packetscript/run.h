/* SPDX-License-Identifier: GPL-2.0 */
/* A script that is running on one stack, in a network namespace of its own. */
#ifndef PACKETSCRIPT_RUN_H
#define PACKETSCRIPT_RUN_H

#include <netinet/in.h>
#include <pthread.h>

#include "script.h"
#include "wire.h"

#define DESCRIPTORS_MAX	64
#define JOBS_MAX	16
#define PATIENCE	(600 * 1000000LL)	/* for what may come at any time: it costs the host nothing */
#define TOLERANCE	4000			/* packetdrill's */

/* How a script ends; the exit status of its process. */
enum outcome { OUTCOME_PASSED, OUTCOME_FAILED, OUTCOME_KNOWN_DIFFERENCE };

/* A packet that came and is not asked for yet. */
struct arrival {
	struct arrival *next;
	int64_t time;
	uint16_t ethertype;
	size_t size;
	uint8_t bytes[];
};

/* A descriptor of the script. */
struct descriptor {
	bool open;
	int live;		/* the descriptor that it is here */
	uint32_t written, read;	/* relative sequence number of the next byte */
};

/* A call in a thread of its own, which writes result, error and finished, and then done. */
struct job {
	struct event *event;
	pthread_t thread;
	int wake;		/* eventfd */
	int fd;			/* the live one */
	uint8_t *buffer;
	size_t size;
	struct sockaddr_in to;	/* of sendto() */
	int64_t begun;		/* as scheduled */
	bool done;		/* atomic; behind it the following may be read */
	long result;
	int error;
	int64_t finished;	/* absolute, CLOCK_MONOTONIC in microseconds */
	bool settled;		/* it has been looked at */
};

struct run {
	struct script *script;
	enum stack stack;
	struct wire wire;
	int tun, wake, timer;
	int64_t start;		/* CLOCK_MONOTONIC in microseconds */
	int64_t previous;	/* when the event before was due, or came */
	int64_t tolerance;
	bool exact;		/* else a known difference may not show */
	struct arrival *arrivals, **arrivals_end;
	struct descriptor descriptor[DESCRIPTORS_MAX];
	struct job job[JOBS_MAX];
	int jobs;
};

int64_t monotonic(void);
int64_t now(const struct run *run);

/* guest.c: a namespace with its device and settings. */
void set_up(struct run *run);
/* What the in-kernel TCP of this namespace has received and sent, or -1. */
long inkernel_segments(void);

/* pump.c: what comes until then is taken, at least what is there; returns early if something came. */
void pump(struct run *run, int64_t until);
void wait_for(struct run *run, int64_t time);
void take_packets(struct run *run);
struct arrival *take_arrival(struct run *run);

/* calls.c */
struct job *start_call(struct run *run, struct event *event);
void settle_call(struct run *run, struct job *job);
void settle_calls(struct run *run);

/* report.c */
__attribute__((format(printf, 3, 4)))
void note(struct run *run, int64_t time, const char *format, ...);
void note_segment(struct run *run, int64_t time, const struct segment *s, char arrow);
__attribute__((noreturn, format(printf, 3, 4)))
void fail(struct run *run, const struct event *event, const char *format, ...);
__attribute__((noreturn))
void fail_segment(struct run *run, const struct event *event, const struct segment *found,
		  const bool differs[COLUMNS]);
/* An event that is a known difference must not pass. */
void event_passed(struct run *run, const struct event *event);
/* The state of the socket with these ports as /proc says, or 0. */
int socket_state(const struct run *run, uint16_t local_port, uint16_t remote_port);

/* run.c */
__attribute__((noreturn))
void run_script(struct script *script, enum stack stack, int64_t tolerance);

#endif
