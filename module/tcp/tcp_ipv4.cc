// SPDX-License-Identifier: GPL-2.0
/* Between IPv4 and a socket: finding the owner of a segment, and answering where there is none. */
#include "tcp/tcp_ipv4.h"
#include "core/isn.h"
#include "sock/connection_sock.h"
#include "sock/listeners.h"
#include "sock/ports.h"
#include "tcp/tcp.h"

namespace tcpxx {

namespace {

siphash_key_t start_key;

/* The connection that an arriving segment belongs to, from this host's side. */
ConnKey key_of(const struct sk_buff *skb, const SegmentView &seg)
{
	const Ipv4Header &ip = ip_of(skb);
	return {ip.daddr, ip.saddr, seg.source(), seg.dest().host()};
}

} // namespace

void tcp_v4_init()
{
	get_random_bytes(&start_key, sizeof(start_key));
	syncookies_init();
}

SeqAndTsOff tcp_v4_seq_and_ts_off(const struct net *net, const ConnKey &key)
{
	const u32 ports = static_cast<u32>(key.num) << 16 | key.dport.network();
	const u64 hash = siphash_3u32(key.saddr.network(), key.daddr.network(), ports, &start_key);
	const bool with_offset = READ_ONCE(net->ipv4.sysctl_tcp_timestamps) == 1;
	return {initial_sequence(static_cast<u32>(hash), ktime_get_real_ns()), with_offset ? static_cast<u32>(hash >> 32) : 0};
}

/* --- in --------------------------------------------------------------------------------------- */

namespace {

/* Makes header and options readable, and checks them. */
Result<SegmentView, Drop> pull_segment(struct sk_buff *skb)
{
	if (!pskb_may_pull(skb, kTcpHeaderLen))
		return Drop::Truncated;
	const u32 header_len = reinterpret_cast<const TcpHeader *>(skb->data)->header_len();
	if (header_len > kTcpHeaderLen && header_len <= skb->len && !pskb_may_pull(skb, header_len))
		return Drop::NoMemory;
	return SegmentView::parse(linear_bytes(skb), skb->len);
}

bool checksum_is_wrong(struct sk_buff *skb)
{
	if (skb_checksum_init(skb, IPPROTO_TCP, inet_compute_pseudo))
		return true;
	return !skb_csum_unnecessary(skb) && __skb_checksum_complete(skb);
}

void segment_for_sock(TcpSock &tp, SkbPtr skb)
{
	struct sock *sk = &tp.sk;
	/* A packet that waits in the backlog must not keep a device from going away. */
	skb->dev = nullptr;
	bh_lock_sock_nested(sk);
	if (!sock_owned_by_user(sk)) {
		tcp_v4_do_rcv(sk, skb.release());
	} else {
		const u32 limit = READ_ONCE(sk->sk_rcvbuf) + READ_ONCE(sk->sk_sndbuf) + 64 * 1024;
		if (sk_add_backlog(sk, skb.get(), limit)) {
			count(sock_net(sk), Mib::TCPBacklogDrop);
			drop(sock_net(sk), move(skb), Drop::Backlog);
		} else {
			(void)skb.release();
		}
	}
	bh_unlock_sock(sk);
}

void segment_for_listener(TcpSock &listener, SkbPtr skb, const SegmentView &seg, const ConnKey &key,
			  const Seq32 *isn = nullptr)
{
	struct net *net = sock_net(&listener.sk);
	Drop cause = Drop::Listen;
	switch (listen_arrives(seg)) {
	case ListenAct::Request:
		tcp_conn_request(listener, key, move(skb), seg, isn);
		return;
	case ListenAct::CheckCookie:
		cause = cookie_v4_check(listener, skb, seg, key);
		if (cause == Drop::None)
			return;
		fallthrough;
	case ListenAct::Reset:
		tcp_v4_send_reset(net, skb.get(), seg, listener.sk.sk_bound_dev_if);
		ledger_victim(ledger_of(listener), Fate::Ignored, cause, key);
		break;
	case ListenAct::Ignore:
		break;
	}
	drop(net, move(skb), cause);
}

/* RFC 9293, 3.10.7.1: nobody home. */
void segment_for_nobody(struct net *net, SkbPtr skb, const SegmentView &seg)
{
	tcp_v4_send_reset(net, skb.get(), seg, 0);
	drop(net, move(skb), Drop::NoSocket);
}

void segment_without_connection(struct net *net, SkbPtr skb, const SegmentView &seg, const ConnKey &key)
{
	TcpSock *listener = inet_lookup_listener(net, key, skb->dev->ifindex);
	if (!listener) {
		segment_for_nobody(net, move(skb), seg);
		return;
	}
	segment_for_listener(*listener, move(skb), seg, key);
	sock_put(&listener->sk);
}

/* A new SYN for a connection in TIME-WAIT goes to the listener, and its request takes the place. false: nobody listens,
 * and the peer has been told where the old connection is. */
bool reopen(TimeWaitSock &tw, SkbPtr &skb, const SegmentView &seg, const ConnKey &key)
{
	TcpSock *listener = inet_lookup_listener(tw.entry.net, key, skb->dev->ifindex);
	if (!listener) {
		tcp_timewait_send_ack(tw);
		return false;
	}
	const Seq32 isn = isn_after(tw.vars.snd_nxt);
	timewait_remove(tw);
	segment_for_listener(*listener, move(skb), seg, key, &isn);
	sock_put(&listener->sk);
	return true;
}

void segment_for_timewait(TimeWaitSock &tw, SkbPtr skb, const SegmentView &seg, const ConnKey &key)
{
	struct net *net = tw.entry.net;
	const Result<TcpOptions, Drop> opts = parse_tcp_options(seg.options(), seg.has(kSyn));
	if (!opts) {
		drop(net, move(skb), opts.error());
		return;
	}
	const TimeWaitResult result = tcp_timewait_state_process(tw, {seg, *opts, tcp_clock_s()});
	switch (result.fate) {
	case TimeWaitFate::Done:
		break;
	case TimeWaitFate::Reset:
		tcp_v4_send_reset(net, skb.get(), seg, tw.entry.ifindex);
		break;
	case TimeWaitFate::Reopen:
		if (!reopen(tw, skb, seg, key))
			break;
		return;
	}
	drop(net, move(skb), result.drop);
}

/* It found the socket, and waited for its lock while the connection went on into TIME-WAIT. In Linux it is lost here, and with
 * a RST the end of the connection is. The device is forgotten, and so a new SYN must come again. */
void segment_came_late(TcpSock &was, SkbPtr skb, const SegmentView &seg)
{
	struct net *net = sock_net(&was.sk);
	const ConnKey key = key_of(skb.get(), seg);
	RcuRead rcu;
	ConnEntry *e = inet_lookup_established(net, key, was.entry.ifindex);
	if (e && e->kind == EntryKind::TimeWait && !seg.has(kSyn))
		segment_for_timewait(timewait_of(*e), move(skb), seg, key);
	else
		drop(net, move(skb), Drop::NoSocket);
	if (e)
		entry_put(*e);
}

/* Takes over the reference on `e`. */
void segment_for_entry(ConnEntry &e, SkbPtr skb, const SegmentView &seg, const ConnKey &key)
{
	switch (e.kind) {
	case EntryKind::Sock:
		segment_for_sock(sock_of(e), move(skb));
		break;
	case EntryKind::Request:
		tcp_check_req(request_of(e), move(skb), seg);
		break;
	case EntryKind::TimeWait:
		segment_for_timewait(timewait_of(e), move(skb), seg, key);
		break;
	}
	entry_put(e);
}

} // namespace

void tcp_v4_rcv(struct net *net, SkbPtr skb)
{
	count(net, Mib::InSegs);
	const Result<SegmentView, Drop> seg = pull_segment(skb.get());
	if (!seg) {
		count(net, Mib::InErrs);
		drop(net, move(skb), seg.error());
		return;
	}
	if (checksum_is_wrong(skb.get())) {
		count(net, Mib::InErrs);
		count(net, Mib::InCsumErrors);
		drop(net, move(skb), Drop::TcpChecksum);
		return;
	}
	const ConnKey key = key_of(skb.get(), *seg);
	ConnEntry *e = inet_lookup_established(net, key, skb->dev->ifindex);
	if (e)
		segment_for_entry(*e, move(skb), *seg, key);
	else
		segment_without_connection(net, move(skb), *seg, key);
}

/* Socket lock held; from tcp_v4_rcv(), or from the backlog when the process lets the socket go. */
int tcp_v4_do_rcv(struct sock *sk, struct sk_buff *raw)
{
	TcpSock &tp = locked(sk);
	SkbPtr skb(raw);
	/* Checked before it came here, and still linear: this only makes the view again. */
	const Result<SegmentView, Drop> seg = SegmentView::parse(linear_bytes(skb.get()), skb->len);
	if (WARN_ON_ONCE(!seg)) {
		drop(sock_net(sk), move(skb), Drop::TcpOffset);
		return 0;
	}
	if (tp.tcb.state == TcpState::Established)
		tcp_rcv_established(tp, move(skb), *seg);
	else if (tp.tcb.state == TcpState::Close)
		segment_came_late(tp, move(skb), *seg);
	else
		tcp_rcv_state_process(tp, move(skb), *seg);
	return 0;
}

/* --- out, without a socket -------------------------------------------------------------------- */

namespace {

/* What a socket would say about its packets. */
struct PacketClass {
	u8 tos;
	u32 priority = 0;
	u32 mark = 0;
};

void send_without_socket(struct net *net, const Route &route, const ConnKey &key, const PacketClass &as,
			 const SegmentHeader &header, Bytes options)
{
	SkbPtr skb(alloc_skb(kSegmentHeadroom, GFP_ATOMIC));
	if (!skb)
		return; /* as if it had been lost on the way */
	skb_reserve(skb.get(), kSegmentHeadroom);
	tcp_push_header(skb.get(), key, header, options);
	skb->priority = as.priority;
	skb->mark = as.mark;
	count(net, Mib::OutSegs);
	if (header.flags & kRst)
		count(net, Mib::OutRsts);
	const u8 ttl = READ_ONCE(net->ipv4.sysctl_ip_default_ttl);
	ip_queue_xmit(net, route, {key.saddr, key.daddr, ttl, as.tos}, move(skb));
}

} // namespace

void tcp_v4_send_control(struct net *net, const ControlSegment &c)
{
	const Result<Route> route = ip_route_output(net, {c.key.daddr, c.key.saddr, c.oif, 0, c.tos});
	if (!route)
		return;
	OptionWriter writer;
	const Bytes options = write_options(writer, c.tstamp_ok, c.ts, nullptr, 0);
	send_without_socket(net, *route, c.key, {.tos = c.tos}, c.header, options);
}

void tcp_v4_send_reset(struct net *net, const struct sk_buff *skb, const SegmentView &seg, int oif)
{
	/* Never a RST for a RST. */
	if (seg.has(kRst))
		return;
	ControlSegment c{};
	c.key = key_of(skb, seg);
	c.oif = oif;
	/* RFC 9293, 3.10.7.1: <SEQ=SEG.ACK><CTL=RST>, or <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>. */
	if (seg.has(kAck)) {
		c.header.seq = seg.ack_seq();
		c.header.flags = kRst;
	} else {
		c.header.ack = seg.end_seq();
		c.header.flags = kRst | kAck;
	}
	tcp_v4_send_control(net, c);
}

Result<Route> tcp_v4_route_req(const TcpSock &listener, const ConnKey &key, int oif)
{
	return ip_route_output(sock_net(&listener.sk), {key.daddr, key.saddr, oif, READ_ONCE(listener.sk.sk_mark),
							listener.tos, tcp_route_scope(listener)});
}

void tcp_v4_send_synack(RequestSock &req, const Route &route, const FastOpenCookie *cookie)
{
	const struct sock *sk = &req.listener->sk;
	const PacketClass as = {req.listener->tos, READ_ONCE(sk->sk_priority), READ_ONCE(sk->sk_mark)};
	const u32 now = req.cookie ? cookie_init_timestamp(req) : tcp_clock_ms();
	OptionWriter writer;
	const Bytes options = write_syn_options(writer, {.mss = tcp_advmss(*req.listener, route),
							 .timestamps = req.half.tstamp_ok,
							 .sack = req.sack_ok,
							 .wscale = req.wscale_ok,
							 .scale = {req.rcv_wscale},
							 .ts = {now + req.ts_off, req.half.ts_recent},
							 .fastopen = cookie && cookie->len >= 0 ? cookie : nullptr});
	send_without_socket(req.entry.net, route, req.entry.key, as,
			    {.seq = req.half.snt_isn,
			     .ack = rcv_nxt_of(req),
			     .flags = static_cast<u8>(kSyn | kAck | (req.ecn_ok ? kEce : 0)),
			     .window = window_field(req.half.rcv_wnd, {req.rcv_wscale}, true)},
			    options);
}

void tcp_rtx_synack(RequestSock &req)
{
	if (!req.tfo_listener)
		WRITE_ONCE(req.synack_us, 0);
	count(req.entry.net, Mib::RetransSegs);
	count(req.entry.net, Mib::TCPSynRetrans);
	if (const Result<Route> route = tcp_v4_route_req(*req.listener, req.entry.key, req.entry.ifindex))
		tcp_v4_send_synack(req, *route);
}

/* --- active open ------------------------------------------------------------------------------ */

namespace {

Flow flow_of(const TcpSock &tp)
{
	return {tp.entry.key.daddr, tp.entry.key.saddr, tp.sk.sk_bound_dev_if, READ_ONCE(tp.sk.sk_mark), tp.tos,
		tcp_route_scope(tp)};
}

} // namespace

int tcp_new_route(TcpSock &tp)
{
	const Result<Route> fresh = ip_route_output(sock_net(&tp.sk), flow_of(tp));
	if (!fresh)
		return -to_int(fresh.error());
	const u32 mtu = usable_mtu(tp.pmtudisc, tp.route);
	tp.route = *fresh;
	if (mtu != usable_mtu(tp.pmtudisc, *fresh))
		tcp_sync_mss(tp, usable_mtu(tp.pmtudisc, *fresh));
	return 0;
}

int tcp_v4_connect(TcpSock &tp, const struct sockaddr_in &to)
{
	struct net *net = sock_net(&tp.sk);
	ConnKey &key = tp.entry.key;
	key.daddr = be32::from_network(to.sin_addr.s_addr);
	/* As in Linux: "any" as a destination is this host. */
	if (ipv4::is_any(key.daddr))
		key.daddr = be32::from_network(htonl(INADDR_LOOPBACK));
	key.dport = be16::from_network(to.sin_port);
	tp.entry.ifindex = tp.sk.sk_bound_dev_if;
	const Result<Route> route = ip_route_output(net, flow_of(tp));
	if (!route)
		return -to_int(route.error());
	tp.route = *route;
	if (ipv4::is_any(key.saddr))
		key.saddr = route->saddr;

	tcp_set_state(tp, TcpState::SynSent);
	TimeWaitVars old{};
	int err = inet_hash_connect(tp, old);
	if (!err) {
		const SeqAndTsOff start = tcp_v4_seq_and_ts_off(net, key);
		tp.tcb.iss = old.tstamp_ok ? isn_after(old.snd_nxt) : start.seq;
		tp.tcb.ts_recent = old.ts_recent;
		tp.tcb.ts_recent_stamp = old.ts_recent_stamp;
		tp.tcb.tsoffset = start.ts_off;
		const Result<bool> deferred = tcp_fastopen_defer_connect(tp);
		if (!deferred)
			err = -to_int(deferred.error());
		else if (!*deferred)
			err = tcp_connect(tp);
	}
	if (err) {
		tcp_set_state(tp, TcpState::Close);
		tp.route = {};
		key.daddr = be32{};
		key.dport = be16{};
		key.saddr = tp.rcv_saddr;
	}
	return err;
}

} // namespace tcpxx
