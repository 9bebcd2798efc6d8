// SPDX-License-Identifier: GPL-2.0
/* Segments in a script's own notation, in columns, so that two of them can be compared by eye. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "segment.h"

__attribute__((format(printf, 2, 3)))
static void append(char cell[CELL_SIZE], const char *format, ...)
{
	size_t used = strlen(cell);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(cell + used, CELL_SIZE - used, format, arguments);
	va_end(arguments);
}

static void append_flags(char cell[CELL_SIZE], uint8_t flags)
{
	static const struct { uint8_t flag; char letter; } order[] = {
		{ SYN, 'S' }, { FIN, 'F' }, { RST, 'R' }, { PSH, 'P' }, { URG, 'U' }, { ECE, 'E' }, { CWR, 'W' },
		{ ACK, '.' },
	};
	size_t i;

	if (!flags)
		append(cell, "-");
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (flags & order[i].flag)
			append(cell, "%c", order[i].letter);
}

static void append_bytes(char cell[CELL_SIZE], const uint8_t *bytes, int size)
{
	int i;

	append(cell, "raw ");
	for (i = 0; i < size; i++)
		append(cell, "%02x", bytes[i]);
}

static void append_stamp(char cell[CELL_SIZE], const char *name, const struct stamp *stamp)
{
	switch (stamp->kind) {
	case STAMP_NUMBER: append(cell, " %s %u", name, stamp->value); return;
	case STAMP_ANY: append(cell, " %s *", name); return;
	case STAMP_LAST: append(cell, " %s last", name); return;
	}
}

static void append_option(char cell[CELL_SIZE], const struct tcp_option *o)
{
	int i;

	switch (o->kind) {
	case OPT_EOL: append(cell, "eol"); return;
	case OPT_NOP: append(cell, "nop"); return;
	case OPT_MSS: append(cell, "mss %u", o->value); return;
	case OPT_WSCALE: append(cell, o->val.kind == STAMP_ANY ? "wscale *" : "wscale %u", o->value); return;
	case OPT_SACKOK: append(cell, "sackOK"); return;
	case OPT_SACK:
		append(cell, "sack");
		for (i = 0; i < o->sacks; i++)
			append(cell, " %u:%u", o->sack[i].left, o->sack[i].right);
		return;
	case OPT_TS:
		append(cell, "TS");
		append_stamp(cell, "val", &o->val);
		append_stamp(cell, "ecr", &o->ecr);
		return;
	case OPT_RAW: append_bytes(cell, o->raw, o->size); return;
	}
}

static void append_options(char cell[CELL_SIZE], const struct segment *s)
{
	int i;

	if (s->any_options)
		append(cell, "<...>");
	for (i = 0; i < s->options; i++) {
		append(cell, i ? "," : "<");
		append_option(cell, &s->option[i]);
	}
	if (s->options)
		append(cell, ">");
}

static void append_with(char cell[CELL_SIZE], const struct segment *s)
{
	static const struct { unsigned int given; const char *name; size_t offset; } bytes[] = {
		{ GIVEN_TTL, "ttl", offsetof(struct segment, ttl) }, { GIVEN_TOS, "tos", offsetof(struct segment, tos) },
		{ GIVEN_DF, "df", offsetof(struct segment, df) },
		{ GIVEN_OFFSET, "offset", offsetof(struct segment, offset) },
		{ GIVEN_VERSION, "version", offsetof(struct segment, version) },
		{ GIVEN_IHL, "ihl", offsetof(struct segment, ihl) },
		{ GIVEN_PROTOCOL, "protocol", offsetof(struct segment, protocol) },
	};
	size_t i;

	for (i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++)
		if (s->given & bytes[i].given)
			append(cell, " %s %u", bytes[i].name, ((const uint8_t *)s)[bytes[i].offset]);
	if (s->given & GIVEN_CUT)
		append(cell, " cut %u", s->cut);
	if (s->given & GIVEN_LENGTH)
		append(cell, " length %u", s->length);
	if (s->given & GIVEN_PORT)
		append(cell, " port %u", s->port);
	if (s->given & GIVEN_FRAGMENT)
		append(cell, " fragment");
	if (s->given & GIVEN_BAD_CHECKSUM)
		append(cell, " bad checksum");
	if (s->given & GIVEN_BAD_IP_CHECKSUM)
		append(cell, " bad ip checksum");
	if (s->given & (GIVEN_SOURCE | GIVEN_DESTINATION))
		append(cell, " another address");
	if (*cell) {
		memmove(cell + 4, cell, strlen(cell) + 1);
		memcpy(cell, "with", 4);
	}
}

void segment_row(const struct segment *s, char arrow, struct row *row)
{
	*row = (struct row){};
	append(row->cell[COLUMN_FLAGS], "%c", arrow);
	if (s->connection != 1)
		append(row->cell[COLUMN_FLAGS], s->connection ? "%d" : "?", s->connection);
	append(row->cell[COLUMN_FLAGS], " ");
	if (s->raw_size) {
		append_bytes(row->cell[COLUMN_FLAGS], s->raw, s->raw_size);
		return;
	}
	if (s->given & GIVEN_UNREACHABLE) {
		append(row->cell[COLUMN_FLAGS], "icmp unreachable %s mtu %u", code_name(s->code), s->mtu);
		append(row->cell[COLUMN_SEQ], "[%u:%u(%u)]", s->seq, s->end, s->size);
		return;
	}
	append_flags(row->cell[COLUMN_FLAGS], s->flags);
	append(row->cell[COLUMN_SEQ], "%u:%u(%u)", s->seq, s->end, s->size);
	if (s->given & GIVEN_ACK)
		append(row->cell[COLUMN_ACK], "ack %u", s->ack);
	if (s->given & GIVEN_WIN)
		append(row->cell[COLUMN_WIN], "win %u", s->win);
	if (s->given & GIVEN_URG)
		append(row->cell[COLUMN_URG], "urg %u", s->urg);
	append_options(row->cell[COLUMN_OPTIONS], s);
	append_with(row->cell[COLUMN_WITH], s);
}

void row_text(const struct row *row, char *text, size_t size)
{
	size_t used = 0;
	int i;

	*text = '\0';
	for (i = 0; i < COLUMNS && used < size; i++)
		if (*row->cell[i])
			used += snprintf(text + used, size - used, "%s%s", i ? " " : "", row->cell[i]);
}

static void print_cells(const char *title, const struct row *row, const int width[COLUMNS])
{
	int i;

	printf("%-10s", title);
	for (i = 0; i < COLUMNS; i++)
		if (width[i])
			printf(" %-*s", width[i], row->cell[i]);
	putchar('\n');
}

void print_difference(const struct row *wanted, const struct row *found, const bool differs[COLUMNS])
{
	struct row marks = {};
	int width[COLUMNS], i;

	for (i = 0; i < COLUMNS; i++) {
		size_t a = strlen(wanted->cell[i]), b = strlen(found->cell[i]);

		width[i] = a > b ? a : b;
		if (differs[i])
			memset(marks.cell[i], '^', width[i]);
	}
	print_cells("expected", wanted, width);
	print_cells("came", found, width);
	print_cells("", &marks, width);
}
