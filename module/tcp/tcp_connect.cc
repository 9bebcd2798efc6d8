// SPDX-License-Identifier: GPL-2.0
/* The active open: what is offered, and the SYN. Socket lock held, process context. */
#include "tcp/tcp.h"
#include "tcp/tcp_ipv4.h"

namespace tcpxx {

namespace {

/* What the buffer may grow to: as far as the administrator lets it, or a program (as in Linux). */
u32 largest_space(const TcpSock &tp)
{
	const int most = READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_tcp_rmem[2]);
	return max_of(static_cast<u32>(max_of(most, 0)), READ_ONCE(sysctl_rmem_max));
}

/* The metric window of a route bounds it, and a buffer whose size the user has chosen, which does not grow. */
u32 window_limit(const TcpSock &tp, const Route &route)
{
	const u32 limit = route.window ?: ~0u;
	return tp.sk.sk_userlocks & SOCK_RCVBUF_LOCK ? min_of(limit, full_window_space(tp)) : limit;
}

} // namespace

InitialWindow tcp_initial_window(const TcpSock &tp, const Route &route, bool wscale_ok, u16 mss)
{
	const u32 clamp = window_limit(tp, route);
	const u32 space = min_of(full_window_space(tp), clamp);
	InitialWindow w = select_initial_window(space, min_of(largest_space(tp), clamp), mss, wscale_ok);

	w.clamp = min_of(w.clamp, clamp);
	if (route.initrwnd)
		w.rcv_wnd = min_of<u32>(w.rcv_wnd, route.initrwnd * mss);
	return w;
}

namespace {

void connect_init(TcpSock &tp)
{
	Tcb &t = tp.tcb;
	const bool wscale = READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_tcp_window_scaling);
	/* That of the connection before, if a program has not asked for it (connect() to AF_UNSPEC). */
	WRITE_ONCE(tp.sk.sk_err, 0);
	t.mss_clamp = tp.user_mss ?: 536;
	t.advmss = tcp_advmss(tp, tp.route);
	if (tp.route.initcwnd)
		t.cong.start(tp.route.initcwnd);
	tcp_sync_mss(tp, usable_mtu(tp.pmtudisc, tp.route));
	const InitialWindow w = tcp_initial_window(tp, tp.route, wscale, t.advmss);
	t.rcv_wnd = w.rcv_wnd;
	t.rcv_wscale = w.scale;
	t.window_clamp = w.clamp;
	t.snd_una = t.iss;
	t.snd_sml = t.iss;
	tp.pushed_seq = t.iss + 1;
	t.snd_nxt = t.iss + 1;
	t.write_seq = t.iss + 1;
	tp.ack.rcv_mss = min_of<u16>(t.advmss, 536);
}

} // namespace

int tcp_connect(TcpSock &tp)
{
	if (const int err = tcp_route(tp))
		return err;
	connect_init(tp);
	struct sk_buff *skb = tcp_stream_alloc_skb(tp, tp.sk.sk_allocation);
	if (!skb)
		return -ENOBUFS;
	Ecn &ecn = tp.tcb.ecn;
	ecn.begin(ecn_asks(tcp_ecn_settings(sock_net(&tp.sk), tp.route)));
	seg_cb(skb) = {.seq = tp.tcb.iss,
		       .end_seq = tp.tcb.iss + 1,
		       .flags = static_cast<u8>(ecn.ok() ? kSyn | kEcnSetup : kSyn)};
	__skb_queue_tail(&tp.rtx_queue, skb);
	tcp_count_out(tp, seg_cb(skb));
	count(sock_net(&tp.sk), Mib::ActiveOpens);
	/* A SYN that could not be sent is one that was lost. */
	if (tp.fastopen.req)
		tcp_send_syn_data(tp, skb);
	else
		tcp_transmit_queued(tp, skb);
	tcp_rearm_rto(tp);
	return 0;
}

} // namespace tcpxx
