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

namespace tcpxx {

/* --- one segment ------------------------------------------------------------------------------ */

namespace {

/* Pending ACKs go out with this segment. Text that answers text makes the connection interactive. */
void event_ack_sent(TcpSock &tp, u32 text_len)
{
	tp.tcb.last_ack_sent = tp.tcb.rcv_nxt;
	if (text_len && tp.ack.unacked)
		tp.ack.ping_pong = true;
	tp.ack.now = false;
	if (tp.ack.quick)
		tp.ack.quick--;
	tp.ack.unacked = 0;
	tp.ack.scheduled = false;
	tp.ack.delayed = false; /* the timer runs on, and finds nothing to do: cheaper than stopping it */
}

Bytes write_segment_options(TcpSock &tp, OptionWriter &w, u8 flags)
{
	const Tcb &t = tp.tcb;
	const Timestamps ts{tcp_time_stamp(tp), t.ts_recent};
	if (!(flags & kSyn))
		return write_options(w, t.tstamp_ok, ts, tp.sacks, tp.sack_count);
	/* What we offer in a SYN, or grant when both sides opened at once. */
	const struct netns_ipv4 &config = sock_net(&tp.sk)->ipv4;
	const bool granting = flags & kAck;
	return write_syn_options(w, {.mss = t.advmss,
				     .timestamps = granting ? t.tstamp_ok : !!READ_ONCE(config.sysctl_tcp_timestamps),
				     .sack = granting ? t.sack_ok : !!READ_ONCE(config.sysctl_tcp_sack),
				     .wscale = granting ? t.wscale_ok : !!READ_ONCE(config.sysctl_tcp_window_scaling),
				     .scale = t.rcv_wscale,
				     .ts = ts});
}

SegmentHeader make_header(TcpSock &tp, const SegCb &cb)
{
	const u32 window = tcp_select_window(tp);
	return {.seq = cb.seq,
		.ack = cb.flags & kAck ? tp.tcb.rcv_nxt : Seq32{},
		.flags = cb.flags,
		.window = window_field(window, tp.tcb.rcv_wscale, cb.flags & kSyn)};
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
	       .check = be16::from_network(static_cast<u16>(~csum_tcpudp_magic(
		       key.saddr.network(), key.daddr.network(), skb->len, IPPROTO_TCP, 0))),
	       .urg_ptr = {}};
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(TcpHeader, check);
}

int tcp_transmit_skb(TcpSock &tp, SkbPtr skb)
{
	struct net *net = sock_net(&tp.sk);
	const SegCb cb = seg_cb(skb.get());
	const u32 text_len = skb->len;
	const Result<Route> route = tcp_route(tp);
	if (!route) {
		drop(net, move(skb), Drop::NoRoute);
		return -to_int(route.error());
	}
	OptionWriter writer;
	const Bytes options = write_segment_options(tp, writer, cb.flags);
	tcp_push_header(skb.get(), tp.entry.key, make_header(tp, cb), options);
	skb_set_owner_w(skb.get(), &tp.sk);
	if (cb.flags & kAck)
		event_ack_sent(tp, text_len);
	count(net, Mib::OutSegs);
	if (cb.flags & kRst)
		count(net, Mib::OutRsts);
	const IpParams ip{.saddr = tp.entry.key.saddr,
			  .daddr = tp.entry.key.daddr,
			  .ttl = ttl_of(tp),
			  .tos = tp.tos,
			  .fragments = fragments_of(tp.pmtudisc, *route)};
	return ip_queue_xmit(net, *route, ip, move(skb));
}

int tcp_transmit_queued(TcpSock &tp, struct sk_buff *queued)
{
	seg_cb(queued).sent_us = tcp_clock_us();
	SkbPtr copy(skb_clone(queued, GFP_ATOMIC));
	return copy ? tcp_transmit_skb(tp, move(copy)) : -ENOBUFS;
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

/* --- packets of the send queue ---------------------------------------------------------------- */

namespace {

void charge(TcpSock &tp, struct sk_buff *skb)
{
	sk_wmem_queued_add(&tp.sk, skb->truesize);
	sk_mem_charge(&tp.sk, skb->truesize);
}

struct sk_buff *alloc_with_headroom(gfp_t gfp)
{
	struct sk_buff *skb = alloc_skb_fclone(kSegmentHeadroom, gfp);
	if (!skb)
		return nullptr;
	skb_reserve(skb, kSegmentHeadroom);
	/* The text is summed by the device, or at the end by the kernel, never while it is copied. */
	skb->ip_summed = CHECKSUM_PARTIAL;
	/* Whoever holds a clone looks at the text alone: the room before it is free for headers. */
	__skb_header_release(skb);
	return skb;
}

} // namespace

struct sk_buff *tcp_stream_alloc_skb(TcpSock &tp, gfp_t gfp)
{
	struct sk_buff *skb = alloc_with_headroom(gfp);
	if (!skb)
		return nullptr;
	if (!sk_wmem_schedule(&tp.sk, skb->truesize)) {
		kfree_skb(skb);
		return nullptr;
	}
	charge(tp, skb);
	return skb;
}

void tcp_free_wmem_skb(TcpSock &tp, struct sk_buff *skb)
{
	sk_wmem_queued_add(&tp.sk, -static_cast<int>(skb->truesize));
	sk_mem_uncharge(&tp.sk, skb->truesize);
	consume_skb(skb);
}

void tcp_write_queue_purge(TcpSock &tp)
{
	while (struct sk_buff *skb = __skb_dequeue(&tp.rtx_queue))
		tcp_free_wmem_skb(tp, skb);
	while (struct sk_buff *skb = __skb_dequeue(&tp.sk.sk_write_queue))
		tcp_free_wmem_skb(tp, skb);
	tp.tcb.snd_nxt = tp.tcb.write_seq;
	sk_mem_reclaim(&tp.sk);
}

namespace {

/* Cuts `skb` behind `len` bytes of text; the rest becomes a packet behind it in `queue`. */
int tcp_fragment(TcpSock &tp, struct sk_buff_head *queue, struct sk_buff *skb, u32 len)
{
	struct sk_buff *rest = alloc_with_headroom(GFP_ATOMIC);
	if (!rest)
		return -ENOMEM;
	const u32 old_truesize = skb->truesize; /* a private copy of the header may change it */
	if (skb_unclone(skb, GFP_ATOMIC)) {
		kfree_skb(rest);
		return -ENOMEM;
	}
	SegCb &front = seg_cb(skb), &back = seg_cb(rest);
	const u32 moved = skb->len - len;
	skb_split(skb, rest, len);
	rest->truesize += moved;
	skb->truesize -= moved;
	back = front;
	back.seq = front.seq + len;
	front.end_seq = back.seq;
	front.flags &= static_cast<u8>(~(kFin | kPsh));
	tp.tcb.lost_out += back.lost;
	const int delta = static_cast<int>(skb->truesize + rest->truesize) - static_cast<int>(old_truesize);
	sk_wmem_queued_add(&tp.sk, delta);
	sk_mem_charge(&tp.sk, delta);
	__skb_queue_after(queue, skb, rest);
	return 0;
}

/* Nagle (RFC 9293, 3.7.4) with Minshall's rule, as in Linux: a small segment waits while another
 * small one is in flight. Behind full ones it goes, or it would meet the peer's delayed ACK. */
bool nagle_holds(const TcpSock &tp, const struct sk_buff *skb, u32 mss)
{
	return skb->len < mss && !tp.nodelay && !skb_queue_empty(&tp.rtx_queue) &&
	       after(tp.tcb.snd_sml, tp.tcb.snd_una);
}

bool cwnd_allows(const TcpSock &tp) { return tcp_packets_in_flight(tp) < tp.tcb.cong.cwnd(); }

bool window_allows(const TcpSock &tp, const struct sk_buff *skb)
{
	return !after(seg_cb(const_cast<struct sk_buff *>(skb)).seq + skb->len, send_window_end(tp.tcb));
}

/* The packet has gone out for the first time. */
void event_new_data_sent(TcpSock &tp, struct sk_buff *skb, u32 mss)
{
	const bool first = skb_queue_empty(&tp.rtx_queue);
	__skb_unlink(skb, &tp.sk.sk_write_queue);
	__skb_queue_tail(&tp.rtx_queue, skb);
	tp.tcb.snd_nxt = seg_cb(skb).end_seq;
	if (skb->len < mss)
		tp.tcb.snd_sml = tp.tcb.snd_nxt;
	if (first)
		tcp_rearm_rto(tp);
}

} // namespace

bool tcp_write_xmit(TcpSock &tp, Nagle nagle)
{
	while (struct sk_buff *skb = skb_peek(&tp.sk.sk_write_queue)) {
		const u32 mss = tcp_current_mss(tp);
		if (skb->len > mss && tcp_fragment(tp, &tp.sk.sk_write_queue, skb, mss))
			break;
		if (!cwnd_allows(tp) || !window_allows(tp, skb))
			break;
		const bool last = skb_queue_is_last(&tp.sk.sk_write_queue, skb);
		if (last && nagle == Nagle::On && !(seg_cb(skb).flags & kFin) && nagle_holds(tp, skb, mss))
			break;
		/* A segment that the device refused counts as sent: the timer repairs it. */
		if (tcp_transmit_queued(tp, skb) == -ENOBUFS)
			break;
		event_new_data_sent(tp, skb, mss);
	}
	return skb_queue_empty(&tp.rtx_queue) && !skb_queue_empty(&tp.sk.sk_write_queue);
}

void tcp_push_pending_frames(TcpSock &tp, Nagle nagle)
{
	if (skb_queue_empty(&tp.sk.sk_write_queue) || tp.tcb.state == TcpState::Close)
		return;
	if (tcp_write_xmit(tp, nagle) && tp.pending == Pending::None)
		tcp_reset_probe_timer(tp);
}

int tcp_retransmit_skb(TcpSock &tp, struct sk_buff *skb)
{
	SegCb &cb = seg_cb(skb);
	/* The last copy has not left this host: another would only make the queue longer. */
	if (skb_fclone_busy(&tp.sk, skb))
		return -EBUSY;
	if (cb.seq != tp.tcb.snd_una && !before(cb.seq, send_window_end(tp.tcb)))
		return -EAGAIN;
	/* The path may have become narrower, or there are SACK blocks now. */
	const u32 mss = tcp_current_mss(tp);
	if (skb->len > mss) {
		const int err = tcp_fragment(tp, &tp.rtx_queue, skb, mss);
		if (err)
			return err;
	}
	cb.retransmitted = true;
	count(sock_net(&tp.sk), Mib::RetransSegs);
	if (cb.flags & kSyn)
		count(sock_net(&tp.sk), Mib::TCPSynRetrans);
	return tcp_transmit_queued(tp, skb);
}

u32 tcp_packets_in_flight(const TcpSock &tp)
{
	const u32 out = skb_queue_len(&tp.rtx_queue);
	const u32 gone = tp.tcb.lost_out + tp.tcb.dup_acks;
	return out > gone ? out - gone : 0;
}

void tcp_xmit_retransmit_queue(TcpSock &tp)
{
	struct sk_buff *skb;
	if (!tp.tcb.lost_out)
		return;
	skb_queue_walk(&tp.rtx_queue, skb) {
		if (!seg_cb(skb).lost)
			continue;
		if (!cwnd_allows(tp) || tcp_retransmit_skb(tp, skb))
			return;
		seg_cb(skb).lost = false;
		tp.tcb.lost_out--;
		count(sock_net(&tp.sk), tp.tcb.ca_state == CaState::Loss ? Mib::TCPSlowStartRetrans : Mib::TCPFastRetrans);
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

SegCb control_cb(Seq32 seq, u8 flags) { return {.seq = seq, .end_seq = seq, .flags = flags}; }

} // namespace

void tcp_send_ack(TcpSock &tp)
{
	if (tp.tcb.state == TcpState::Close)
		return;
	struct sk_buff *skb = control_skb(control_cb(tp.tcb.snd_nxt, kAck), GFP_ATOMIC);
	if (!skb) {
		tcp_schedule_delack(tp);
		return;
	}
	tcp_transmit_skb(tp, SkbPtr(skb));
}

void tcp_send_challenge_ack(TcpSock &tp)
{
	struct net *net = sock_net(&tp.sk);
	/* Odd, for 0 means never; on both sides of the difference, or the next one would seem early. */
	const u32 now = tcp_clock_ms() | 1;
	const u32 ratelimit = jiffies_to_msecs(READ_ONCE(net->ipv4.sysctl_tcp_invalid_ratelimit));
	if (tp.last_challenge_ms && now - tp.last_challenge_ms < ratelimit)
		return;
	tp.last_challenge_ms = now;
	count(net, Mib::TCPChallengeACK);
	tcp_send_ack(tp);
}

/* Without memory the peer learns of the end by its own timers. */
void tcp_send_active_reset(TcpSock &tp)
{
	struct sk_buff *skb = control_skb(control_cb(tp.tcb.snd_nxt, kRst | kAck), GFP_ATOMIC);
	if (skb)
		tcp_transmit_skb(tp, SkbPtr(skb));
}

/* Process context. The FIN may not be lost: it waits for memory, and is charged without asking. */
void tcp_send_fin(TcpSock &tp)
{
	struct sk_buff *skb = skb_peek_tail(&tp.sk.sk_write_queue);
	if (!skb) {
		skb = alloc_with_headroom(tp.sk.sk_allocation | __GFP_NOFAIL);
		if (!skb)
			return; /* fault injection only */
		charge(tp, skb);
		seg_cb(skb) = control_cb(tp.tcb.write_seq, kAck);
		__skb_queue_tail(&tp.sk.sk_write_queue, skb);
	}
	seg_cb(skb).flags |= kFin;
	seg_cb(skb).end_seq += 1;
	tp.tcb.write_seq += 1;
	tcp_push_pending_frames(tp);
}

/* --- active open ------------------------------------------------------------------------------ */

namespace {

void connect_init(TcpSock &tp, const Route &route)
{
	Tcb &t = tp.tcb;
	const bool wscale = READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_tcp_window_scaling);
	t.mss_clamp = 536;
	t.advmss = tcp_advmss(route);
	tcp_sync_mss(tp, usable_mtu(tp.pmtudisc, route));
	const InitialWindow w = select_initial_window(full_window_space(tp), full_window_space(tp), t.advmss, wscale);
	t.rcv_wnd = w.rcv_wnd;
	t.rcv_wscale = w.scale;
	t.window_clamp = w.clamp;
	t.snd_una = t.iss;
	t.snd_sml = t.iss;
	t.snd_nxt = t.iss + 1;
	t.write_seq = t.iss + 1;
	tp.ack.rcv_mss = min_of<u16>(t.advmss, 536);
}

} // namespace

int tcp_connect(TcpSock &tp)
{
	const Result<Route> route = tcp_route(tp);
	if (!route)
		return -to_int(route.error());
	connect_init(tp, *route);
	struct sk_buff *skb = tcp_stream_alloc_skb(tp, tp.sk.sk_allocation);
	if (!skb)
		return -ENOBUFS;
	seg_cb(skb) = {.seq = tp.tcb.iss, .end_seq = tp.tcb.iss + 1, .flags = kSyn};
	__skb_queue_tail(&tp.rtx_queue, skb);
	count(sock_net(&tp.sk), Mib::ActiveOpens);
	/* A SYN that could not be sent is one that was lost. */
	tcp_transmit_queued(tp, skb);
	tcp_rearm_rto(tp);
	return 0;
}

/* --- zero window ------------------------------------------------------------------------------ */

namespace {

/* A byte that the peer has already: it must answer with its window (RFC 9293, 3.8.6.1). */
int send_old_byte(TcpSock &tp)
{
	struct sk_buff *skb = control_skb(control_cb(tp.tcb.snd_una - 1, kAck), GFP_ATOMIC);
	count(sock_net(&tp.sk), Mib::TCPWinProbe);
	return skb ? tcp_transmit_skb(tp, SkbPtr(skb)) : -ENOBUFS;
}

} // namespace

int tcp_write_wakeup(TcpSock &tp)
{
	struct sk_buff *skb = skb_peek(&tp.sk.sk_write_queue);
	const Seq32 edge = send_window_end(tp.tcb);
	if (!skb || !before(seg_cb(skb).seq, edge))
		return send_old_byte(tp);
	/* The window is open, but too small for the packet: send what fits. */
	const u32 mss = tcp_current_mss(tp);
	const u32 room = min_of<u32>(distance(seg_cb(skb).seq, edge), mss);
	if (room < skb->len) {
		const int err = tcp_fragment(tp, &tp.sk.sk_write_queue, skb, room);
		if (err)
			return err;
	}
	seg_cb(skb).flags |= kPsh;
	const int err = tcp_transmit_queued(tp, skb);
	if (err != -ENOBUFS)
		event_new_data_sent(tp, skb, mss);
	return err;
}

} // namespace tcpxx
