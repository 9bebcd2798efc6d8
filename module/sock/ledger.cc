// SPDX-License-Identifier: GPL-2.0
#include "sock/ledger.h"
#include "kapi/guards.h"

namespace tcpxx {

/* All else is 0: it is part of a Listener. */
void ledger_init(Ledger &l) { spin_lock_init(&l.lock); }

void ledger_victim(Ledger &l, Fate fate, Drop cause, const ConnKey &key)
{
	atomic_long_inc(&l.causes[static_cast<u32>(fate)][static_cast<u32>(cause)]);
	BhLock guard(&l.lock);
	l.last[l.victims++ % kVictims] = {key, fate, cause, get_jiffies_64()};
}

} // namespace tcpxx
