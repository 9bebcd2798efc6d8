/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long data may remain without an acknowledgment before its connection is given up (RFC 9293, 3.8.3), and what
 * a user says about it (TCP_USER_TIMEOUT, RFC 5482). By the clock, as in Linux: a number of retransmissions stands
 * for the time that they take on a fast path, so that a slow one is not waited for 15 times as long.
 */
#pragma once
#include "core/rtt.h"

namespace tcpxx {

/* So long take `retries` retransmissions whose time-outs begin with `first` and double up to kRtoMax, and the wait
 * after the last (Linux's tcp_model_timeout()). */
Msec model_timeout(u32 retries, Usec first);

/* The time-out that is armed, shortened so that the user's ends with it. `unacked`: since the oldest data was sent;
 * `user_timeout`: 0 if there is none. Never 0. */
Usec clamp_to_user_timeout(Usec rto, Msec unacked, Msec user_timeout);

/* The peer has shut a window in which data was in flight. It may do so as long as it likes, if it is heard of, unless
 * the user says how long. */
bool shut_window_timed_out(Msec unacked, Msec silence, Msec user_timeout);

/* How often an orphan may ask (Linux's tcp_orphan_retries()). `setting`: net.ipv4.tcp_orphan_retries; `rto`: with its
 * doublings; `soft_error`: what ICMP has said, or 0. */
u32 orphan_retries(u32 setting, Usec rto, int soft_error);

} // namespace tcpxx
