// SPDX-License-Identifier: GPL-2.0
#include "peer.h"
#include "uapi/tcpxx.h"

namespace tcpxx::testing {

/* --- socket ----------------------------------------------------------------------------------- */

Socket::Socket(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, sock_create_kern(&init_net, AF_TCPXX, SOCK_STREAM, 0, &sock_));
}

Socket::Socket(Socket &&other) : sock_(other.sock_), written_(other.written_), read_(other.read_)
{
	other.sock_ = nullptr;
}

Socket &Socket::operator=(Socket &&other)
{
	abort();
	sock_ = other.sock_;
	written_ = other.written_;
	read_ = other.read_;
	other.sock_ = nullptr;
	return *this;
}

void Socket::close()
{
	if (!sock_)
		return;
	Kept kept(tp());
	sock_release(sock_);
	sock_ = nullptr;
	hold(*kept);
}

void Socket::abort()
{
	if (!sock_)
		return;
	sock_no_linger(sock_->sk);
	sock_release(sock_);
	sock_ = nullptr;
}

int Socket::bind(u16 port, be32 address)
{
	struct sockaddr_in in = address_of(address, port);

	return kernel_bind(sock_, generic(in), sizeof(in));
}

int Socket::listen(int backlog) { return kernel_listen(sock_, backlog); }

int Socket::listen_on(u16 port, int backlog)
{
	sock_set_reuseaddr(sock_->sk);
	const int err = bind(port);
	return err ? err : listen(backlog);
}

int Socket::connect(u16 port, be32 address)
{
	struct sockaddr_in in = address_of(address, port);
	const int err = kernel_connect(sock_, generic(in), sizeof(in), O_NONBLOCK);

	hold(tp());
	return err;
}

int Socket::shutdown(int how)
{
	const int err = kernel_sock_shutdown(sock_, static_cast<enum sock_shutdown_cmd>(how));

	hold(tp());
	return err;
}

Socket Socket::accept()
{
	struct socket *child = nullptr;

	if (kernel_accept(sock_, &child, O_NONBLOCK))
		return Socket(static_cast<struct socket *>(nullptr));
	Socket accepted(child);
	hold(accepted.tp());
	return accepted;
}

int Socket::send(u32 len, int flags)
{
	u8 *text = static_cast<u8 *>(kmalloc(len, GFP_KERNEL));

	if (!text)
		return -ENOMEM;
	for (u32 i = 0; i < len; i++)
		text[i] = text_byte(written_ + 1 + i);
	struct msghdr msg = {};
	msg.msg_flags = MSG_DONTWAIT | flags;
	struct kvec vec = {text, len};
	const int n = kernel_sendmsg(sock_, &msg, &vec, 1, len);
	if (n > 0)
		written_ += n;
	kfree(text);
	hold(tp());
	return n;
}

int Socket::receive(u32 len, int flags)
{
	u8 *text = static_cast<u8 *>(kmalloc(len, GFP_KERNEL));

	if (!text)
		return -ENOMEM;
	struct msghdr msg = {};
	struct kvec vec = {text, len};
	int n = kernel_recvmsg(sock_, &msg, &vec, 1, len, MSG_DONTWAIT | flags);
	const int got = n;
	for (int i = 0; i < got; i++)
		if (text[i] != text_byte(read_ + 1 + i))
			n = -EILSEQ;
	if (got > 0 && !(flags & MSG_PEEK))
		read_ += got;
	kfree(text);
	hold(tp());
	return n;
}

int Socket::take_error() { return sock_error(sock_->sk); }

/* --- segments --------------------------------------------------------------------------------- */

Peer::~Peer()
{
	fire_timewait();
	ConnEntry *e = find();
	if (!e)
		return;
	if (e->kind == EntryKind::Sock) {
		BhOff softirq;
		bh_lock_sock(&sock_of(*e).sk);
		tcp_done(sock_of(*e));
		bh_unlock_sock(&sock_of(*e).sk);
	}
	entry_put(*e);
}

SkbPtr Peer::make(const Segment &s) const
{
	const u32 tcp_len = kTcpHeaderLen + s.options.size();
	SkbPtr skb(alloc_skb(NET_IP_ALIGN + 64 + tcp_len + s.text, GFP_ATOMIC));

	if (!skb)
		return skb;
	skb_reserve(skb.get(), NET_IP_ALIGN);
	Frame frame;
	frame.append(EthernetHeader{kOurMac, kPeerMac, be16::from_host(kDatagramType)});
	frame.append(ipv4_header(tcp_len + s.text, kPeerIp, kOurIp))->tos = s.tos;
	frame.fix_ip_checksum();
	skb_put_data(skb.get(), frame.bytes().data(), frame.size());
	const TcpHeader header{
		.source = be16::from_host(port),
		.dest = be16::from_host(our_port),
		.seq = be32::from_host(iss + s.seq),
		.ack_seq = be32::from_host(s.flags & kAck ? our_iss + s.ack : 0),
		.offset_reserved = static_cast<u8>(tcp_len / 4 << 4),
		.flags = s.flags,
		.window = be16::from_host(s.window),
		.check = {},
		.urg_ptr = {},
	};
	auto *tcp = static_cast<TcpHeader *>(skb_put_data(skb.get(), &header, sizeof(header)));
	if (s.options.size())
		skb_put_data(skb.get(), s.options.data(), s.options.size());
	const u32 first = s.flags & kSyn ? s.seq + 1 : s.seq;
	for (u32 i = 0; i < s.text; i++)
		skb_put_u8(skb.get(), text_byte(first + i));
	const Bytes segment(reinterpret_cast<const u8 *>(tcp), tcp_len + s.text);
	tcp->check = be16::from_host(segment_checksum(frame.ip(), segment));
	skb->dev = device.dev();
	skb->protocol = eth_type_trans(skb.get(), device.dev());
	return skb;
}

