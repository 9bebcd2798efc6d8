/* SPDX-License-Identifier: GPL-2.0 */
/* Segments and arrivals for the suites of the protocol decisions. */
#pragma once
#include "core/arrives.h"

namespace tcpxx::testing {

/* A segment of the peer. Its text has a length and no bytes: no decision looks at them. */
struct Packet {
	u8 flags = kAck;
	Seq32 seq{};
	Seq32 ack{};
	u32 text = 0; /* bytes */
	u16 window = 1000;
};

constexpr TcpHeader header_of(const Packet &p)
{
	return {
		.source = be16::from_host(1024),
		.dest = be16::from_host(8080),
		.seq = be32::from_host(p.seq.raw()),
		.ack_seq = be32::from_host(p.ack.raw()),
		.offset_reserved = 5 << 4,
		.flags = p.flags,
		.window = be16::from_host(p.window),
		.check = {},
		.urg_ptr = {},
	};
}

inline SegmentView view_of(const TcpHeader &h, u32 text)
{
	return *SegmentView::parse(Bytes(reinterpret_cast<const u8 *>(&h), sizeof(h)),
				   sizeof(h) + text);
}

/* A packet as a decision sees it: it owns what Arrival refers to. */
class Arrived {
	TcpHeader header_;
	TcpOptions options_;
	SegmentView view_;
	u32 now_s_;

public:
	explicit Arrived(const Packet &p, const TcpOptions &options = {}, u32 now_s = 1000) :
		header_(header_of(p)),
		options_(options),
		view_(view_of(header_, p.text)),
		now_s_(now_s)
	{
	}
	Arrived(const Arrived &) = delete; /* view_ points into it */

	const SegmentView &seg() const { return view_; }
	const TcpOptions &options() const { return options_; }
	Arrival arrival() const { return {view_, options_, now_s_}; }
};

constexpr TcpOptions timestamp_option(u32 tsval, u32 tsecr = 0)
{
	TcpOptions o;
	o.has_timestamps = true;
	o.ts = {tsval, tsecr};
	return o;
}

/* Places on the circle where a comparison that is not made for one goes wrong. */
constexpr u32 kPlaces[] = {0,	       1,	   1000,       0x7ffffff0, 0x7fffffff,
			   0x80000000, 0xfffffe00, 0xfffffff0, 0xffffffff};

} // namespace tcpxx::testing
