/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A segment in the terms of a script: the same for one that the script has, and for one that has
 * been on the wire. Sequence numbers are relative, see connection.c.
 */
#ifndef PACKETSCRIPT_SEGMENT_H
#define PACKETSCRIPT_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32, ECE = 64, CWR = 128 };

#define OPTIONS_MAX	40	/* there are 40 bytes */
#define SACKS_MAX	4
#define RAW_MAX		256

enum option_kind { OPT_EOL, OPT_NOP, OPT_MSS, OPT_WSCALE, OPT_SACKOK, OPT_SACK, OPT_TS, OPT_RAW };

/* A number: as it is, `*` for any, or `last` for the last one that came. */
enum stamp_kind { STAMP_NUMBER, STAMP_ANY, STAMP_LAST };

struct stamp {
	enum stamp_kind kind;
	uint32_t value;
};

struct tcp_option {
	enum option_kind kind;
	uint32_t value;			/* MSS, shift */
	struct stamp val, ecr;		/* of a shift, val says whether it may be any */
	int sacks;
	struct { uint32_t left, right; } sack[SACKS_MAX];
	int size;			/* of the raw bytes */
	uint8_t raw[OPTIONS_MAX];	/* kind and length included */
};

/* What a segment says beyond the necessary; what is not given is chosen, or not looked at. */
enum given {
	GIVEN_ACK = 1 << 0, GIVEN_WIN = 1 << 1, GIVEN_URG = 1 << 2, GIVEN_TTL = 1 << 3,
	GIVEN_TOS = 1 << 4, GIVEN_DF = 1 << 5, GIVEN_OFFSET = 1 << 6, GIVEN_CUT = 1 << 7,
	GIVEN_VERSION = 1 << 8, GIVEN_IHL = 1 << 9, GIVEN_LENGTH = 1 << 10,
	GIVEN_PROTOCOL = 1 << 11, GIVEN_FRAGMENT = 1 << 12, GIVEN_SOURCE = 1 << 13,
	GIVEN_DESTINATION = 1 << 14, GIVEN_BAD_CHECKSUM = 1 << 15, GIVEN_BAD_IP_CHECKSUM = 1 << 16,
	GIVEN_PORT = 1 << 17, GIVEN_UNREACHABLE = 1 << 18,
};

/* Headers that only an injected segment may have wrong on purpose. */
#define GIVEN_BROKEN \
	(~(unsigned int)(GIVEN_ACK | GIVEN_WIN | GIVEN_URG | GIVEN_TTL | GIVEN_TOS | GIVEN_DF))

struct segment {
	int connection;		/* 1 and above; 0: not one of the script's */
	unsigned int given;	/* enum given */
	uint8_t flags;
	uint32_t seq, end;
	uint32_t size;		/* of the text */
	uint32_t ack;
	uint16_t win, urg;	/* as in the header */
	uint8_t ttl, tos, df, offset, version, ihl, protocol;
	uint16_t cut, length;	/* bytes left; total length */
	uint16_t port;		/* of the script, host byte order */
	uint32_t source, destination;	/* network byte order */
	uint8_t code;		/* "destination unreachable" about this segment of the stack, with */
	uint16_t mtu;		/* the next hop's MTU */
	bool any_options;
	int options;
	struct tcp_option option[OPTIONS_MAX];
	int raw_size;		/* if above 0, the whole datagram */
	uint8_t raw[RAW_MAX];
};

/* The columns in which a segment is shown. */
enum column {
	COLUMN_FLAGS, COLUMN_SEQ, COLUMN_ACK, COLUMN_WIN, COLUMN_URG, COLUMN_OPTIONS, COLUMN_WITH, COLUMNS,
};

#define CELL_SIZE	512

struct row {
	char cell[COLUMNS][CELL_SIZE];
};

/* symbols.c: the codes of "destination unreachable"; -1, or NULL, if there is none. */
int code_number(const char *name);
const char *code_name(int code);

/* notation.c */
void segment_row(const struct segment *s, char arrow, struct row *row);
void row_text(const struct row *row, char *text, size_t size);
/* Three lines: what was expected, what came, and a mark below each column that differs. */
void print_difference(const struct row *wanted, const struct row *found, const bool differs[COLUMNS]);
size_t option_size(const struct tcp_option *o);

/* compare.c: true if `found` is what `wanted` asks for; `differs` says where not. */
bool segments_match(const struct segment *wanted, const struct segment *found, uint32_t tick_tolerance,
		    bool differs[COLUMNS]);

#endif
