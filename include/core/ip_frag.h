/* SPDX-License-Identifier: GPL-2.0 */
/* How a datagram is cut into fragments, and what of one has come (RFC 791, 3.2). Lengths and offsets are bytes
 * behind the IPv4 header; offsets are multiples of kFragmentUnit. */
#pragma once
#include "base/types.h"

namespace tcpxx {

constexpr u32 kFragmentUnit = 8;
/* tot_len has 16 bits, and 20 bytes of it are a header. */
constexpr u32 kMaxDatagramText = 65535 - 20;

struct Fragment {
	u32 offset;
	u32 len;
	bool more; /* it is not the last */
};

/* The fragment from `offset` on, of `text_len` bytes in all, of which `room` fit into one: kFragmentUnit at
 * least. The next one begins where it ends. */
constexpr Fragment fragment_at(u32 text_len, u32 offset, u32 room)
{
	const u32 left = text_len - offset;

	return left <= room ? Fragment{offset, left, false} :
			      Fragment{offset, room - room % kFragmentUnit, true};
}

/* What of a fragment counts that came with `len` bytes: RFC 791 knows units only, but for the last. */
constexpr u32 fragment_text(u32 len, bool more) { return more ? len - len % kFragmentUnit : len; }

enum class FragmentFate : u8 {
	Added,
	Duplicate, /* all of it has come before: ignored */
	/* What follows is the end of the datagram: */
	Overlap, /* some of it has come before (RFC 5722, 4) */
	TooLarge, /* the datagram cannot be so long */
	Inconsistent, /* it is empty, or the datagram would have two ends */
};

/* Which bytes of one datagram have come. A fixed size, and no more than 128 words are looked at for a fragment,
 * in whatever order and however small fragments come. */
class FragmentMap {
	enum : u32 { Units = 65536 / kFragmentUnit };

	u64 come_[Units / 64] = {}; /* a bit for each unit */
	u32 len_ = 0; /* where the furthest fragment ends */
	u32 bytes_ = 0; /* that have come */
	bool last_ = false; /* the last fragment has come: len_ is the datagram's */

	bool ends_badly(u32 end, bool more) const;
	struct Known {
		bool any, all;
	};
	Known known_of(u32 first, u32 end) const;
	void set_units(u32 first, u32 end);

public:
	/* f.len as fragment_text() gives it. */
	FragmentFate insert(const Fragment &f);
	bool complete() const { return last_ && bytes_ == len_; }
	u32 len() const { return len_; }
};

/* The ECN fields of a datagram's fragments (RFC 3168, 5.3). */
class FragmentEcn {
	enum : u8 { NotEct = 1 << 0, Ect1 = 1 << 1, Ect0 = 1 << 2, Ce = 1 << 3 };
	static constexpr u8 mask() { return 3; }

	u8 seen_ = 0;

public:
	constexpr void add(u8 tos) { seen_ |= static_cast<u8>(1 << (tos & mask())); }
	/* Not ECN-capable and CE together must be dropped; with an ECN-capable one, too, as Linux does: somebody
	 * on the way has lost or forged a mark. */
	constexpr bool valid() const { return !(seen_ & NotEct) || seen_ == NotEct; }
	/* Bits to be set in the first fragment's TOS: a mark on one is a mark on all. */
	constexpr u8 mark() const { return seen_ & Ce ? mask() : 0; }
};

} // namespace tcpxx
