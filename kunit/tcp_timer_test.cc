// SPDX-License-Identifier: GPL-2.0
/* The timers of a socket, fired by hand. */
#include "kapi/compat.h"
#include "peer.h"

namespace tcpxx::testing {
namespace {

int set(const Socket &sock, int level, int name, int value)
{
	return sock.get()->ops->setsockopt(sock.get(), level, name, KERNEL_SOCKPTR(&value), sizeof(value));
}

/* As if the row of time-outs or probes had begun earlier. */
void age(TcpSock &tp, u32 ms) { tp.row_started_ms -= ms; }

} // namespace

/* RFC 6298, 5.4 to 5.6, and RFC 5681, 3.1. */
TEST(head_goes_again)
{
	Accepted c(test);
	Moved timeouts(Mib::TCPTimeouts);

	c.sock.send(3000);
	c.peer.last();
	const u32 rto = c.tcb().rtt.rto().v;
	for (u32 i = 1; i <= 3; i++) {
		EXPECT_TRUE(fire_retransmit(c.tp()));
		const Seen s = c.peer.next();
		EXPECT_EQ(s.seq, 1);
		EXPECT_EQ(s.text, 1000);
		EXPECT_EQ(s.wrong, 0);
		EXPECT_EQ(c.peer.waiting(), 0);
		EXPECT_EQ(c.tcb().cong.cwnd(), 1);
		EXPECT_EQ(c.tcb().rtt.rto().v, rto << i);
		EXPECT_EQ(c.tp().retransmits, i);
	}
	EXPECT_EQ(timeouts.by(), 3);
	EXPECT_EQ(c.tcb().ca_state, CaState::Loss);
	/* Progress: the other two were lost, too, and the doublings end. */
	c.peer.send({.ack = 1001});
	EXPECT_EQ(c.peer.next().seq, 1001);
	EXPECT_EQ(c.tcb().rtt.rto().v, rto);
	EXPECT_EQ(c.tp().retransmits, 0);
	c.peer.send({.ack = 3001});
	EXPECT_EQ(c.tcb().ca_state, CaState::Open);
	EXPECT_EQ(c.tcb().lost_out, 0);
	EXPECT_EQ(c.tp().pending, Pending::None);
}

TEST(timer_without_a_reason_does_nothing)
{
	Accepted c(test);

	c.sock.send(10);
	c.peer.last();
	c.peer.send({.ack = 11});
	/* Still armed: stopping it would cost more than letting it find nothing. */
	EXPECT_TRUE(fire_retransmit(c.tp()));
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_EQ(c.tp().retransmits, 0);
}

TEST(silent_peer)
{
	Sysctl retries(init_net.ipv4.sysctl_tcp_retries2, 2);
	Accepted c(test);
	Moved aborts(Mib::TCPAbortOnTimeout);

	c.sock.send(10);
	c.peer.last();
	fire_retransmit(c.tp());
	fire_retransmit(c.tp());
	EXPECT_EQ(c.peer.waiting(), 2);
	/* However often, it is the time of two retransmissions that counts: 200 + 400 + 800 ms. */
	age(c.tp(), 1200);
	fire_retransmit(c.tp());
	EXPECT_EQ(c.peer.waiting(), 3);
	EXPECT_EQ(c.sock.state(), TcpState::Established);
	age(c.tp(), 200);
	fire_retransmit(c.tp());
	EXPECT_EQ(c.peer.waiting(), 3);
	EXPECT_EQ(c.sock.state(), TcpState::Close);
	EXPECT_EQ(c.sock.receive(1), -ETIMEDOUT);
	EXPECT_EQ(aborts.by(), 1);
	EXPECT_EQ(c.peer.state(), TcpState::Close);
}

TEST(soft_error_becomes_the_error)
{
	Sysctl retries(init_net.ipv4.sysctl_tcp_retries2, 1);
	Accepted c(test);

	c.sock.send(10);
	c.tp().sk.sk_err_soft = EHOSTUNREACH;
	fire_retransmit(c.tp());
	age(c.tp(), 600);
	fire_retransmit(c.tp());
	EXPECT_EQ(c.sock.receive(1), -EHOSTUNREACH);
}

TEST(syn_goes_again)
{
	Peer peer(test);
	Socket sock(test);
	Moved again(Mib::TCPSynRetrans), failed(Mib::AttemptFails);

	sock.tp().syn_retries = 2;
	EXPECT_EQ(sock.connect(), -EINPROGRESS);
	peer.our_port = peer.next().source;
	const u32 iss = peer.our_iss;
	const u32 linear = syn_linear_timeouts(&init_net);
	for (u32 i = 1; i <= 2 + linear; i++) {
		EXPECT_TRUE(fire_retransmit(sock.tp()));
		const Seen syn = peer.next();
		EXPECT_EQ(syn.flags, kSyn);
		EXPECT_EQ(peer.our_iss, iss);
		EXPECT_TRUE(syn.options.has_mss);
		EXPECT_EQ(sock.tp().tcb.rtt.rto().v, kRtoInit.v << (i > linear ? i - linear : 0));
	}
	EXPECT_TRUE(fire_retransmit(sock.tp()));
	EXPECT_EQ(peer.waiting(), 0);
	EXPECT_EQ(sock.state(), TcpState::Close);
	EXPECT_EQ(sock.connect(), -ETIMEDOUT);
	EXPECT_EQ(again.by(), 2 + linear);
	EXPECT_EQ(failed.by(), 1);
}

/* RFC 3168, 6.1.1.1. */
TEST(syn_goes_again_without_ecn)
{
	const Sysctl<u8> ecn(init_net.ipv4.sysctl_tcp_ecn, 1);

	for (u32 fallback = 0; fallback < 2; fallback++) {
		const Sysctl<u8> setting(init_net.ipv4.sysctl_tcp_ecn_fallback, fallback);
		Peer peer(test);
		Socket sock(test);
		EXPECT_EQ(sock.connect(), -EINPROGRESS);
		EXPECT_EQ(peer.next().flags, kSyn | kEcnSetup);
		EXPECT_TRUE(fire_retransmit(sock.tp()));
		EXPECT_EQ(peer.next().flags, fallback ? kSyn : kSyn | kEcnSetup);
	}
}

TEST(orphan_is_given_up_earlier)
{
	Sysctl retries(init_net.ipv4.sysctl_tcp_orphan_retries, 1);
	Accepted c(test);
	Kept orphan(c.tp());

	c.sock.close();
	EXPECT_EQ(c.peer.last().flags & kFin, kFin);
	EXPECT_TRUE(fire_retransmit(*orphan));
	EXPECT_EQ(c.peer.last().flags & kFin, kFin);
	EXPECT_EQ(c.peer.state(), TcpState::FinWait1);
	age(*orphan, 600);
	EXPECT_TRUE(fire_retransmit(*orphan));
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_EQ(c.peer.state(), TcpState::Close);
}

/* --- zero window ------------------------------------------------------------------------------ */

/* RFC 9293, 3.8.6.1. */
TEST(shut_window_is_probed)
{
	Accepted c(test);
	Moved probes(Mib::TCPWinProbe);

	c.peer.send({.window = 0});
	c.sock.send(10);
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_EQ(c.tp().pending, Pending::ZeroWindowProbe);
	for (u32 i = 1; i <= 20; i++) {
		EXPECT_TRUE(fire_retransmit(c.tp()));
		const Seen probe = c.peer.next();
		EXPECT_EQ(probe.flags, kAck);
		EXPECT_EQ(probe.seq, 0);
		EXPECT_EQ(probe.text, 0);
		EXPECT_EQ(c.tp().probes_out, 1);
		/* As long as it answers it may stay shut. */
		c.peer.send({.window = 0});
		EXPECT_EQ(c.tp().probes_out, 0);
	}
	EXPECT_EQ(probes.by(), 20);
	EXPECT_TRUE(c.tcb().rtt.backoff() > 0);
	c.peer.send({.window = 1000});
	const Seen text = c.peer.next();
	EXPECT_EQ(text.seq, 1);
	EXPECT_EQ(text.text, 10);
	EXPECT_EQ(c.tp().pending, Pending::Retransmit);
}

TEST(silent_peer_with_a_shut_window)
{
	Sysctl retries(init_net.ipv4.sysctl_tcp_retries2, 3);
	Accepted c(test);

	c.peer.send({.window = 0});
	c.sock.send(10);
	for (u32 i = 0; i < 3; i++)
		fire_retransmit(c.tp());
	EXPECT_EQ(c.peer.waiting(), 3);
	EXPECT_EQ(c.sock.state(), TcpState::Established);
	fire_retransmit(c.tp());
	EXPECT_EQ(c.sock.state(), TcpState::Close);
	EXPECT_EQ(c.sock.receive(1), -ETIMEDOUT);
}

/* The window is open, but too small for the packet: in the end that much is sent. */
TEST(small_window_is_used_by_the_probe)
{
	Accepted c(test);

	c.peer.send({.text = 1});
	c.peer.send({.seq = 2, .text = 1, .window = 300});
	c.peer.last();
	c.sock.send(1000);
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_TRUE(fire_retransmit(c.tp()));
	const Seen piece = c.peer.next();
	EXPECT_EQ(piece.seq, 1);
	EXPECT_EQ(piece.text, 300);
	EXPECT_EQ(piece.wrong, 0);
	c.peer.send({.seq = 3, .ack = 301, .window = 5000});
	const Seen rest = c.peer.next();
	EXPECT_EQ(rest.seq, 301);
	EXPECT_EQ(rest.text, 700);
	EXPECT_EQ(rest.wrong, 0);
}

/* --- TCP_USER_TIMEOUT ------------------------------------------------------------------------- */

/* RFC 5482: neither more nor less than the user says, whatever tcp_retries2 is. */
TEST(user_timeout_of_unacknowledged_text)
{
	Sysctl retries(init_net.ipv4.sysctl_tcp_retries2, 1);
	Accepted c(test);

	EXPECT_EQ(set(c.sock, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000), 0);
	c.sock.send(10);
	c.peer.last();
	for (u32 i = 1; i <= 5; i++) {
		EXPECT_TRUE(fire_retransmit(c.tp()));
		EXPECT_EQ(c.peer.waiting(), i);
	}
	age(c.tp(), 4500);
	EXPECT_TRUE(fire(c.tp().retransmit_timer));
	/* The last time-out ends with the user's. */
	EXPECT_TRUE(time_before_eq(c.tp().retransmit_timer.expires, jiffies + HZ / 2));
	age(c.tp(), 500);
	EXPECT_TRUE(fire(c.tp().retransmit_timer));
	EXPECT_EQ(c.peer.waiting(), 6);
	EXPECT_EQ(c.sock.receive(1), -ETIMEDOUT);
}

/* Progress begins it anew; and one retransmission there is in any case. */
TEST(user_timeout_is_of_a_row)
{
	Accepted c(test);

	EXPECT_EQ(set(c.sock, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000), 0);
	c.sock.send(2000);
	c.peer.last();
	EXPECT_TRUE(fire_retransmit(c.tp()));
	age(c.tp(), 4900);
	c.peer.send({.ack = 1001});
	EXPECT_EQ(c.tp().row_started_ms, 0);
	c.peer.last();
	/* However long ago the text was sent. */
	seg_cb(skb_peek(&c.tp().rtx_queue)).sent_us -= 9000000;
	EXPECT_TRUE(fire_retransmit(c.tp()));
	EXPECT_TRUE(fire_retransmit(c.tp()));
	EXPECT_EQ(c.peer.waiting(), 2);
	EXPECT_EQ(c.sock.state(), TcpState::Established);
	age(c.tp(), 5000);
	EXPECT_TRUE(fire_retransmit(c.tp()));
	EXPECT_EQ(c.sock.state(), TcpState::Close);
}

TEST(user_timeout_of_an_opening)
{
	Peer peer(test);
	Socket sock(test);

	EXPECT_EQ(set(sock, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000), 0);
	EXPECT_EQ(sock.connect(), -EINPROGRESS);
	EXPECT_TRUE(fire_retransmit(sock.tp()));
	age(sock.tp(), 5000);
	EXPECT_TRUE(fire_retransmit(sock.tp()));
	EXPECT_EQ(peer.waiting(), 2);
	EXPECT_EQ(sock.connect(), -ETIMEDOUT);
}

/* A peer that answers every probe may keep its window shut for ever, but not if the user says how long. */
TEST(user_timeout_of_a_shut_window)
{
	Accepted c(test);

	EXPECT_EQ(set(c.sock, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000), 0);
	c.peer.send({.window = 0});
	c.sock.send(10);
	EXPECT_TRUE(fire_retransmit(c.tp()));
	EXPECT_EQ(c.peer.waiting(), 1);
	c.peer.send({.window = 0});
	age(c.tp(), 4000);
	EXPECT_TRUE(fire(c.tp().retransmit_timer));
	EXPECT_TRUE(time_before_eq(c.tp().retransmit_timer.expires, jiffies + HZ));
	c.peer.send({.window = 0});
	age(c.tp(), 1000);
	EXPECT_TRUE(fire_retransmit(c.tp()));
	EXPECT_EQ(c.peer.waiting(), 2);
	EXPECT_EQ(c.sock.receive(1), -ETIMEDOUT);
}

TEST(user_timeout_ends_with_the_window)
{
	Accepted c(test);

	c.peer.send({.window = 0});
	c.sock.send(10);
	EXPECT_TRUE(fire_retransmit(c.tp()));
	EXPECT_TRUE(c.tp().row_started_ms != 0);
	c.peer.send({.window = 1000});
	EXPECT_EQ(c.tp().row_started_ms, 0);
}

/* The window was shut when text was in flight already (RFC 9293, 3.8.6.1). */
TEST(window_that_shuts_too_late)
{
	Sysctl retries(init_net.ipv4.sysctl_tcp_retries2, 1);
	Accepted c(test);
	Moved timeouts(Mib::TCPTimeouts);

	c.sock.send(2000);
	c.peer.last();
	c.peer.send({.ack = 1001, .window = 0});
	for (u32 i = 1; i <= 20; i++) {
		EXPECT_TRUE(fire_retransmit(c.tp()));
		EXPECT_EQ(c.peer.next().seq, 1001);
		age(c.tp(), 100000);
	}
	EXPECT_EQ(c.sock.state(), TcpState::Established);
	EXPECT_EQ(timeouts.by(), 0);
	/* Unless it says nothing any more. */
	c.tp().heard -= 241 * HZ;
	EXPECT_TRUE(fire_retransmit(c.tp()));
	EXPECT_EQ(c.sock.state(), TcpState::Close);
}

TEST(user_timeout_of_an_idle_peer)
{
	Accepted c(test);

	EXPECT_EQ(set(c.sock, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
	c.tp().keepalive = {.idle = 100, .interval = 10, .probes = 1};
	EXPECT_EQ(set(c.sock, IPPROTO_TCP, TCP_USER_TIMEOUT, 130000), 0);
	for (u32 silence = 100; silence < 130; silence += 10) {
		c.tp().heard = static_cast<u32>(jiffies) - silence * HZ;
		EXPECT_TRUE(fire_keepalive(c.tp()));
	}
	EXPECT_EQ(c.peer.waiting(), 3);
	EXPECT_EQ(c.sock.state(), TcpState::Established);
	c.tp().heard = static_cast<u32>(jiffies) - 130 * HZ;
	EXPECT_TRUE(fire_keepalive(c.tp()));
	EXPECT_EQ(c.peer.last().flags, kRst | kAck);
	EXPECT_EQ(c.sock.state(), TcpState::Close);
}

/* --- keepalive -------------------------------------------------------------------------------- */

namespace {

/* A connection with keepalive, as accept() gave it. */
struct Watched : Accepted {
	explicit Watched(struct kunit *test) : Accepted(test)
	{
		EXPECT_EQ(set(sock, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
		tp().keepalive = {.idle = 100, .interval = 10, .probes = 2};
	}
	/* The timer, when the peer was last heard so long ago. */
	bool expires(u32 seconds)
	{
		tp().heard = static_cast<u32>(jiffies) - seconds * HZ;
		return fire(tp().sk.sk_timer);
	}
	/* Seconds until the timer expires. */
	long left() { return (static_cast<long>(tp().sk.sk_timer.expires - jiffies) + HZ / 2) / HZ; }
};

} // namespace

TEST(idle_peer_is_asked)
{
	Watched w(test);
	Moved probes(Mib::TCPKeepAlive), shut(Mib::TCPWinProbe);

	EXPECT_TRUE(w.expires(100));
	EXPECT_EQ(w.left(), 10);
	const Seen probe = w.peer.next();
	EXPECT_EQ(probe.flags, kAck);
	EXPECT_EQ(probe.seq, 0);
	EXPECT_EQ(probe.ack, 1);
	EXPECT_EQ(probe.text, 0);
	EXPECT_EQ(w.tp().probes_out, 1);
	EXPECT_EQ(probes.by(), 1);
	EXPECT_EQ(shut.by(), 0);
	/* Its answer is reason enough to wait again. */
	w.peer.send({});
	EXPECT_EQ(w.tp().probes_out, 0);
	EXPECT_TRUE(fire(w.tp().sk.sk_timer));
	EXPECT_EQ(w.left(), 100);
	EXPECT_EQ(w.peer.waiting(), 0);
}

TEST(idle_peer_is_given_up)
{
	Watched w(test);
	Moved aborts(Mib::TCPAbortOnTimeout);

	EXPECT_TRUE(w.expires(100));
	EXPECT_TRUE(w.expires(110));
	EXPECT_EQ(w.peer.waiting(), 2);
	w.peer.last();
	EXPECT_TRUE(w.expires(120));
	const Seen reset = w.peer.next();
	EXPECT_EQ(reset.flags, kRst | kAck);
	EXPECT_EQ(reset.seq, 1);
	EXPECT_EQ(w.sock.state(), TcpState::Close);
	EXPECT_EQ(w.sock.receive(1), -ETIMEDOUT);
	EXPECT_EQ(aborts.by(), 1);
	EXPECT_TRUE(!timer_pending(&w.tp().sk.sk_timer));
}

/* Text counts as a sign of life, too, and so does an ACK. */
TEST(every_segment_is_a_sign_of_life)
{
	Watched w(test);

	w.tp().heard -= 50 * HZ;
	w.peer.send({.text = 10});
	w.peer.last();
	EXPECT_TRUE(static_cast<u32>(jiffies) - w.tp().heard < 10 * HZ);
	w.tp().heard -= 50 * HZ;
	w.peer.send({.seq = 11});
	EXPECT_TRUE(static_cast<u32>(jiffies) - w.tp().heard < 10 * HZ);
}

/* What is in flight has a timer of its own, and so has what waits for a window. */
TEST(busy_peer_is_not_asked)
{
	Watched w(test);

	w.sock.send(10);
	w.peer.last();
	EXPECT_TRUE(w.expires(200));
	EXPECT_EQ(w.peer.waiting(), 0);
	EXPECT_EQ(w.left(), 100);
	w.peer.send({.ack = 11, .window = 0});
	w.sock.send(10);
	EXPECT_TRUE(w.expires(200));
	EXPECT_EQ(w.peer.waiting(), 0);
	EXPECT_EQ(w.tp().probes_out, 0);
}

TEST(keepalive_can_be_switched_off)
{
	Watched w(test);

	EXPECT_EQ(set(w.sock, SOL_SOCKET, SO_KEEPALIVE, 0), 0);
	EXPECT_TRUE(!timer_pending(&w.tp().sk.sk_timer));
	EXPECT_EQ(set(w.sock, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
	EXPECT_TRUE(timer_pending(&w.tp().sk.sk_timer));
	/* Switched off while the timer was on its way. */
	sock_reset_flag(&w.tp().sk, SOCK_KEEPOPEN);
	EXPECT_TRUE(w.expires(200));
	EXPECT_EQ(w.peer.waiting(), 0);
	EXPECT_TRUE(!timer_pending(&w.tp().sk.sk_timer));
}

/* The silence that there was counts. */
TEST(idle_time_is_changed)
{
	Watched w(test);

	w.tp().heard -= 40 * HZ;
	EXPECT_EQ(set(w.sock, IPPROTO_TCP, TCP_KEEPIDLE, 300), 0);
	EXPECT_EQ(w.left(), 260);
}

/* Neither a listener nor an opening has a peer that could be asked. */
TEST(keepalive_begins_with_the_connection)
{
	Peer peer(test);
	Socket listener(test), opening(test);

	EXPECT_EQ(listener.listen_on(kPort), 0);
	EXPECT_EQ(set(listener, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
	EXPECT_TRUE(!timer_pending(&listener.tp().sk.sk_timer));
	send_syn(peer);
	hold(listener.tp());
	peer.send({});
	Socket child = listener.accept();
	KUNIT_ASSERT_TRUE(test, static_cast<bool>(child));
	EXPECT_TRUE(timer_pending(&child.tp().sk.sk_timer));

	EXPECT_EQ(set(opening, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
	EXPECT_EQ(opening.connect(), -EINPROGRESS);
	EXPECT_TRUE(!timer_pending(&opening.tp().sk.sk_timer));
	peer.our_port = peer.next().source;
	peer.send({.flags = kSyn | kAck, .seq = 0});
	EXPECT_EQ(opening.state(), TcpState::Established);
	EXPECT_TRUE(timer_pending(&opening.tp().sk.sk_timer));
}

TEST(settings_of_the_namespace)
{
	Sysctl time(init_net.ipv4.sysctl_tcp_keepalive_time, 3 * HZ);
	Sysctl interval(init_net.ipv4.sysctl_tcp_keepalive_intvl, 2 * HZ);
	Sysctl probes(init_net.ipv4.sysctl_tcp_keepalive_probes, 7);
	Socket sock(test);

	const KeepaliveSettings its = tcp_keepalive_settings(sock.tp());
	EXPECT_EQ(its.idle.v, 3000);
	EXPECT_EQ(its.interval.v, 2000);
	EXPECT_EQ(its.probes, 7);
	sock.tp().keepalive = {.idle = 32767, .interval = 1, .probes = 127};
	const KeepaliveSettings own = tcp_keepalive_settings(sock.tp());
	EXPECT_EQ(own.idle.v, 32767000);
	EXPECT_EQ(own.interval.v, 1000);
	EXPECT_EQ(own.probes, 127);
}

/* --- while a process owns the socket ---------------------------------------------------------- */

TEST(retransmission_waits_for_the_owner)
{
	Accepted c(test);
	struct sock *sk = &c.tp().sk;

	c.sock.send(10);
	c.peer.last();
	const int references = refcount_read(&sk->sk_refcnt);
	lock_sock(sk);
	EXPECT_TRUE(fire_retransmit(c.tp()));
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_EQ(c.tp().deferred, kDeferRetransmit);
	release_sock(sk);
	hold(c.tp());
	EXPECT_EQ(c.peer.next().seq, 1);
	EXPECT_EQ(c.tp().deferred, 0);
	EXPECT_EQ(refcount_read(&sk->sk_refcnt), references);
}

TEST(delayed_ack_waits_for_the_owner)
{
	Accepted c(test);
	struct sock *sk = &c.tp().sk;

	c.peer.send({.text = 10});
	c.peer.last();
	c.tp().ack.quick = 0;
	c.peer.send({.seq = 11, .text = 10});
	EXPECT_EQ(c.peer.waiting(), 0);
	lock_sock(sk);
	EXPECT_TRUE(fire_delack(c.tp()));
	EXPECT_EQ(c.peer.waiting(), 0);
	release_sock(sk);
	EXPECT_EQ(c.peer.next().ack, 21);
}

TEST(keepalive_waits_for_the_owner)
{
	Watched w(test);
	struct sock *sk = &w.tp().sk;

	lock_sock(sk);
	const int references = refcount_read(&sk->sk_refcnt);
	EXPECT_TRUE(w.expires(100));
	EXPECT_EQ(w.peer.waiting(), 0);
	EXPECT_EQ(w.tp().deferred, kDeferKeepalive);
	/* The timer's has become the note's. */
	EXPECT_EQ(refcount_read(&sk->sk_refcnt), references);
	release_sock(sk);
	hold(w.tp());
	EXPECT_EQ(w.peer.waiting(), 1);
	EXPECT_EQ(w.tp().deferred, 0);
}

TEST(segment_waits_for_the_owner)
{
	Accepted c(test);
	struct sock *sk = &c.tp().sk;

	lock_sock(sk);
	c.peer.send({.text = 10});
	EXPECT_EQ(c.peer.waiting(), 0);
	release_sock(sk);
	hold(c.tp());
	EXPECT_EQ(c.peer.next().ack, 11);
	EXPECT_EQ(c.sock.receive(20), 10);
}

namespace {

/* What poll() would have found when the error was reported: POLLHUP is of both directions being shut. */
u8 shut_when_told;

void note_shutdown(struct sock *sk) { shut_when_told = READ_ONCE(sk->sk_shutdown); }

} // namespace

/* ... or who waits for POLLERR would miss POLLHUP. */
TEST(error_is_told_when_it_is_over)
{
	Watched w(test);

	shut_when_told = 0;
	w.tp().sk.sk_error_report = note_shutdown;
	EXPECT_TRUE(w.expires(100));
	EXPECT_TRUE(w.expires(110));
	EXPECT_TRUE(w.expires(120));
	EXPECT_EQ(w.sock.state(), TcpState::Close);
	EXPECT_EQ(shut_when_told, SHUTDOWN_MASK);
}

STACK_SUITE("tcp_timer", TEST_CASE(head_goes_again), TEST_CASE(timer_without_a_reason_does_nothing),
	    TEST_CASE(silent_peer), TEST_CASE(soft_error_becomes_the_error),
	    TEST_CASE(syn_goes_again), TEST_CASE(syn_goes_again_without_ecn), TEST_CASE(orphan_is_given_up_earlier),
	    TEST_CASE(shut_window_is_probed), TEST_CASE(silent_peer_with_a_shut_window),
	    TEST_CASE(small_window_is_used_by_the_probe),
	    TEST_CASE(user_timeout_of_unacknowledged_text), TEST_CASE(user_timeout_is_of_a_row),
	    TEST_CASE(user_timeout_of_an_opening), TEST_CASE(user_timeout_of_a_shut_window),
	    TEST_CASE(user_timeout_ends_with_the_window), TEST_CASE(window_that_shuts_too_late),
	    TEST_CASE(user_timeout_of_an_idle_peer),
	    TEST_CASE(idle_peer_is_asked), TEST_CASE(idle_peer_is_given_up), TEST_CASE(error_is_told_when_it_is_over),
	    TEST_CASE(every_segment_is_a_sign_of_life), TEST_CASE(busy_peer_is_not_asked),
	    TEST_CASE(keepalive_can_be_switched_off), TEST_CASE(idle_time_is_changed),
	    TEST_CASE(keepalive_begins_with_the_connection), TEST_CASE(settings_of_the_namespace),
	    TEST_CASE(keepalive_waits_for_the_owner), TEST_CASE(retransmission_waits_for_the_owner),
	    TEST_CASE(delayed_ack_waits_for_the_owner), TEST_CASE(segment_waits_for_the_owner));

} // namespace tcpxx::testing
