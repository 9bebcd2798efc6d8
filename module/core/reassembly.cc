// SPDX-License-Identifier: GPL-2.0
#include "core/reassembly.h"

namespace tcpxx {
namespace {

bool overlaps_or_touches(const SackBlock &x, const SackBlock &y)
{
	return !after(x.start, y.end) && !after(y.start, x.end);
}

SackBlock join(const SackBlock &x, const SackBlock &y)
{
	return {before(x.start, y.start) ? x.start : y.start, later_of(x.end, y.end)};
}

} // namespace

/*
 *              rcv_nxt                window end
 *   --------------|-----------------------|---------
 *      |== skip ==|======== keep =========|== cut ==|     one segment
 */
Trim trim_to_window(const Tcb &t, Seq32 seq, u32 text_len, bool fin)
{
	const Seq32 end = receive_window_end(t);
	const Seq32 fin_seq = seq + text_len;
	/* RFC 9293, 3.10.7.4, first step: "tailored to fit the window". */
	const u32 skip = before(seq, t.rcv_nxt) ? min_of(distance(seq, t.rcv_nxt), text_len) : 0;
	const Seq32 start = seq + skip;
	const u32 room = before(start, end) ? distance(start, end) : 0;
	const u32 keep = min_of(text_len - skip, room);
	/* A FIN needs no buffer: just behind the last byte that fits, or alone at a closed window,
	 * it is as good as inside. All of the text before it is inside then. */
	const bool in_place = !before(fin_seq, t.rcv_nxt) && !after(fin_seq, end);
	return {skip, keep, fin && in_place};
}

u32 add_sack_block(SackBlock *blocks, u32 count, SackBlock block)
{
	/* Take out all that the new one joins up with. */
	u32 others = 0;
	for (u32 i = 0; i < count; i++) {
		if (overlaps_or_touches(blocks[i], block))
			block = join(blocks[i], block);
		else
			blocks[others++] = blocks[i];
	}
	/* RFC 2018, 4: the block of the segment that came last is the first; the oldest may get
	 * lost. */
	others = min_of(others, kMaxSackBlocks - 1);
	for (u32 i = others; i > 0; i--)
		blocks[i] = blocks[i - 1];
	blocks[0] = block;
	return others + 1;
}

u32 prune_sack_blocks(SackBlock *blocks, u32 count, Seq32 rcv_nxt)
{
	u32 left = 0;
	for (u32 i = 0; i < count; i++)
		if (after(blocks[i].start, rcv_nxt))
			blocks[left++] = blocks[i];
	return left;
}

} // namespace tcpxx
