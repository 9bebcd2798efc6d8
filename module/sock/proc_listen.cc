// SPDX-License-Identifier: GPL-2.0
/* /proc/net/tcpxx_listen: the book of each listener of a namespace (sock/ledger.h), a fact on each line. Causes that
 * never occurred are left out. */
#include "kapi/guards.h"
#include "sock/connection_sock.h"
#include "sock/listeners.h"
#include "sock/proc.h"

namespace tcpxx {

namespace {

constexpr const char *kCauses[] = {
	"None",
#define X(name) #name,
	TCPXX_DROPS(X)
#undef X
};
constexpr const char *kFateNames[] = {"refused", "dropped", "ignored"};

void show_queues(struct seq_file *m, TcpSock &tp)
{
	Listener &l = *tp.listener;
	BhLock guard(&l.lock);
	seq_printf(m, "syn_queue %u\nyoung %u\nsyn_queue_high %u\n", l.qlen, l.young, l.ledger.syn_queue_high);
	seq_printf(m, "accept_queue %u\naccept_queue_high %u\n", tp.sk.sk_ack_backlog, l.ledger.accept_queue_high);
	seq_printf(m, "fastopen_queue %u\nfastopen_limit %u\n", l.fastopenq.qlen,
		   READ_ONCE(tp.fastopen_settings.max_qlen));
}

void show_counters(struct seq_file *m, const Ledger &l)
{
	seq_printf(m, "syns %lu\n", atomic_long_read(&l.syns));
	seq_printf(m, "duplicates %lu\n", atomic_long_read(&l.duplicates));
	seq_printf(m, "cookies_sent %lu\n", atomic_long_read(&l.cookies_sent));
	seq_printf(m, "requests %lu\n", atomic_long_read(&l.requests));
	seq_printf(m, "fastopens %lu\n", atomic_long_read(&l.fastopens));
	seq_printf(m, "cookie_acks %lu\n", atomic_long_read(&l.cookie_acks));
	seq_printf(m, "accepted %lu\n", atomic_long_read(&l.accepted));
	for (u32 fate = 0; fate < kFates; fate++)
		for (u32 cause = 0; cause < static_cast<u32>(Drop::Count); cause++)
			if (const unsigned long n = ledger_count(l, Fate(fate), Drop(cause)))
				seq_printf(m, "%s %s %lu\n", kFateNames[fate], kCauses[cause], n);
}

/* When, in seconds since the machine started; what; from where to where. */
void show_victim(struct seq_file *m, const Victim &v)
{
	const u64 ms = div_u64((v.when - INITIAL_JIFFIES) * MSEC_PER_SEC, HZ);
	u32 rest;
	const u64 seconds = div_u64_rem(ms, MSEC_PER_SEC, &rest);
	seq_printf(m, "victim %llu.%03u %s %s %pI4:%u %pI4:%u\n", seconds, rest, kFateNames[static_cast<u32>(v.fate)],
		   kCauses[static_cast<u32>(v.cause)], v.key.daddr.b, v.key.dport.host(), v.key.saddr.b, v.key.num);
}

void show_victims(struct seq_file *m, Ledger &l)
{
	BhLock guard(&l.lock);
	const u32 count = min_of(l.victims, kVictims);
	for (u32 n = l.victims - count; n != l.victims; n++)
		show_victim(m, l.last[n % kVictims]);
}

void show_listener(TcpSock &tp, void *arg)
{
	auto *m = static_cast<struct seq_file *>(arg);
	seq_printf(m, "listener %pI4:%u\ninode %lu\nbacklog %u\n", tp.entry.key.saddr.b, tp.entry.key.num, sock_i_ino(&tp.sk),
		   READ_ONCE(tp.sk.sk_max_ack_backlog));
	show_queues(m, tp);
	show_counters(m, tp.listener->ledger);
	show_victims(m, tp.listener->ledger);
}

} // namespace

int listen_seq_show(struct seq_file *m, void *)
{
	listeners_for_each(seq_file_single_net(m), show_listener, m);
	return 0;
}

} // namespace tcpxx
