/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One packet for many segments: which segments of a connection may be put together while they arrive (GRO),
 * and the headers of those that a packet is cut into when it leaves (GSO). What comes out of a cut packet
 * that is put together again is what went in.
 */
#pragma once
#include "base/bytes.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

namespace tcpxx {

/* Both headers of a segment: IPv4 without options, TCP with header_len() bytes that can be read. */
struct SegmentHeaders {
	const Ipv4Header *ip;
	const TcpHeader *tcp;

	u32 len() const { return sizeof(Ipv4Header) + tcp->header_len(); }
};

/* The headers at the front of `linear`, of a datagram of `datagram_len` bytes with nothing behind it. tcp is
 * nullptr for one that is never put together: not TCP, a fragment, IPv4 options, a wrong length or IPv4
 * checksum, or headers that are not in `linear` as a whole. */
SegmentHeaders parse_segment_headers(Bytes linear, u32 datagram_len);

/* A packet that waits for more of its kind. */
struct HeldPacket {
	SegmentHeaders headers; /* of its first segment */
	u32 segs;
	u32 text; /* bytes of all of them */
	u32 gso_size; /* text bytes of each but perhaps the last */
	bool same_id; /* of two or more: their identification does not count */
};

bool same_connection(const SegmentHeaders &a, const SegmentHeaders &b);

/* Whether `next` with `text` bytes continues the packet, and says nothing that its headers do not: the
 * rules of the in-kernel stack (tcp_gro_receive), for segments of one connection. */
bool may_merge(const HeldPacket &held, const SegmentHeaders &next, u32 text);

/* Whether nothing may follow a segment in its packet: it is short of `gso_size`, or pushes, ends or breaks
 * the stream. */
bool ends_packet(u8 flags, u32 text, u32 gso_size);

/* What a segment that was cut out of a packet still has in its headers as the packet had it. */
struct CutSegment {
	u32 index; /* 0: the first */
	u32 offset; /* of its text in that of the packet, bytes */
	u32 datagram_len; /* bytes */
	bool last;
};
/* Makes the headers, which are the packet's, those of one segment. Leaves both checksums alone. */
void write_cut_headers(Ipv4Header &ip, TcpHeader &tcp, const CutSegment &cut);

} // namespace tcpxx
