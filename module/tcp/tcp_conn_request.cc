// SPDX-License-Identifier: GPL-2.0
/* A SYN for a listener (RFC 9293, 3.10.7.2): how it becomes a request. Softirq, no lock. */
#include "sock/connection_sock.h"
#include "tcp/tcp.h"

namespace tcpxx {

namespace {

/* Fills in a request from its SYN. */
void openreq_init(RequestSock &req, const SegmentView &seg, const TcpOptions &opts, const Route &route,
		  const Seq32 *isn)
{
	const TcpSock &listener = *req.listener;
	const struct netns_ipv4 &config = req.entry.net->ipv4;
	req.half.rcv_isn = seg.seq();
	req.half.snt_isn = isn ? *isn : tcp_v4_initial_sequence(req.entry.key);
	req.half.tstamp_ok = opts.has_timestamps && READ_ONCE(config.sysctl_tcp_timestamps);
	req.half.ts_recent = opts.ts.tsval;
	req.ts_off = tcp_v4_timestamp_offset(req.entry.key);
	req.mss = opts.has_mss ? opts.mss : 536;
	req.sack_ok = opts.sack_permitted && READ_ONCE(config.sysctl_tcp_sack);
	req.wscale_ok = opts.has_wscale && READ_ONCE(config.sysctl_tcp_window_scaling);
	req.snd_wscale = opts.wscale;
	const InitialWindow w = tcp_initial_window(listener, route, req.wscale_ok);
	req.half.rcv_wnd = w.rcv_wnd;
	req.rcv_wscale = w.scale;
	req.window_clamp = w.clamp;
	req.retransmits = 0;
}

/* Why a listener takes no new request now; None: it does. */
Drop refuse_request(TcpSock &listener)
{
	struct net *net = sock_net(&listener.sk);
	if (inet_csk_reqsk_queue_is_full(listener))
		return Drop::SynQueueFull;
	if (!sk_acceptq_is_full(listener))
		return Drop::None;
	count(net, Mib::ListenOverflows);
	return Drop::ListenOverflow;
}

Drop try_conn_request(TcpSock &listener, const ConnKey &key, const SegmentView &seg, const TcpOptions &opts,
		      const Seq32 *isn)
{
	struct net *net = sock_net(&listener.sk);
	const Drop refused = refuse_request(listener);
	if (refused != Drop::None)
		return refused;
	const Result<Route> route =
		ip_route_output(net, {key.daddr, key.saddr, listener.sk.sk_bound_dev_if, READ_ONCE(listener.sk.sk_mark),
				      listener.tos});
	if (!route)
		return Drop::NoRoute;
	RequestSock *req = reqsk_alloc(listener, key);
	if (!req)
		return Drop::NoMemory;
	openreq_init(*req, seg, opts, *route, isn);
	/* Another CPU may have taken the same SYN: then its request answers. */
	const bool added = inet_csk_reqsk_queue_hash_add(*req);
	if (added)
		tcp_v4_send_synack(*req);
	reqsk_put(*req);
	return added ? Drop::None : Drop::OldSequence;
}

} // namespace

void tcp_conn_request(TcpSock &listener, const ConnKey &key, SkbPtr skb, const SegmentView &seg, const Seq32 *isn)
{
	struct net *net = sock_net(&listener.sk);
	const Result<TcpOptions, Drop> opts = parse_tcp_options(seg.options(), true);
	const Drop cause = opts ? try_conn_request(listener, key, seg, *opts, isn) : opts.error();
	if (cause != Drop::None)
		count(net, Mib::ListenDrops);
	drop(net, move(skb), cause);
}

} // namespace tcpxx
