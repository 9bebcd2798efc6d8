/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of module/tcp and module/sock offer each other, in the order of a segment's path. */
#pragma once
#include "core/arrives.h"
#include "core/keepalive.h"
#include "core/options.h"
#include "core/patience.h"
#include "core/pmtudisc.h"
#include "core/window.h"
#include "kapi/guards.h"
#include "net/ip.h"
#include "net/pernet.h"
#include "tcp/err.h"
#include "tcp/request_sock.h"
#include "tcp/tcp_sock.h"
#include "tcp/timewait.h"

namespace tcpxx {

/* The protocol as the kernel's socket layer knows it (sock/family.cc). */
extern struct proto tcpxx_prot;

/* --- tcp_ipv4.cc: between IP and a socket --------------------------------------------------- */

/* The same segment, for a socket whose lock the caller holds: at once, or from the backlog. */
int tcp_v4_do_rcv(struct sock *sk, struct sk_buff *skb);
/* connect(): route, source, port, ISN, SYN. 0 or a negative errno. */
int tcp_v4_connect(TcpSock &tp, const struct sockaddr_in &to);
/* Looks for a route anew, and takes its MTU over. 0 or a negative errno: there is none. */
int tcp_new_route(TcpSock &tp);
/* Makes tp.route, and with it the MSS, that of the path as it is now. As above. */
inline int tcp_route(TcpSock &tp)
{
	const bool fresh = tp.route.ifindex && !route_is_stale(sock_net(&tp.sk), tp.route);
	return likely(fresh) ? 0 : tcp_new_route(tp);
}

/* The answer of RFC 9293, 3.5.2 to a segment that has no (acceptable) connection. */
void tcp_v4_send_reset(struct net *net, const struct sk_buff *skb, const SegmentView &seg, int oif);
/* The way from a listener to a peer of its. `oif`: the device that it is bound to, or was when the peer's SYN came; or 0. */
Result<Route> tcp_v4_route_req(const TcpSock &listener, const ConnKey &key, int oif);
/* `cookie`: of Fast Open, or nullptr; len -1 is none, too. */
void tcp_v4_send_synack(RequestSock &req, const Route &route, const FastOpenCookie *cookie = nullptr);
/* The same once more, counted, and by the route as it is now; without one the timer tries again. */
void tcp_rtx_synack(RequestSock &req);

/* What differs from segment to segment in a header. */
struct SegmentHeader {
	Seq32 seq;
	Seq32 ack;
	u8 flags;
	RawWindow window{0};
};
/* Puts header and options before skb->data; the checksum is left to the device, or to the kernel's
 * own fallback. */
void tcp_push_header(struct sk_buff *skb, const ConnKey &key, const SegmentHeader &h, Bytes options);

/* What a connection begins with: by a keyed hash of its ends, so that nobody can tell it who does not see the packets. Two
 * connections of a pair of hosts do not share a clock, or one would betray the other's (so Linux, against RFC 7323, 5.4). */
struct SeqAndTsOff {
	Seq32 seq; /* RFC 6528: grows with time, too */
	u32 ts_off; /* added to our clock for TSval; 0 with net.ipv4.tcp_timestamps=2 */
};
SeqAndTsOff tcp_v4_seq_and_ts_off(const struct net *net, const ConnKey &key);
/* SO_DONTROUTE: the widest scope that a route of the socket's may have. */
inline u8 tcp_route_scope(const TcpSock &tp)
{
	return sock_flag(&tp.sk, SOCK_LOCALROUTE) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}
/* MSS that we announce for a path: what the route says, or what the packets of its first link can carry; what
 * routers have told of the rest holds for the other direction (RFC 6691, 3). */
inline u16 tcp_advmss(const Route &route)
{
	if (route.advmss)
		return route.advmss;
	return static_cast<u16>(max_of<u32>(route.first_hop_mtu, 576) - sizeof(Ipv4Header) - kTcpHeaderLen);
}
/* What the user lets it be at most (TCP_MAXSEG). The lock is not needed. */
inline u16 tcp_mss_clamp(const TcpSock &tp, u16 mss)
{
	const u16 user_mss = READ_ONCE(tp.user_mss);
	return user_mss ? min_of(user_mss, mss) : mss;
}
inline u16 tcp_advmss(const TcpSock &tp, const Route &route) { return tcp_mss_clamp(tp, tcp_advmss(route)); }
inline EcnSettings tcp_ecn_settings(const struct net *net, const Route &route)
{
	return {.tcp_ecn = READ_ONCE(net->ipv4.sysctl_tcp_ecn), .route = route.ecn};
}
/* What IP_MTU_DISCOVER makes of a route. */
inline u32 usable_mtu(PmtuDisc disc, const Route &route)
{
	return uses_path_mtu(disc) ? route.mtu : route.first_hop_mtu;
}
inline Fragments fragments_of(PmtuDisc disc, const Route &route)
{
	return sets_df(disc, route.mtu_locked) ? Fragments::Forbidden : Fragments::Allowed;
}
void tcp_v4_init();

/* A segment without a socket behind it: RST, and the ACKs of requests and TIME-WAIT. */
struct ControlSegment {
	ConnKey key;
	int oif; /* SO_BINDTODEVICE, or 0 */
	SegmentHeader header;
	u8 tos;
	bool tstamp_ok;
	Timestamps ts;
};
void tcp_v4_send_control(struct net *net, const ControlSegment &c);

/* --- tcp_err.cc: errors from the network; both from tcp_release_cb() too --------------------- */

void tcp_v4_err_locked(TcpSock &tp, Errno error);
/* A router forwards at most `mtu` bytes: what is longer and in flight is cut and sent again. */
void tcp_v4_mtu_reduced(TcpSock &tp, u32 mtu);

/* --- tcp_input.cc: SEGMENT ARRIVES ---------------------------------------------------------- */

void tcp_rcv_established(TcpSock &tp, SkbPtr skb, const SegmentView &seg);
void tcp_rcv_state_process(TcpSock &tp, SkbPtr skb, const SegmentView &seg);
/* The connection ends here: tells the user `error`, leaves nothing behind but the socket. */
void tcp_reset(TcpSock &tp, Errno error);
/* The connection is over, and why (a positive errno): whoever is woken by the error finds it closed. */
void tcp_done_with_error(TcpSock &tp, int error);

/* --- tcp_conn_request.cc, tcp_minisocks.cc: requests; tcp_timewait.cc is in timewait.h ------- */

/* A SYN for a listener. `isn`: our first number, if an older connection of the same key limits it, else nullptr.
 * Softirq, a reference on the listener and no lock. */
void tcp_conn_request(TcpSock &listener, const ConnKey &key, SkbPtr skb, const SegmentView &seg, const Seq32 *isn);

/* A segment for a half-open request. The third ACK makes a child and gives it the segment. */
void tcp_check_req(RequestSock &req, SkbPtr skb, const SegmentView &seg);
/* A full socket takes the request's place. Locked, or nullptr with the reason. */
TcpSock *tcp_v4_syn_recv_sock(RequestSock &req, Drop &cause);
/* The third ACK, and what came with it, are the child's first segment. Unlocks the child. */
void tcp_child_process(TcpSock &listener, TcpSock &child, SkbPtr skb, const SegmentView &seg);

/* --- tcp_fastopen.cc: children that are born of a SYN; locks as said in tcp_fastopen.h --------- */

/* TCP_FASTOPEN_KEY: `count` keys of kFastOpenKeyLen bytes, 1 or 2. 0 or -ENOMEM; how many there are. */
int tcp_fastopen_reset_cipher(TcpSock &tp, const u8 *keys, u32 count);
u32 tcp_fastopen_get_cipher(const TcpSock &tp, u8 *keys);
/* The last reference on the socket is gone, and so are the readers. */
void tcp_fastopen_destroy_cipher(TcpSock &tp);
/* TCP_FASTOPEN; net.core.somaxconn bounds it. */
void fastopen_queue_tune(TcpSock &tp, u32 max_qlen);
/* A SYN whose request is filled in: a child, locked, in hash and accept queue, to which the request belongs now, too; or
 * nullptr. `answer`: the cookie for the SYN-ACK, or len -1. Softirq, no lock. */
TcpSock *tcp_try_fastopen(RequestSock &req, const struct sk_buff *skb, const SegmentView &seg,
			  const FastOpenOption &option, const Route &route, FastOpenCookie &answer);
/* Queues the text of a SYN or SYN-ACK, if there is any, and if there is memory for it. */
void tcp_fastopen_add_skb(TcpSock &tp, const struct sk_buff *skb, const SegmentView &seg);
/* How the time ended in which a child waited for its third ACK. */
enum class Opening : u8 { Done, Reset };
/* It has no request any more. */
void reqsk_fastopen_remove(TcpSock &child, Opening opening);
/* The third ACK is there. */
void tcp_rcv_synrecv_state_fastopen(TcpSock &tp);
/* The listener has closed: forgets the children that a RST has ended. */
void tcp_fastopen_queue_purge(Listener &l);
/* Such a child may send, before its third ACK. Without the lock a hint. */
inline bool tcp_passive_fastopen(const TcpSock &tp)
{
	return READ_ONCE(tp.tcb.state) == TcpState::SynRecv && READ_ONCE(tp.fastopen.rsk);
}
/* In tcp_minisocks.cc: a segment for a child that still waits for its third ACK. true: go on with it; false: it is gone,
 * and the child may have ended. */
bool tcp_check_fastopen_child(TcpSock &child, SkbPtr &skb, const SegmentView &seg, const TcpOptions &opts);

/* --- tcp_fastopen_active.cc: clients ---------------------------------------------------------- */

/* connect() with TCP_FASTOPEN_CONNECT. true: the SYN waits for the first write; false: it goes now. */
Result<bool> tcp_fastopen_defer_connect(TcpSock &tp);
/* sendmsg() with Fast Open, before it connects: the SYN will have its text. 0 or a negative errno. */
int tcp_fastopen_begin(TcpSock &tp, struct msghdr *msg, size_t size);
void tcp_free_fastopen_req(TcpSock &tp);
/* Sends the SYN of a socket that has a FastOpenRequest, with text and cookie as far as that may be. */
void tcp_send_syn_data(TcpSock &tp, struct sk_buff *syn);
/* The SYN-ACK has come and has been acknowledged to itself; `repeats`: how often the SYN went again. false: text had to be
 * sent again, which will acknowledge the SYN-ACK. */
bool tcp_rcv_fastopen_synack(TcpSock &tp, const struct sk_buff *skb, const SegmentView &seg, const TcpOptions &opts,
			     u32 repeats);
/* Signs of somebody who swallows segments: time-outs in a row, this one not counted yet (`last`: the user is told now); a
 * RST that is out of order; a FIN without text before it, when the connection ends. */
void tcp_fastopen_active_detect_blackhole(TcpSock &tp, bool last);
void tcp_fastopen_active_rst(TcpSock &tp);
void tcp_fastopen_active_disable_ofo_check(TcpSock &tp);
void tcp_fastopen_active_disable(TcpSock &tp);

/* --- syncookies.cc: handshakes of which nothing is remembered -------------------------------- */

void syncookies_init();
/* Makes a cookie of a request that has been filled in. */
void cookie_v4_init_sequence(RequestSock &req);
/* TSval of its SYN-ACK, ts_off not added. */
u32 cookie_init_timestamp(const RequestSock &req);
/* An ACK for a listener. None: its cookie was good, and a child has it, or it has been dropped. Else it is still there,
 * and deserves a RST. Softirq, a reference on the listener and no lock. */
Drop cookie_v4_check(TcpSock &listener, SkbPtr &skb, const SegmentView &seg, const ConnKey &key);

/* --- tcp_challenge.cc: ACKs for segments that a stranger may have sent -------------------------- */

/* Whether the ACK in answer to `seg` has to be left out, and is counted as `skipped`: the last one of the
 * connection was sent too short a time ago. */
bool tcp_oow_rate_limited(struct net *net, const SegmentView &seg, AckLimit &limit, Mib skipped);
/* Takes one of the challenge ACKs that the namespace may send in this second. */
bool tcp_challenge_ack_allowed(struct net *net);
/* RFC 5961, 7: within both limits. */
void tcp_send_challenge_ack(TcpSock &tp);

/* --- tcp_ack.cc, tcp_data.cc ---------------------------------------------------------------- */

/* Steps 5 of SEGMENT ARRIVES: acknowledged data, window, recovery. */
void tcp_ack(TcpSock &tp, const SegmentView &seg, const TcpOptions &opts);
/* What the third ACK of a passive open tells of the round trip, unless that is known. */
void tcp_synack_rtt_meas(TcpSock &tp, const TcpOptions &opts);
/* Makes the send buffer as large as cwnd asks for, unless the user has chosen its size. */
void tcp_sndbuf_expand(TcpSock &tp);
/* true: everything up to and with our FIN is acknowledged. */
bool tcp_fin_acked(const TcpSock &tp);

/* Steps 7 and 8: text and FIN into the queues. */
void tcp_data_queue(TcpSock &tp, SkbPtr skb, const SegmentView &seg);
/* Acknowledge now or later. */
void tcp_ack_snd_check(TcpSock &tp);

/* Receive buffer that is free, and all of it, as text bytes: half is left for what packets cost
 * beyond their text (tcp_adv_win_scale of Linux before 6.6). */
inline u32 full_window_space(const TcpSock &tp) { return READ_ONCE(tp.sk.sk_rcvbuf) / 2; }
inline u32 window_space(const TcpSock &tp)
{
	const int free = READ_ONCE(tp.sk.sk_rcvbuf) - READ_ONCE(tp.sk.sk_backlog.len) -
			 atomic_read(&tp.sk.sk_rmem_alloc);
	return free > 0 ? free / 2 : 0;
}

/* --- tcp_connect.cc ------------------------------------------------------------------------- */

/* What a SYN or SYN-ACK on this route announces; `mss`: text bytes of the peer's segments (tcp_connect.cc). */
InitialWindow tcp_initial_window(const TcpSock &tp, const Route &route, bool wscale_ok, u16 mss);
/* The same for a request whose options are known. */
InitialWindow tcp_initial_window(const RequestSock &req, const Route &route);
/* Sends the SYN of a socket in SYN-SENT. 0 or a negative errno; then nothing was sent. */
int tcp_connect(TcpSock &tp);

/* --- tcp_output.cc -------------------------------------------------------------------------- */

enum class Nagle : u8 { On, Off };
/* Sends what may be sent, and makes sure that some timer watches over what may not. */
void tcp_push_pending_frames(TcpSock &tp, Nagle nagle = Nagle::On);
/* Sends what cwnd, window and Nagle let go. true: something waits, and nothing in flight will
 * bring the ACK that sets it free: the caller needs the probe timer. */
bool tcp_write_xmit(TcpSock &tp, Nagle nagle);
/* Sends packets marked lost again, as far as cwnd allows. */
void tcp_xmit_retransmit_queue(TcpSock &tp);
/* Segments in the network by our reckoning: neither acknowledged, nor lost, nor (without SACK)
 * announced by a duplicate ACK. */
u32 tcp_packets_in_flight(const TcpSock &tp);
/* Sends a packet of the retransmission queue again, or as much of it as `segs` segments hold: then the
 * rest becomes a packet behind it. 0 or a negative errno. */
int tcp_retransmit_skb(TcpSock &tp, struct sk_buff *skb, u32 segs);
/* Puts a header before the packet, whose SegCb is filled in, and sends it. 0 or a negative errno; it is gone in
 * either case. */
int tcp_transmit_skb(TcpSock &tp, SkbPtr skb);
/* Sends a copy of a packet that stays in its queue, and notes when. */
int tcp_transmit_queued(TcpSock &tp, struct sk_buff *skb);
void tcp_send_ack(TcpSock &tp);
/* Puts a FIN at the end of the send queue, to be pushed. false: no memory. */
bool tcp_queue_fin(TcpSock &tp);
void tcp_send_active_reset(TcpSock &tp);
/* Zero-window or keepalive probe: what the window allows, or one old byte, which `counter` counts. 0 or a
 * negative errno. */
int tcp_write_wakeup(TcpSock &tp, Mib counter);
/* mss_cache for a path. */
void tcp_sync_mss(TcpSock &tp, u32 path_mtu);
/* Text bytes that the next segment has room for, beside the SACK blocks that it will carry; 8 or more. */
u32 tcp_current_mss(const TcpSock &tp);
/* Text bytes that one packet is filled up to: whole segments, as many as the device takes at once. */
u32 tcp_size_goal(const TcpSock &tp);
/* Window for the next segment; moves rcv_wup. */
u32 tcp_select_window(TcpSock &tp);
/* Room before the text of a segment: TCP header with options, IPv4 header, link layer; bytes. */
constexpr u32 kSegmentHeadroom = kMaxHeaderRoom + kTcpHeaderLen + kTcpMaxOptions;

/* --- tcp_queue.cc --------------------------------------------------------------------------- */

/* An empty packet charged to the socket's send buffer, or nullptr. */
struct sk_buff *tcp_stream_alloc_skb(TcpSock &tp, gfp_t gfp);
/* The same for a FIN, which may not be lost: waits for memory, if a process owns the socket, and is charged without
 * asking. nullptr in a softirq, else by fault injection only. */
struct sk_buff *tcp_fin_alloc_skb(TcpSock &tp);
void tcp_free_wmem_skb(TcpSock &tp, struct sk_buff *skb);
void tcp_write_queue_purge(TcpSock &tp);
/* A packet comes into the retransmission queue, or leaves it: its segments in packets_out and lost_out. */
void tcp_count_out(TcpSock &tp, const SegCb &cb);
void tcp_uncount_out(TcpSock &tp, const SegCb &cb);
/* Of a packet in the retransmission queue. */
void tcp_mark_lost(TcpSock &tp, SegCb &cb);
void tcp_clear_lost(TcpSock &tp, SegCb &cb);
/* Notes how many segments of `mss` bytes of text the packet is; not for one that is counted. */
void tcp_set_skb_segs(struct sk_buff *skb, u32 mss);
/* Counts a packet of the retransmission queue in segments of `mss` bytes, if they were of another size. 0 or
 * -ENOMEM. */
int tcp_resegment(TcpSock &tp, struct sk_buff *skb, u32 mss);
/* Cuts `skb` behind `len` bytes of text, fewer than it has; the rest becomes a packet behind it in
 * `queue`. Both are counted in segments of `mss` bytes. 0 or -ENOMEM. */
int tcp_fragment(TcpSock &tp, struct sk_buff_head *queue, struct sk_buff *skb, u32 len, u32 mss);
/* Frees the first `len` bytes of text of a packet in the retransmission queue: they are acknowledged. Segments that it
 * has become shorter by, none if there is no memory. */
u32 tcp_trim_head(TcpSock &tp, struct sk_buff *skb, u32 len);
/* Joins the packets behind `skb`, which is of the retransmission queue, to it, as long as that is one segment of `room`
 * bytes at most, and nobody has a copy of them (net.ipv4.tcp_retrans_collapse). */
void tcp_retrans_try_collapse(TcpSock &tp, struct sk_buff *skb, u32 room);

/* --- tcp_timer.cc --------------------------------------------------------------------------- */

void tcp_init_xmit_timers(TcpSock &tp);
void tcp_clear_xmit_timers(TcpSock &tp);
void tcp_rearm_rto(TcpSock &tp);
void tcp_reset_probe_timer(TcpSock &tp);
void tcp_stop_retransmit_timer(TcpSock &tp);
/* Of a child that waits for its third ACK: when its SYN-ACK is sent again. */
void tcp_reset_synack_timer(TcpSock &tp);
/* An ACK is owed, and may wait 40 ms for company. */
void tcp_schedule_delack(TcpSock &tp);
/* The ACK of a SYN-ACK may wait for text of ours that is about to come. */
void tcp_delay_third_ack(TcpSock &tp);
/* SO_KEEPALIVE, from the socket core; the lock is held. */
void tcp_set_keepalive(struct sock *sk, int on);
/* The connection is established: from now on its peer is expected to be there. */
void tcp_start_keepalive(TcpSock &tp);
/* TCP_KEEPIDLE has changed. */
void tcp_keepalive_idle_changed(TcpSock &tp);
/* Of the socket, or of its namespace. */
KeepaliveSettings tcp_keepalive_settings(const TcpSock &tp);
/* What timers left for a process that owned the socket; from release_sock(). */
void tcp_release_cb(struct sock *sk);

/* --- sock/tcp_life.cc, sock/tcp.cc ---------------------------------------------------------- */

int tcp_init_sock(struct sock *sk);
void tcp_init_vars(TcpSock &tp);
/* The one writer of the state. */
void tcp_set_state(TcpSock &tp, TcpState next);
void tcp_done(TcpSock &tp);
int tcp_sendmsg(struct sock *sk, struct msghdr *msg, size_t len);
/* Copies up to `want` bytes behind the text of `skb`, the last packet. The number copied; 0 when the packet takes no
 * more; -ENOMEM when memory has to be waited for; -EFAULT. */
int tcp_append_text(TcpSock &tp, struct sk_buff *skb, struct msghdr *msg, u32 want);
int tcp_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags);
void tcp_close(struct sock *sk, long timeout);
/* Of a socket that no user has any more: tells the peer, and counts `cause`. */
void tcp_abort_orphan(TcpSock &tp, Mib cause);
void tcp_shutdown(TcpSock &tp, int how);
__poll_t tcp_poll(struct file *file, struct socket *sock, struct poll_table_struct *wait);
int tcp_disconnect(TcpSock &tp);
/* In stream_ops.cc: connect() itself, or as part of sendmsg(); the lock is held. `addr` may be nullptr. */
enum class Caller : u8 { Connect, Sendmsg };
int stream_connect(struct socket *sock, const struct sockaddr *addr, int len, int flags, Caller caller);

} // namespace tcpxx
