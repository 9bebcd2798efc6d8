// SPDX-License-Identifier: GPL-2.0
#include "core/window.h"

namespace tcpxx {
namespace {

constexpr u32 kFieldMax = 65535; /* what 16 bits can say */
constexpr u32 kIpTcpHeaders = 40; /* bytes without options of either */
constexpr u16 kMinSendMss = 48; /* 40 bytes of options and 8 of text, Linux's tcp_min_snd_mss */

constexpr u32 kSmallWindow = 536; /* the default MSS of RFC 9293, 3.7.1 */

constexpr u32 round_down(u32 v, u32 unit) { return v - v % unit; }
constexpr u32 scale_down(u32 v, WindowScale s) { return v >> s.shift << s.shift; }
constexpr u32 scale_up(u32 v, WindowScale s) { return scale_down(v + (1u << s.shift) - 1, s); }

/* The smallest shift that lets 16 bits express `bytes` (to the last unit, as Linux does). */
WindowScale scale_for(u32 bytes)
{
	u8 shift = 0;
	while (shift < kMaxWindowScale && bytes >> shift > kFieldMax)
		shift++;
	return {shift};
}

/* Without a scale: whole segments, and no change for less than one (RFC 9293, 3.8.6.2.2). */
u32 whole_segments(u32 offered, u32 space, u32 mss)
{
	if (offered > space || offered + mss <= space)
		return round_down(space, mss);
	return offered;
}

/* The window for this much space, as if none had been announced yet. */
u32 desired_window(const Tcb &t, u32 space, u32 full, u32 mss)
{
	if (space < full / 2) {
		/* Half full: rounding must not give away more than there is, and a window that is
		 * too small for a segment is better closed, for the sender would fill it. */
		space = scale_down(space, t.rcv_wscale);
		if (space < full / 16 || space < mss)
			return 0;
	}
	if (t.rcv_wscale.shift != 0)
		return scale_up(space, t.rcv_wscale);
	return whole_segments(t.rcv_wnd, space, mss);
}

} // namespace

InitialWindow select_initial_window(u32 space, u32 max_space, u16 mss, bool wscale_ok)
{
	const u32 most = largest_window({kMaxWindowScale});
	const u32 wanted = min_of(max_of(space, max_space), most);
	const WindowScale scale = wscale_ok ? scale_for(wanted) : WindowScale{};
	/* RFC 7323, 2.2: the window of a SYN is not scaled. */
	const u32 offer = mss != 0 && space > mss ? round_down(space, mss) : space;
	return {
		.rcv_wnd = min_of(offer, kFieldMax),
		.scale = scale,
		.clamp = largest_window(scale),
	};
}

u32 select_window(const Tcb &t, u32 free_space, u32 full_space, u16 rcv_mss)
{
	const u32 full = min_of(t.window_clamp, full_space);
	const u32 mss = min_of<u32>(rcv_mss, full);
	const u32 space = min_of(free_space, full);
	const u32 desired = mss != 0 ? desired_window(t, space, full, mss) : 0;
	/* RFC 9293, 3.8.6, SHLD-14: the right edge never moves back, not even by rounding. */
	const u32 given = scale_up(receive_window(t), t.rcv_wscale);
	return min_of(max_of(desired, given), largest_window(t.rcv_wscale));
}

RawWindow window_field(u32 bytes, WindowScale scale, bool syn)
{
	const u32 field = syn ? bytes : bytes >> scale.shift;
	return RawWindow(static_cast<u16>(min_of(field, kFieldMax)));
}

u16 effective_mss(u32 path_mtu, u16 mss_clamp, bool timestamps)
{
	const u32 room = path_mtu > kIpTcpHeaders ? path_mtu - kIpTcpHeaders : 0;
	const u16 mss = max_of(static_cast<u16>(min_of<u32>(room, mss_clamp)), kMinSendMss);
	return timestamps ? mss - kTimestampSpace : mss;
}

u16 bound_to_half_window(u16 mss, u32 max_window)
{
	/* A peer whose whole buffer is one small segment announces it and no more; 0: not known yet. */
	const u32 bound = max_window > kSmallWindow ? max_window / 2 : max_window;
	return max_window ? static_cast<u16>(min_of<u32>(mss, max_of<u32>(bound, kMinSendMss))) : mss;
}

} // namespace tcpxx