void Peer::send(const Segment &segment) const
{
	SkbPtr skb = make(segment);
	BhOff no_timer_in_between;

	FakeDevice::receive(move(skb));
	ConnEntry *e = find();
	if (!e)
		return;
	if (e->kind == EntryKind::Sock)
		hold(sock_of(*e));
	entry_put(*e);
}

Seen Peer::next()
{
	Seen seen;
	SkbPtr skb = device.next_sent();
	if (!skb)
		return seen;
	const Bytes datagram = linear_bytes(skb.get()).after(sizeof(EthernetHeader));
	const auto *ip_header = datagram.as<Ipv4Header>();
	const Bytes rest = datagram.after(sizeof(Ipv4Header));
	const Result<SegmentView, Drop> seg = SegmentView::parse(rest, rest.size());
	if (ip_header && seg) {
		if (seg->has(kSyn))
			our_iss = seg->seq().raw();
		seen.sent = true;
		seen.flags = seg->flags();
		seen.seq = seg->seq().raw() - our_iss;
		seen.ack = seg->has(kAck) ? seg->ack_seq().raw() - iss : 0;
		seen.text = seg->text_len();
		seen.window = seg->window().raw();
		seen.source = seg->source().host();
		seen.dest = seg->dest().host();
		seen.tos = ip_header->tos;
		seen.ttl = ip_header->ttl;
		seen.df = ip_header->frag_off.host() & kIpDontFragment;
		if (const auto options = parse_tcp_options(seg->options(), seg->has(kSyn)))
			seen.options = *options;
		seen.cookie = {.len = seen.options.fastopen.len, .exp = seen.options.fastopen.exp};
		for (s32 i = 0; i < seen.cookie.len; i++)
			seen.cookie.val[i] = seen.options.fastopen.cookie[i];
		seen.options.fastopen.cookie = nullptr;
		const Bytes text = rest.after(seg->header_len());
		const u32 first = seen.seq + seg->has(kSyn);
		for (u32 i = 0; i < text.size(); i++)
			seen.wrong += text[i] != text_byte(first + i);
	}
	skb.consume();
	return seen;
}

Seen Peer::last()
{
	Seen seen;

	while (waiting())
		seen = next();
	return seen;
}

ConnKey Peer::key() const { return {kOurIp, kPeerIp, be16::from_host(port), our_port}; }

ConnEntry *Peer::find() const
{
	RcuRead rcu;

	return inet_lookup_established(&init_net, key(), device.dev()->ifindex);
}

TcpState Peer::state() const
{
	ConnEntry *e = find();
	if (!e)
		return TcpState::Close;
	const TcpState state = e->kind == EntryKind::Sock    ? sock_of(*e).tcb.state :
			       e->kind == EntryKind::Request ? TcpState::NewSynRecv :
							       timewait_of(*e).substate;
	entry_put(*e);
	return state;
}

/* --- timers ----------------------------------------------------------------------------------- */

/* Still armed, as the stack believes, but not in the lifetime of a test. */
void hold(struct timer_list &timer) { mod_timer_pending(&timer, jiffies + 3600 * HZ); }

void hold(TcpSock &tp)
{
	hold(tp.retransmit_timer);
	hold(tp.delack_timer);
	hold(tp.sk.sk_timer);
	if (tp.listener)
		hold(tp.listener->synack_timer);
}

bool fire(struct timer_list &timer)
{
	BhOff softirq;

	if (!timer_delete(&timer))
		return false;
	timer.function(&timer);
	return true;
}

bool fire_retransmit(TcpSock &tp)
{
	Kept kept(tp);
	const bool fired = fire(tp.retransmit_timer);

	hold(tp);
	return fired;
}

bool fire_delack(TcpSock &tp)
{
	Kept kept(tp);
	const bool fired = fire(tp.delack_timer);

	hold(tp);
	return fired;
}

bool fire_keepalive(TcpSock &tp)
{
	Kept kept(tp);
	const bool fired = fire(tp.sk.sk_timer);

	hold(tp);
	return fired;
}

void fire_synack(TcpSock &tp)
{
	Listener &l = *tp.listener;

	{
		BhLock guard(&l.lock);
		l.wheel.expire_all();
	}
	fire(l.synack_timer);
	hold(l.synack_timer);
}

void fire_timewait()
{
	TimeWaitTable &table = pernet(&init_net).timewait;

	{
		BhLock guard(&table.lock);
		table.wheel.expire_all();
	}
	fire(table.timer);
}

/* --- a connection ----------------------------------------------------------------------------- */

Bytes syn_options(OptionWriter &w, const Offer &offer)
{
	if (offer.mss)
		w.mss(offer.mss);
	if (offer.sack)
		w.sack_permitted();
	if (offer.timestamps)
		w.timestamps({1000, 0});
	if (offer.wscale >= 0)
		w.window_scale({static_cast<u8>(offer.wscale)});
	return w.finish();
}

Seen send_syn(Peer &peer, const Offer &offer)
{
	OptionWriter w;

	peer.send({.flags = offer.flags,
		   .seq = 0,
		   .window = offer.window,
		   .options = syn_options(w, offer),
		   .tos = offer.tos});
	return peer.next();
}

Accepted::Accepted(struct kunit *test, const Offer &offer) : peer(test), listener(test), sock(test)
{
	KUNIT_ASSERT_EQ(test, 0, listener.listen_on(kPort));
	send_syn(peer, offer);
	hold(listener.tp());
	peer.send({.window = offer.window});
	sock = listener.accept();
	KUNIT_ASSERT_TRUE(test, static_cast<bool>(sock));
}

} // namespace tcpxx::testing
