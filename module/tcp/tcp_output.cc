// SPDX-License-Identifier: GPL-2.0
/*
 * From the send queue to IP. Socket lock held, process or softirq context.
 *
 *   sk_write_queue   text not sent yet          --tcp_write_xmit()-->
 *   rtx_queue        sent, not acknowledged     --tcp_retransmit_skb()-->
 *
 * A packet of either queue keeps the text; what goes out is a clone with headers in front.
 */
#include "tcp/tcp.h"
#include "tcp/tcp_ipv4.h"

namespace tcpxx {

/* --- one segment ------------------------------------------------------------------------------ */

namespace {

/* Text goes out so soon after text came that it can be meant as the answer, whether that was acknowledged before or not. */
bool answers_text(const TcpSock &tp)
{
	return text_has_come(tp) && static_cast<u32>(jiffies) - tp.ack.text_came < to_jiffies(kDelackTime);
}

/* Pending ACKs go out with this segment. Text that answers text makes the connection interactive. */
void event_ack_sent(TcpSock &tp, u32 text_len)
{
	tp.tcb.last_ack_sent = tp.tcb.rcv_nxt;
	if (text_len && answers_text(tp))
		tp.ack.ping_pong = true;
	tp.ack.now = false;
	if (tp.ack.quick)
		tp.ack.quick--;
	tp.ack.writes_ended = 0;
	tp.ack.scheduled = false;
	tp.ack.delayed = false; /* the timer runs on, and finds nothing to do: cheaper than stopping it */
}

/* Of the first SYN, if it has one. */
const FastOpenCookie *fastopen_option(const TcpSock &tp)
{
	const FastOpenRequest *req = tp.fastopen.req;
	return unlikely(req) && req->cookie.len >= 0 ? &req->cookie : nullptr;
}

Bytes write_segment_options(TcpSock &tp, OptionWriter &w, const SegCb &cb)
{
	const Tcb &t = tp.tcb;
	const Timestamps ts{tcp_time_stamp(tp, cb.sent_us), t.ts_recent};
	if (!(cb.flags & kSyn))
		return write_options(w, t.tstamp_ok, ts, tp.sacks, tp.sack_count);
	/* What we offer in a SYN, or grant when both sides opened at once. */
	const struct netns_ipv4 &config = sock_net(&tp.sk)->ipv4;
	const bool granting = cb.flags & kAck;
	return write_syn_options(w, {.mss = t.advmss,
				     .timestamps = granting ? t.tstamp_ok : !!READ_ONCE(config.sysctl_tcp_timestamps),
				     .sack = granting ? t.sack_ok : !!READ_ONCE(config.sysctl_tcp_sack),
				     .wscale = granting ? t.wscale_ok : !!READ_ONCE(config.sysctl_tcp_window_scaling),
				     .scale = t.rcv_wscale,
				     .ts = ts,
				     .fastopen = fastopen_option(tp)});
}

/* ECN on a segment with `text_len` bytes of text; a SYN has what it was made with. */
EcnMarks mark(TcpSock &tp, const SegCb &cb, u32 text_len)
{
	if (cb.flags & kSyn)
		return {0, EcnField::NotEct};
	const bool is_new = text_len && !before(cb.seq, tp.tcb.snd_nxt);
	return tp.tcb.ecn.send(is_new ? EcnContent::NewText : EcnContent::Other);
}

SegmentHeader make_header(TcpSock &tp, const SegCb &cb, u8 ecn_flags)
{
	/* A SYN-ACK that crosses another says what our SYN has said. */
	const u32 window = cb.flags & kSyn ? tp.tcb.rcv_wnd : tcp_select_window(tp);
	return {.seq = cb.seq,
		.ack = cb.flags & kAck ? tp.tcb.rcv_nxt : Seq32{},
		.flags = static_cast<u8>(cb.flags | ecn_flags),
		.window = window_field(window, tp.tcb.rcv_wscale, cb.flags & kSyn)};
}

/* How the packet is to be cut into segments by whoever is the last that can do it. The clone has this in
 * common with the packet that stays in its queue, which may have been longer when it was last sent. */
void set_gso(struct sk_buff *skb, const SegCb &cb, u8 ecn_flags)
{
	struct skb_shared_info *info = skb_shinfo(skb);
	info->gso_size = cb.gso_size;
	info->gso_segs = cb.segs;
	info->gso_type = cb.segs > 1 ? SKB_GSO_TCPV4 : 0;
	/* Of the segments only the first is to have CWR. */
	if (cb.segs > 1 && ecn_flags & kCwr)
		info->gso_type |= SKB_GSO_TCP_ECN;
}

u8 ttl_of(const TcpSock &tp)
{
	return tp.ttl ? tp.ttl : READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_ip_default_ttl);
}

} // namespace

