/* SPDX-License-Identifier: GPL-2.0 */
/* The TCP header (RFC 9293, 3.1) as it lies in a packet, and SegmentView, the one trusted way to read it. */
#pragma once
#include "base/bytes.h"
#include "base/drop.h"
#include "base/result.h"
#include "base/seq32.h"
#include "base/units.h"
#include "wire/be.h"

namespace tcpxx {

enum TcpFlag : u8 {
	kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10, kUrg = 0x20, kEce = 0x40, kCwr = 0x80,
};

struct TcpHeader {
	be16 source;
	be16 dest;
	be32 seq;
	be32 ack_seq;
	u8 offset_reserved; /* data offset in 32-bit words in the upper half */
	u8 flags;
	be16 window;
	be16 check;
	be16 urg_ptr;

	constexpr u32 header_len() const { return (offset_reserved >> 4) * 4; }
};
static_assert(sizeof(TcpHeader) == 20);

constexpr u32 kTcpHeaderLen = sizeof(TcpHeader);
constexpr u32 kTcpMaxOptions = 40;

/* A segment whose header has been checked. Whoever holds one need not check again. It points
 * into the packet and lives no longer than that. */
class SegmentView {
	const TcpHeader *h_;
	u32 len_; /* header, options and text, in bytes */

	constexpr SegmentView(const TcpHeader *h, u32 len) : h_(h), len_(len) {}

public:
	/* `linear`: the bytes that can be read; `segment_len`: all bytes of the segment. When only the
	 * options are not in `linear`, the caller pulls header_len() bytes and asks again. */
	static Result<SegmentView, Drop> parse(Bytes linear, u32 segment_len);

	const TcpHeader &header() const { return *h_; }
	be16 source() const { return h_->source; }
	be16 dest() const { return h_->dest; }
	Seq32 seq() const { return Seq32(h_->seq.host()); }
	Seq32 ack_seq() const { return Seq32(h_->ack_seq.host()); }
	RawWindow window() const { return RawWindow(h_->window.host()); }
	bool has(u8 flag) const { return h_->flags & flag; }
	u8 flags() const { return h_->flags; }
	u32 header_len() const { return h_->header_len(); }
	u32 text_len() const { return len_ - h_->header_len(); }
	/* SEG.LEN: text, and one for SYN and FIN each (RFC 9293, 3.4). */
	u32 seq_len() const { return text_len() + !!has(kSyn) + !!has(kFin); }
	Seq32 end_seq() const { return seq() + seq_len(); }
	Bytes options() const
	{
		return Bytes(reinterpret_cast<const u8 *>(h_) + kTcpHeaderLen, header_len() - kTcpHeaderLen);
	}
};

} // namespace tcpxx
