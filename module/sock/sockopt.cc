// SPDX-License-Identifier: GPL-2.0
/* Socket options with Linux's levels and numbers. What is not there yet is ENOPROTOOPT, never a
 * silent yes. Process context. */
#include "sock/sockopt.h"
#include "core/listen.h"
#include "tcp/tcp.h"

namespace tcpxx {

namespace {

/* 0 for what the socket core keeps in struct sock and this stack acts on, or what means nothing to any
 * TCP. All else would be a promise that nobody keeps. */
int refusal(int name)
{
	switch (name) {
	case SO_DEBUG:
	case SO_DONTROUTE:
	case SO_REUSEADDR:
	case SO_BROADCAST:
	case SO_SNDBUF:
	case SO_SNDBUFFORCE:
	case SO_RCVBUF:
	case SO_RCVBUFFORCE:
	case SO_BUF_LOCK:
	case SO_RCVLOWAT:
	case SO_RCVTIMEO_OLD:
	case SO_RCVTIMEO_NEW:
	case SO_SNDTIMEO_OLD:
	case SO_SNDTIMEO_NEW:
	case SO_LINGER:
	case SO_KEEPALIVE:
	case SO_PRIORITY:
	case SO_MARK:
	case SO_BINDTODEVICE:
	case SO_BINDTOIFINDEX: return 0;
	/* What the core itself says to a family that is not IP. */
	case SO_ZEROCOPY: return -EOPNOTSUPP;
	default: return -ENOPROTOOPT;
	}
}

constexpr int kMaxKeepaliveSeconds = 32767; /* Linux's MAX_TCP_KEEPIDLE and MAX_TCP_KEEPINTVL */
constexpr int kLeastMss = 88; /* TCP_MAXSEG: Linux's TCP_MIN_MSS and MAX_TCP_WINDOW, bytes */
constexpr int kMostMss = 32767;
constexpr int kMaxLinger2 = 120; /* seconds, Linux's TCP_FIN_TIMEOUT_MAX */

int set_keepidle(TcpSock &tp, int seconds)
{
	if (seconds < 1 || seconds > kMaxKeepaliveSeconds)
		return -EINVAL;
	tp.keepalive.idle = static_cast<u16>(seconds);
	tcp_keepalive_idle_changed(tp);
	return 0;
}

bool is_idle_or_listens(const TcpSock &tp) { return tp.tcb.state == TcpState::Close || tp.tcb.state == TcpState::Listen; }

int set_fastopen(TcpSock &tp, int value)
{
	if (value < 0 || !is_idle_or_listens(tp))
		return -EINVAL;
	fastopen_queue_tune(tp, static_cast<u32>(value));
	return 0;
}

int set_fastopen_connect(TcpSock &tp, int value)
{
	if (value < 0 || value > 1)
		return -EINVAL;
	if (!(READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_tcp_fastopen) & kTfoClient))
		return -EOPNOTSUPP;
	if (tp.tcb.state != TcpState::Close)
		return -EINVAL;
	tp.fastopen_settings.connect = value;
	return 0;
}

int set_fastopen_no_cookie(TcpSock &tp, int value)
{
	if (value < 0 || value > 1 || !is_idle_or_listens(tp))
		return -EINVAL;
	WRITE_ONCE(tp.fastopen_settings.no_cookie, !!value);
	return 0;
}

int set_tcp(TcpSock &tp, int name, int value)
{
	switch (name) {
	case TCP_KEEPIDLE: return set_keepidle(tp, value);
	case TCP_LINGER2:
		tp.linger2 = static_cast<s8>(value < 0 ? -1 : min_of(value, kMaxLinger2));
		return 0;
	case TCP_USER_TIMEOUT:
		if (value < 0)
			return -EINVAL;
		tp.user_timeout_ms = static_cast<u32>(value);
		return 0;
	case TCP_KEEPINTVL:
		if (value < 1 || value > kMaxKeepaliveSeconds)
			return -EINVAL;
		tp.keepalive.interval = static_cast<u16>(value);
		return 0;
	case TCP_KEEPCNT:
		if (value < 1 || value > 127)
			return -EINVAL;
		tp.keepalive.probes = static_cast<u8>(value);
		return 0;
	case TCP_NODELAY:
		tp.nodelay = value;
		if (value)
			tcp_push_pending_frames(tp);
		return 0;
	case TCP_MAXSEG:
		if (value && (value < kLeastMss || value > kMostMss))
			return -EINVAL;
		WRITE_ONCE(tp.user_mss, static_cast<u16>(value));
		return 0;
	case TCP_SYNCNT:
		if (value < 1 || value > 127)
			return -EINVAL;
		tp.syn_retries = static_cast<u8>(value);
		return 0;
	case TCP_DEFER_ACCEPT:
		WRITE_ONCE(tp.defer_accept, defer_timeouts(value));
		return 0;
	case TCP_FASTOPEN: return set_fastopen(tp, value);
	case TCP_FASTOPEN_CONNECT: return set_fastopen_connect(tp, value);
	case TCP_FASTOPEN_NO_COOKIE: return set_fastopen_no_cookie(tp, value);
	case TCP_SAVE_SYN:
		if (value < 0 || value > 2)
			return -EINVAL;
		WRITE_ONCE(tp.save_syn, static_cast<u8>(value));
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

/* A change of TOS may lead elsewhere. */
void set_tos(TcpSock &tp, int value)
{
	/* The ECN bits are TCP's (RFC 3168, 6.1.1). */
	const u8 tos = static_cast<u8>((value & ~INET_ECN_MASK) | (tp.tos & INET_ECN_MASK));
	if (tos == tp.tos)
		return;
	tp.tos = tos;
	WRITE_ONCE(tp.sk.sk_priority, static_cast<u32>(rt_tos2priority(tos)));
	tp.route = {};
}

int set_mtu_discover(TcpSock &tp, int value)
{
	if (value < IP_PMTUDISC_DONT || value > IP_PMTUDISC_OMIT)
		return -EINVAL;
	tp.pmtudisc = static_cast<PmtuDisc>(value);
	if (tp.route.ifindex)
		tcp_sync_mss(tp, usable_mtu(tp.pmtudisc, tp.route));
	return 0;
}

int set_ip(TcpSock &tp, int name, int value)
{
	switch (name) {
	case IP_TOS: set_tos(tp, value); return 0;
	case IP_MTU_DISCOVER: return set_mtu_discover(tp, value);
	case IP_TTL:
		if (value != -1 && (value < 1 || value > 255))
			return -EINVAL;
		tp.ttl = static_cast<u8>(value == -1 ? 0 : value);
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int fin_timeout(const TcpSock &tp) { return READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_tcp_fin_timeout); }

/* The value, or a negative errno; only that of TCP_LINGER2 may be negative itself, and never fails. */
int get_tcp(const TcpSock &tp, int name)
{
	switch (name) {
	case TCP_KEEPIDLE: return static_cast<int>(tcp_keepalive_settings(tp).idle.v / 1000);
	case TCP_KEEPINTVL: return static_cast<int>(tcp_keepalive_settings(tp).interval.v / 1000);
	case TCP_KEEPCNT: return static_cast<int>(tcp_keepalive_settings(tp).probes);
	case TCP_LINGER2: return tp.linger2 ?: fin_timeout(tp) / HZ;
	case TCP_USER_TIMEOUT: return static_cast<int>(tp.user_timeout_ms);
	case TCP_NODELAY:
		return tp.nodelay;
	case TCP_MAXSEG:
		/* What it will be, until it is. */
		if (tp.user_mss && is_idle_or_listens(tp))
			return tp.user_mss;
		return tp.tcb.mss_cache;
	case TCP_SYNCNT:
		return tp.syn_retries ? tp.syn_retries : READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_tcp_syn_retries);
	case TCP_DEFER_ACCEPT:
		return defer_seconds(tp.defer_accept);
	case TCP_SAVE_SYN:
		return tp.save_syn;
	case TCP_FASTOPEN: return static_cast<int>(tp.fastopen_settings.max_qlen);
	case TCP_FASTOPEN_CONNECT: return tp.fastopen_settings.connect;
	case TCP_FASTOPEN_NO_COOKIE: return tp.fastopen_settings.no_cookie;
	default:
		return -ENOPROTOOPT;
	}
}

int get_mtu(TcpSock &tp)
{
	if (tp.tcb.state == TcpState::Close || tp.tcb.state == TcpState::Listen)
		return -ENOTCONN;
	return tcp_route(tp) ? -ENOTCONN : static_cast<int>(usable_mtu(tp.pmtudisc, tp.route));
}

int get_ip(TcpSock &tp, int name)
{
	switch (name) {
	case IP_MTU_DISCOVER:
		return static_cast<int>(tp.pmtudisc);
	case IP_MTU:
		return get_mtu(tp);
	case IP_TOS:
		return tp.tos;
	case IP_TTL:
		return tp.ttl ? tp.ttl : READ_ONCE(sock_net(&tp.sk)->ipv4.sysctl_ip_default_ttl);
	default:
		return -ENOPROTOOPT;
	}
}

/* What the socket core forgets its own cached route for. */
bool leads_elsewhere(int name)
{
	switch (name) {
	case SO_DONTROUTE:
	case SO_MARK:
	case SO_BINDTODEVICE:
	case SO_BINDTOIFINDEX: return true;
	default: return false;
	}
}

int set_socket(struct socket *sock, int name, sockptr_t optval, unsigned int len)
{
	if (const int err = refusal(name))
		return err;
	const int err = sock_setsockopt(sock, SOL_SOCKET, name, optval, len);
	if (err || !leads_elsewhere(name))
		return err;
	SockOwned owned(sock->sk);
	locked(sock->sk).route = {};
	return 0;
}

} // namespace

namespace {

/* 0 or a negative errno. A byte is enough for an option of IP, as everywhere since BSD. */
int read_value(int level, sockptr_t optval, unsigned int len, int &value)
{
	u8 bytes[sizeof(value)];
	if (len < sizeof(value) && (level != IPPROTO_IP || !len))
		return -EINVAL;
	const unsigned int size = len < sizeof(value) ? 1 : sizeof(value);
	if (copy_from_sockptr(bytes, optval, size))
		return -EFAULT;
	value = bytes[0];
	if (size == sizeof(value))
		__builtin_memcpy(&value, bytes, sizeof(value));
	return 0;
}

int set_fastopen_key(struct sock *sk, sockptr_t optval, unsigned int len)
{
	u8 keys[kFastOpenKeys * kFastOpenKeyLen];
	if (len != kFastOpenKeyLen && len != sizeof(keys))
		return -EINVAL;
	if (copy_from_sockptr(keys, optval, len))
		return -EFAULT;
	SockOwned owned(sk);
	const int err = tcp_fastopen_reset_cipher(locked(sk), keys, len / kFastOpenKeyLen);
	memzero_explicit(keys, sizeof(keys));
	return err;
}

} // namespace

int tcp_setsockopt(struct socket *sock, int level, int name, sockptr_t optval, unsigned int len)
{
	/* SO_REUSEPORT is for IP alone, the core says; that of 6.1 without asking here. */
	if (level == SOL_SOCKET && name != SO_REUSEPORT)
		return set_socket(sock, name, optval, len);
	if (level == IPPROTO_TCP && name == TCP_FASTOPEN_KEY)
		return set_fastopen_key(sock->sk, optval, len);
	int value;
	if (const int err = read_value(level, optval, len, value))
		return err;
	SockOwned owned(sock->sk);
	TcpSock &tp = locked(sock->sk);
	switch (level) {
	case SOL_SOCKET: tp.sk.sk_reuseport = value != 0; return 0;
	case IPPROTO_TCP: return set_tcp(tp, name, value);
	case IPPROTO_IP: return set_ip(tp, name, value);
	default: return -ENOPROTOOPT;
	}
}

namespace {

/* TCP_SAVED_SYN: once, and whole or not at all; then it is forgotten. Nothing is of length 0. */
int get_saved_syn(struct sock *sk, int room, char __user *optval, int __user *optlen)
{
	SockOwned owned(sk);
	TcpSock &tp = locked(sk);
	const SavedSyn *syn = tp.saved_syn;
	const int len = syn ? static_cast<int>(syn->len) : 0;
	if (put_user(len, optlen))
		return -EFAULT;
	if (room < len)
		return -EINVAL;
	if (syn && copy_to_user(optval, syn->data, len))
		return -EFAULT;
	kfree(tp.saved_syn);
	tp.saved_syn = nullptr;
	return 0;
}

/* TCP_FASTOPEN_KEY: the socket's own, as much as there is room for. */
int get_fastopen_key(struct sock *sk, int room, char __user *optval, int __user *optlen)
{
	u8 keys[kFastOpenKeys * kFastOpenKeyLen];
	int len;
	{
		SockOwned owned(sk);
		len = static_cast<int>(tcp_fastopen_get_cipher(locked(sk), keys) * kFastOpenKeyLen);
	}
	len = min_of(room, len);
	return put_user(len, optlen) || copy_to_user(optval, keys, len) ? -EFAULT : 0;
}

} // namespace

int tcp_getsockopt(struct socket *sock, int level, int name, char __user *optval, int __user *optlen)
{
	int len, value = -ENOPROTOOPT;
	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	if (level == IPPROTO_TCP && name == TCP_SAVED_SYN)
		return get_saved_syn(sock->sk, len, optval, optlen);
	if (level == IPPROTO_TCP && name == TCP_FASTOPEN_KEY)
		return get_fastopen_key(sock->sk, len, optval, optlen);
	{
		SockOwned owned(sock->sk);
		if (level == IPPROTO_TCP)
			value = get_tcp(locked(sock->sk), name);
		else if (level == IPPROTO_IP)
			value = get_ip(locked(sock->sk), name);
	}
	if (value < 0 && (level != IPPROTO_TCP || name != TCP_LINGER2))
		return value;
	/* Into less than an int the lowest byte, if that is all (on a little-endian machine it is the first). */
	if (level == IPPROTO_IP && len > 0 && len < static_cast<int>(sizeof(value)) && value <= 255)
		len = 1;
	len = min_of(len, static_cast<int>(sizeof(value)));
	return put_user(len, optlen) || copy_to_user(optval, &value, len) ? -EFAULT : 0;
}

} // namespace tcpxx
