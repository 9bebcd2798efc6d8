// SPDX-License-Identifier: GPL-2.0
#include "wire/tcp.h"

namespace tcpxx {

Result<SegmentView, Drop> SegmentView::parse(Bytes linear, u32 segment_len)
{
	const TcpHeader *h = linear.as<TcpHeader>();
	if (!h || segment_len < kTcpHeaderLen)
		return Drop::Truncated;
	/* RFC 9293, 3.1, data offset: where the text begins, behind the header and inside the
	 * segment. */
	if (h->header_len() < kTcpHeaderLen || h->header_len() > segment_len)
		return Drop::TcpOffset;
	/* The options are in the packet, but not where they can be read. */
	if (h->header_len() > linear.size())
		return Drop::Truncated;
	return SegmentView(h, segment_len);
}

} // namespace tcpxx
