// SPDX-License-Identifier: GPL-2.0
/* /proc/net/tcpxx: every socket of a namespace, in the format of /proc/net/tcp. */
#include "sock/connection_sock.h"
#include "sock/listeners.h"
#include "sock/proc.h"
#include "tcp/tcp.h"

namespace tcpxx {

namespace {

/* One line a socket; `number` counts them. */
struct Listing {
	struct seq_file *m;
	int number;
};

/* What differs between the three kinds of a line. */
struct Line {
	TcpState state;
	u32 tx_queue; /* bytes, or for a listener its backlog */
	u32 rx_queue; /* bytes, or for a listener the length of its accept queue */
	u8 timer; /* 0 none, 1 retransmission, 2 keepalive, 3 TIME-WAIT, 4 zero-window probe */
	unsigned long when; /* until it fires, USER_HZ ticks */
	u32 retransmits;
	uid_t uid;
	unsigned long inode;
	int refs;
};

void print(Listing &l, const ConnEntry &e, const Line &line)
{
	const ConnKey &k = e.key;
	seq_setwidth(l.m, 149);
	seq_printf(l.m, "%4d: %08X:%04X %08X:%04X %02X %08X:%08X %02X:%08lX %08X %5u %8d %lu %d %pK", l.number++,
		   k.saddr.network(), k.num, k.daddr.network(), k.dport.host(), static_cast<u32>(line.state),
		   line.tx_queue, line.rx_queue, line.timer, line.when, line.retransmits, line.uid, 0, line.inode,
		   line.refs, &e);
	seq_pad(l.m, '\n');
}

unsigned long ticks_until(const struct timer_list &t)
{
	const long left = timer_pending(&t) ? static_cast<long>(t.expires - jiffies) : 0;
	return left > 0 ? jiffies_to_clock_t(left) : 0;
}

Line line_of(TcpSock &tp)
{
	struct sock *sk = &tp.sk;
	const Tcb &t = tp.tcb;
	Line line{};
	line.state = READ_ONCE(t.state);
	line.uid = from_kuid_munged(&init_user_ns, sock_i_uid(sk));
	line.inode = sock_i_ino(sk);
	line.refs = refcount_read(&sk->sk_refcnt);
	if (line.state == TcpState::Listen) {
		line.tx_queue = READ_ONCE(sk->sk_max_ack_backlog);
		line.rx_queue = READ_ONCE(sk->sk_ack_backlog);
		return line;
	}
	/* Without the lock, and so only nearly right: as in /proc/net/tcp. */
	line.tx_queue = distance(t.snd_una, t.write_seq);
	line.rx_queue = max_of(static_cast<s32>(distance(t.copied_seq, t.rcv_nxt)), 0);
	const Pending pending = READ_ONCE(tp.pending);
	if (pending != Pending::None) {
		line.timer = pending == Pending::Retransmit ? 1 : 4;
		line.when = ticks_until(tp.retransmit_timer);
	} else if (timer_pending(&sk->sk_timer)) {
		line.timer = 2;
		line.when = ticks_until(sk->sk_timer);
	}
	line.retransmits = tp.retransmits;
	return line;
}

void show_sock(TcpSock &tp, void *arg) { print(*static_cast<Listing *>(arg), tp.entry, line_of(tp)); }

void show_entry(ConnEntry &e, void *arg)
{
	auto &l = *static_cast<Listing *>(arg);
	Line line{};
	switch (e.kind) {
	case EntryKind::Sock:
		show_sock(sock_of(e), arg);
		return;
	case EntryKind::Request:
		line.state = TcpState::SynRecv;
		line.timer = 1;
		line.retransmits = request_of(e).half.timeouts;
		line.refs = refcount_read(&e.refcnt);
		print(l, e, line);
		return;
	case EntryKind::TimeWait:
		line.state = timewait_of(e).substate;
		line.timer = 3;
		line.refs = refcount_read(&e.refcnt);
		print(l, e, line);
		return;
	}
}

} // namespace

int tcp4_seq_show(struct seq_file *m, void *)
{
	struct net *net = seq_file_single_net(m);
	Listing listing{m, 0};
	seq_setwidth(m, 149);
	seq_puts(m, "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode");
	seq_pad(m, '\n');
	listeners_for_each(net, show_sock, &listing);
	inet_ehash_for_each(net, show_entry, &listing);
	return 0;
}

} // namespace tcpxx
