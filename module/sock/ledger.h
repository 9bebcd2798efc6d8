/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A listener's book: what became of each SYN, and of each ACK that would have completed a handshake.
 *
 *   syns = duplicates + cookies_sent + requests + fastopens + refused, of each cause
 *   requests + fastopens + cookie_acks = accepted + in the accept queue + half-open + dropped, of each cause
 *
 * Every term is counted where it happens, and none is computed from others. A SYN is what may open a connection: without
 * ACK, RST and FIN. What had no effect on a request or came for none is `ignored`, and stands in neither sum.
 *
 * Counters are atomic; what is marked so is under Listener::lock. While segments arrive a reader may see one between
 * two terms.
 */
#pragma once
#include "base/drop.h"
#include "sock/hashtables.h"

namespace tcpxx {

enum class Fate : u8 {
	Refused, /* a SYN */
	Dropped, /* a request, or the child that it has become, or a good cookie */
	Ignored, /* an ACK */
};
constexpr u32 kFates = 3;
constexpr u32 kVictims = 32; /* the last ones that are remembered */

struct Victim {
	ConnKey key;
	Fate fate;
	Drop cause;
	u64 when; /* jiffies */
};

struct Ledger {
	atomic_long_t syns;
	atomic_long_t duplicates; /* the same SYN again: answered by the request that it has, if it is not too soon */
	atomic_long_t cookies_sent;
	atomic_long_t requests;
	atomic_long_t fastopens; /* children at once, by Fast Open */
	atomic_long_t cookie_acks; /* good ones */
	atomic_long_t accepted;
	atomic_long_t causes[kFates][static_cast<u32>(Drop::Count)];
	u32 syn_queue_high; /* under Listener::lock, as the next one */
	u32 accept_queue_high;

	spinlock_t lock; /* the victims; a leaf, taken with softirqs off */
	u32 victims; /* ever */
	Victim last[kVictims]; /* number n at n % kVictims */
};

void ledger_init(Ledger &l);
/* Any context. */
void ledger_victim(Ledger &l, Fate fate, Drop cause, const ConnKey &key);
inline unsigned long ledger_count(const Ledger &l, Fate fate, Drop cause)
{
	return atomic_long_read(&l.causes[static_cast<u32>(fate)][static_cast<u32>(cause)]);
}

} // namespace tcpxx
