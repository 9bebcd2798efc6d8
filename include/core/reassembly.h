/* SPDX-License-Identifier: GPL-2.0 */
/* What of a segment is new, and which ranges lie beyond the gap. */
#pragma once
#include "core/tcb.h"
#include "wire/options.h"

namespace tcpxx {

/* Cuts text to the receive window: `skip` bytes at the front are old, `keep` may be queued. */
struct Trim {
	u32 skip;
	u32 keep;
	bool fin; /* the FIN is inside the window */
};
Trim trim_to_window(const Tcb &t, Seq32 seq, u32 text_len, bool fin);

/* Adds [start, end) to a list of at most kMaxSackBlocks ranges, most recent first, merging what it
 * touches (RFC 2018, 4). Returns the new count. */
u32 add_sack_block(SackBlock *blocks, u32 count, SackBlock block);
/* Forgets what rcv_nxt has passed. */
u32 prune_sack_blocks(SackBlock *blocks, u32 count, Seq32 rcv_nxt);

} // namespace tcpxx
