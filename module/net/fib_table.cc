// SPDX-License-Identifier: GPL-2.0
/* Fills the forwarding table and keeps it true to the kernel's: the writer of fib_table.h. */
#include "net/fib_table.h"
#include "net/pernet.h"

namespace tcpxx {
namespace {

constexpr unsigned long kRefillDelay = HZ; /* memory may be there again */

FibTrie *trie_of(FibTable &t, u32 table)
{
	switch (table) {
	case RT_TABLE_LOCAL:
	case RT_TABLE_MAIN: return &t.local_main;
	case RT_TABLE_DEFAULT: return &t.fallback;
	}
	return nullptr;
}

/* --- one route ------------------------------------------------------------------------------- */

FibRoute *make_route(const struct fib_entry_notifier_info &event)
{
	auto *route = static_cast<FibRoute *>(RcuMemory::allocate(sizeof(FibRoute)));

	if (!route)
		return nullptr;
	fib_info_hold(event.fi);
	*route = {.fi = event.fi,
		  .next = nullptr,
		  .table = event.tb_id,
		  .type = event.type,
		  .tos = inet_dscp_to_dsfield(event.dscp),
		  .reclaim = {}};
	return route;
}

/* Readers may still see it. The kernel, too, frees a fib_info only after a grace period. */
void retire_route(FibRoute *route)
{
	fib_info_put(route->fi);
	RcuMemory::retire(route);
}

void discard_route(FibRoute *route)
{
	fib_info_put(route->fi);
	RcuMemory::discard(route);
}

/* --- the list of a prefix -------------------------------------------------------------------- */

/* Where in the list of a prefix the route of a table is, or belongs. Local comes before main: the
 * order of their numbers, from the highest. */
class FibPlace {
	FibTrie &trie_;
	Ipv4Prefix prefix_;
	bool exists_; /* the prefix */
	FibRoute *head_ = nullptr; /* of the list as it is */
	FibRoute **link_ = &head_;
	FibRoute *there_; /* the route of this table, or nullptr */

public:
	FibPlace(FibTrie &trie, Ipv4Prefix prefix, u32 table) : trie_(trie), prefix_(prefix)
	{
		const FibTrie::Entry *entry = trie.find(prefix);

		exists_ = entry;
		if (entry)
			head_ = entry->value();
		while (*link_ && (*link_)->table > table)
			link_ = &(*link_)->next;
		there_ = *link_ && (*link_)->table == table ? *link_ : nullptr;
	}
	FibPlace(const FibPlace &) = delete;

	/* `route` comes in the place of what is there. False without memory: then nothing changed. */
	bool put(FibRoute *route)
	{
		route->next = there_ ? there_->next : *link_;
		if (link_ != &head_)
			RcuMemory::publish(*link_, route);
		else if (exists_)
			(void)!trie_.replace(prefix_, route);
		else if (!trie_.insert(prefix_, route))
			return false;
		if (there_)
			retire_route(there_);
		return true;
	}

	/* Needs no memory. */
	void clear()
	{
		if (!there_)
			return;
		FibRoute *next = there_->next;
		if (link_ != &head_)
			RcuMemory::publish(*link_, next);
		else if (next)
			(void)!trie_.replace(prefix_, next);
		else
			(void)!trie_.remove(prefix_);
		retire_route(there_);
	}
};

/* --- events ---------------------------------------------------------------------------------- */

/* What is not stored must at least not be there in its old form, nor keep a device from going. */
void replace_entry(FibTable &t, FibPlace &place, const struct fib_entry_notifier_info &event)
{
	FibRoute *route = make_route(event);

	if (route && place.put(route))
		return;
	if (route)
		discard_route(route);
	place.clear();
	fib_table_failed(t);
}

void entry_event(FibTable &t, unsigned long event, const struct fib_entry_notifier_info &info)
{
	FibTrie *trie = trie_of(t, info.tb_id);

	if (!trie)
		return;
	FibPlace place(*trie, {info.dst, static_cast<u8>(info.dst_len)}, info.tb_id);
	if (event == FIB_EVENT_ENTRY_REPLACE)
		replace_entry(t, place, info);
	else
		place.clear();
	/* Who reads the new number finds the new routes. */
	smp_store_release(&t.changes, t.changes + 1);
}

/* A rule beyond the three defaults, or one of these gone: from then on the kernel itself says so. */
void rule_event(FibTable &t, unsigned long event, const struct fib_rule_notifier_info &info)
{
	if (t.rules_reported || (event == FIB_EVENT_RULE_ADD && fib4_rule_default(info.rule)))
		return;
	t.rules_reported = true;
	pr_info("network namespace %u: own routing rules; the kernel is asked for every route\n",
		t.net->ns.inum);
}

/* Never an error, which would refuse the user's route. Atomic context. */
int fib_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	FibTable &t = *container_of(nb, FibTable, notifier);
	const auto *info = static_cast<const struct fib_notifier_info *>(ptr);

