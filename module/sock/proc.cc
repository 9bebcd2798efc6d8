// SPDX-License-Identifier: GPL-2.0
/* /proc/net/tcpxx_*. The two files of counters have the format of /proc/net/snmp and
 * /proc/net/netstat, two lines a group: names, then values. */
#include "sock/proc.h"
#include "net/pernet.h"

namespace tcpxx {
namespace {

/* A name, and the counter behind it: a Mib or a Drop. */
template <class Counter> struct Named {
	const char *name;
	Counter counter;
};

#define X(name) {#name, Mib::name},
constexpr Named<Mib> kIp[] = {TCPXX_IP_MIB(X)};
constexpr Named<Mib> kTcp[] = {TCPXX_TCP_MIB(X)};
constexpr Named<Mib> kTcpExt[] = {TCPXX_EXT_MIB(X)};
#undef X
#define X(name) {#name, Mib::Icmp##name},
constexpr Named<Mib> kIcmp[] = {TCPXX_ICMP_MIB(X)};
#undef X
#define X(name) {"Drop" #name, Drop::name},
constexpr Named<Drop> kDrops[] = {TCPXX_DROPS(X)};
#undef X

template <class Counter, u32 N>
void show_group(struct seq_file *m, const char *title, const Named<Counter> (&group)[N])
{
	struct net *net = seq_file_single_net(m);

	seq_puts(m, title);
	for (const Named<Counter> &entry : group)
		seq_printf(m, " %s", entry.name);
	seq_printf(m, "\n%s", title);
	for (const Named<Counter> &entry : group)
		seq_printf(m, " %lu", mib_sum(net, entry.counter));
	seq_putc(m, '\n');
}

int snmp_show(struct seq_file *m, void *)
{
	show_group(m, "Ip:", kIp);
	show_group(m, "Icmp:", kIcmp);
	show_group(m, "Tcp:", kTcp);
	return 0;
}

int netstat_show(struct seq_file *m, void *)
{
	show_group(m, "TcpExt:", kTcpExt);
	show_group(m, "Drop:", kDrops);
	return 0;
}

int arp_show(struct seq_file *m, void *)
{
	neigh_seq_show(m, seq_file_single_net(m));
	return 0;
}

struct File {
	const char *name;
	int (*show)(struct seq_file *, void *);
};

constexpr File kFiles[] = {
	{"tcpxx", tcp4_seq_show},
	{"tcpxx_snmp", snmp_show},
	{"tcpxx_netstat", netstat_show},
	{"tcpxx_arp", arp_show},
	{"tcpxx_listen", listen_seq_show},
};

constexpr char kRoutes[] = "tcpxx_route";

} // namespace

int proc_net_init(struct net *net)
{
	for (const File &file : kFiles)
		if (!proc_create_net_single(file.name, 0444, net->proc_net, file.show, nullptr))
			goto no_memory;
	/* It may be long, so it is not written in one piece. */
	if (proc_create_net(kRoutes, 0444, net->proc_net, &fib_route_seq_ops, sizeof(FibRouteIter)))
		return 0;
no_memory:
	proc_net_exit(net);
	return -ENOMEM;
}

void proc_net_exit(struct net *net)
{
	/* A file that was never made is no error here. */
	for (const File &file : kFiles)
		remove_proc_subtree(file.name, net->proc_net);
	remove_proc_subtree(kRoutes, net->proc_net);
}

} // namespace tcpxx
