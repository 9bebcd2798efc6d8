// SPDX-License-Identifier: GPL-2.0
/*
 * Permanent entries of the kernel's own neighbour table (ip neigh add ... nud permanent) hold for this
 * stack, too, and those of nud noarp, which nobody is asked for either. Two ways together miss
 * nothing: an entry of ours asks when it is made, and a notifier tells of each later change. The
 * kernel changes its entry before it tells, so whoever comes later to our table's lock sees it as
 * it is. Anything else in the kernel's table is of no interest: its ARP is another protocol.
 */
#include "net/neighbour_entry.h"

namespace tcpxx {
namespace {

be32 key_of(const struct neighbour &kernel)
{
	be32 ip;

	__builtin_memcpy(ip.b, kernel.primary_key, sizeof(ip.b));
	return ip;
}

int netevent(struct notifier_block *, unsigned long event, void *info)
{
	if (event != NETEVENT_NEIGH_UPDATE)
		return NOTIFY_DONE;
	const auto *kernel = static_cast<const struct neighbour *>(info);
	if (kernel->tbl == &arp_tbl && kernel->dev->addr_len == sizeof(MacAddress))
		neigh_kernel_changed(kernel->dev, key_of(*kernel));
	return NOTIFY_DONE;
}

constinit struct notifier_block netevent_notifier = {.notifier_call = netevent};

} // namespace

bool kernel_permanent(struct net_device *dev, be32 ip, MacAddress &mac)
{
	const struct neighbour *n = __ipv4_neigh_lookup_noref(dev, ip.network());

	/* One that is being removed keeps its state. */
	if (!n || READ_ONCE(n->dead) || !(READ_ONCE(n->nud_state) & (NUD_PERMANENT | NUD_NOARP)))
		return false;
	neigh_ha_snapshot(reinterpret_cast<char *>(mac.b), n, dev);
	return true;
}

int neigh_follow_kernel() { return register_netevent_notifier(&netevent_notifier); }

void neigh_unfollow_kernel() { unregister_netevent_notifier(&netevent_notifier); }

} // namespace tcpxx