void tcp_push_header(struct sk_buff *skb, const ConnKey &key, const SegmentHeader &h, Bytes options)
{
	const u32 len = sizeof(TcpHeader) + options.size();
	auto *th = static_cast<TcpHeader *>(skb_push(skb, len));
	skb_reset_transport_header(skb);
	memcpy(th + 1, options.data(), options.size());
	*th = {.source = be16::from_host(key.num),
	       .dest = key.dport,
	       .seq = be32::from_host(h.seq.raw()),
	       .ack_seq = be32::from_host(h.ack.raw()),
	       .offset_reserved = static_cast<u8>(len / 4 << 4),
	       .flags = h.flags,
	       .window = be16::from_host(h.window.raw()),
	       .check = tcp_pseudo_sum(key.saddr, key.daddr, skb->len),
	       .urg_ptr = {}};
	tcp_leave_checksum(skb);
}

int tcp_transmit_skb(TcpSock &tp, SkbPtr skb)
{
	struct net *net = sock_net(&tp.sk);
	const SegCb cb = seg_cb(skb.get());
	const u32 text_len = skb->len;
	if (const int err = tcp_route(tp)) {
		drop(net, move(skb), Drop::NoRoute);
		return err;
	}
	const EcnMarks ecn = mark(tp, cb, text_len);
	OptionWriter writer;
	const Bytes options = write_segment_options(tp, writer, cb);
	tcp_push_header(skb.get(), tp.entry.key, make_header(tp, cb, ecn.flags), options);
	set_gso(skb.get(), cb, ecn.flags);
	skb_set_owner_w(skb.get(), &tp.sk);
	skb_set_dst_pending_confirm(skb.get(), READ_ONCE(tp.sk.sk_dst_pending_confirm));
	if (cb.flags & kAck)
		event_ack_sent(tp, text_len);
	count(net, Mib::OutSegs, cb.segs);
	if (cb.flags & kRst)
		count(net, Mib::OutRsts);
	const IpParams ip{.saddr = tp.entry.key.saddr,
			  .daddr = tp.entry.key.daddr,
			  .ttl = ttl_of(tp),
			  .tos = with_ecn_field(tp.tos, ecn.field),
			  .fragments = fragments_of(tp.pmtudisc, tp.route),
			  .mtu = usable_mtu(tp.pmtudisc, tp.route)};
	return ip_queue_xmit(net, tp.route, ip, move(skb));
}

int tcp_transmit_queued(TcpSock &tp, struct sk_buff *queued)
{
	seg_cb(queued).sent_us = tcp_clock_us();
	/* A clone that a receiver on this machine still has to read keeps the room with its headers. */
	SkbPtr copy(skb_cloned(queued) ? pskb_copy(queued, GFP_ATOMIC) : skb_clone(queued, GFP_ATOMIC));
	return copy ? tcp_transmit_skb(tp, move(copy)) : -ENOMEM;
}

u32 tcp_select_window(TcpSock &tp)
{
	Tcb &t = tp.tcb;
	if (t.state == TcpState::SynSent)
		return t.rcv_wnd;
	t.rcv_wnd = select_window(t, window_space(tp), full_window_space(tp), tp.ack.rcv_mss);
	t.rcv_wup = t.rcv_nxt;
	return t.rcv_wnd;
}

void tcp_sync_mss(TcpSock &tp, u32 path_mtu)
{
	const u16 mss = effective_mss(path_mtu, tp.tcb.mss_clamp, tp.tcb.tstamp_ok);
	tp.tcb.mss_cache = bound_to_half_window(mss, tp.tcb.max_window);
}

u32 tcp_current_mss(const TcpSock &tp)
{
	return tp.tcb.mss_cache - sack_option_len(tp.tcb.tstamp_ok, tp.sack_count);
}

u32 tcp_size_goal(const TcpSock &tp)
{
	const u32 mss = tcp_current_mss(tp);
	const u32 headers = LL_MAX_HEADER + sizeof(Ipv4Header) + kTcpHeaderLen + kTcpMaxOptions;
	if (tp.route.gso_max_size < headers + mss)
		return mss;
	const u16 most = bound_to_half_window(tp.route.gso_max_size - headers, tp.tcb.max_window);
	return mss * clamp_to<u32>(most / mss, 1, tp.route.gso_max_segs ?: 1);
}

/* --- new text ---------------------------------------------------------------------------------- */

