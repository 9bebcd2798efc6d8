// SPDX-License-Identifier: GPL-2.0
/* Small sockets: half-open requests (with no full socket yet) and TIME-WAIT (with none any more). */
#include "sock/connection_sock.h"
#include "tcp/tcp.h"

namespace tcpxx {

/* --- requests --------------------------------------------------------------------------------- */

RequestSock *reqsk_alloc(TcpSock &listener, const ConnKey &key)
{
	auto *req = static_cast<RequestSock *>(
		kmem_cache_alloc(tcpxx_prot.rsk_prot->slab, GFP_ATOMIC | __GFP_NOWARN));
	if (!req)
		return nullptr;
	entry_init(req->entry, EntryKind::Request, sock_net(&listener.sk), key, listener.sk.sk_bound_dev_if);
	INIT_HLIST_NODE(&req->wheel.node);
	sock_hold(&listener.sk);
	req->listener = &listener;
	/* Last: a reader that was led here by an old life of this memory may now take a reference. */
	refcount_set_release(&req->entry.refcnt, 1);
	return req;
}

void reqsk_free(RequestSock &req)
{
	sock_put(&req.listener->sk);
	kmem_cache_free(tcpxx_prot.rsk_prot->slab, &req);
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
	t.window_clamp = req.window_clamp;
	t.tstamp_ok = req.half.tstamp_ok;
	t.sack_ok = req.sack_ok;
	t.wscale_ok = req.wscale_ok;
	t.snd_wscale = req.wscale_ok ? req.snd_wscale : WindowScale{};
	t.rcv_wscale = req.wscale_ok ? req.rcv_wscale : WindowScale{};
	t.tsoffset = req.ts_off;
	t.ts_recent = req.half.ts_recent;
	t.ts_recent_stamp = tcp_clock_s();
	t.advmss = tcp_advmss(route);
	t.mss_clamp = req.mss;
	child.pushed_seq = t.write_seq;
	child.route = route;
	if (route.initcwnd)
		t.cong.start(route.initcwnd);
	tcp_sync_mss(child, usable_mtu(child.pmtudisc, route));
	child.ack.rcv_mss = min_of<u16>(t.advmss, 536);
}

/* The third ACK: a full socket takes the request's place. Locked, or nullptr with the reason. */
TcpSock *tcp_v4_syn_recv_sock(RequestSock &req, Drop &cause)
{
	TcpSock &listener = *req.listener;
	struct net *net = req.entry.net;
	if (sk_acceptq_is_full(listener)) {
		count(net, Mib::ListenOverflows);
		cause = Drop::ListenOverflow;
		return nullptr;
	}
	const Result<Route> route = ip_route_output(
		net, {req.entry.key.daddr, req.entry.key.saddr, req.entry.ifindex, 0, listener.tos,
		      tcp_route_scope(listener)});
	if (!route) {
		cause = Drop::NoRoute;
		return nullptr;
	}
	cause = Drop::NoMemory;
	TcpSock *child = inet_csk_clone_lock(listener, req);
	if (!child)
		return nullptr;
	tcp_create_openreq_child(*child, req, *route);
	cause = Drop::NoSocket;
	if (!inet_inherit_port(listener, *child) || !inet_csk_complete_hashdance(req, *child)) {
		inet_csk_destroy_unborn(*child);
		return nullptr;
	}
	return child;
}

/* The third ACK, and what came with it, are the child's first segment. */
void tcp_child_process(TcpSock &listener, TcpSock &child, SkbPtr skb, const SegmentView &seg)
{
	struct sock *sk = &child.sk;
	/* Nobody has a descriptor for it, so nobody can own it. */
	tcp_rcv_state_process(child, move(skb), seg);
	listener.sk.sk_data_ready(&listener.sk);
	bh_unlock_sock(sk);
	sock_put(sk);
}

void establish(RequestSock &req, SkbPtr skb, const SegmentView &seg)
{
	struct net *net = req.entry.net;
	Drop cause = Drop::None;
	TcpSock *child = tcp_v4_syn_recv_sock(req, cause);
	if (!child) {
		count(net, Mib::ListenDrops);
		drop(net, move(skb), cause);
		return;
	}
	count(net, Mib::PassiveOpens);
	tcp_child_process(*req.listener, *child, move(skb), seg);
}

/* An ACK that says where we are, from a connection that has no socket. */
void tcp_v4_reqsk_send_ack(const RequestSock &req)
{
	tcp_v4_send_control(req.entry.net,
			    {.key = req.entry.key,
			     .oif = req.entry.ifindex,
			     .header = {.seq = req.half.snt_isn + 1,
					.ack = req.half.rcv_isn + 1,
					.flags = kAck,
					.window = window_field(req.half.rcv_wnd, req.rcv_wscale, false)},
			     .tos = req.listener->tos,
			     .tstamp_ok = req.half.tstamp_ok,
			     .ts = {tcp_clock_ms() + req.ts_off, req.half.ts_recent}});
}

} // namespace

