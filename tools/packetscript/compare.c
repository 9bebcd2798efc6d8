// SPDX-License-Identifier: GPL-2.0
/* Whether a segment that came is the one that the script expects. */
#include <string.h>

#include "segment.h"

/* A time stamp may be off by as much as the segment itself. */
static bool stamp_matches(const struct stamp *wanted, const struct stamp *found, uint32_t tolerance)
{
	return wanted->kind == STAMP_ANY || found->value - wanted->value + tolerance <= 2 * tolerance;
}

static bool option_matches(const struct tcp_option *wanted, const struct tcp_option *found,
			   uint32_t tick_tolerance)
{
	if (wanted->kind != found->kind)
		return false;
	switch (wanted->kind) {
	case OPT_EOL:
	case OPT_NOP:
	case OPT_SACKOK: return true;
	case OPT_WSCALE: return wanted->val.kind == STAMP_ANY || wanted->value == found->value;
	case OPT_MSS: return wanted->value == found->value;
	case OPT_SACK:
		return wanted->sacks == found->sacks &&
		       !memcmp(wanted->sack, found->sack, wanted->sacks * sizeof(wanted->sack[0]));
	case OPT_TS:
		return stamp_matches(&wanted->val, &found->val, tick_tolerance) &&
		       stamp_matches(&wanted->ecr, &found->ecr, 0);
	case OPT_RAW:
		return wanted->size == found->size && !memcmp(wanted->raw, found->raw, wanted->size);
	}
	return false;
}

static bool options_match(const struct segment *wanted, const struct segment *found,
			  uint32_t tick_tolerance)
{
	int i;

	if (wanted->any_options)
		return true;
	if (wanted->options != found->options)
		return false;
	for (i = 0; i < wanted->options; i++)
		if (!option_matches(&wanted->option[i], &found->option[i], tick_tolerance))
			return false;
	return true;
}

bool segments_match(const struct segment *wanted, const struct segment *found, uint32_t tick_tolerance,
		    bool differs[COLUMNS])
{
	int i;

	memset(differs, 0, COLUMNS * sizeof(*differs));
	differs[COLUMN_FLAGS] = wanted->flags != found->flags || wanted->connection != found->connection ||
				found->raw_size;
	differs[COLUMN_SEQ] = wanted->seq != found->seq || wanted->size != found->size;
	differs[COLUMN_ACK] = wanted->ack != found->ack;
	differs[COLUMN_WIN] = wanted->given & GIVEN_WIN && wanted->win != found->win;
	differs[COLUMN_URG] = wanted->urg != found->urg;
	differs[COLUMN_OPTIONS] = !options_match(wanted, found, tick_tolerance);
	differs[COLUMN_WITH] = (wanted->given & GIVEN_TTL && wanted->ttl != found->ttl) ||
			       (wanted->given & GIVEN_TOS && wanted->tos != found->tos) ||
			       (wanted->given & GIVEN_DF && wanted->df != found->df);
	for (i = 0; i < COLUMNS; i++)
		if (differs[i])
			return false;
	return true;
}
