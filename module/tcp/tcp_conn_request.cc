// SPDX-License-Identifier: GPL-2.0
/* A SYN for a listener (RFC 9293, 3.10.7.2): how it becomes a request. Softirq, no lock. */
#include "sock/connection_sock.h"
#include "tcp/tcp.h"

namespace tcpxx {

namespace {

/* Fills in a request from its SYN. */
void openreq_init(RequestSock &req, const struct sk_buff *skb, const SegmentView &seg, const TcpOptions &opts,
		  const Route &route, const Seq32 *isn)
{
	const TcpSock &listener = *req.listener;
	const struct netns_ipv4 &config = req.entry.net->ipv4;
	req.half.rcv_isn = seg.seq();
	const SeqAndTsOff start = tcp_v4_seq_and_ts_off(req.entry.net, req.entry.key);
	req.half.snt_isn = isn ? *isn : start.seq;
	req.half.tstamp_ok = opts.has_timestamps && READ_ONCE(config.sysctl_tcp_timestamps);
	req.half.ts_recent = opts.ts.tsval;
	req.ts_off = start.ts_off;
	req.mss = opts.has_mss ? tcp_mss_clamp(listener, opts.mss) : 536;
	/* Where a cookie has no timestamp it has no room for these. */
	const bool more = !req.cookie || req.half.tstamp_ok;
	req.sack_ok = more && opts.sack_permitted && READ_ONCE(config.sysctl_tcp_sack);
	req.wscale_ok = more && opts.has_wscale && READ_ONCE(config.sysctl_tcp_window_scaling);
	req.snd_wscale = opts.wscale.shift & 0xf;
	req.ecn_ok = more && ecn_granted(seg, ecn_field(ip_of(skb).tos), tcp_ecn_settings(req.entry.net, route));
	const InitialWindow w = tcp_initial_window(req, route);
	req.half.rcv_wnd = static_cast<u16>(w.rcv_wnd);
	req.rcv_wscale = w.scale.shift & 0xf;
}

/* Counts, and says in the log once for each listener, that there is no room for a SYN. */
void tcp_syn_flood_action(TcpSock &listener, u8 syncookies)
{
	struct net *net = sock_net(&listener.sk);
	count(net, syncookies ? Mib::TCPReqQFullDoCookies : Mib::TCPReqQFullDrop);
	/* With 2 there may be room enough, and somebody wants it so. */
	if (syncookies == 2 || READ_ONCE(listener.listener->flood_warned) || xchg(&listener.listener->flood_warned, true))
		return;
	if (net_ratelimit())
		pr_info("Possible SYN flooding on port %pI4:%u. %s.\n", listener.rcv_saddr.b, listener.entry.key.num,
			syncookies ? "Sending cookies" : "Dropping request");
}

/* What to do with a SYN now. */
SynVerdict admit(TcpSock &listener, bool reopens)
{
	struct net *net = sock_net(&listener.sk);
	const SynQueue queue = {.qlen = READ_ONCE(listener.listener->qlen),
				.backlog = READ_ONCE(listener.sk.sk_max_ack_backlog),
				.max_syn_backlog = READ_ONCE(net->ipv4.sysctl_max_syn_backlog),
				.syncookies = READ_ONCE(net->ipv4.sysctl_tcp_syncookies),
				.accept_queue_full = sk_acceptq_is_full(listener),
				.reopens = reopens};
	const SynVerdict v = admit_syn(queue);
	if (unlikely(v.flood))
		tcp_syn_flood_action(listener, queue.syncookies);
	if (v.drop == Drop::ListenOverflow)
		count(net, Mib::ListenOverflows);
	return v;
}

/* Nothing is remembered: the request lives until its SYN-ACK is sent. */
Drop send_cookie(TcpSock &listener, const ConnKey &key, const struct sk_buff *skb, const SegmentView &seg,
		 const TcpOptions &opts, const Route &route)
{
	RequestSock req;
	reqsk_init(req, listener, key);
	req.cookie = true;
	openreq_init(req, skb, seg, opts, route, nullptr);
	cookie_v4_init_sequence(req);
	tcp_v4_send_synack(req, route);
	return Drop::None;
}

/* For TCP_SAVED_SYN: from the IPv4 header on, or from that of the link layer, to the end of the options. Without
 * memory there is none. */
void tcp_reqsk_record_syn(RequestSock &req, const struct sk_buff *skb, const SegmentView &seg)
{
	const u8 save_syn = READ_ONCE(req.listener->save_syn);
	if (likely(!save_syn))
		return;
	const u8 *start = save_syn == 2 ? skb_mac_header(skb) : skb_network_header(skb);
	const u32 len = static_cast<u32>(skb->data + seg.header_len() - start);
	auto *saved = static_cast<SavedSyn *>(kmalloc(sizeof(SavedSyn) + len, GFP_ATOMIC | __GFP_NOWARN));
	if (!saved)
		return;
	saved->len = len;
	memcpy(saved->data, start, len);
	req.saved_syn = saved;
}

/* A child that was born of its SYN, locked until now, to its peer and to its user. */
void introduce(TcpSock &listener, TcpSock &child, const Route &route, const FastOpenCookie &cookie)
{
	tcp_v4_send_synack(*child.fastopen.rsk, route, &cookie);
	listener.sk.sk_data_ready(&listener.sk);
	bh_unlock_sock(&child.sk);
	sock_put(&child.sk);
}

Drop add_request(TcpSock &listener, const ConnKey &key, const struct sk_buff *skb, const SegmentView &seg,
		 const TcpOptions &opts, const Route &route, const Seq32 *isn)
{
	RequestSock *req = reqsk_alloc(listener, key);
	if (!req)
		return Drop::NoMemory;
	openreq_init(*req, skb, seg, opts, route, isn);
	tcp_reqsk_record_syn(*req, skb, seg);
	FastOpenCookie cookie;
	Drop error = Drop::None;
	if (TcpSock *child = tcp_try_fastopen(*req, skb, seg, opts.fastopen, route, cookie)) {
		introduce(listener, *child, route, cookie);
	} else {
		req->synack_us = static_cast<u32>(tcp_clock_us()) ?: 1;
		error = inet_csk_reqsk_queue_hash_add(*req);
		if (error == Drop::None)
			tcp_v4_send_synack(*req, route, &cookie);
	}
	reqsk_put(*req);
	return error;
}

Drop try_conn_request(TcpSock &listener, const ConnKey &key, const struct sk_buff *skb, const SegmentView &seg,
		      const TcpOptions &opts, const Seq32 *isn)
{
	const SynVerdict v = admit(listener, isn);
	if (v.act == SynAct::Refuse)
		return v.drop;
	const Result<Route> route = tcp_v4_route_req(listener, key, READ_ONCE(listener.sk.sk_bound_dev_if));
	if (!route)
		return Drop::NoRoute;
	if (v.act == SynAct::Cookie)
		return send_cookie(listener, key, skb, seg, opts, *route);
	return add_request(listener, key, skb, seg, opts, *route, isn);
}

} // namespace

void tcp_conn_request(TcpSock &listener, const ConnKey &key, SkbPtr skb, const SegmentView &seg, const Seq32 *isn)
{
	struct net *net = sock_net(&listener.sk);
	Ledger &ledger = ledger_of(listener);
	atomic_long_inc(&ledger.syns);
	const Result<TcpOptions, Drop> opts = parse_tcp_options(seg.options(), true);
	const Drop cause = opts ? try_conn_request(listener, key, skb.get(), seg, *opts, isn) : opts.error();
	if (cause == Drop::OldSequence) {
		atomic_long_inc(&ledger.duplicates);
	} else if (cause != Drop::None) {
		count(net, Mib::ListenDrops);
		ledger_victim(ledger, Fate::Refused, cause, key);
	}
	drop(net, move(skb), cause);
}

} // namespace tcpxx
