// SPDX-License-Identifier: GPL-2.0
#include "core/ecn.h"

namespace tcpxx {

bool ecn_granted(const SegmentView &syn, EcnField field, const EcnSettings &s)
{
	constexpr u8 kReserved = 0xf; /* in the byte of the data offset */

	if ((syn.flags() & kEcnSetup) != kEcnSetup || !ecn_may_be_granted(s))
		return false;
	/* RFC 3168, 6.1.1: no SYN may be marked, so one that is tells of a network that plays with the TOS, and would
	 * report congestion where none is. But for a later protocol, which reserved bits announce (RFC 8311, 4.3). */
	return field == EcnField::NotEct || syn.header().offset_reserved & kReserved;
}

EcnMarks Ecn::send(EcnContent content)
{
	EcnMarks marks{0, EcnField::NotEct};
	if (!ok_)
		return marks;
	if (echo_)
		marks.flags = kEce;
	/* RFC 3168, 6.1.4 and 6.1.5: of a mark on an ACK nobody would hear, and on a retransmission nobody could tell
	 * whether it is ours. */
	if (content != EcnContent::NewText)
		return marks;
	marks.field = EcnField::Ect0;
	if (reduced_)
		marks.flags |= kCwr;
	reduced_ = false;
	return marks;
}

bool Ecn::cwr_arrives(const SegmentView &seg)
{
	/* On an ACK without text, too, for there are senders that say it there. */
	if (!ok_ || !seg.has(kCwr))
		return false;
	echo_ = false;
	return seg.seq_len() != 0;
}

EcnHaste Ecn::text_arrives(EcnField field)
{
	if (!ok_)
		return EcnHaste::None;
	/* A peer that marks its text does not mark what it sends again: it has lost something. */
	if (field == EcnField::NotEct)
		return seen_ ? EcnHaste::Soon : EcnHaste::None;
	seen_ = true;
	if (field != EcnField::Ce || echo_)
		return EcnHaste::None;
	echo_ = true;
	return EcnHaste::Soon;
}

} // namespace tcpxx
