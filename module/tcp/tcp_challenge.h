/* SPDX-License-Identifier: GPL-2.0 */
/* The ACKs that a namespace may send to strangers, see tcp_challenge.cc. */
#pragma once
#include "core/ack_limit.h"
#include "kapi/linux.h"

namespace tcpxx {

struct Challenges {
	spinlock_t lock; /* a leaf, taken with softirqs off */
	ChallengeBudget budget;
};

/* Process context. */
void challenge_net_init(struct net *net);

} // namespace tcpxx
