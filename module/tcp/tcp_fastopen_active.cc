// SPDX-License-Identifier: GPL-2.0
/*
 * Fast Open for a client (RFC 7413, 4.1.3 and 4.2.1): what its SYN carries, what comes of that, and when it is better left
 * alone. Socket lock held.
 *
 * The SYN and its text are two packets of the retransmission queue that left as one segment. What is sent again after a
 * time-out is the SYN, alone and without the option, for perhaps it was that which did not get through; the text follows
 * when the SYN-ACK has come, if that did not acknowledge it.
 */
#include "net/pernet.h"
#include "tcp/tcp.h"

namespace tcpxx {

/* --- pauses ----------------------------------------------------------------------------------- */

namespace {

u64 clock_ms() { return div_u64(ktime_get_ns(), NSEC_PER_MSEC); }

FastOpenPause &pause_of(const TcpSock &tp) { return pernet(sock_net(&tp.sk)).fastopen_pause; }

u32 blackhole_timeout(const TcpSock &tp)
{
	return READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_tcp_fastopen_blackhole_timeout);
}

bool tcp_fastopen_active_should_disable(TcpSock &tp)
{
	FastOpenPause &pause = pause_of(tp);
	const auto times = static_cast<u32>(atomic_read_acquire(&pause.times));
	if (fastopen_paused(times, READ_ONCE(pause.since_ms), clock_ms(), blackhole_timeout(tp)))
		return true;
	tp.fastopen.syn_fastopen_ch = times && blackhole_timeout(tp);
	return false;
}

bool has_used_fastopen(const TcpSock &tp)
{
	return tp.fastopen.syn_fastopen || tp.fastopen.syn_data || tp.fastopen.syn_data_acked;
}

/* A FIN, and nothing before it: the text of the peer has not got through. */
bool only_a_fin_came(TcpSock &tp)
{
	struct sk_buff *first = skb_peek(&tp.ofo_queue);
	return first && skb_queue_is_last(&tp.ofo_queue, first) && seg_cb(first).flags & kFin;
}

bool leaves_this_host(const TcpSock &tp)
{
	return tp.route.ifindex && tp.route.ifindex != sock_net(&tp.sk)->loopback_dev->ifindex;
}

} // namespace

void tcp_fastopen_active_disable(TcpSock &tp)
{
	FastOpenPause &pause = pause_of(tp);
	if (!blackhole_timeout(tp))
		return;
	WRITE_ONCE(pause.since_ms, clock_ms());
	/* Whoever sees the number sees when it began. */
	smp_mb__before_atomic();
	atomic_inc(&pause.times);
	count(sock_net(&tp.sk), Mib::TCPFastOpenBlackhole);
}

void tcp_fastopen_active_disable_ofo_check(TcpSock &tp)
{
	const FastOpen &f = tp.fastopen;
	if (!f.syn_fastopen)
		return;
	if (!f.data_came && only_a_fin_came(tp))
		tcp_fastopen_active_disable(tp);
	else if (f.data_came && f.syn_fastopen_ch && leaves_this_host(tp))
		atomic_set(&pause_of(tp).times, 0);
}

void tcp_fastopen_active_detect_blackhole(TcpSock &tp, bool last)
{
	if (!has_used_fastopen(tp) || !is_blackhole(tp.retransmits, last))
		return;
	tcp_fastopen_active_disable(tp);
	count(sock_net(&tp.sk), Mib::TCPFastOpenActiveFail);
}

void tcp_fastopen_active_rst(TcpSock &tp)
{
	if (tp.fastopen.syn_fastopen && !tp.fastopen.data_came && tp.tcb.state == TcpState::Established)
		tcp_fastopen_active_disable(tp);
}

/* --- the SYN ---------------------------------------------------------------------------------- */

