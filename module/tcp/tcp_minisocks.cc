// SPDX-License-Identifier: GPL-2.0
/* Half-open requests, up to the child of the third ACK. */
#include "sock/connection_sock.h"
#include "sock/ports.h"
#include "tcp/tcp.h"

namespace tcpxx {

void reqsk_init(RequestSock &req, TcpSock &listener, const ConnKey &key)
{
	entry_init(req.entry, EntryKind::Request, sock_net(&listener.sk), key, listener.sk.sk_bound_dev_if);
	INIT_HLIST_NODE(&req.wheel.node);
	req.listener = &listener;
	req.cookie = false;
	req.tfo_listener = false;
	req.saved_syn = nullptr;
	req.synack_us = 0;
	req.ack_limit = {};
	req.half.acked = false;
	req.half.timeouts = 0;
}

RequestSock *reqsk_alloc(TcpSock &listener, const ConnKey &key)
{
	auto *req = static_cast<RequestSock *>(
		kmem_cache_alloc(tcpxx_prot.rsk_prot->slab, GFP_ATOMIC | __GFP_NOWARN));
	if (!req)
		return nullptr;
	reqsk_init(*req, listener, key);
	sock_hold(&listener.sk);
	/* Last: a reader that was led here by an old life of this memory may now take a reference. */
	refcount_set_release(&req->entry.refcnt, 1);
	return req;
}

void reqsk_free(RequestSock &req)
{
	sock_put(&req.listener->sk);
	kfree(req.saved_syn);
	kmem_cache_free(tcpxx_prot.rsk_prot->slab, &req);
}

InitialWindow tcp_initial_window(const RequestSock &req, const Route &route)
{
	const u16 options = req.half.tstamp_ok ? kTimestampSpace : 0;
	const u16 mss = static_cast<u16>(tcp_advmss(*req.listener, route) - options);
	return tcp_initial_window(*req.listener, route, req.wscale_ok, mss);
}

namespace {

/* The connection block of a child, from what the handshake settled. */
void tcp_create_openreq_child(TcpSock &child, const RequestSock &req, const Route &route)
{
	Tcb &t = child.tcb;
	t.iss = req.half.snt_isn;
	t.irs = req.half.rcv_isn;
	t.rcv_nxt = t.irs + 1;
	t.rcv_wup = t.rcv_nxt;
	t.copied_seq = t.rcv_nxt;
	t.last_ack_sent = t.rcv_nxt;
	t.snd_una = t.iss + 1;
	t.snd_sml = t.snd_una;
	t.snd_nxt = t.iss + 1;
	t.write_seq = t.iss + 1;
	t.recover = t.iss + 1;
	t.rcv_wnd = req.half.rcv_wnd;
	t.window_clamp = min_of(largest_window({req.rcv_wscale}), route.window ?: ~0u);
	t.tstamp_ok = req.half.tstamp_ok;
	t.sack_ok = req.sack_ok;
	t.ecn.begin(req.ecn_ok);
	t.wscale_ok = req.wscale_ok;
	t.snd_wscale = req.wscale_ok ? WindowScale{req.snd_wscale} : WindowScale{};
	t.rcv_wscale = req.wscale_ok ? WindowScale{req.rcv_wscale} : WindowScale{};
	t.tsoffset = req.ts_off;
	t.ts_recent = req.half.ts_recent;
	t.ts_recent_stamp = tcp_clock_s();
	t.advmss = tcp_advmss(child, route);
	t.mss_clamp = req.mss;
	child.pushed_seq = t.write_seq;
	child.route = route;
	if (route.initcwnd)
		t.cong.start(route.initcwnd);
	tcp_sync_mss(child, usable_mtu(child.pmtudisc, route));
	/* Karn (RFC 6298, 3): of a SYN-ACK that was sent once. */
	if (const u32 sent = READ_ONCE(req.synack_us))
		t.rtt.sample({static_cast<u32>(tcp_clock_us()) - sent});
	child.ack.rcv_mss = min_of<u16>(t.advmss, 536);
}

} // namespace

TcpSock *tcp_v4_syn_recv_sock(RequestSock &req, Drop &cause)
{
	TcpSock &listener = *req.listener;
	struct net *net = req.entry.net;
	if (sk_acceptq_is_full(listener)) {
		count(net, Mib::ListenOverflows);
		cause = Drop::ListenOverflow;
		return nullptr;
	}
	const Result<Route> route = tcp_v4_route_req(listener, req.entry.key, req.entry.ifindex);
	if (!route) {
		cause = Drop::NoRoute;
		return nullptr;
	}
	cause = Drop::NoMemory;
	TcpSock *child = inet_csk_clone_lock(listener, req);
	if (!child)
		return nullptr;
	tcp_create_openreq_child(*child, req, *route);
	if (inet_inherit_port(listener, *child))
		cause = inet_csk_complete_hashdance(req, *child);
	if (cause == Drop::None)
		return child;
	inet_csk_destroy_unborn(*child);
	return nullptr;
}

void tcp_child_process(TcpSock &listener, TcpSock &child, SkbPtr skb, const SegmentView &seg)
{
	struct sock *sk = &child.sk;
	count(sock_net(sk), Mib::PassiveOpens);
	/* Nobody has a descriptor for it, so nobody can own it. */
	tcp_rcv_state_process(child, move(skb), seg);
	listener.sk.sk_data_ready(&listener.sk);
	bh_unlock_sock(sk);
	sock_put(sk);
}

namespace {

/* The request ends without having become a connection, at the peer's wish or against it. */
void embryonic_reset(RequestSock &req, Drop cause)
{
	if (inet_csk_reqsk_queue_drop(req, cause))
		count(req.entry.net, Mib::EmbryonicRsts);
}

/* What becomes of the request for whose third ACK there is no child. The peer believes that there is a connection, and
 * will soon send what brings the ACK again; or it is told, if net.ipv4.tcp_abort_on_overflow says so. */
void listen_overflow(RequestSock &req, const struct sk_buff *skb, const SegmentView &seg, Drop cause)
{
	struct net *net = req.entry.net;
	Ledger &ledger = ledger_of(*req.listener);
	if (cause == Drop::ListenerClosed) {
		ledger_victim(ledger, Fate::Dropped, cause, req.entry.key); /* the hash has lost it already */
	} else if (cause != Drop::OldSequence && READ_ONCE(net->ipv4.sysctl_tcp_abort_on_overflow)) {
		tcp_v4_send_reset(net, skb, seg, req.entry.ifindex);
		embryonic_reset(req, cause);
	} else {
		req.half.acked = true;
		ledger_victim(ledger, Fate::Ignored, cause, req.entry.key);
	}
}

void establish(RequestSock &req, SkbPtr skb, const SegmentView &seg)
{
	Drop cause = Drop::None;
	TcpSock *child = tcp_v4_syn_recv_sock(req, cause);
	if (!child) {
		count(req.entry.net, Mib::ListenDrops);
		listen_overflow(req, skb.get(), seg, cause);
		drop(req.entry.net, move(skb), cause);
		return;
	}
	tcp_child_process(*req.listener, *child, move(skb), seg);
}

/* An ACK that says where we are, from a connection that has no socket. */
void tcp_v4_reqsk_send_ack(const RequestSock &req, Seq32 seq)
{
	tcp_v4_send_control(req.entry.net,
			    {.key = req.entry.key,
			     .oif = req.entry.ifindex,
			     .header = {.seq = seq,
					.ack = rcv_nxt_of(req),
					.flags = kAck,
					.window = window_field(req.half.rcv_wnd, {req.rcv_wscale}, false)},
			     .tos = req.listener->tos,
			     .tstamp_ok = req.half.tstamp_ok,
			     .ts = {tcp_clock_ms() + req.ts_off, req.half.ts_recent}});
}

bool rate_limited(RequestSock &req, const SegmentView &seg)
{
	return tcp_oow_rate_limited(req.entry.net, seg, req.ack_limit, Mib::TCPACKSkippedSynRecv);
}

/* The peer has not heard our SYN-ACK, and says its SYN again. */
void answer_again(RequestSock &req, const SegmentView &seg)
{
	if (rate_limited(req, seg))
		return;
	tcp_rtx_synack(req);
	inet_csk_reqsk_queue_restart(req);
}

/* Says where we are, `next` in our own numbers, to something unacceptable. */
void acknowledge(RequestSock &req, Seq32 next, const SegmentView &seg, Drop cause)
{
	struct net *net = req.entry.net;
	if (cause == Drop::Paws)
		count(net, Mib::PAWSEstab);
	if (rate_limited(req, seg))
		return;
	if (cause == Drop::InvalidReset) {
		if (!tcp_challenge_ack_allowed(net))
			return;
		count(net, Mib::TCPChallengeACK);
	}
	tcp_v4_reqsk_send_ack(req, next);
}

/* A segment that does not complete the handshake, in the listener's book. */
void enter_in_ledger(const RequestSock &req, const SegmentView &seg, const RequestVerdict &v)
{
	Ledger &ledger = ledger_of(*req.listener);
	if (listen_arrives(seg) == ListenAct::Request) {
		atomic_long_inc(&ledger.syns);
		if (v.act == RequestAct::ResendSynAck)
			atomic_long_inc(&ledger.duplicates);
		else
			ledger_victim(ledger, Fate::Refused, v.drop, req.entry.key);
	} else if (seg.has(kAck) && !seg.has(kRst)) {
		ledger_victim(ledger, Fate::Ignored, v.drop, req.entry.key);
	}
}

} // namespace

void tcp_check_req(RequestSock &req, SkbPtr skb, const SegmentView &seg)
{
	struct net *net = req.entry.net;
	const Result<TcpOptions, Drop> opts = parse_tcp_options(seg.options(), seg.has(kSyn));
	const RequestVerdict v = opts ? request_arrives(req.half, seg, *opts, READ_ONCE(req.listener->defer_accept))
				      : RequestVerdict{RequestAct::Ignore, opts.error()};
	if (v.act != RequestAct::Establish)
		enter_in_ledger(req, seg, v);
	switch (v.act) {
	case RequestAct::Ignore:
		break;
	case RequestAct::ResendSynAck:
		answer_again(req, seg);
		break;
	case RequestAct::Acknowledge:
		acknowledge(req, req.half.snt_isn + 1, seg, v.drop);
		break;
	case RequestAct::Defer:
		req.half.acked = true;
		count(net, Mib::TCPDeferAcceptDrop);
		break;
	case RequestAct::Refuse:
		count(net, Mib::AttemptFails);
		embryonic_reset(req, v.drop);
		fallthrough;
	case RequestAct::Reset:
		tcp_v4_send_reset(net, skb.get(), seg, req.entry.ifindex);
		break;
	case RequestAct::Discard:
		count(net, Mib::AttemptFails);
		embryonic_reset(req, v.drop);
		break;
	case RequestAct::Establish:
		establish(req, move(skb), seg);
		return;
	}
	drop(net, move(skb), v.drop);
}

bool tcp_check_fastopen_child(TcpSock &child, SkbPtr &skb, const SegmentView &seg, const TcpOptions &opts)
{
	RequestSock &req = *child.fastopen.rsk;
	const RequestVerdict v = fastopen_child_arrives(req.half, child.tcb.rcv_nxt, seg, opts);
	if (v.act == RequestAct::Establish)
		return true;
	enter_in_ledger(req, seg, v);
	switch (v.act) {
	case RequestAct::ResendSynAck:
		if (!rate_limited(req, seg))
			tcp_rtx_synack(req);
		break;
	case RequestAct::Acknowledge:
		acknowledge(req, child.tcb.snd_nxt, seg, v.drop);
		break;
	case RequestAct::Refuse:
		/* As in Linux it stays: it may have a user already, and the SYN may be anybody's. */
		tcp_v4_send_reset(req.entry.net, skb.get(), seg, req.entry.ifindex);
		break;
	case RequestAct::Discard:
		reqsk_fastopen_remove(child, Opening::Reset);
		tcp_reset(child, Errno::ConnectionReset);
		break;
	case RequestAct::Ignore:
	case RequestAct::Reset:
	case RequestAct::Defer:
	case RequestAct::Establish:
		break;
	}
	drop(sock_net(&child.sk), move(skb), v.drop);
	return false;
}

} // namespace tcpxx
