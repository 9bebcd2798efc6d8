// SPDX-License-Identifier: GPL-2.0
/* /proc/net/tcpxx_route. A position in the file is 0 for the head line, and otherwise one more than
 * the prefix from which on the next line is searched. */
#include "net/fib_table.h"
#include "net/pernet.h"

namespace tcpxx {
namespace {

constexpr u32 kLengthBits = 6; /* of a position; a length is at most 33 */

loff_t position_of(Ipv4Prefix p)
{
	return 1 + (static_cast<loff_t>(p.address) << kLengthBits | p.length);
}

Ipv4Prefix prefix_at(loff_t pos)
{
	const u64 code = static_cast<u64>(pos) - 1;

	return {static_cast<u32>(code >> kLengthBits),
		static_cast<u8>(code & ((1U << kLengthBits) - 1))};
}

void *entry_at(struct seq_file *m, loff_t pos)
{
	const FibTable &t = pernet(seq_file_net(m)).fib;

	return const_cast<FibTrie::Entry *>(t.local_main.at_or_after(prefix_at(pos)));
}

void *route_start(struct seq_file *m, loff_t *pos)
{
	rcu_read_lock();
	return *pos ? entry_at(m, *pos) : SEQ_START_TOKEN;
}

void *route_next(struct seq_file *m, void *v, loff_t *pos)
{
	if (v == SEQ_START_TOKEN) {
		*pos = position_of({0, 0});
	} else {
		Ipv4Prefix p = static_cast<const FibTrie::Entry *>(v)->prefix();
		p.length++;
		*pos = position_of(p);
	}
	return entry_at(m, *pos);
}

void route_stop(struct seq_file *, void *) { rcu_read_unlock(); }

u32 flags_of(const FibRoute &route, Ipv4Prefix p, const struct fib_nh_common *nhc)
{
	u32 flags = RTF_UP;

	if (route.type == RTN_UNREACHABLE || route.type == RTN_PROHIBIT)
		flags |= RTF_REJECT;
	if (nhc->nhc_gw.ipv4)
		flags |= RTF_GATEWAY;
	if (p.length == 32)
		flags |= RTF_HOST;
	return flags;
}

/* Addresses are numbers as they lie in memory; use counts are none, in the kernel's file, too. */
void show_route(struct seq_file *m, Ipv4Prefix p, const FibRoute &route)
{
	struct fib_info *fi = route.fi;
	const struct fib_nh_common *nhc = fib_info_nhc(fi, 0);

	seq_setwidth(m, 127);
	seq_printf(m, "%s\t%08X\t%08X\t%04X\t%d\t%u\t%d\t%08X\t%d\t%u\t%u",
		   nhc->nhc_dev ? nhc->nhc_dev->name : "*", htonl(p.address),
		   nhc->nhc_gw_family == AF_INET ? nhc->nhc_gw.ipv4 : 0, flags_of(route, p, nhc), 0,
		   0, fi->fib_priority, htonl(p.mask()), fi->fib_advmss ? fi->fib_advmss + 40 : 0,
		   fi->fib_window, fi->fib_rtt >> 3);
	seq_pad(m, '\n');
}

int route_show(struct seq_file *m, void *v)
{
	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "%-127s\n",
			   "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU"
			   "\tWindow\tIRTT");
		return 0;
	}
	const auto *entry = static_cast<const FibTrie::Entry *>(v);
	for (const FibRoute *r = entry->value(); r; r = RcuMemory::read(r->next))
		if (r->table == RT_TABLE_MAIN && r->type != RTN_BROADCAST &&
		    r->type != RTN_MULTICAST)
			show_route(m, entry->prefix(), *r);
	return 0;
}

} // namespace

constinit const struct seq_operations fib_route_seq_ops = {
	.start = route_start,
	.stop = route_stop,
	.next = route_next,
	.show = route_show,
};

} // namespace tcpxx
