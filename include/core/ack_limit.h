/* SPDX-License-Identifier: GPL-2.0 */
/* How many ACKs go out in answer to segments that a stranger may have sent (RFC 5961, 7). No lock of its own. */
#pragma once
#include "wire/tcp.h"

namespace tcpxx {

/* Of one connection: one in so many milliseconds (net.ipv4.tcp_invalid_ratelimit). Two hosts that each take the
 * other's ACK for wrong would else never stop. Two processors that ask at once may both get one. */
class AckLimit {
	u32 last_ms_ = 0; /* the caller's clock at the last one, made odd, for 0 means never */

public:
	bool take(u32 now_ms, u32 interval_ms)
	{
		/* Odd on both sides of the difference, or the next one would seem early. */
		const u32 now = now_ms | 1, last = __atomic_load_n(&last_ms_, __ATOMIC_RELAXED);
		if (last && now - last < interval_ms)
			return false;
		__atomic_store_n(&last_ms_, now, __ATOMIC_RELAXED);
		return true;
	}
};

/* Whether the segment can itself be an answer to one of our ACKs. Text is sent for a reason of its own. */
inline bool may_be_an_answer(const SegmentView &seg)
{
	return !seg.seq_len() || seg.has(kSyn) || seg.has(kRst);
}

/*
 * Of all connections of a host together: about so many challenge ACKs in a second. How many exactly is drawn anew
 * for each second, from half to one and a half of `limit`, so that nobody who sends a known number to a connection
 * of his own and counts the answers learns how many were sent to another (CVE-2016-5696). A bucket that fills
 * steadily (core/token_bucket.h) would tell him.
 */
class ChallengeBudget {
	u32 second_ = 0; /* that left_ is for; 0: none yet */
	u32 left_ = 0;

public:
	/* `now_s`: seconds, never 0. `random` gives 32 random bits; it is asked once a second. */
	template <class Random> constexpr bool take(u32 now_s, u32 limit, Random random)
	{
		if (now_s != second_) {
			second_ = now_s;
			left_ = limit ? (limit + 1) / 2 + random() % limit : 0;
		}
		if (!left_)
			return false;
		left_--;
		return true;
	}
};

} // namespace tcpxx