namespace {

/* Nagle (RFC 9293, 3.7.4) with Minshall's rule, as in Linux: a small segment waits while another
 * small one is in flight. Behind full ones it goes, or it would meet the peer's delayed ACK. */
bool nagle_holds(const TcpSock &tp, u32 text, u32 mss)
{
	return text < mss && !tp.nodelay && tp.tcb.packets_out && after(tp.tcb.snd_sml, tp.tcb.snd_una);
}

/* Segments that cwnd lets go now. At most half of it in one packet, so that no single ACK stands for the
 * whole window (as in Linux). */
u32 cwnd_quota(const TcpSock &tp)
{
	const u32 cwnd = tp.tcb.cong.cwnd(), out = tcp_packets_in_flight(tp);
	return out < cwnd ? min_of(cwnd - out, max_of(cwnd / 2, 1u)) : 0;
}

/* Text bytes from `seq` on that the peer's window allows. */
u32 window_room(const TcpSock &tp, Seq32 seq)
{
	const Seq32 edge = send_window_end(tp.tcb);
	return before(seq, edge) ? distance(seq, edge) : 0;
}

/* The next ACK is due, and nothing will be missed for waiting: the oldest packet has been out for half of a
 * round trip, and the newest left just now. */
bool ack_is_due(const TcpSock &tp)
{
	constexpr u64 kJustNow = 1000; /* microseconds */
	const u64 now = tcp_clock_us();
	const SegCb &oldest = seg_cb(skb_peek(&tp.rtx_queue)), &newest = seg_cb(skb_peek_tail(&tp.rtx_queue));
	return now >= oldest.sent_us + tp.tcb.rtt.srtt().v / 2 && now < newest.sent_us + kJustNow;
}

/* What is set free now is a small piece of a large packet, and the next ACK will set free more: better
 * wait for it than send many small packets (Linux's tcp_tso_should_defer). */
bool better_later(const TcpSock &tp, u32 piece, u32 mss)
{
	constexpr u32 kWinDivisor = 3; /* tcp_tso_win_divisor of Linux */
	const Tcb &t = tp.tcb;
	const u64 window = min_of<u64>(t.snd_wnd, static_cast<u64>(t.cong.cwnd()) * mss);
	return piece < window / kWinDivisor && t.packets_out && !t.dup_acks && t.ca_state <= CaState::Cwr &&
	       ack_is_due(tp);
}

/* How much of the first packet of the send queue may go. */
struct Allowed {
	bool any; /* a FIN alone has no text */
	u32 text; /* bytes */
};
constexpr Allowed kNothing{false, 0};

Allowed allowed_now(const TcpSock &tp, struct sk_buff *skb, u32 mss, Nagle nagle)
{
	const u32 window = window_room(tp, seg_cb(skb).seq);
	const bool last = skb_queue_is_last(&tp.sk.sk_write_queue, skb);
	const bool holds = last && nagle == Nagle::On && !(seg_cb(skb).flags & kFin);
	const u32 quota = cwnd_quota(tp);
	/* Never a part of a segment because the window ends there (RFC 9293, 3.8.6.2.1); a FIN takes room like a byte. */
	const u32 segment = skb->len > mss ? mss : distance(seg_cb(skb).seq, seg_cb(skb).end_seq);
	if (!quota || window < segment)
		return kNothing;
	if (skb->len <= mss)
		return holds && nagle_holds(tp, skb->len, mss) ? kNothing : Allowed{true, skb->len};
	const u32 text = static_cast<u32>(min_of<u64>(min_of(skb->len, window), static_cast<u64>(quota) * mss));
	const u32 partial = text % mss;
	if (text < skb->len)
		return better_later(tp, text, mss) ? kNothing : Allowed{true, text - partial};
	return {true, holds && nagle_holds(tp, partial, mss) ? text - partial : text};
}

/* The packet has gone out for the first time. */
void event_new_data_sent(TcpSock &tp, struct sk_buff *skb, u32 mss)
{
	const bool first = skb_queue_empty(&tp.rtx_queue);
	__skb_unlink(skb, &tp.sk.sk_write_queue);
	__skb_queue_tail(&tp.rtx_queue, skb);
	tcp_count_out(tp, seg_cb(skb));
	tp.tcb.snd_nxt = seg_cb(skb).end_seq;
	if (tp.tcb.ca_state == CaState::Cwr)
		tp.tcb.cong.sent_in_reduction(seg_cb(skb).segs);
	if (skb->len < seg_cb(skb).segs * mss)
		tp.tcb.snd_sml = tp.tcb.snd_nxt;
	if (first)
		tcp_rearm_rto(tp);
}

/* Whether ACKs will make cwnd larger. `limited`: there was more to send, and cwnd was in the way. */
void note_cwnd_usage(TcpSock &tp, Seq32 sent_before, bool limited)
{
	Tcb &t = tp.tcb;
	if (limited || t.snd_nxt != sent_before)
		t.usage.sent(limited || tcp_packets_in_flight(tp) >= t.cong.cwnd(), t.packets_out, t.snd_una, t.snd_nxt);
}

} // namespace

