/* SPDX-License-Identifier: GPL-2.0 */
/* TCP options (RFC 9293, 3.2; RFC 7323; RFC 2018; RFC 7413): reading them, and writing them into 40 bytes. */
#pragma once
#include "base/bytes.h"
#include "base/drop.h"
#include "base/result.h"
#include "base/seq32.h"
#include "base/units.h"

namespace tcpxx {

enum class TcpOptionKind : u8 {
	End = 0,
	Nop = 1,
	Mss = 2,
	WindowScale = 3,
	SackPermitted = 4,
	Sack = 5,
	Timestamp = 8,
	FastOpen = 34,
	Experimental = 254, /* RFC 6994: two bytes say whose */
};
constexpr u16 kExperimentalFastOpen = 0xf989; /* Fast Open before it had a number */

struct SackBlock {
	Seq32 start;
	Seq32 end;
};
constexpr u32 kMaxSackBlocks = 4;

struct Timestamps {
	u32 tsval;
	u32 tsecr;
};

constexpr u8 kMinFastOpenCookie = 4, kMaxFastOpenCookie = 16; /* bytes (RFC 7413, 2) */

/* A Fast Open option that was received. The cookie lies where the list does. */
struct FastOpenOption {
	const u8 *cookie = nullptr;
	s8 len = -1; /* of the cookie: kMinFastOpenCookie to kMaxFastOpenCookie, and even; 0 asks for one; -1: no option */
	bool exp = false; /* it came as the experimental one, and is answered alike */
};

/* A Fast Open cookie to keep, or to send. */
struct FastOpenCookie {
	u8 val[kMaxFastOpenCookie] = {};
	s8 len = -1; /* as above */
	bool exp = false;
};

/* What a segment's options said. A field is meaningful only if its flag is set. */
struct TcpOptions {
	bool has_mss = false;
	bool has_wscale = false;
	bool has_timestamps = false;
	bool sack_permitted = false;
	u8 sack_count = 0;
	WindowScale wscale{}; /* at most 14, whatever was sent (RFC 7323, 2.3) */
	u16 mss = 0; /* bytes; never 0 when has_mss */
	Timestamps ts{};
	SackBlock sack[kMaxSackBlocks]{};
	FastOpenOption fastopen{};
};

/* Reads an option list. MSS, window scale, SACK-permitted and Fast Open count only in a SYN. An option whose
 * length is under 2 or runs over the end refuses the segment; one with a length that is not its
 * own, and an unknown one, is skipped (RFC 9293, 3.2, MUST-6). */
Result<TcpOptions, Drop> parse_tcp_options(Bytes list, bool syn);

/* Writes options in order; what does not fit in 40 bytes is refused (false), never cut. */
class OptionWriter {
	u8 buf_[40];
	u32 len_ = 0;

	u8 *reserve(u32 n);
	void put32(u8 *at, u32 v);

public:
	bool mss(u16 bytes);
	bool window_scale(WindowScale scale);
	bool sack_permitted();
	bool timestamps(Timestamps ts);
	bool nop();
	/* Padded with NOPs to a multiple of four, as Linux does. Its len is not -1. */
	bool fast_open(const FastOpenCookie &cookie);
	/* Writes as many of `blocks` as fit, the first ones first; returns how many. */
	u32 sack(const SackBlock *blocks, u32 count);

	/* Pads to a multiple of four with End and gives the bytes. */
	Bytes finish();
	u32 room() const { return sizeof(buf_) - len_; }
};

} // namespace tcpxx
