// SPDX-License-Identifier: GPL-2.0
/*
 * What a route costs, the own table beside the kernel's. Who reads /proc/net/tcpxx_route_cost has it
 * measured: destinations are drawn from the unicast routes with a gateway that the table holds, both
 * sides answer for each of them, and must agree; then each is timed, A B A B ... A, a line a sample:
 *
 *	lookup inkernel INSTRUCTIONS	fib_table_lookup()
 *	lookup tcpxx INSTRUCTIONS	tcpxx::fib_table_lookup()
 *	route inkernel INSTRUCTIONS	ip_route_output_key() and ip_rt_put(): the source is chosen, too
 *	route tcpxx INSTRUCTIONS	tcpxx::ip_route_output()
 *
 * In a guest under "qemu -icount shift=0" the TSC counts instructions. Interrupts are off meanwhile.
 * scripts/route-cost sets up the routes and reads the file.
 */
#include "route_cost.h"
#include "kapi/guards.h"
#include "net/fib_lookup.h"
#include "net/pernet.h"
#include "net/route.h"

namespace tcpxx {
namespace {

constexpr char kName[] = "tcpxx_route_cost";
constexpr u32 kDestinations = 512;
constexpr u32 kRounds = 4; /* over all destinations, a sample */
constexpr u32 kPairs = 7; /* of samples */
constexpr u64 kSeed = 1;

struct Destinations {
	be32 at[kDestinations];
};

/* --- what is measured ------------------------------------------------------------------------ */

struct flowi4 flow_to(be32 daddr)
{
	struct flowi4 fl4;

	flowi4_init_output(&fl4, 0, 0, 0, RT_SCOPE_UNIVERSE, 0, 0, daddr.network(), 0, 0, 0,
			   sock_net_uid(&init_net, nullptr));
	return fl4;
}

struct KernelLookup {
	struct fib_table *table;
	struct flowi4 fl4;
	struct fib_result found;

	bool operator()(be32 daddr)
	{
		fl4.daddr = daddr.network();
		return !::fib_table_lookup(table, &fl4, &found, FIB_LOOKUP_NOREF);
	}
};

struct OwnLookup {
	const FibTrie &trie;
	FibResult found;

	bool operator()(be32 daddr)
	{
		return !tcpxx::fib_table_lookup(trie, {daddr.host(), 0, 0}, found);
	}
};

struct KernelRoute {
	be32 saddr, next_hop;

	bool operator()(be32 daddr)
	{
		struct flowi4 fl4 = flow_to(daddr);
		struct rtable *rt = ip_route_output_key(&init_net, &fl4);

		if (IS_ERR(rt))
			return false;
		saddr = be32::from_network(fl4.saddr);
		next_hop = be32::from_network(rt_nexthop(rt, fl4.daddr));
		ip_rt_put(rt);
		return true;
	}
};

struct OwnRoute {
	be32 saddr, next_hop;

