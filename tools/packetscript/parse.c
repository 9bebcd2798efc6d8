// SPDX-License-Identifier: GPL-2.0
/* The pieces that the grammar puts together, and what can be wrong with them. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "wire.h"

__attribute__((noreturn))
static void out_of_memory(void)
{
	fprintf(stderr, "packetscript: there is no memory\n");
	exit(EXIT_FAILURE);
}

void *allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		out_of_memory();
	return memory;
}

char *copy_text(const char *text)
{
	return strcpy(allocate(strlen(text) + 1), text);
}

char **read_lines(FILE *file)
{
	char **lines = allocate(2 * sizeof(*lines)), *text = NULL;
	size_t room = 0;
	int count = 0;

	while (getline(&text, &room, file) >= 0) {
		text[strcspn(text, "\r\n")] = '\0';
		lines = realloc(lines, (count + 3) * sizeof(*lines));
		if (!lines)
			out_of_memory();
		lines[++count] = copy_text(text);
		lines[count + 1] = NULL;
	}
	free(text);
	return lines;
}

struct event *new_event(enum event_kind kind)
{
	struct event *event = allocate(sizeof(*event));

	event->kind = kind;
	return event;
}

struct setting *new_setting(enum setting_kind kind, char *name, char *value, int64_t number)
{
	struct setting *setting = allocate(sizeof(*setting));
	size_t size;

	*setting = (struct setting){ .kind = kind, .name = name, .value = value, .number = number };
	for (size = value ? strlen(value) : 0; size && strchr(" \t\r", value[size - 1]); size--)
		value[size - 1] = '\0';
	return setting;
}

void script_add_setting(struct script *script, struct setting *setting)
{
	*script->settings_end = setting;
	script->settings_end = &setting->next;
}

void script_add_event(struct script *script, struct event *event)
{
	*script->events_end = event;
	script->events_end = &event->next;
}

uint8_t flags_of(const char *letters)
{
	static const char order[] = "FSRP.UEW";
	uint8_t flags = 0;

	for (; *letters; letters++)
		if (*letters != '-')
			flags |= 1 << (strchr(order, *letters) - order);
	return flags;
}

/* The text is `-1 ENAME` and perhaps a remark in parentheses. */
int failure_number(const char *text)
{
	char name[32] = "";

	sscanf(text, "-1 %31[A-Z0-9]", name);
	return error_number(name);
}

const char *at_most(int64_t number, int64_t limit)
{
	static char problem[80];

	if (number >= 0 && number <= limit)
		return NULL;
	snprintf(problem, sizeof(problem), "expected a number from 0 to %lld", (long long)limit);
	return problem;
}

const char *address_of(const char *text, uint32_t *address)
{
	return inet_pton(AF_INET, text, address) == 1 ? NULL : "expected an IPv4 address";
}

/* --- options -------------------------------------------------------------------------------------- */

const char *add_option(struct segment *segment, const struct tcp_option *option)
{
	if (segment->options == OPTIONS_MAX)
		return "there are too many options";
	segment->option[segment->options++] = *option;
	return NULL;
}

const char *add_block(struct tcp_option *option, uint32_t left, uint32_t right)
{
	if (option->sacks == SACKS_MAX)
		return "there is room for four SACK blocks only";
	option->sack[option->sacks].left = left;
	option->sack[option->sacks++].right = right;
	return NULL;
}

size_t option_size(const struct tcp_option *o)
{
	switch (o->kind) {
	case OPT_EOL:
	case OPT_NOP: return 1;
	case OPT_MSS: return 4;
	case OPT_WSCALE: return 3;
	case OPT_SACKOK: return 2;
	case OPT_SACK: return 2 + 8 * o->sacks;
	case OPT_TS: return 10;
	case OPT_RAW: return o->size;
	}
	return 0;
}

static size_t options_size(const struct segment *segment)
{
	size_t size = 0;
	int i;

	for (i = 0; i < segment->options; i++)
		size += option_size(&segment->option[i]);
	return size;
}

const char *options_problem(const struct segment *segment)
{
	static char problem[80];
	size_t size = options_size(segment);

	if (size > 40)
		snprintf(problem, sizeof(problem), "the options take %zu bytes, and there is room for 40", size);
	else if (size % 4)
		snprintf(problem, sizeof(problem), "the options take %zu bytes, not a multiple of 4: add nop", size);
	else
		return NULL;
	return problem;
}

/* The number of bytes, or 0 if there are more than `room`. */
static int bytes_of(const char *digits, uint8_t *bytes, int room)
{
	int count = 0;
	unsigned int byte;

	for (digits += strspn(digits, " \t"); *digits; digits += strspn(digits, " \t")) {
		if (count == room)
			return 0;
		sscanf(digits, "%2x", &byte);
		bytes[count++] = byte;
		digits += 2;
	}
	return count;
}