bool tcp_write_xmit(TcpSock &tp, Nagle nagle)
{
	struct sk_buff_head *queue = &tp.sk.sk_write_queue;
	const Seq32 sent_before = tp.tcb.snd_nxt;
	bool limited = false;
	(void)tcp_route(tp); /* text is cut for the path as it is now */
	while (struct sk_buff *skb = skb_peek(queue)) {
		const u32 mss = tcp_current_mss(tp);
		const Allowed allowed = allowed_now(tp, skb, mss, nagle);
		if (!allowed.any) {
			const u32 wanted = min_of(skb->len, window_room(tp, seg_cb(skb).seq));
			limited = static_cast<u64>(cwnd_quota(tp)) * mss < wanted;
			break;
		}
		if (skb->len > allowed.text && tcp_fragment(tp, queue, skb, allowed.text, mss))
			break;
		tcp_set_skb_segs(skb, mss);
		const int err = tcp_transmit_queued(tp, skb);
		if (err == -ENOMEM)
			break;
		/* One that the device refused counts as sent, for some of its segments may have left, and an ACK of what was
		 * never sent would be refused. The timer repairs it; but it is not the moment for more. */
		event_new_data_sent(tp, skb, mss);
		if (err == -ENOBUFS)
			break;
	}
	note_cwnd_usage(tp, sent_before, limited);
	return skb_queue_empty(&tp.rtx_queue) && !skb_queue_empty(queue);
}

void tcp_push_pending_frames(TcpSock &tp, Nagle nagle)
{
	if (skb_queue_empty(&tp.sk.sk_write_queue) || tp.tcb.state == TcpState::Close)
		return;
	if (tcp_write_xmit(tp, nagle) && tp.pending == Pending::None)
		tcp_reset_probe_timer(tp);
}

int tcp_retransmit_skb(TcpSock &tp, struct sk_buff *skb, u32 segs)
{
	SegCb &cb = seg_cb(skb);
	/* The last copy has not left this host: another would only make the queue longer. */
	if (skb_fclone_busy(&tp.sk, skb))
		return -EBUSY;
	if (before(cb.seq, tp.tcb.snd_una) && !(cb.flags & kSyn))
		tcp_trim_head(tp, skb, min_of(distance(cb.seq, tp.tcb.snd_una), skb->len));
	const u32 window = window_room(tp, cb.seq);
	if (cb.seq != tp.tcb.snd_una && !window)
		return -EAGAIN;
	/* The path may have become narrower, or there are SACK blocks now. The head goes whatever the window is. */
	(void)tcp_route(tp);
	const u32 mss = tcp_current_mss(tp);
	const u32 most = static_cast<u32>(min_of<u64>(max_of(window, mss), static_cast<u64>(segs) * mss));
	const u32 len = most - most % mss;
	const int err = skb->len > len ? tcp_fragment(tp, &tp.rtx_queue, skb, len, mss) : tcp_resegment(tp, skb, mss);
	if (err)
		return err;
	tcp_retrans_try_collapse(tp, skb, min_of(window, mss));
	cb.retransmitted = true;
	/* RFC 3168, 6.1.1.1: there are firewalls that drop a SYN with these. */
	constexpr u8 kSynWithEcn = kSyn | kEcnSetup;
	if ((cb.flags & kSynWithEcn) == kSynWithEcn && READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_tcp_ecn_fallback))
		cb.flags &= static_cast<u8>(~kEcnSetup);
	count(sock_net(&tp.sk), Mib::RetransSegs, cb.segs);
	if (cb.flags & kSyn)
		count(sock_net(&tp.sk), Mib::TCPSynRetrans);
	return tcp_transmit_queued(tp, skb);
}

u32 tcp_packets_in_flight(const TcpSock &tp)
{
	const u32 out = tp.tcb.packets_out;
	const u32 gone = tp.tcb.lost_out + tp.tcb.dup_acks;
	return out > gone ? out - gone : 0;
}