	bool operator()(be32 daddr)
	{
		const Result<Route> route = ip_route_output(
			&init_net, {.daddr = daddr, .saddr = {}, .oif = 0, .mark = 0, .tos = 0});

		if (!route)
			return false;
		saddr = route->saddr;
		next_hop = route->next_hop;
		return true;
	}
};

/* --- destinations ---------------------------------------------------------------------------- */

bool is_wanted(const FibTrie::Entry &entry)
{
	const FibRoute &route = *entry.value();

	return route.table == RT_TABLE_MAIN && route.type == RTN_UNICAST &&
	       fib_info_nhc(route.fi, 0)->nhc_gw_family == AF_INET;
}

/* `e` or the first after it that is wanted, or nullptr. */
const FibTrie::Entry *wanted(const FibTrie &trie, const FibTrie::Entry *e)
{
	while (e && !is_wanted(*e))
		e = trie.after(e->prefix());
	return e;
}

/* An address in the route that follows a random address. False if there is none. */
bool draw(const FibTrie &trie, struct rnd_state &random, be32 &daddr)
{
	const Ipv4Prefix start = {prandom_u32_state(&random), 32};
	const FibTrie::Entry *e =
		wanted(trie, trie.at_or_after(start)) ?: wanted(trie, trie.first());

	if (!e)
		return false;
	const u32 host_part = prandom_u32_state(&random) & ~e->prefix().mask();
	daddr = be32::from_host(e->prefix().address | host_part);
	return true;
}

bool draw_all(const FibTrie &trie, Destinations &destinations)
{
	struct rnd_state random;

	prandom_seed_state(&random, kSeed);
	for (be32 &place : destinations.at)
		if (!draw(trie, random, place))
			return false;
	return true;
}

/* --- measuring ------------------------------------------------------------------------------- */

template <class Work> u64 ticks(Work &work, const Destinations &destinations)
{
	unsigned long flags;

	local_irq_save(flags);
	const u64 begin = rdtsc_ordered();
	for (u32 round = 0; round < kRounds; round++)
		for (const be32 daddr : destinations.at)
			work(daddr);
	const u64 end = rdtsc_ordered();
	local_irq_restore(flags);
	return end - begin;
}

void show_sample(struct seq_file *m, const char *what, const char *stack, u64 ticks)
{
	const u64 hundredths = div_u64(ticks * 100, kRounds * kDestinations);

	seq_printf(m, "%s %s %llu.%02llu\n", what, stack, hundredths / 100, hundredths % 100);
}

template <class A, class B>
void compare(struct seq_file *m, const char *what, A a, B b, const Destinations &destinations)
{
	/* What is made once for all, such as the kernel's route of each next hop, is there then. */
	(void)ticks(a, destinations);
	(void)ticks(b, destinations);
	for (u32 i = 0; i < kPairs; i++) {
		show_sample(m, what, "inkernel", ticks(a, destinations));
		show_sample(m, what, "tcpxx", ticks(b, destinations));
	}
	show_sample(m, what, "inkernel", ticks(a, destinations));
}

/* The first destination for which the two do not find the same, or nullptr. */
const be32 *difference(KernelLookup a, OwnLookup b, KernelRoute c, OwnRoute d,
		       const Destinations &destinations)
{
	for (const be32 &daddr : destinations.at)
		if (!a(daddr) || !b(daddr) || a.found.fi != b.found.fi || !c(daddr) || !d(daddr) ||
		    c.saddr != d.saddr || c.next_hop != d.next_hop)
			return &daddr;
	return nullptr;
}

int measure(struct seq_file *m, Destinations &destinations)
{
	RcuRead rcu;
	const FibTrie &trie = pernet(&init_net).fib.local_main;
	const KernelLookup kernel_lookup = {
		.table = rcu_dereference(init_net.ipv4.fib_main), .fl4 = flow_to({}), .found = {}};
	const OwnLookup own_lookup = {.trie = trie, .found = {}};

	if (!kernel_lookup.table || !draw_all(trie, destinations))
		return -ENOENT;
	if (const be32 *daddr = difference(kernel_lookup, own_lookup, KernelRoute{}, OwnRoute{},
					   destinations)) {
		seq_printf(m, "%pI4: the two do not find the same\n", daddr->b);
		return 0;
	}
	compare(m, "lookup", kernel_lookup, own_lookup, destinations);
	compare(m, "route", KernelRoute{}, OwnRoute{}, destinations);
	return 0;
}

/* Without a route with a gateway: ENOENT. */
int show(struct seq_file *m, void *)
{
	auto *destinations = static_cast<Destinations *>(kmalloc(sizeof(Destinations), GFP_KERNEL));

	if (!destinations)
		return -ENOMEM;
	const int rc = measure(m, *destinations);
	kfree(destinations);
	return rc;
}

} // namespace
} // namespace tcpxx

int route_cost_init(void)
{
	return proc_create_net_single(tcpxx::kName, 0400, init_net.proc_net, tcpxx::show, nullptr) ?
		       0 :
		       -ENOMEM;
}

void route_cost_exit(void) { remove_proc_entry(tcpxx::kName, init_net.proc_net); }
