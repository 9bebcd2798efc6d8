/* SPDX-License-Identifier: GPL-2.0 */
/* Acceptability for what has no connection block: half-open requests and what is left after close. */
#pragma once
#include "base/drop.h"
#include "wire/tcp.h"

namespace tcpxx {

/* RFC 9293, 3.10.7.4, first step, table 6, for a window of `size` bytes that begins at `start`.
 * As in Linux what begins at `start` passes even if the window is closed. */
inline Drop window_error(const SegmentView &seg, Seq32 start, u32 size)
{
	const Seq32 end = start + size;
	if (seg.seq() == start)
		return Drop::None;
	if (!after(seg.end_seq(), start))
		return Drop::OldSequence;
	if (before(seg.seq(), end))
		return Drop::None;
	return seg.seq() == end && seg.seq_len() == 0 ? Drop::None : Drop::InvalidSequence;
}

} // namespace tcpxx
