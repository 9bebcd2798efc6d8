// SPDX-License-Identifier: GPL-2.0
/* Connections that have no socket any more: TIME-WAIT, and FIN-WAIT-2 without a user. */
#include "tcp/tcp.h"

namespace tcpxx {

namespace {

void schedule(TimeWaitTable &table, TimeWaitSock &tw, unsigned long in_jiffies)
{
	BhLock guard(&table.lock);
	table.wheel.remove(tw.wheel);
	/* Taken out of the hash meanwhile: whoever did so has passed here already, or will wait. */
	if (entry_hashed(tw.entry) && table.wheel.add(tw.wheel, in_jiffies))
		mod_timer(&table.timer, jiffies + table.wheel.tick());
}

void timewait_timer(struct timer_list *t)
{
	TimeWaitTable &table = *container_of(t, TimeWaitTable, timer);
	while (TimeWaitSock *tw = wheel_pop<TimeWaitSock>(table.lock, table.wheel, Due::Now)) {
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
	tw->ack_limit = {};
	tw->substate = substate;
	tw->rcv_wscale = t.rcv_wscale;
	tw->tos = tp.tos;
	tw->reuse = tp.sk.sk_reuse;
	tw->reuse_port = tp.sk.sk_reuseport;
	tw->bind = {.kind = EntryKind::TimeWait};
	/* One for hash and wheel, one for the caller. */
	refcount_set_release(&tw->entry.refcnt, 2);
	return tw;
}

} // namespace

void timewait_free(TimeWaitSock &tw) { kmem_cache_free(tcpxx_prot.twsk_prot->twsk_slab, &tw); }

void timewait_remove(TimeWaitSock &tw)
{
	if (inet_ehash_remove(tw.entry))
		timewait_unhashed(tw);
}

void timewait_unhashed(TimeWaitSock &tw)
{
	TimeWaitTable &table = pernet(tw.entry.net).timewait;
	{
		BhLock guard(&table.lock);
		table.wheel.remove(tw.wheel);
	}
	inet_put_port(tw);
	entry_put(tw.entry);
}

void tcp_time_wait(TcpSock &tp, TcpState substate, Msec timeout)
{
	TimeWaitSock *tw = timewait_alloc(tp, substate);
	if (tw) {
		/* An orphan in FIN-WAIT-2 stays there, only smaller. */
		if (tp.tcb.state != substate)
			tcp_set_state(tp, substate);
		/* Before anybody can find it, and take it away again. */
		inet_share_port(tp, *tw);
		if (inet_ehash_replace(tw->entry, tp.entry)) {
			count(sock_net(&tp.sk), Mib::TW);
			schedule(pernet(sock_net(&tp.sk)).timewait, *tw, to_jiffies(timeout));
			entry_put(tw->entry);
		} else {
			WARN_ON_ONCE(1);
			inet_put_port(*tw);
			timewait_free(*tw);
		}
	}
	tcp_done(tp);
}

namespace {

Msec tcp_fin_time(const TcpSock &tp)
{
	const u32 of_namespace = static_cast<u32>(READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_tcp_fin_timeout));
	return fin_wait2_len({tp.linger2 ? tp.linger2 * 1000u : jiffies_to_msecs(of_namespace)}, tp.tcb.rtt.rto());
}

} // namespace

void tcp_fin_wait2_orphan(TcpSock &tp) { tcp_time_wait(tp, TcpState::FinWait2, tcp_fin_time(tp)); }

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
	while (TimeWaitSock *tw = wheel_pop<TimeWaitSock>(table.lock, table.wheel, Due::Whenever)) {
		timewait_remove(*tw);
		entry_put(tw->entry);
	}
	/* One that a softirq held just now may have armed it again. */
	timer_delete_sync(&table.timer);
}

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

namespace {

void acknowledge(TimeWaitSock &tw, const Arrival &a, Mib skipped)
{
	if (!tcp_oow_rate_limited(tw.entry.net, a.seg, tw.ack_limit, skipped))
		tcp_timewait_send_ack(tw);
}

/* RFC 5961, 3.2 and 4.2. */
void challenge(TimeWaitSock &tw, const Arrival &a)
{
	struct net *net = tw.entry.net;
	if (tcp_oow_rate_limited(net, a.seg, tw.ack_limit, Mib::TCPACKSkippedChallenge) || !tcp_challenge_ack_allowed(net))
		return;
	count(net, Mib::TCPChallengeACK);
	tcp_timewait_send_ack(tw);
}

/* FIN-WAIT-2 without a user. */
/* TS.Recent, of a segment in its place (RFC 7323, 4.3): what is sent from now on echoes it. */
void take_timestamp(TimeWaitVars &vars, const Arrival &a)
{
	if (!vars.tstamp_ok || !a.opts.has_timestamps)
		return;
	vars.ts_recent = a.opts.ts.tsval;
	vars.ts_recent_stamp = a.now_s;
}

TimeWaitResult fin_wait2_process(TimeWaitSock &tw, const Arrival &a)
{
	const FinWait2Verdict v = fin_wait2_arrives(tw.vars, a);
	switch (v.act) {
	case FinWait2Act::Ignore:
		break;
	case FinWait2Act::Acknowledge:
		acknowledge(tw, a, Mib::TCPACKSkippedFinWait2);
		break;
	case FinWait2Act::Challenge:
		challenge(tw, a);
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
		take_timestamp(tw.vars, a);
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
		acknowledge(tw, a, Mib::TCPACKSkippedTimeWait);
		break;
	case TimeWaitAct::Reopen:
		return {TimeWaitFate::Reopen, v.drop};
	}
	return {TimeWaitFate::Done, v.drop};
}

} // namespace tcpxx