void tcp_check_req(RequestSock &req, SkbPtr skb, const SegmentView &seg)
{
	struct net *net = req.entry.net;
	const Result<TcpOptions, Drop> opts = parse_tcp_options(seg.options(), seg.has(kSyn));
	if (!opts) {
		drop(net, move(skb), opts.error());
		return;
	}
	const RequestVerdict v = request_arrives(req.half, seg, *opts);
	switch (v.act) {
	case RequestAct::Ignore:
		break;
	case RequestAct::ResendSynAck:
		tcp_v4_send_synack(req);
		break;
	case RequestAct::Acknowledge:
		tcp_v4_reqsk_send_ack(req);
		break;
	case RequestAct::Refuse:
		count(net, Mib::AttemptFails);
		inet_csk_reqsk_queue_drop(req);
		fallthrough;
	case RequestAct::Reset:
		tcp_v4_send_reset(net, skb.get(), seg, req.entry.ifindex);
		break;
	case RequestAct::Discard:
		count(net, Mib::AttemptFails);
		inet_csk_reqsk_queue_drop(req);
		break;
	case RequestAct::Establish:
		establish(req, move(skb), seg);
		return;
	}
	drop(net, move(skb), v.drop);
}

/* --- TIME-WAIT -------------------------------------------------------------------------------- */

namespace {

TimeWaitSock &timewait_of(WheelLink *link) { return *container_of(link, TimeWaitSock, wheel); }

void schedule(TimeWaitTable &table, TimeWaitSock &tw, unsigned long in_jiffies)
{
	BhLock guard(&table.lock);
	table.wheel.remove(tw.wheel);
	/* Taken out of the hash meanwhile: whoever did so has passed here already, or will wait. */
	if (entry_hashed(tw.entry) && table.wheel.add(tw.wheel, in_jiffies))
		mod_timer(&table.timer, jiffies + table.wheel.tick());
}

TimeWaitSock *pop_due(TimeWaitTable &table)
{
	BhLock guard(&table.lock);
	while (WheelLink *link = table.wheel.pop_due())
		if (refcount_inc_not_zero(&timewait_of(link).entry.refcnt))
			return &timewait_of(link);
	return nullptr;
}

TimeWaitSock *pop_any(TimeWaitTable &table)
{
	BhLock guard(&table.lock);
	while (WheelLink *link = table.wheel.pop_any())
		if (refcount_inc_not_zero(&timewait_of(link).entry.refcnt))
			return &timewait_of(link);
	return nullptr;
}

void timewait_timer(struct timer_list *t)
{
	TimeWaitTable &table = *container_of(t, TimeWaitTable, timer);
	while (TimeWaitSock *tw = pop_due(table)) {
		timewait_remove(*tw);
		entry_put(tw->entry);
	}
	BhLock guard(&table.lock);
	if (table.wheel.count())
		mod_timer(&table.timer, jiffies + table.wheel.tick());
}

TimeWaitSock *timewait_alloc(TcpSock &tp, TcpState substate)
{
	struct net *net = sock_net(&tp.sk);
	if (pernet(net).timewait.wheel.count() >= static_cast<u32>(READ_ONCE(net->ipv4.tcp_death_row.sysctl_max_tw_buckets)))
		return nullptr;
	auto *tw = static_cast<TimeWaitSock *>(
		kmem_cache_alloc(tcpxx_prot.twsk_prot->twsk_slab, GFP_ATOMIC | __GFP_NOWARN));
	if (!tw)
		return nullptr;
	const Tcb &t = tp.tcb;
	entry_init(tw->entry, EntryKind::TimeWait, net, tp.entry.key, tp.entry.ifindex);
	INIT_HLIST_NODE(&tw->wheel.node);
	tw->vars = {.rcv_nxt = t.rcv_nxt,
		    .snd_nxt = t.snd_nxt,
		    .rcv_wnd = receive_window(t),
		    .ts_recent = t.ts_recent,
		    .ts_recent_stamp = t.ts_recent_stamp,
		    .tstamp_ok = t.tstamp_ok};
	tw->tsoffset = t.tsoffset;
	tw->substate = substate;
	tw->rcv_wscale = t.rcv_wscale;
	tw->tos = tp.tos;
	/* One for hash and wheel, one for the caller. */
	refcount_set_release(&tw->entry.refcnt, 2);
	return tw;
}

} // namespace

