// SPDX-License-Identifier: GPL-2.0
/*
 * Any segment for any connection block. Besides what must hold for each verdict there is one law
 * over all: sequence numbers are places on a circle, so that turning either side's circle changes
 * nothing.
 */
#include "core/arrives.h"
#include "core/listen.h"
#include "core/reassembly.h"
#include "core/synsent.h"
#include "core/timewait.h"
#include "fuzz.h"

using namespace tcpxx;

namespace {

struct Scene {
	Tcb t;
	TcpHeader h;
	u32 text;
	TcpOptions opts;
	u32 now_s;
	bool user_gone;
};

Tcb make_tcb(fuzz::Input &in)
{
	Tcb t;
	t.state = static_cast<TcpState>(1 + in.byte() % 12);
	t.iss = Seq32(in.four());
	t.snd_una = t.iss + in.two();
	t.snd_nxt = t.snd_una + in.two();
	t.snd_wnd = in.two();
	t.max_window = t.snd_wnd + in.two();
	t.rcv_wup = Seq32(in.four());
	t.rcv_nxt = t.rcv_wup + in.two();
	t.rcv_wnd = in.two();
	t.snd_wl1 = t.rcv_wup + in.byte();
	t.tstamp_ok = in.flag();
	t.ts_recent = in.four();
	t.ts_recent_stamp = in.two();
	t.rtt.sample({in.four()});
	return t;
}

/* Half of the segments are near the window, for the others hardly get past the first step. */
Scene make_scene(fuzz::Input &in)
{
	Scene s{.t = make_tcb(in),
		.h = {},
		.text = 0,
		.opts = {},
		.now_s = 0,
		.user_gone = in.flag()};
	const bool near = in.flag();
	const Seq32 seq = near ? s.t.rcv_nxt + in.byte() - 128 : Seq32(in.four());
	const Seq32 ack = near ? s.t.snd_nxt + in.byte() - 128 : Seq32(in.four());
	s.h.seq = be32::from_host(seq.raw());
	s.h.ack_seq = be32::from_host(ack.raw());
	s.h.offset_reserved = 5 << 4;
	s.h.flags = in.byte();
	s.h.window = be16::from_host(in.two());
	s.text = in.two();
	s.opts.has_timestamps = in.flag();
	s.opts.ts = {near ? s.t.ts_recent + in.byte() - 128 : in.four(), in.four()};
	s.now_s = s.t.ts_recent_stamp + in.four();
	return s;
}

SegmentView view(const Scene &s)
{
	return *SegmentView::parse(Bytes(reinterpret_cast<const u8 *>(&s.h), sizeof(s.h)),
				   sizeof(s.h) + s.text);
}

/* Our numbers moved by `ours`, the peer's by `theirs`. */
Scene turned(Scene s, u32 ours, u32 theirs)
{
	s.t.iss += ours;
	s.t.snd_una += ours;
	s.t.snd_nxt += ours;
	s.t.rcv_wup += theirs;
	s.t.rcv_nxt += theirs;
	s.t.snd_wl1 += theirs;
	s.h.seq = be32::from_host(s.h.seq.host() + theirs);
	s.h.ack_seq = be32::from_host(s.h.ack_seq.host() + ours);
	return s;
}

void check_verdict(const Scene &s, const SegmentView &seg, const Verdict &v)
{
	FUZZ_CHECK(v.final() || v.act == Act::Nothing);
	/* A RST is never answered with a RST or a plain ACK. */
	if (seg.has(kRst))
		FUZZ_CHECK(v.final() && v.act != Act::SendReset && v.act != Act::SendAck);
	if (v.act == Act::Abort)
		FUZZ_CHECK(seg.has(kRst) &&
			   (seg.seq() == s.t.rcv_nxt || seg.seq() == s.t.rcv_nxt - 1));
	if (v.act == Act::SendReset)
		FUZZ_CHECK(s.t.state == TcpState::SynRecv);
	if (v.final())
		return;
	FUZZ_CHECK(seg.has(kAck) && !after(seg.ack_seq(), s.t.snd_nxt));
	FUZZ_CHECK(!seg.has(kSyn) || s.t.state == TcpState::SynRecv);
	FUZZ_CHECK(!after(seg.seq(), receive_window_end(s.t)) &&
		   !before(seg.end_seq(), s.t.rcv_wup));
}

void check_trim(const Scene &s, const SegmentView &seg)
{
	const Trim r = trim_to_window(s.t, seg.seq(), seg.text_len(), seg.has(kFin));
	FUZZ_CHECK(r.skip <= seg.text_len() && r.keep <= seg.text_len() - r.skip);
	FUZZ_CHECK(r.keep <= receive_window(s.t));
	FUZZ_CHECK(!r.fin || seg.has(kFin));
}

void check_same(const Scene &a, const Scene &b)
{
	const SegmentView x = view(a), y = view(b);
	const Arrival p{x, a.opts, a.now_s}, q{y, b.opts, b.now_s};
	const Verdict v = segment_arrives(a.t, p), w = segment_arrives(b.t, q);
	FUZZ_CHECK(v.drop == w.drop && v.act == w.act && v.error == w.error);
	const Verdict c = check_text(a.t, p, a.user_gone), d = check_text(b.t, q, b.user_gone);
	FUZZ_CHECK(c.drop == d.drop && c.act == d.act);
	FUZZ_CHECK(window_update_allowed(a.t, x, {a.h.window.host()}) ==
		   window_update_allowed(b.t, y, {b.h.window.host()}));
	FUZZ_CHECK(synsent_arrives(a.t, p, a.now_s).act == synsent_arrives(b.t, q, b.now_s).act);
}

void check_handshake(const Scene &s, const SegmentView &seg)
{
	const HalfOpen req{.rcv_isn = s.t.rcv_nxt - 1,
			   .snt_isn = s.t.iss,
			   .ts_recent = s.t.ts_recent,
			   .rcv_wnd = static_cast<u16>(s.t.rcv_wnd),
			   .tstamp_ok = s.t.tstamp_ok,
			   .acked = s.user_gone,
			   .timeouts = static_cast<u8>(s.now_s)};
	const u8 defer_accept = s.h.window.host() % 4;
	const RequestVerdict v = request_arrives(req, seg, s.opts, defer_accept);
	if (v.act == RequestAct::Defer)
		FUZZ_CHECK(defer_accept && !seg.text_len());
	if (v.act == RequestAct::Establish || v.act == RequestAct::Defer)
		FUZZ_CHECK(seg.has(kAck) && !seg.has(kRst) && seg.ack_seq() == s.t.iss + 1);
	if (seg.has(kRst))
		FUZZ_CHECK(v.act != RequestAct::Reset && v.act != RequestAct::Refuse);
	if (listen_arrives(seg) == ListenAct::Request)
		FUZZ_CHECK(seg.has(kSyn) && !seg.has(kAck) && !seg.has(kRst));
}

void check_timewait(const Scene &s, const SegmentView &seg)
{
	const TimeWaitVars tw{s.t.rcv_nxt,   s.t.snd_nxt,	  s.t.rcv_wnd,
			      s.t.ts_recent, s.t.ts_recent_stamp, s.t.tstamp_ok};
	const TimeWaitVerdict v = timewait_arrives(tw, {seg, s.opts, s.now_s});
	if (seg.has(kRst))
		FUZZ_CHECK(v.act == TimeWaitAct::Ignore && !v.restart);
	if (v.act == TimeWaitAct::Reopen)
		FUZZ_CHECK(seg.has(kSyn) && !seg.has(kAck));
	const FinWait2Verdict w = fin_wait2_arrives(tw, {seg, s.opts, s.now_s});
	if (seg.has(kRst))
		FUZZ_CHECK(w.act != FinWait2Act::Reset && w.act != FinWait2Act::Finish);
	if (w.act == FinWait2Act::Finish)
		FUZZ_CHECK(seg.has(kFin) && seg.has(kAck));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size)
{
	fuzz::Input in(data, size);
	const u32 ours = in.four(), theirs = in.four();
	const Scene s = make_scene(in);
	const SegmentView seg = view(s);
	check_verdict(s, seg, segment_arrives(s.t, {seg, s.opts, s.now_s}));
	check_trim(s, seg);
	check_handshake(s, seg);
	check_timewait(s, seg);
	check_same(s, turned(s, ours, theirs));
	return 0;
}
