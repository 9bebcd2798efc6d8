/* SPDX-License-Identifier: GPL-2.0 */
/* What the grammar's actions call. What can be wrong with a thing is a text, or NULL if nothing is. */
#ifndef PACKETSCRIPT_PARSE_H
#define PACKETSCRIPT_PARSE_H

#include "script.h"

struct event *new_event(enum event_kind kind);
struct setting *new_setting(enum setting_kind kind, char *name, char *value, int64_t number);

uint8_t flags_of(const char *letters);
int failure_number(const char *text);

const char *at_most(int64_t number, int64_t limit);
const char *connection_problem(int64_t number);
const char *unreachable_code(const char *name, uint8_t *code);
const char *end_problem(const struct segment *segment);
const char *address_of(const char *text, uint32_t *address);
const char *add_option(struct segment *segment, const struct tcp_option *option);
const char *add_block(struct tcp_option *option, uint32_t left, uint32_t right);
const char *add_attribute(struct segment *segment, const struct segment *attribute);
const char *add_argument(struct call *call, const struct argument *argument);
const char *add_poll(struct argument *argument, const struct poll_entry *poll);
const char *raw_option(const char *digits, struct tcp_option *option);
const char *raw_datagram(const char *digits, struct segment *segment);

const char *setting_problem(const struct script *script, const struct setting *setting);
const char *pair_problem(const struct moment *from, const struct moment *to);
const char *moment_problem(const struct event *event);
const char *options_problem(const struct segment *segment);
const char *injected_problem(const struct segment *segment);
const char *expected_problem(const struct segment *segment);

#endif