void tcp_xmit_retransmit_queue(TcpSock &tp)
{
	struct sk_buff *skb;
	if (!tp.tcb.lost_out)
		return;
	const Mib counter = tp.tcb.ca_state == CaState::Loss ? Mib::TCPSlowStartRetrans : Mib::TCPFastRetrans;
	skb_queue_walk(&tp.rtx_queue, skb) {
		if (!seg_cb(skb).lost)
			continue;
		/* Text that the SYN had needs the numbers of the third ACK. */
		if (tp.tcb.state == TcpState::SynSent && !(seg_cb(skb).flags & kSyn))
			return;
		const u32 quota = cwnd_quota(tp);
		if (!quota || tcp_retransmit_skb(tp, skb, quota))
			return;
		tcp_clear_lost(tp, seg_cb(skb));
		count(sock_net(&tp.sk), counter, seg_cb(skb).segs);
		if (!tp.tcb.lost_out)
			return;
	}
}

/* --- segments without text -------------------------------------------------------------------- */

namespace {

struct sk_buff *control_skb(SegCb cb, gfp_t gfp)
{
	struct sk_buff *skb = alloc_skb(kSegmentHeadroom, gfp);
	if (!skb)
		return nullptr;
	skb_reserve(skb, kSegmentHeadroom);
	seg_cb(skb) = cb;
	return skb;
}

SegCb control_cb(Seq32 seq, u8 flags)
{
	return {.seq = seq, .end_seq = seq, .flags = flags, .sent_us = tcp_clock_us()};
}

/* The number of a segment without text: SND.NXT, unless the peer has taken its window back and would find that beyond it.
 * Less than one unit of the scale is what rounding makes (as in Linux). */
Seq32 tcp_acceptable_seq(const TcpSock &tp)
{
	const Tcb &t = tp.tcb;
	const Seq32 edge = send_window_end(t);
	const u32 rounding = t.wscale_ok ? 1u << t.rcv_wscale.shift : 0;
	if (!before(edge, t.snd_nxt) || distance(edge, t.snd_nxt) < rounding)
		return t.snd_nxt;
	return edge;
}

} // namespace

void tcp_send_ack(TcpSock &tp)
{
	if (tp.tcb.state == TcpState::Close)
		return;
	struct sk_buff *skb = control_skb(control_cb(tcp_acceptable_seq(tp), kAck), GFP_ATOMIC);
	if (!skb) {
		tcp_schedule_delack(tp);
		return;
	}
	tcp_transmit_skb(tp, SkbPtr(skb));
}

/* Without memory the peer learns of the end by its own timers. */
void tcp_send_active_reset(TcpSock &tp)
{
	struct sk_buff *skb = control_skb(control_cb(tcp_acceptable_seq(tp), kRst | kAck), GFP_ATOMIC);
	if (skb)
		tcp_transmit_skb(tp, SkbPtr(skb));
}

bool tcp_queue_fin(TcpSock &tp)
{
	struct sk_buff *skb = skb_peek_tail(&tp.sk.sk_write_queue);
	if (!skb) {
		skb = tcp_fin_alloc_skb(tp);
		if (!skb)
			return false;
		seg_cb(skb) = control_cb(tp.tcb.write_seq, kAck);
		__skb_queue_tail(&tp.sk.sk_write_queue, skb);
	}
	seg_cb(skb).flags |= kFin;
	seg_cb(skb).end_seq += 1;
	tp.tcb.write_seq += 1;
	return true;
}

/* --- probes ------------------------------------------------------------------------------ */

namespace {

/* A byte that the peer has already: it must answer with its window (RFC 9293, 3.8.6.1). */
int send_old_byte(TcpSock &tp, Mib counter)
{
	struct sk_buff *skb = control_skb(control_cb(tp.tcb.snd_una - 1, kAck), GFP_ATOMIC);
	count(sock_net(&tp.sk), counter);
	return skb ? tcp_transmit_skb(tp, SkbPtr(skb)) : -ENOBUFS;
}

} // namespace

int tcp_write_wakeup(TcpSock &tp, Mib counter)
{
	struct sk_buff *skb = skb_peek(&tp.sk.sk_write_queue);
	const u32 window = skb ? window_room(tp, seg_cb(skb).seq) : 0;
	if (!window)
		return send_old_byte(tp, counter);
	/* The window is open, but too small for the packet: send what fits. */
	const u32 mss = tcp_current_mss(tp);
	const u32 room = min_of(window, mss);
	if (room < skb->len) {
		const int err = tcp_fragment(tp, &tp.sk.sk_write_queue, skb, room, mss);
		if (err)
			return err;
	}
	seg_cb(skb).flags |= kPsh;
	const int err = tcp_transmit_queued(tp, skb);
	if (err != -ENOMEM)
		event_new_data_sent(tp, skb, mss);
	return err;
}

} // namespace tcpxx
