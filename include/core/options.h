/* SPDX-License-Identifier: GPL-2.0 */
/* Which options a segment carries, laid out as Linux lays them out. */
#pragma once
#include "core/tcb.h"
#include "wire/options.h"

namespace tcpxx {

/* The handshake's options, offered in a SYN or granted in a SYN-ACK. */
struct SynOptions {
	u16 mss;
	bool timestamps;
	bool sack;
	bool wscale;
	WindowScale scale;
	Timestamps ts;
	const FastOpenCookie *fastopen = nullptr; /* nullptr: no such option; its len is not -1 */
};
Bytes write_syn_options(OptionWriter &w, const SynOptions &o);

/* Options of any later segment: timestamps if agreed, then as many SACK blocks as fit. */
Bytes write_options(OptionWriter &w, bool tstamp_ok, Timestamps ts, const SackBlock *blocks, u32 count);

/* What the SACK blocks of write_options() take from the text of a segment, bytes; 0 to 36. */
constexpr u32 sack_option_len(bool tstamp_ok, u32 count)
{
	return count ? 4 + 8 * min_of<u32>(count, tstamp_ok ? 3 : 4) : 0;
}

/* What the peer's SYN or SYN-ACK settles, given what we offered or are willing to grant. */
void adopt_syn_options(Tcb &t, const TcpOptions &peer, bool we_timestamps, bool we_sack, bool we_wscale, u32 now_s);

/* TS.Recent moves only with a segment that covers Last.ACK.sent (RFC 7323, 4.3). */
void replace_ts_recent(Tcb &t, const TcpOptions &opts, Seq32 seq, u32 now_s);

} // namespace tcpxx
