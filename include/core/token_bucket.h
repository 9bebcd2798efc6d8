/* SPDX-License-Identifier: GPL-2.0 */
/* At most so many a second, after a rest up to a burst at once. No lock of its own. */
#pragma once
#include "base/types.h"

namespace tcpxx {

class TokenBucket {
	u64 credit_ = 0; /* thousandths of a token */
	u32 stamp_ = 0; /* the caller's clock when credit_ was right */
	bool begun_ = false; /* full until the first question */

public:
	/* `now_ms`: a clock that may wrap. false: not now. */
	constexpr bool take(u32 now_ms, u32 per_second, u32 burst)
	{
		const u64 full = 1000ull * burst;
		const u64 earned = static_cast<u64>(now_ms - stamp_) * per_second;

		credit_ = begun_ ? min_of(credit_ + earned, full) : full;
		stamp_ = now_ms;
		begun_ = true;
		if (credit_ < 1000)
			return false;
		credit_ -= 1000;
		return true;
	}
};

} // namespace tcpxx
