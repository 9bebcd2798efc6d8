/* SPDX-License-Identifier: GPL-2.0 */
/* How much to announce, and how to write it (RFC 9293, 3.8.6; RFC 7323, 2). */
#pragma once
#include "core/tcb.h"

namespace tcpxx {

constexpr u16 kTimestampSpace = 12; /* of timestamps in a segment, bytes, two NOPs included */

/* The most that 16 bits can announce, bytes. */
constexpr u32 largest_window(WindowScale s) { return 65535u << s.shift; }

struct InitialWindow {
	u32 rcv_wnd; /* bytes to announce in the SYN */
	WindowScale scale;
	u32 clamp; /* most that can ever be announced, bytes */
};
/* `space`: receive buffer in bytes; `max_space`: what it may grow to; `wscale_ok`: may be scaled. */
InitialWindow select_initial_window(u32 space, u32 max_space, u16 mss, bool wscale_ok);

/* The window to announce now for `free_space` bytes of buffer: never takes back what was given
 * (RFC 9293, 3.8.6, SHLD-14), never a silly one (RFC 9293, 3.8.6.2.2), a multiple of the scale. */
u32 select_window(const Tcb &t, u32 free_space, u32 full_space, u16 rcv_mss);

/* The header field: unscaled in a segment with SYN. */
RawWindow window_field(u32 bytes, WindowScale scale, bool syn);

/* Text bytes that fit into one segment: path MTU less IPv4 and TCP header, at most the peer's MSS,
 * less the timestamps of every segment. Whatever they say, 48 bytes for options and text together are
 * assumed (Linux's floor, tcp_min_snd_mss). */
u16 effective_mss(u32 path_mtu, u16 mss_clamp, bool timestamps);

/* The same for a peer whose largest window so far is known (0: it is not): at most half of it (RFC 9293,
 * 3.8.6.2.1), for a segment that never fits would only go out in pieces, by probes. */
u16 bound_to_half_window(u16 mss, u32 max_window);

} // namespace tcpxx
