/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A TCP peer beside the fake device, played by hand: a test says each of its segments, and looks at
 * each of ours. Numbers are relative, as tcpdump prints them: on both sides 0 is the SYN and 1 the
 * first byte of text. The peer's own begin shortly before the end of the circle.
 *
 * No timer expires by itself: whoever may have armed one puts it off by an hour (hold()), and a test
 * calls its function (fire()).
 */
#pragma once
#include "fake_device.h"
#include "stack.h"
#include "sock/connection_sock.h"
#include "tcp/tcp.h"

namespace tcpxx::testing {

constexpr u16 kPort = 8080;
constexpr u16 kPeerPort = 40000;

inline struct sockaddr_in address_of(be32 ip, u16 port, sa_family_t family = AF_INET)
{
	struct sockaddr_in in = {};

	in.sin_family = family;
	in.sin_port = htons(port);
	in.sin_addr.s_addr = ip.network();
	return in;
}

inline struct sockaddr *generic(struct sockaddr_in &in)
{
	return reinterpret_cast<struct sockaddr *>(&in);
}

/* What a text's byte of this relative number is, in either direction. */
constexpr u8 text_byte(u32 number) { return static_cast<u8>(number % 251); }

/* A segment of the peer. */
struct Segment {
	u8 flags = kAck;
	u32 seq = 1;
	u32 ack = 1;
	u32 text = 0; /* bytes */
	u16 window = 0xffff;
	Bytes options = {};
	u8 tos = 0;
};

/* A segment of ours; nothing is 0 if none was sent. */
struct Seen {
	bool sent = false;
	u8 flags = 0;
	u32 seq = 0;
	u32 ack = 0; /* 0 without ACK */
	u32 text = 0; /* bytes */
	u32 wrong = 0; /* bytes of it that are not text_byte() of their numbers */
	u16 window = 0;
	u16 source = 0;
	u16 dest = 0;
	u8 tos = 0;
	u8 ttl = 0;
	bool df = false;
	TcpOptions options; /* but its Fast Open cookie, which went with the packet */
	FastOpenCookie cookie;
};

/* A socket of the family under test, opened and closed as a program does. */
class Socket {
	struct socket *sock_ = nullptr;
	u32 written_ = 0;
	u32 read_ = 0;

	explicit Socket(struct socket *sock) : sock_(sock) {}

public:
	explicit Socket(struct kunit *test);
	Socket(Socket &&other);
	Socket &operator=(Socket &&other);
	/* With a RST, so that nothing is left behind; close() is the orderly way. */
	~Socket() { abort(); }

	explicit operator bool() const { return sock_; }
	struct socket *get() const { return sock_; }
	TcpSock &tp() const { return *tcp_sk_unlocked(sock_->sk); }
	TcpState state() const { return tp().tcb.state; }

	/* 0 or a negative errno. None of them waits. */
	int bind(u16 port, be32 address = {});
	int listen(int backlog = 8);
	int listen_on(u16 port, int backlog = 8);
	int connect(u16 port = kPeerPort, be32 address = kPeerIp);
	int shutdown(int how);
	/* Empty if there is no child. */
	Socket accept();
	/* Bytes or a negative errno. receive(): -EILSEQ if one of them is not what was sent. */
	int send(u32 len, int flags = 0);
	int receive(u32 len, int flags = 0);
	int take_error();
	void close();
	void abort();
};

class Peer {
public:
	FakeDevice device;
	u32 iss = 0xffffff80; /* the peer's, as it is on the wire */
	u32 our_iss = 0; /* learnt from our SYN */
	u16 port = kPeerPort;
	u16 our_port = kPort;

	explicit Peer(struct kunit *test) : device(test, Link::EthernetNoArp) {}
	/* Ends what close() left of the connection. */
	~Peer();

	SkbPtr make(const Segment &segment) const;
	void send(const Segment &segment) const;
	Seen next();
	/* The last of all that were sent, and there is no other left. */
	Seen last();
	u32 waiting() const { return device.count_sent(); }

	ConnKey key() const;
	/* The entry in the connection hash, with a reference, or nullptr. */
	ConnEntry *find() const;
	/* Of that entry; NewSynRecv for a request, Close if there is none. */
	TcpState state() const;
};

/* The socket stays, whatever a test does to its descriptor. */
class Kept {
	TcpSock &tp_;

public:
	explicit Kept(TcpSock &tp) : tp_(tp) { sock_hold(&tp_.sk); }
	~Kept() { sock_put(&tp_.sk); }
	Kept(const Kept &) = delete;
	TcpSock *operator->() const { return &tp_; }
	TcpSock &operator*() const { return tp_; }
};

void hold(struct timer_list &timer);
void hold(TcpSock &tp);
/* false: it is not armed. */
bool fire(struct timer_list &timer);
bool fire_retransmit(TcpSock &tp);
bool fire_delack(TcpSock &tp);
bool fire_keepalive(TcpSock &tp);
/* The time comes for every half-open request of a listener, and for every TIME-WAIT object. */
void fire_synack(TcpSock &listener);
void fire_timewait();

/* The limit of a connection whose last limited ACK was sent so many milliseconds ago. */
inline AckLimit last_ack(u32 ms_ago)
{
	AckLimit limit;

	(void)limit.take(tcp_clock_ms() - ms_ago, 0);
	return limit;
}

/* What the peer's SYN offers. */
struct Offer {
	u16 mss = 1000;
	bool timestamps = false;
	bool sack = false;
	int wscale = -1; /* -1: none */
	u16 window = 0xffff;
	u8 flags = kSyn;
	u8 tos = 0;
};
Bytes syn_options(OptionWriter &w, const Offer &offer);
/* Sends the SYN, gives the answer. */
Seen send_syn(Peer &peer, const Offer &offer = {});

/* A connection that a listener has accepted, nothing sent on it and nothing received. */
class Accepted {
public:
	Peer peer;
	Socket listener;
	Socket sock;

	explicit Accepted(struct kunit *test, const Offer &offer = {});
	TcpSock &tp() const { return sock.tp(); }
	Tcb &tcb() const { return sock.tp().tcb; }
};

} // namespace tcpxx::testing
