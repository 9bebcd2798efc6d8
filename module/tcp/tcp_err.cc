// SPDX-License-Identifier: GPL-2.0
/*
 * Errors from the network, and what a connection makes of them. They can be forged by whoever guesses ports
 * and a sequence number, so none ends an open connection (RFC 5927).
 */
#include "tcp/err.h"
#include "sock/connection_sock.h"
#include "tcp/tcp.h"

namespace tcpxx {

namespace {

/* A child of Fast Open that has a user is as good as open. */
bool is_opening(const TcpSock &tp)
{
	const bool in_use = tp.fastopen.rsk && list_empty_careful(&tp.accept_link);
	return tp.tcb.state == TcpState::SynSent || (tp.tcb.state == TcpState::SynRecv && !in_use);
}

/* Where what is in flight begins. */
Seq32 first_in_flight(const TcpSock &tp) { return tp.fastopen.rsk ? tp.tcb.iss : tp.tcb.snd_una; }

} // namespace

/* --- by the owner of the lock ------------------------------------------------------------------- */

void tcp_v4_err_locked(TcpSock &tp, Errno error)
{
	struct sock *sk = &tp.sk;
	/* RFC 1122, 4.2.3.9 tells soft errors from hard ones; like Linux we do not. An opening ends by either kind
	 * (RFC 5461), an open connection by none (RFC 5927): it only remembers. */
	if (is_opening(tp))
		tcp_reset(tp, error);
	else
		WRITE_ONCE(sk->sk_err_soft, to_int(error));
}

namespace {

/*
 * What is in flight and longer than the path takes is lost, every byte of it, and is sent again in shorter
 * segments: at once, and with the window that there is, for this tells nothing of congestion (RFC 1191, 6.5).
 * CaState::Loss, without what a time-out does to the window, brings out what cwnd does not let go now.
 */
void tcp_simple_retransmit(TcpSock &tp)
{
	Tcb &t = tp.tcb;
	const u32 mss = t.mss_cache;
	const u32 lost_before = t.lost_out;
	/* Two packets that left as one (tcp_fastopen_active.cc): what goes again is the SYN alone. */
	const bool syn_with_text = t.state == TcpState::SynSent && tp.fastopen.syn_data;
	struct sk_buff *skb;
	skb_queue_walk(&tp.rtx_queue, skb) {
		SegCb &cb = seg_cb(skb);
		if (syn_with_text || (cb.gso_size ?: skb->len) > mss)
			tcp_mark_lost(tp, cb);
	}
	if (t.lost_out == lost_before)
		return;
	if (t.ca_state == CaState::Recovery)
		t.cong.leave_recovery();
	t.ca_state = CaState::Loss;
	t.recover = t.snd_nxt;
	t.dup_acks = 0;
	tcp_xmit_retransmit_queue(tp);
	tcp_rearm_rto(tp);
}

} // namespace

void tcp_v4_mtu_reduced(TcpSock &tp, u32 mtu)
{
	if (tp.tcb.state == TcpState::Close || !believes_routers(tp.pmtudisc))
		return;
	if (tcp_route(tp))
		return;
	pmtu_learn(sock_net(&tp.sk), tp.entry.key.daddr, tp.route, mtu);
	/* Brings mss_cache along. */
	if (tcp_route(tp))
		return;
	/* What will be sent still does not get through: for the case that nothing else does. */
	if (mtu < tp.route.mtu && fragments_of(tp.pmtudisc, tp.route) == Fragments::Forbidden)
		WRITE_ONCE(tp.sk.sk_err_soft, EMSGSIZE);
	/* Even if another connection to the same host was told first: what is in flight here is as long as it was. */
	tcp_simple_retransmit(tp);
}

/* --- in ------------------------------------------------------------------------------------------ */

namespace {

/* A note for release_sock(), which needs the socket until then. */
void defer(TcpSock &tp, Deferred note)
{
	if (!(tp.deferred & note))
		sock_hold(&tp.sk);
	tp.deferred |= note;
}

/* What happened to a segment: `mtu` bytes would have been few enough, or it is 0 and this is the error. */
struct News {
	IcmpError error;
	u32 mtu;
};

/* The spinlock of the socket's lock is held. */
void news_for_sock(TcpSock &tp, const News &news)
{
	const bool owned = sock_owned_by_user(&tp.sk);
	if (news.mtu && owned) {
		tp.deferred_mtu = news.mtu;
		defer(tp, kDeferMtuReduced);
	} else if (news.mtu) {
		tcp_v4_mtu_reduced(tp, news.mtu);
	} else if (owned) {
		tp.deferred_error = to_int(news.error.error);
		defer(tp, kDeferError);
	} else if (tp.tcb.state != TcpState::Close) {
		tcp_v4_err_locked(tp, news.error.error);
	}
}

Drop out_of_window(struct net *net)
{
	count(net, Mib::OutOfWindowIcmps);
	return Drop::IcmpIgnored;
}

Drop err_for_sock(TcpSock &tp, Seq32 seq, const News &news)
{
	struct sock *sk = &tp.sk;
	bh_lock_sock(sk);
	/* RFC 5927, 4.1: only what is in flight can have met a problem on the way. */
	const bool in_flight = between(seq, first_in_flight(tp), tp.tcb.snd_nxt);
	if (in_flight)
		news_for_sock(tp, news);
	bh_unlock_sock(sk);
	return in_flight ? Drop::None : out_of_window(sock_net(sk));
}

/* Its timer repeats the SYN-ACK and gives up by itself, unless nobody can be there. A SYN-ACK fits any path. */
Drop err_for_request(RequestSock &req, Seq32 seq, const News &news)
{
	struct net *net = req.entry.net;
	if (seq != req.half.snt_isn)
		return out_of_window(net);
	if (!news.mtu && news.error.ends_request && inet_csk_reqsk_queue_drop(req, Drop::Unreachable))
		count(net, Mib::ListenDrops);
	return Drop::None;
}

Drop err_for_entry(ConnEntry &e, Seq32 seq, const News &news)
{
	switch (e.kind) {
	case EntryKind::Sock: return err_for_sock(sock_of(e), seq, news);
	case EntryKind::Request: return err_for_request(request_of(e), seq, news);
	case EntryKind::TimeWait: break; /* all that is left to send is the ACK of a FIN */
	}
	return Drop::None;
}

Drop deliver(struct net *net, const QuotedSegment &s, const News &news, int dif)
{
	RcuRead rcu;
	ConnEntry *e = inet_lookup_established(net, {s.saddr, s.daddr, s.dest, s.source.host()}, dif);
	if (!e)
		return Drop::NoSocket;
	const Drop outcome = err_for_entry(*e, s.seq, news);
	entry_put(*e);
	return outcome;
}

} // namespace

Drop tcp_v4_err(struct net *net, const QuotedSegment &segment, const IcmpError &error, int dif)
{
	return deliver(net, segment, {error, 0}, dif);
}

Drop tcp_v4_frag_needed(struct net *net, const QuotedSegment &segment, u32 mtu, int dif)
{
	return deliver(net, segment, {{}, mtu}, dif);
}

} // namespace tcpxx
