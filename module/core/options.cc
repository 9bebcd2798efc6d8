// SPDX-License-Identifier: GPL-2.0
#include "core/options.h"
#include "core/paws.h"

namespace tcpxx {
namespace {

constexpr u32 kUnscaledWindow = 65535; /* bytes */
constexpr u16 kDefaultSendMss = 536; /* RFC 9293, 3.7.1, MUST-15 */

/* Words of four bytes, so that the two timestamps are aligned: SACK-permitted fills the first one
 * if it is there, and two NOPs if not. */
void write_timestamps_and_sack(OptionWriter &w, const SynOptions &o)
{
	if (!o.timestamps && !o.sack)
		return;
	if (o.timestamps && o.sack) {
		w.sack_permitted();
		w.timestamps(o.ts);
		return;
	}
	w.nop();
	w.nop();
	if (o.timestamps)
		w.timestamps(o.ts);
	else
		w.sack_permitted();
}

} // namespace

Bytes write_syn_options(OptionWriter &w, const SynOptions &o)
{
	if (o.mss)
		w.mss(o.mss);
	write_timestamps_and_sack(w, o);
	if (o.wscale) {
		w.nop();
		w.window_scale(o.scale);
	}
	if (o.fastopen)
		w.fast_open(*o.fastopen);
	return w.finish();
}

Bytes write_options(OptionWriter &w, bool tstamp_ok, Timestamps ts, const SackBlock *blocks,
		    u32 count)
{
	if (tstamp_ok) {
		w.nop();
		w.nop();
		w.timestamps(ts);
	}
	/* Two NOPs, kind, length and one block: less is no SACK option (RFC 2018, 3). */
	if (count != 0 && w.room() >= 12) {
		w.nop();
		w.nop();
		w.sack(blocks, count);
	}
	return w.finish();
}

void adopt_syn_options(Tcb &t, const TcpOptions &peer, bool we_timestamps, bool we_sack,
		       bool we_wscale, u32 now_s)
{
	t.mss_clamp = peer.has_mss ? peer.mss : kDefaultSendMss;

	/* RFC 2018, 2. */
	t.sack_ok = we_sack && peer.sack_permitted;

	/* RFC 7323, 3.2: only if both SYNs carried it. */
	t.tstamp_ok = we_timestamps && peer.has_timestamps;
	if (t.tstamp_ok) {
		t.ts_recent = peer.ts.tsval;
		t.ts_recent_stamp = now_s;
	}

	/* RFC 7323, 2.2: both scale, or neither does. */
	t.wscale_ok = we_wscale && peer.has_wscale;
	if (t.wscale_ok) {
		t.snd_wscale = peer.wscale;
	} else {
		t.snd_wscale = {};
		t.rcv_wscale = {};
		t.window_clamp = min_of(t.window_clamp, kUnscaledWindow);
	}
}

void replace_ts_recent(Tcb &t, const TcpOptions &opts, Seq32 seq, u32 now_s)
{
	if (!t.tstamp_ok || !opts.has_timestamps)
		return;
	/* RFC 7323, 4.3 (2): SEG.TSval >= TS.Recent and SEG.SEQ <= Last.ACK.sent. */
	if (after(seq, t.last_ack_sent))
		return;
	if (timestamp_older({t.ts_recent, t.ts_recent_stamp}, opts.ts.tsval, now_s, 0))
		return;
	t.ts_recent = opts.ts.tsval;
	t.ts_recent_stamp = now_s;
}

} // namespace tcpxx
