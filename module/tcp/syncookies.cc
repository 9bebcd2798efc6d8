// SPDX-License-Identifier: GPL-2.0
/* SYN cookies: the third ACK brings back what a listener did not remember (core/syncookie.h). Softirq, no lock. */
#include "core/syncookie.h"
#include "sock/connection_sock.h"
#include "tcp/tcp.h"

namespace tcpxx {

namespace {

constexpr unsigned long kMinute = 60 * HZ; /* jiffies */

siphash_key_t pair_key;
siphash_key_t minute_key;

u32 cookie_minute() { return static_cast<u32>(div_u64(get_jiffies_64(), kMinute)); }

class PairHash {
	u64 addresses_;
	u32 ports_;

public:
	explicit PairHash(const ConnKey &key) :
		addresses_(static_cast<u64>(key.saddr.network()) << 32 | key.daddr.network()),
		ports_(static_cast<u32>(key.num) << 16 | key.dport.network())
	{
	}
	u32 of_pair() const { return static_cast<u32>(siphash_2u64(addresses_, ports_, &pair_key)); }
	u32 of_minute(u32 minute) const
	{
		return static_cast<u32>(siphash_2u64(addresses_, static_cast<u64>(minute) << 32 | ports_, &minute_key));
	}
};

} // namespace

void syncookies_init()
{
	get_random_bytes(&pair_key, sizeof(pair_key));
	get_random_bytes(&minute_key, sizeof(minute_key));
}

void cookie_v4_init_sequence(RequestSock &req)
{
	Listener &l = *req.listener->listener;
	const unsigned long until = jiffies + kCookieMinutes * kMinute;
	/* Every processor under a flood comes here: the cache line is not written to more often than it must. */
	if (READ_ONCE(l.cookies_until) != until)
		WRITE_ONCE(l.cookies_until, until);
	const u8 index = cookie_mss_index(req.mss);
	req.mss = cookie_mss(index);
	req.half.snt_isn = make_cookie(PairHash(req.entry.key), req.half.rcv_isn, cookie_minute(), index);
	count(req.entry.net, Mib::SyncookiesSent);
	atomic_long_inc(&l.ledger.cookies_sent);
}

u32 cookie_init_timestamp(const RequestSock &req)
{
	return cookie_timestamp(tcp_clock_ms(), {.wscale_ok = req.wscale_ok,
						 .snd_wscale = {req.snd_wscale},
						 .sack_ok = req.sack_ok,
						 .ecn_ok = req.ecn_ok});
}

namespace {

/* Whether ACKs for this listener may be a cookie's: it has sent one not long ago. */
bool expects_cookies(const TcpSock &listener)
{
	return READ_ONCE(sock_net(&listener.sk)->ipv4.sysctl_tcp_syncookies) &&
	       !time_after(jiffies, READ_ONCE(listener.listener->cookies_until));
}

/* What the SYN said, as far as it has come back. false: something that is not granted here (any more). */
bool cookie_timestamp_decode(RequestSock &req, const TcpOptions &opts)
{
	const struct netns_ipv4 &config = req.entry.net->ipv4;
	req.half.tstamp_ok = opts.has_timestamps;
	req.half.ts_recent = opts.ts.tsval;
	req.sack_ok = false;
	req.wscale_ok = false;
	req.ecn_ok = false;
	req.snd_wscale = 0;
	req.ts_off = 0;
	if (!opts.has_timestamps)
		return true;
	/* A peer that echoes nothing did not learn our offset. */
	if (opts.ts.tsecr)
		req.ts_off = tcp_v4_seq_and_ts_off(req.entry.net, req.entry.key).ts_off;
	const CookieOptions said = cookie_options(opts.ts.tsecr - req.ts_off);
	req.sack_ok = said.sack_ok;
	req.wscale_ok = said.wscale_ok;
	req.ecn_ok = said.ecn_ok;
	req.snd_wscale = said.snd_wscale.shift & 0xf;
	return READ_ONCE(config.sysctl_tcp_timestamps) && (!said.sack_ok || READ_ONCE(config.sysctl_tcp_sack)) &&
	       (!said.wscale_ok || READ_ONCE(config.sysctl_tcp_window_scaling));
}

/* What the route has to say, if nothing has changed since: the window that the SYN-ACK announced, and ECN. NoRoute: there
 * is no telling. */
Drop cookie_route(RequestSock &req)
{
	const Result<Route> route = tcp_v4_route_req(*req.listener, req.entry.key, req.entry.ifindex);
	if (!route)
		return Drop::NoRoute;
	const InitialWindow w = tcp_initial_window(req, *route);
	req.half.rcv_wnd = static_cast<u16>(w.rcv_wnd);
	req.rcv_wscale = w.scale.shift & 0xf;
	req.ecn_ok &= ecn_may_be_granted(tcp_ecn_settings(req.entry.net, *route));
	return Drop::None;
}

void tcp_get_cookie_sock(RequestSock &req, SkbPtr skb, const SegmentView &seg)
{
	Ledger &ledger = ledger_of(*req.listener);
	atomic_long_inc(&ledger.cookie_acks);
	Drop cause = cookie_route(req);
	TcpSock *child = cause == Drop::None ? tcp_v4_syn_recv_sock(req, cause) : nullptr;
	if (child) {
		tcp_child_process(*req.listener, *child, move(skb), seg);
		return;
	}
	count(req.entry.net, Mib::ListenDrops);
	ledger_victim(ledger, Fate::Dropped, cause, req.entry.key);
	drop(req.entry.net, move(skb), cause);
}

} // namespace

Drop cookie_v4_check(TcpSock &listener, SkbPtr &skb, const SegmentView &seg, const ConnKey &key)
{
	struct net *net = sock_net(&listener.sk);
	if (!expects_cookies(listener))
		return Drop::Listen;
	const u16 mss = check_cookie(PairHash(key), seg.ack_seq() - 1, seg.seq() - 1, cookie_minute());
	count(net, mss ? Mib::SyncookiesRecv : Mib::SyncookiesFailed);
	if (!mss)
		return Drop::BadCookie;
	const Result<TcpOptions, Drop> opts = parse_tcp_options(seg.options(), false);
	if (!opts)
		return opts.error();
	RequestSock req;
	reqsk_init(req, listener, key);
	req.cookie = true;
	req.mss = mss;
	req.half.rcv_isn = seg.seq() - 1;
	req.half.snt_isn = seg.ack_seq() - 1;
	if (!cookie_timestamp_decode(req, *opts))
		return Drop::BadCookie;
	tcp_get_cookie_sock(req, move(skb), seg);
	return Drop::None;
}

} // namespace tcpxx