void timewait_free(TimeWaitSock &tw) { kmem_cache_free(tcpxx_prot.twsk_prot->twsk_slab, &tw); }

void timewait_remove(TimeWaitSock &tw)
{
	if (!inet_ehash_remove(tw.entry))
		return;
	TimeWaitTable &table = pernet(tw.entry.net).timewait;
	{
		BhLock guard(&table.lock);
		table.wheel.remove(tw.wheel);
	}
	entry_put(tw.entry);
}

void tcp_time_wait(TcpSock &tp, TcpState substate, Usec timeout)
{
	TimeWaitSock *tw = timewait_alloc(tp, substate);
	if (tw) {
		/* An orphan in FIN-WAIT-2 stays there, only smaller. */
		if (tp.tcb.state != substate)
			tcp_set_state(tp, substate);
		if (inet_ehash_replace(tw->entry, tp.entry)) {
			count(sock_net(&tp.sk), Mib::TW);
			schedule(pernet(sock_net(&tp.sk)).timewait, *tw, to_jiffies(timeout));
			entry_put(tw->entry);
		} else {
			WARN_ON_ONCE(1);
			timewait_free(*tw);
		}
	}
	tcp_done(tp);
}

void tcp_fin_wait2_orphan(TcpSock &tp)
{
	const int fin_timeout = READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_tcp_fin_timeout);
	tcp_time_wait(tp, TcpState::FinWait2, {jiffies_to_usecs(fin_timeout)});
}

int timewait_net_init(struct net *net)
{
	TimeWaitTable &table = pernet(net).timewait;
	spin_lock_init(&table.lock);
	table.wheel.init();
	timer_setup(&table.timer, timewait_timer, 0);
	return 0;
}

void timewait_net_exit(struct net *net)
{
	TimeWaitTable &table = pernet(net).timewait;
	timer_delete_sync(&table.timer);
	while (TimeWaitSock *tw = pop_any(table)) {
		timewait_remove(*tw);
		entry_put(tw->entry);
	}
	/* One that a softirq held just now may have armed it again. */
	timer_delete_sync(&table.timer);
}

namespace {

void tcp_timewait_send_ack(const TimeWaitSock &tw)
{
	tcp_v4_send_control(tw.entry.net,
			    {.key = tw.entry.key,
			     .oif = tw.entry.ifindex,
			     .header = {.seq = tw.vars.snd_nxt,
					.ack = tw.vars.rcv_nxt,
					.flags = kAck,
					.window = window_field(tw.vars.rcv_wnd, tw.rcv_wscale, false)},
			     .tos = tw.tos,
			     .tstamp_ok = tw.vars.tstamp_ok,
			     .ts = {tcp_clock_ms() + tw.tsoffset, tw.vars.ts_recent}});
}

/* FIN-WAIT-2 without a user. */
TimeWaitResult fin_wait2_process(TimeWaitSock &tw, const Arrival &a)
{
	const FinWait2Verdict v = fin_wait2_arrives(tw.vars, a);
	switch (v.act) {
	case FinWait2Act::Ignore:
		break;
	case FinWait2Act::Acknowledge:
		tcp_timewait_send_ack(tw);
		break;
	case FinWait2Act::Reset:
		timewait_remove(tw);
		return {TimeWaitFate::Reset, v.drop};
	case FinWait2Act::Discard:
		timewait_remove(tw);
		break;
	case FinWait2Act::Finish:
		tw.substate = TcpState::TimeWait;
		tw.vars.rcv_nxt += 1;
		tcp_timewait_send_ack(tw);
		schedule(pernet(tw.entry.net).timewait, tw, to_jiffies(kTimeWaitLen));
		break;
	}
	return {TimeWaitFate::Done, v.drop};
}

} // namespace

TimeWaitResult tcp_timewait_state_process(TimeWaitSock &tw, const Arrival &a)
{
	if (tw.substate == TcpState::FinWait2)
		return fin_wait2_process(tw, a);
	const TimeWaitVerdict v = timewait_arrives(tw.vars, a);
	if (v.restart)
		schedule(pernet(tw.entry.net).timewait, tw, to_jiffies(kTimeWaitLen));
	switch (v.act) {
	case TimeWaitAct::Ignore:
		break;
	case TimeWaitAct::Acknowledge:
		tcp_timewait_send_ack(tw);
		break;
	case TimeWaitAct::Reopen:
		return {TimeWaitFate::Reopen, v.drop};
	}
	return {TimeWaitFate::Done, v.drop};
}

} // namespace tcpxx