const char *raw_option(const char *digits, struct tcp_option *option)
{
	*option = (struct tcp_option){ .kind = OPT_RAW };
	option->size = bytes_of(digits, option->raw, OPTIONS_MAX);
	return option->size ? NULL : "there is room for 40 bytes of options only";
}

const char *raw_datagram(const char *digits, struct segment *segment)
{
	*segment = (struct segment){ .connection = 1 };
	segment->raw_size = bytes_of(digits, segment->raw, RAW_MAX);
	return segment->raw_size ? NULL : "a raw datagram has 256 bytes at most";
}

/* --- the rest of a segment ------------------------------------------------------------------------ */

/* Of two structures that say different things, one that says both. */
const char *add_attribute(struct segment *segment, const struct segment *attribute)
{
	uint8_t *to = (uint8_t *)segment;
	const uint8_t *from = (const uint8_t *)attribute;
	size_t i;

	if (segment->given & attribute->given)
		return "this has been said already";
	for (i = 0; i < sizeof(*segment); i++)
		to[i] |= from[i];
	return NULL;
}

const char *unreachable_code(const char *name, uint8_t *code)
{
	int number = code_number(name);

	*code = number < 0 ? 0 : number;
	return number < 0 ? "expected a code, such as host_unreachable or frag_needed" : NULL;
}

const char *end_problem(const struct segment *segment)
{
	return segment->seq + segment->size != segment->end ?
		"the end is not the sequence number and the length" : NULL;
}

const char *connection_problem(int64_t number)
{
	return number < 1 || number > CONNECTIONS_MAX ? "connections are numbered from 1 to 9" : NULL;
}

static const char *segment_problem(const struct segment *segment)
{
	if (segment->flags & ACK && !(segment->given & GIVEN_ACK))
		return "a segment with '.' says what it acknowledges: 'ack NUMBER'";
	if (!(segment->flags & ACK) && segment->given & GIVEN_ACK)
		return "'ack' belongs to a segment with '.'";
	return connection_problem(segment->connection);
}

const char *injected_problem(const struct segment *segment)
{
	int i;

	if (segment->any_options)
		return "'<...>' is for a segment that is expected";
	for (i = 0; i < segment->options; i++)
		if (segment->option[i].val.kind != STAMP_NUMBER || segment->option[i].ecr.kind == STAMP_ANY)
			return "an injected option has a number, or 'ecr last'";
	if (!(segment->given & GIVEN_WIN) && !(segment->flags & RST))
		return "an injected segment says its window: 'win NUMBER'";
	if (segment->size > 65000)
		return "the text does not fit into a datagram";
	return segment_problem(segment);
}

const char *expected_problem(const struct segment *segment)
{
	int i;

	for (i = 0; i < segment->options; i++)
		if (segment->option[i].val.kind == STAMP_LAST || segment->option[i].ecr.kind == STAMP_LAST)
			return "'last' is for a segment that is injected";
	if (segment->given & GIVEN_BROKEN)
		return "of a segment that is expected, 'with' may say ttl, tos and df";
	return segment_problem(segment);
}

const char *add_argument(struct call *call, const struct argument *argument)
{
	if (call->arguments == ARGUMENTS_MAX)
		return "no call has so many arguments";
	call->argument[call->arguments++] = *argument;
	return NULL;
}

const char *add_poll(struct argument *argument, const struct poll_entry *poll)
{
	if (argument->polls == POLLS_MAX)
		return "there are too many descriptors";
	argument->poll[argument->polls++] = *poll;
	return NULL;
}

/* --- lines ---------------------------------------------------------------------------------------- */

const char *setting_problem(const struct script *script, const struct setting *setting)
{
	if (script->events)
		return "a setting belongs before the first event";
	switch (setting->kind) {
	case SETTING_SYSCTL:
		if (strncmp(setting->name + (*setting->name == '-'), "net.ipv4.", 9) || strstr(setting->name, ".."))
			return "only the settings net.ipv4.* are the script's own";
		return NULL;
	case SETTING_MTU: return setting->number < 68 || setting->number > 65535 ?
		"expected an MTU from 68 to 65535" : NULL;
	case SETTING_ISN: return at_most(setting->number, UINT32_MAX);
	case SETTING_LINK:
	case SETTING_ROUTE:
	case SETTING_TOLERANCE: return NULL;
	}
	return NULL;
}

/* FROM~TO and FROM...TO; `+1~2` is short for `+1~+2`. */
const char *pair_problem(const struct moment *from, const struct moment *to)
{
	return to->relative && !from->relative ? "'+' belongs before the first time, too" : NULL;
}

const char *moment_problem(const struct event *event)
{
	const struct moment *when = &event->when;

	if (when->high < when->low || (when->end >= 0 && when->end < when->low))
		return "the end of the time is before its beginning";
	if (event->kind != EVENT_EXPECT && when->high != when->low)
		return "a range of time, or '*', is for a packet that is expected";
	if (event->kind != EVENT_CALL && when->end >= 0)
		return "a time 'FROM...TO' is for a call that blocks";
	return NULL;
}