	if (info->family != AF_INET)
		return NOTIFY_DONE;
	switch (event) {
	case FIB_EVENT_ENTRY_REPLACE:
	case FIB_EVENT_ENTRY_DEL:
		entry_event(t, event,
			    *container_of(info, const struct fib_entry_notifier_info, info));
		break;
	case FIB_EVENT_RULE_ADD:
	case FIB_EVENT_RULE_DEL:
		rule_event(t, event,
			   *container_of(info, const struct fib_rule_notifier_info, info));
		break;
	}
	return NOTIFY_DONE;
}

/* --- all at once ----------------------------------------------------------------------------- */

void drop_list(FibRoute *route)
{
	while (route) {
		FibRoute *next = route->next;
		retire_route(route);
		route = next;
	}
}

/* Also what the kernel calls before it tells everything once more, because meanwhile something has
 * changed. No writer beside this. */
void forget_all(struct notifier_block *nb)
{
	FibTable &t = *container_of(nb, FibTable, notifier);

	t.local_main.clear(drop_list);
	t.fallback.clear(drop_list);
}

void schedule_refill(FibTable &t)
{
	if (!t.ending)
		queue_delayed_work(system_wq, &t.refill, kRefillDelay);
}

/* Empty and not on the chain before; process context, without RTNL, which registration takes. */
void fill(FibTable &t)
{
	const int error = register_fib_notifier(t.net, &t.notifier, forget_all, nullptr);

	/* Told a part, and nothing further. */
	if (error)
		forget_all(&t.notifier);
	rtnl_lock();
	t.filling = false;
	if (error || t.failed)
		schedule_refill(t);
	else
		smp_store_release(&t.complete, true);
	rtnl_unlock();
}

void refill(struct work_struct *work)
{
	FibTable &t = *container_of(to_delayed_work(work), FibTable, refill);

	rtnl_lock();
	WRITE_ONCE(t.complete, false);
	t.filling = true;
	t.failed = false;
	rtnl_unlock();
	/* Waits for readers, those that still believed the table to be complete among them. */
	unregister_fib_notifier(t.net, &t.notifier);
	forget_all(&t.notifier);
	fill(t);
}

} // namespace

void fib_table_failed(FibTable &t)
{
	t.failed = true;
	WRITE_ONCE(t.complete, false);
	if (!t.filling)
		schedule_refill(t);
}

void fib_net_init(struct net *net)
{
	FibTable &t = pernet(net).fib;

	new (&t.local_main) FibTrie;
	new (&t.fallback) FibTrie;
	t.net = net;
	t.seed = get_random_u32();
	t.filling = true;
	/* Last on the chain: another listener may refuse a route, and then nobody hears that it is gone. */
	t.notifier = {.notifier_call = fib_event, .next = nullptr, .priority = INT_MIN};
	INIT_DELAYED_WORK(&t.refill, refill);
	fill(t);
}

void fib_net_exit(struct net *net)
{
	FibTable &t = pernet(net).fib;

	rtnl_lock();
	t.ending = true;
	rtnl_unlock();
	cancel_delayed_work_sync(&t.refill);
	unregister_fib_notifier(net, &t.notifier);
	forget_all(&t.notifier);
}

} // namespace tcpxx
