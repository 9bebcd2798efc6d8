/* SPDX-License-Identifier: GPL-2.0 */
/* A script as the parser leaves it: settings, then events in the order of the file. */
#ifndef PACKETSCRIPT_SCRIPT_H
#define PACKETSCRIPT_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "segment.h"

#define ARGUMENTS_MAX	6
#define POLLS_MAX	8

enum stack { STACK_TCPXX, STACK_INKERNEL, STACKS };

/* Where something stands in the file; lines and columns count from 1. */
struct place {
	int line, column;
};

/* What a line says about the stacks. */
struct mark {
	bool only[STACKS];	/* the line is for this stack only; none: for both */
	bool known[STACKS];	/* the line fails on this stack, and the rest is not run */
	char *reason;
};

#define ANY_TIME	INT64_MAX

/* When an event is due, in microseconds. */
struct moment {
	bool relative;		/* to the event before, else to the start of the script */
	int64_t low, high;	/* equal unless it is a range; high ANY_TIME: whenever it comes */
	int64_t end;		/* of a call that blocks; -1: it does not block; or ANY_TIME */
};

struct poll_entry {
	int fd;
	int64_t events, revents;
};

enum argument_kind {
	ARGUMENT_ELLIPSIS, ARGUMENT_NUMBER, ARGUMENT_LIST, ARGUMENT_ADDRESS, ARGUMENT_POLL,
};

struct argument {
	enum argument_kind kind;
	struct place place;
	int64_t number, second;	/* of a list: [number] or [number, second] */
	int numbers;
	uint32_t address;	/* network byte order */
	uint16_t port;		/* network byte order */
	int polls;
	struct poll_entry poll[POLLS_MAX];
};

struct call {
	char *name;
	struct place place;
	struct argument argument[ARGUMENTS_MAX];
	int arguments;
	int64_t result;
	int error;		/* the errno that is expected with -1; 0: no error */
};

struct state_check {
	int connection;
	int state;		/* as /proc/net/tcp numbers it; 0: there is no such connection */
};

enum event_kind { EVENT_INJECT, EVENT_EXPECT, EVENT_NOTHING, EVENT_CALL, EVENT_STATE };

struct event {
	struct event *next;
	enum event_kind kind;
	int line;
	struct moment when;
	struct mark mark;
	struct segment segment;
	struct call call;
	struct state_check state;
};

enum setting_kind {
	SETTING_SYSCTL, SETTING_MTU, SETTING_LINK, SETTING_ROUTE, SETTING_TOLERANCE, SETTING_ISN,
};

struct setting {
	struct setting *next;
	enum setting_kind kind;
	int line;
	struct mark mark;
	char *name, *value;	/* sysctl; link and route: value only */
	int64_t number;
};

struct script {
	const char *path;
	char **text;		/* its lines, the first one is text[1] */
	struct setting *settings, **settings_end;
	struct event *events, **events_end;
};

/* 0, or it has said what is wrong on standard output: FILE:LINE:COLUMN: words. */
int parse_script(const char *path, struct script *script);

/* The lines of a file, without their ends, from [1] to the null. */
char **read_lines(FILE *file);

void script_add_setting(struct script *script, struct setting *setting);
void script_add_event(struct script *script, struct event *event);

/* Ends the program for want of memory. */
void *allocate(size_t size);
char *copy_text(const char *text);

/* symbols.c: names of the C library's constants, and of connection states. */
bool symbol_value(const char *name, int64_t *value);
int error_number(const char *name);
const char *error_name(int error);
int state_number(const char *name);
const char *state_name(int state);
const char *stack_name(enum stack stack);

/* calls.c: whether there is such a call with such arguments; else what is wrong, and where. */
const char *call_problem(const struct call *call, struct place *place);

#endif