namespace {

/* What the SYN will be. `mss`: of the last SYN-ACK, or as it was. */
FastOpenSyn tcp_fastopen_cookie_check(TcpSock &tp, u16 &mss)
{
	struct net *net = sock_net(&tp.sk);
	const FastOpenMetrics known = tcp_fastopen_cache_get(net, tp.entry.key);
	if (known.mss)
		mss = known.mss;
	const bool no_cookie = READ_ONCE(net->ipv4.sysctl_tcp_fastopen) & kTfoClientNoCookie ||
			       tp.fastopen_settings.no_cookie || tp.route.fastopen_no_cookie;
	return fastopen_connect(known, no_cookie, tcp_fastopen_active_should_disable(tp));
}

FastOpenRequest *alloc_request(const TcpSock &tp)
{
	return static_cast<FastOpenRequest *>(kzalloc(sizeof(FastOpenRequest), tp.sk.sk_allocation));
}

/* A segment's text, with room for 40 bytes of options: whoever adds some on the way is not to make it too long. */
u32 syn_space(const TcpSock &tp, const FastOpenRequest &fo)
{
	const u32 of_path = usable_mtu(tp.pmtudisc, tp.route) - sizeof(Ipv4Header) - kTcpHeaderLen;
	const u32 mss = min_of<u32>(of_path, tp.tcb.mss_clamp);
	const u32 room = mss > kTcpMaxOptions ? mss - kTcpMaxOptions : 0;
	return static_cast<u32>(min_of<size_t>(room, fo.size));
}

/* The packet of the text, which does not have it yet. */
struct sk_buff *syn_data_skb(TcpSock &tp)
{
	struct sk_buff *skb = tcp_stream_alloc_skb(tp, tp.sk.sk_allocation);
	if (skb)
		seg_cb(skb) = {.seq = tp.tcb.iss, .end_seq = tp.tcb.iss + 1, .flags = kSyn};
	return skb;
}

/* Fills the packet. Bytes. */
u32 copy_text(TcpSock &tp, struct sk_buff *skb, FastOpenRequest &fo)
{
	const u32 space = syn_space(tp, fo);
	while (skb->len < space)
		if (tcp_append_text(tp, skb, fo.data, space - skb->len) <= 0)
			break;
	return skb->len;
}

/* SYN and text in one segment; then the text is a packet by itself. false: nothing was sent. */
bool send_with_text(TcpSock &tp, struct sk_buff *syn)
{
	FastOpenRequest &fo = *tp.fastopen.req;
	struct sk_buff *data = syn_data_skb(tp);
	if (!data)
		return false;
	fo.copied = copy_text(tp, data, fo);
	if (!fo.copied) {
		tcp_free_wmem_skb(tp, data);
		return false;
	}
	if (fo.copied == fo.size)
		fo.data = nullptr;
	const bool sent = !tcp_transmit_queued(tp, data);
	SegCb &cb = seg_cb(data);
	seg_cb(syn).sent_us = cb.sent_us;
	cb.seq += 1;
	cb.flags = kAck | kPsh;
	if (!sent) {
		__skb_queue_tail(&tp.sk.sk_write_queue, data);
		return false;
	}
	__skb_queue_tail(&tp.rtx_queue, data);
	tcp_count_out(tp, cb);
	tp.fastopen.syn_data = true;
	tp.tcb.snd_nxt = cb.end_seq;
	return true;
}

void send_syn(TcpSock &tp, struct sk_buff *syn)
{
	FastOpenRequest &fo = *tp.fastopen.req;
	u16 mss = tp.tcb.advmss;
	const FastOpenSyn how = tcp_fastopen_cookie_check(tp, mss);
	fo.cookie = how.cookie;
	tp.fastopen.syn_fastopen = fo.cookie.len >= 0;
	tp.fastopen.syn_fastopen_exp = fo.cookie.exp;
	if (how.with_text) {
		tp.tcb.mss_clamp = mss;
		tcp_sync_mss(tp, usable_mtu(tp.pmtudisc, tp.route));
		if (fo.size ? send_with_text(tp, syn) : !tcp_transmit_queued(tp, syn))
			return;
		/* What cannot take text asks for a cookie. */
		if (fo.cookie.len > 0)
			fo.cookie.len = 0;
	}
	if (tcp_transmit_queued(tp, syn))
		tp.fastopen.syn_fastopen = false;
}

} // namespace

void tcp_send_syn_data(TcpSock &tp, struct sk_buff *syn)
{
	send_syn(tp, syn);
	/* Not when it is sent again. */
	tp.fastopen.req->cookie.len = -1;
}

void tcp_free_fastopen_req(TcpSock &tp)
{
	kfree(tp.fastopen.req);
	tp.fastopen.req = nullptr;
}

Result<bool> tcp_fastopen_defer_connect(TcpSock &tp)
{
	if (!tp.fastopen_settings.connect || tp.fastopen.req)
		return false;
	u16 mss = 0;
	const FastOpenSyn how = tcp_fastopen_cookie_check(tp, mss);
	if (how.with_text) {
		tp.fastopen.defer_connect = true;
		return true;
	}
	/* The SYN asks for one. */
	tp.fastopen.req = alloc_request(tp);
	return tp.fastopen.req ? Result<bool>(false) : Errno::NoBuffers;
}

int tcp_fastopen_begin(TcpSock &tp, struct msghdr *msg, size_t size)
{
	if (!(READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_tcp_fastopen) & kTfoClient))
		return -EOPNOTSUPP;
	if (tp.fastopen.req)
		return -EALREADY;
	tp.fastopen.req = alloc_request(tp);
	if (!tp.fastopen.req)
		return -ENOBUFS;
	tp.fastopen.req->data = msg;
	tp.fastopen.req->size = size;
	return 0;
}

/* --- the SYN-ACK ------------------------------------------------------------------------------ */

namespace {

/* The peer has taken nothing but the SYN. That tells nothing of congestion: as tcp_simple_retransmit(). */
void retransmit_text(TcpSock &tp)
{
	Tcb &t = tp.tcb;
	struct sk_buff *skb;
	skb_queue_walk(&tp.rtx_queue, skb)
		tcp_mark_lost(tp, seg_cb(skb));
	t.ca_state = CaState::Loss;
	t.recover = t.snd_nxt;
	tcp_xmit_retransmit_queue(tp);
	tcp_rearm_rto(tp);
}

} // namespace

bool tcp_rcv_fastopen_synack(TcpSock &tp, const struct sk_buff *skb, const SegmentView &seg, const TcpOptions &opts, u32 repeats)
{
	struct net *net = sock_net(&tp.sk);
	FastOpen &f = tp.fastopen;
	if (!f.syn_fastopen && !f.syn_data)
		return true;
	const FastOpenSent sent{f.syn_fastopen, f.syn_fastopen_exp, f.syn_data, repeats != 0};
	tcp_fastopen_cache_set(net, tp.entry.key, sent, opts.fastopen, opts.has_mss ? opts.mss : 0);
	if (f.syn_data && !skb_queue_empty(&tp.rtx_queue)) {
		count(net, Mib::TCPFastOpenActiveFail);
		retransmit_text(tp);
		return false;
	}
	f.syn_data_acked = f.syn_data;
	if (f.syn_data_acked)
		count(net, Mib::TCPFastOpenActive);
	tcp_fastopen_add_skb(tp, skb, seg);
	if (f.text && !sock_flag(&tp.sk, SOCK_DEAD))
		tp.sk.sk_data_ready(&tp.sk);
	return true;
}

} // namespace tcpxx
