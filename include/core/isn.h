/* SPDX-License-Identifier: GPL-2.0 */
/* Initial sequence numbers (RFC 6528): a keyed hash of the connection plus a clock of 64 ns ticks. */
#pragma once
#include "base/seq32.h"

namespace tcpxx {

constexpr Seq32 initial_sequence(u32 keyed_hash, u64 now_ns) { return Seq32(keyed_hash + static_cast<u32>(now_ns >> 6)); }

} // namespace tcpxx
