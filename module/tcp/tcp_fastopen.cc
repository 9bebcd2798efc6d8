// SPDX-License-Identifier: GPL-2.0
/*
 * Fast Open for a listener (RFC 7413, 4.1.2 and 4.2.2): a SYN with a good cookie is a connection at once, and its text is for
 * the user. Until the third ACK the child keeps the request (FastOpen::rsk), which is in no hash and on no wheel: the
 * child's own timer repeats the SYN-ACK.
 *
 * So many of them at a time, and no more, as TCP_FASTOPEN says; those that a RST ended after accept() count for another
 * minute, so that forged SYNs soon get nothing but an ordinary handshake (RFC 7413, 5.1).
 */
#include "tcp/tcp_fastopen.h"
#include "kapi/compat.h"
#include "net/pernet.h"
#include "sock/connection_sock.h"
#include "tcp/tcp.h"

namespace tcpxx {

/*
 * --- keys -------------------------------------------------------------------------------------
 *
 * A listener's own are those of TCP_FASTOPEN_KEY. The namespace's are the in-kernel stack's (net.ipv4.tcp_fastopen_key),
 * so that a cookie of either stack is good for both; but before somebody has set them, or a listener of that stack
 * has asked for Fast Open, it has none, and nothing that is exported makes them. Then tcpxx has one of its own.
 */

namespace {

constexpr unsigned long kRstPenalty = 60 * HZ; /* jiffies */

u64 read_le64(const u8 *bytes)
{
	u64 raw;
	__builtin_memcpy(&raw, bytes, sizeof(raw));
	return le64_to_cpu(raw);
}

void write_le64(u8 *bytes, u64 value)
{
	const u64 raw = cpu_to_le64(value);
	__builtin_memcpy(bytes, &raw, sizeof(raw));
}

void keys_free(struct rcu_head *head) { kfree_sensitive(container_of(head, struct tcp_fastopen_context, rcu)); }

/* The keys of a listener: its own, or the namespace's. As many as there are. Under rcu_read_lock. */
u32 keys_of(const TcpSock &listener, const siphash_key_t *&keys)
{
	struct net *net = sock_net(&listener.sk);
	const struct tcp_fastopen_context *said = rcu_dereference(listener.fastopen_settings.keys);
	if (!said)
		said = rcu_dereference(net->ipv4.tcp_fastopen_ctx);
	keys = said ? said->key : &pernet(net).fastopen_key;
	return said ? min_of(static_cast<u32>(said->num), kFastOpenKeys) : 1;
}

/* The cookies of an address, the primary key's first; how many. */
u32 tcp_fastopen_cookie_gen(const TcpSock &listener, const ConnKey &key, FastOpenCookie *cookies)
{
	/* As they stand in the SYN. */
	const u64 addresses = static_cast<u64>(le32_to_cpu(key.saddr.network())) << 32 | le32_to_cpu(key.daddr.network());
	RcuRead rcu;
	const siphash_key_t *keys;
	const u32 count = keys_of(listener, keys);
	for (u32 i = 0; i < count; i++)
		cookies[i] = make_fastopen_cookie(siphash_1u64(addresses, &keys[i]));
	return count;
}

} // namespace

void tcp_fastopen_net_init(struct net *net) { get_random_bytes(&pernet(net).fastopen_key, sizeof(siphash_key_t)); }

int tcp_fastopen_reset_cipher(TcpSock &tp, const u8 *keys, u32 count)
{
	auto *fresh = static_cast<struct tcp_fastopen_context *>(
		kzalloc(sizeof(struct tcp_fastopen_context), GFP_KERNEL_ACCOUNT));
	if (!fresh)
		return -ENOMEM;
	for (u32 i = 0; i < count; i++)
		for (u32 half = 0; half < 2; half++)
			fresh->key[i].key[half] = read_le64(keys + kFastOpenKeyLen * i + 8 * half);
	fresh->num = static_cast<int>(count);
	struct tcp_fastopen_context *old = tp.fastopen_settings.keys;
	smp_store_release(&tp.fastopen_settings.keys, fresh);
	if (old)
		call_rcu(&old->rcu, keys_free);
	return 0;
}

u32 tcp_fastopen_get_cipher(const TcpSock &tp, u8 *keys)
{
	const struct tcp_fastopen_context *own = tp.fastopen_settings.keys;
	if (!own)
		return 0;
	for (int i = 0; i < own->num; i++)
		for (u32 half = 0; half < 2; half++)
			write_le64(keys + kFastOpenKeyLen * i + 8 * half, own->key[i].key[half]);
	return static_cast<u32>(own->num);
}

void tcp_fastopen_destroy_cipher(TcpSock &tp)
{
	kfree_sensitive(tp.fastopen_settings.keys);
	tp.fastopen_settings.keys = nullptr;
}

void fastopen_queue_tune(TcpSock &tp, u32 max_qlen)
{
	const u32 limit = READ_ONCE(sock_net(&tp.sk)->core.sysctl_somaxconn);
	WRITE_ONCE(tp.fastopen_settings.max_qlen, min_of(max_qlen, limit));
}

/* --- the limit -------------------------------------------------------------------------------- */

namespace {

RequestSock &rst_entry(struct hlist_node *node) { return *container_of(node, RequestSock, wheel.node); }

/* Under the queue lock. */
void rst_add(FastOpenQueue &q, RequestSock &req)
{
	req.wheel.due = static_cast<u32>(jiffies + kRstPenalty);
	if (q.rst_tail)
		hlist_add_behind(&req.wheel.node, &q.rst_tail->wheel.node);
	else
		hlist_add_head(&req.wheel.node, &q.rst_head);
	q.rst_tail = &req;
}

/* Under the queue lock: the oldest, or nullptr. */
RequestSock *rst_pop(FastOpenQueue &q)
{
	if (hlist_empty(&q.rst_head))
		return nullptr;
	RequestSock &oldest = rst_entry(q.rst_head.first);
	hlist_del_init(&oldest.wheel.node);
	if (q.rst_tail == &oldest)
		q.rst_tail = nullptr;
	q.qlen--;
	return &oldest;
}

RequestSock *rst_pop_forgiven(Listener &l)
{
	BhLock guard(&l.lock);
	FastOpenQueue &q = l.fastopenq;
	if (hlist_empty(&q.rst_head))
		return nullptr;
	const u32 due = rst_entry(q.rst_head.first).wheel.due;
	return static_cast<s32>(static_cast<u32>(jiffies) - due) < 0 ? nullptr : rst_pop(q);
}

/* Whether there is room for another child. Asked before any cookie is looked at, as in Linux, so that a flood is cheap. */
bool tcp_fastopen_queue_check(TcpSock &listener)
{
	Listener &l = *listener.listener;
	const u32 max_qlen = READ_ONCE(listener.fastopen_settings.max_qlen);
	if (!max_qlen)
		return false;
	if (READ_ONCE(l.fastopenq.qlen) < max_qlen)
		return true;
	RequestSock *forgiven = rst_pop_forgiven(l);
	if (!forgiven) {
		count(sock_net(&listener.sk), Mib::TCPFastOpenListenOverflow);
		return false;
	}
	reqsk_put(*forgiven);
	return true;
}

} // namespace

void reqsk_fastopen_remove(TcpSock &child, Opening opening)
{
	RequestSock &req = *child.fastopen.rsk;
	Listener &l = *req.listener->listener;
	WRITE_ONCE(child.fastopen.rsk, nullptr);
	{
		BhLock guard(&l.lock);
		/* Who has not been accepted yet takes a place in another queue. */
		if (opening == Opening::Reset && !l.closed && list_empty(&child.accept_link)) {
			rst_add(l.fastopenq, req);
			return;
		}
		l.fastopenq.qlen--;
	}
	reqsk_put(req);
}

void tcp_fastopen_queue_purge(Listener &l)
{
	for (;;) {
		RequestSock *req;
		{
			BhLock guard(&l.lock);
			req = rst_pop(l.fastopenq);
		}
		if (!req)
			return;
		reqsk_put(*req);
	}
}

/* --- a SYN ------------------------------------------------------------------------------------ */

void tcp_fastopen_add_skb(TcpSock &tp, const struct sk_buff *skb, const SegmentView &seg)
{
	Tcb &t = tp.tcb;
	if (!seg.text_len())
		return;
	SkbPtr text(skb_clone(const_cast<struct sk_buff *>(skb), GFP_ATOMIC));
	if (!text)
		return; /* not acknowledged, and so sent again */
	text->dev = nullptr;
	__skb_pull(text.get(), seg.header_len());
	if (!sk_rmem_schedule(&tp.sk, text.get(), text->truesize))
		return;
	skb_set_owner_r(text.get(), &tp.sk);
	seg_cb(text.get()) = {.seq = t.rcv_nxt,
			      .end_seq = t.rcv_nxt + seg.text_len(),
			      .flags = static_cast<u8>(seg.flags() & ~(kSyn | kFin))};
	tp.fastopen.text = static_cast<u16>(seg.text_len());
	tp.fastopen.syn_data_acked = true;
	t.rcv_nxt += seg.text_len();
	__skb_queue_tail(&tp.sk.sk_receive_queue, text.release());
}

namespace {

/* A child that nobody has asked for a third time. Locked, and in the accept queue; the request is its. Or nullptr. */
TcpSock *tcp_fastopen_create_child(RequestSock &req, const struct sk_buff *skb, const SegmentView &seg)
{
	Drop cause = Drop::None;
	Listener &l = *req.listener->listener;
	req.tfo_listener = true;
	TcpSock *child = tcp_v4_syn_recv_sock(req, cause);
	if (!child) {
		req.tfo_listener = false;
		return nullptr;
	}
	{
		BhLock guard(&l.lock);
		l.fastopenq.qlen++;
	}
	count(req.entry.net, Mib::PassiveOpens);
	entry_get(req.entry);
	WRITE_ONCE(child->fastopen.rsk, &req);
	Tcb &t = child->tcb;
	/* A SYN's window is never scaled (RFC 7323, 2.2). */
	t.snd_wl1 = seg.seq();
	t.snd_wnd = (seg.window() << WindowScale{}).bytes;
	t.max_window = t.snd_wnd;
	tcp_sync_mss(*child, usable_mtu(child->pmtudisc, child->route));
	tcp_sndbuf_expand(*child);
	tcp_fastopen_add_skb(*child, skb, seg);
	t.rcv_wup = t.rcv_nxt;
	t.last_ack_sent = t.rcv_nxt;
	req.syn_text = child->fastopen.text;
	tcp_reset_synack_timer(*child);
	return child;
}

bool no_cookie_needed(const TcpSock &listener, const Route &route)
{
	return route.fastopen_no_cookie || READ_ONCE(sock_net(&listener.sk)->ipv4.sysctl_tcp_fastopen) & kTfoServerNoCookie ||
	       READ_ONCE(listener.fastopen_settings.no_cookie);
}

bool is_asked(TcpSock &listener, const FastOpenOption &option, const SegmentView &seg)
{
	return READ_ONCE(sock_net(&listener.sk)->ipv4.sysctl_tcp_fastopen) & kTfoServer &&
	       asks_for_fastopen(option, seg.text_len()) && tcp_fastopen_queue_check(listener);
}

} // namespace

TcpSock *tcp_try_fastopen(RequestSock &req, const struct sk_buff *skb, const SegmentView &seg,
			  const FastOpenOption &option, const Route &route, FastOpenCookie &answer)
{
	TcpSock &listener = *req.listener;
	struct net *net = req.entry.net;
	answer.len = -1;
	if (!option.len)
		count(net, Mib::TCPFastOpenCookieReqd);
	if (!is_asked(listener, option, seg))
		return nullptr;
	FastOpenCookie cookies[kFastOpenKeys];
	const bool no_cookie = no_cookie_needed(listener, route);
	const u32 keys = no_cookie || option.len < 0 ? 0 : tcp_fastopen_cookie_gen(listener, req.entry.key, cookies);
	const FastOpenVerdict v = fastopen_syn(option, no_cookie, cookies, keys);
	TcpSock *child = v.act == FastOpenAct::Open ? tcp_fastopen_create_child(req, skb, seg) : nullptr;
	/* With a cookie that still holds the SYN-ACK brings none; a child that could not be made is not the peer's fault. */
	if (v.renew || v.act == FastOpenAct::Grant || (v.act == FastOpenAct::Open && !child && keys)) {
		answer = cookies[0];
		answer.exp = option.exp;
	}
	if (v.wrong || (v.act == FastOpenAct::Open && !child))
		count(net, Mib::TCPFastOpenPassiveFail);
	if (child && v.renew)
		count(net, Mib::TCPFastOpenPassiveAltKey);
	if (child)
		count(net, Mib::TCPFastOpenPassive);
	return child;
}

/* --- the child, up to its third ACK ----------------------------------------------------------- */

void tcp_rcv_synrecv_state_fastopen(TcpSock &tp)
{
	tp.retransmits = 0;
	tp.row_started_ms = 0;
	reqsk_fastopen_remove(tp, Opening::Done);
	/* It may have sent text meanwhile. */
	tcp_rearm_rto(tp);
}

} // namespace tcpxx
