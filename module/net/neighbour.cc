// SPDX-License-Identifier: GPL-2.0
/*
 * The neighbour table from outside: packets on their way to a station, what is heard about one, the
 * timer, and devices that go. Takes the table's lock, asks neighbour_entry.cc, lets it go, and then
 * sends what is to be sent.
 */
#include "net/neighbour_entry.h"
#include "kapi/guards.h"
#include "net/pernet.h"
#include "tcp/err.h"

namespace tcpxx {
namespace {

int refuse(struct net *net, SkbPtr skb, Drop cause, int error)
{
	drop(net, move(skb), cause);
	return error;
}

/* Puts the link-layer header before the datagram and gives it to the device. */
int link_output(struct net *net, SkbPtr skb, const u8 *address)
{
	struct net_device *dev = skb->dev;

	if (skb_cow_head(skb.get(), LL_RESERVED_SPACE(dev)))
		return refuse(net, move(skb), Drop::NoMemory, -ENOMEM);
	/* A device without link layer has no header_ops: nothing is put there. */
	if (dev_hard_header(skb.get(), dev, ntohs(skb->protocol), address, nullptr, skb->len) < 0)
		return refuse(net, move(skb), Drop::NeighbourFailed, -EINVAL);
	const int rc = dev_queue_xmit(skb.release());
	return rc > 0 ? net_xmit_errno(rc) : rc;
}

/* What eth_header() would write, for all devices whose headers are Ethernet's and may be kept: the
 * driver says so with eth_header_cache. Much cheaper than the way through dev_hard_header(). */
bool has_plain_header(const struct net_device *dev)
{
	return dev->header_ops->cache == eth_header_cache;
}

/* link_output() to a station that is known. */
int cached_output(struct net *net, SkbPtr skb, const MacAddress &mac)
{
	struct net_device *dev = skb->dev;

	if (!has_plain_header(dev) || skb_header_cloned(skb.get()) ||
	    skb_headroom(skb.get()) < static_cast<u32>(LL_RESERVED_SPACE(dev)))
		return link_output(net, move(skb), mac.b);
	auto *header = static_cast<struct ethhdr *>(__skb_push(skb.get(), ETH_HLEN));
	__builtin_memcpy(header->h_dest, mac.b, ETH_ALEN);
	__builtin_memcpy(header->h_source, dev->dev_addr, ETH_ALEN);
	header->h_proto = skb->protocol;
	const int rc = dev_queue_xmit(skb.release());
	return rc > 0 ? net_xmit_errno(rc) : rc;
}

/* Tells the connection of a datagram of ours that the next hop does not answer. */
void report_unreachable(struct net *net, SkbPtr skb)
{
	const Result<QuotedSegment, Drop> segment = parse_icmp_quote(linear_bytes(skb.get()));

	/* What a router would say of the station behind it. */
	if (segment)
		tcp_v4_err(net, *segment,
			   icmp_meaning(kIcmpUnreachable, kIcmpHostUnreachable).error,
			   skb->dev->ifindex);
	drop(net, move(skb), Drop::NeighbourFailed);
}

void drop_all(struct net *net, struct sk_buff_head &list, Drop cause)
{
	while (struct sk_buff *skb = __skb_dequeue(&list))
		drop(net, SkbPtr(skb), cause);
}

/* Without the table's lock. `ready` datagrams have been taken out before. */
void empty(struct net *net, Outbox &out)
{
	while (struct sk_buff *request = __skb_dequeue(&out.requests)) {
		count(net, Mib::ArpRequestsSent);
		dev_queue_xmit(request);
	}
	while (struct sk_buff *skb = __skb_dequeue(&out.unreachable))
		report_unreachable(net, SkbPtr(skb));
	drop_all(net, out.overflow, Drop::NeighbourQueueFull);
	drop_all(net, out.stranded, Drop::NeighbourFailed);
}

/* Datagrams that waited for the address of one station. */
void send_ready(struct net *net, Outbox &out, const MacAddress &mac)
{
	while (struct sk_buff *skb = __skb_dequeue(&out.ready))
		link_output(net, SkbPtr(skb), mac.b);
}

/* The address in frames of a device on which nobody is asked; the device may have none at all. */
const u8 *fixed_address(const struct net_device *dev)
{
	return dev->flags & (IFF_NOARP | IFF_LOOPBACK) ? dev->dev_addr : dev->broadcast;
}

bool needs_resolution(const struct net_device *dev)
{
	return dev->header_ops && !(dev->flags & (IFF_NOARP | IFF_LOOPBACK | IFF_POINTOPOINT));
}

/* The datagram's connection has made progress since its last one: its next hop hears us. */
bool takes_confirmation(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	if (!skb_get_dst_pending_confirm(skb))
		return false;
	skb_set_dst_pending_confirm(skb, 0);
	if (sk && READ_ONCE(sk->sk_dst_pending_confirm))
		WRITE_ONCE(sk->sk_dst_pending_confirm, 0);
	return true;
}

/* The address of a Reachable or Permanent station as a word, 0 for any other. No lock but RCU. */
u64 connected_address(NeighbourTable &t, struct sk_buff *skb, be32 ip)
{
	Neighbour *n = neigh_find(t, skb->dev, ip);
	const unsigned long now = jiffies;

	if (!n)
		return 0;
	const u64 word = READ_ONCE(n->connected);
	if (!word)
		return 0;
	if (READ_ONCE(n->used) != now)
		WRITE_ONCE(n->used, now);
	if (takes_confirmation(skb) && READ_ONCE(n->confirmed) != now)
		WRITE_ONCE(n->confirmed, now);
	return word;
}

/* The timer fires when the next entry is due; not more than a hundred times in a second, however many
 * entries there are. */
void watch(NeighbourTable &t)
{
	const unsigned long soonest = jiffies + HZ / 100;
	const Neighbour *n = neigh_first_due(t);

	if (n)
		timer_reduce(&t.timer, time_before(n->due, soonest) ? soonest : n->due);
}

enum class Decision : u8 { Send, Waits, TableFull, Unreachable };

/* Decides about a packet. Send: to `mac`; Waits: `skb` is in the queue; else the caller drops it. */
Decision resolve(NeighbourTable &t, be32 next_hop, SkbPtr &skb, MacAddress &mac, Outbox &out)
{
	BhLock lock(&t.lock);
	Neighbour *n = neigh_find(t, skb->dev, next_hop);

	if (!n)
		n = neigh_create(t, skb->dev, next_hop, out, jiffies);
	if (!n)
		return skb->dev->flags & IFF_UP ? Decision::TableFull : Decision::Unreachable;
	/* Not for the packet that wakes a Stale entry: what it has to say may be of long ago. */
	if (takes_confirmation(skb.get()) && n->state != NeighState::Stale)
		WRITE_ONCE(n->confirmed, jiffies);
	neigh_used(t, *n, skb.get(), out, jiffies);
	watch(t);
	if (n->state == NeighState::Failed)
		return Decision::Unreachable;
	if (n->state == NeighState::Incomplete) {
		neigh_enqueue(*n, move(skb), out);
		return Decision::Waits;
	}
	mac = n->mac;
	return Decision::Send;
}

int output_slow(struct net *net, be32 next_hop, SkbPtr skb)
{
	Outbox out;
	MacAddress mac;
	const Decision decision = resolve(pernet(net).neigh, next_hop, skb, mac, out);

	empty(net, out);
	switch (decision) {
	case Decision::Send: return link_output(net, move(skb), mac.b);
	case Decision::Waits: break;
	case Decision::TableFull: return refuse(net, move(skb), Drop::NoMemory, -ENOBUFS);
	case Decision::Unreachable:
		return refuse(net, move(skb), Drop::NeighbourFailed, -EHOSTUNREACH);
	}
	return 0;
}

void timer_handler(struct timer_list *timer)
{
	neigh_periodic_work(*container_of(timer, NeighbourTable, timer), jiffies);
}

void flush(NeighbourTable &t, struct list_head &list, const struct net_device *dev,
	   Permanents permanents, Outbox &out)
{
	Neighbour *n, *after;

	list_for_each_entry_safe(n, after, &list, age) {
		if (dev && n->dev != dev)
			continue;
		if (n->state != NeighState::Permanent || permanents == Permanents::Go)
			neigh_remove(t, *n, out);
	}
}

/* Flags or carrier of a device have changed. Whoever comes back on a link may be another. */
void device_changed(struct net_device *dev, const struct netdev_notifier_change_info *info)
{
	NeighbourTable &t = pernet(dev_net(dev)).neigh;
	struct in_device *in_dev = __in_dev_get_rtnl(dev);

	if (info->flags_changed & IFF_NOARP)
		neigh_ifdown(t, dev);
	else if (!netif_carrier_ok(dev) && (!in_dev || IN_DEV_ARP_EVICT_NOCARRIER(in_dev)))
		neigh_ifdown(t, dev, Permanents::Stay);
}

/* The device can be heard again, or has another address: everybody is told if net.ipv4.conf.DEV.arp_notify says so,
 * and in any case if the kernel has `asked` for it, as when a virtual machine has moved. */
void announce(struct net_device *dev, bool asked)
{
	struct in_device *in_dev = __in_dev_get_rtnl(dev);

	if (!in_dev)
		return;
	if (asked || IPV4_DEVCONF_ALL(dev_net(dev), ARP_NOTIFY) || IN_DEV_CONF_GET(in_dev, ARP_NOTIFY))
		arp_send_gratuitous(dev, in_dev);
}

int netdev_event(struct notifier_block *, unsigned long event, void *info)
{
	struct net_device *dev =
		netdev_notifier_info_to_dev(static_cast<netdev_notifier_info *>(info));

	switch (event) {
	case NETDEV_DOWN:
	case NETDEV_UNREGISTER: neigh_ifdown(pernet(dev_net(dev)).neigh, dev); break;
	case NETDEV_CHANGEADDR: neigh_ifdown(pernet(dev_net(dev)).neigh, dev); fallthrough;
	case NETDEV_UP: announce(dev, false); break;
	case NETDEV_NOTIFY_PEERS: announce(dev, true); break;
	case NETDEV_CHANGE:
		device_changed(dev, static_cast<struct netdev_notifier_change_info *>(info));
		break;
	}
	return NOTIFY_DONE;
}

constinit struct notifier_block netdev_notifier = {.notifier_call = netdev_event};

void show_entry(struct seq_file *m, const Neighbour &n)
{
	const MacAddress mac = address_known(n) ? n.mac : MacAddress{};
	const u32 flags = (address_known(n) ? ATF_COM : 0) |
			  (n.state == NeighState::Permanent ? ATF_PERM : 0);
	char ip[16];

	scnprintf(ip, sizeof(ip), "%pI4", n.ip.b);
	seq_printf(m, "%-16s 0x%-10x0x%-10x%pM     *        %s\n", ip, n.dev->type, flags, mac.b,
		   n.dev->name);
}

} // namespace

int neigh_output(struct net *net, be32 next_hop, SkbPtr skb)
{
	struct net_device *dev = skb->dev;

	if (!needs_resolution(dev))
		return link_output(net, move(skb), fixed_address(dev));
	/* ARP is spoken here for the six bytes of Ethernet only. */
	if (dev->addr_len != sizeof(MacAddress))
		return refuse(net, move(skb), Drop::NeighbourFailed, -EHOSTUNREACH);
	const u64 word = connected_address(pernet(net).neigh, skb.get(), next_hop);
	if (!word)
		return output_slow(net, next_hop, move(skb));
	return cached_output(net, move(skb), from_word(word));
}

void neigh_update(struct net *net, struct net_device *dev, be32 ip, const MacAddress &mac,
		  Heard heard)
{
	NeighbourTable &t = pernet(net).neigh;
	Outbox out;

	{
		BhLock lock(&t.lock);
		Neighbour *n = neigh_find(t, dev, ip);

		if (!n && heard == Heard::Request)
			n = neigh_create(t, dev, ip, out, jiffies);
		if (n) {
			neigh_learn(t, *n, mac, heard, out, jiffies);
			watch(t);
		}
	}
	send_ready(net, out, mac);
	empty(net, out);
}

void neigh_kernel_changed(struct net_device *dev, be32 ip)
{
	struct net *net = dev_net(dev);
	NeighbourTable &t = pernet(net).neigh;
	MacAddress mac;
	Outbox out;

	{
		BhLock lock(&t.lock);
		Neighbour *n = neigh_find(t, dev, ip);

		if (!n)
			return;
		neigh_pin(t, *n, kernel_permanent(dev, ip, mac) ? &mac : nullptr, out, jiffies);
		watch(t);
	}
	send_ready(net, out, mac);
	empty(net, out);
}

void neigh_periodic_work(NeighbourTable &t, unsigned long now)
{
	RcuRead rcu;
	Outbox out;

	{
		BhLock lock(&t.lock);

		while (Neighbour *n = neigh_first_due(t)) {
			if (time_before(now, n->due))
				break;
			neigh_due(t, *n, out, now);
		}
		watch(t);
	}
	empty(t.net, out);
}

void neigh_ifdown(NeighbourTable &t, struct net_device *dev, Permanents permanents)
{
	Outbox out;

	{
		BhLock lock(&t.lock);

		flush(t, t.idle, dev, permanents, out);
		flush(t, t.busy, dev, permanents, out);
	}
	empty(t.net, out);
}

void neigh_seq_show(struct seq_file *m, struct net *net)
{
	NeighbourTable &t = pernet(net).neigh;
	BhLock lock(&t.lock);
	Neighbour *n;

	seq_puts(m, "IP address       HW type     Flags       HW address            ");
	seq_puts(m, "Mask     Device\n");
	list_for_each_entry(n, &t.idle, age)
		show_entry(m, *n);
	list_for_each_entry(n, &t.busy, age)
		show_entry(m, *n);
}

int neigh_net_init(struct net *net)
{
	NeighbourTable &t = pernet(net).neigh;

	timer_setup(&t.timer, timer_handler, 0);
	return neigh_table_init(t, net) ? 0 : -ENOMEM;
}

void neigh_net_exit(struct net *net)
{
	NeighbourTable &t = pernet(net).neigh;

	neigh_ifdown(t, nullptr);
	timer_shutdown_sync(&t.timer);
	neigh_table_exit(t);
}

int neigh_init()
{
	int error = register_netdevice_notifier(&netdev_notifier);

	if (error)
		return error;
	/* No entry can have been made before: there is no socket yet, and nothing is received. */
	error = neigh_follow_kernel();
	if (error)
		unregister_netdevice_notifier(&netdev_notifier);
	return error;
}

void neigh_exit()
{
	neigh_unfollow_kernel();
	/* Tells the notifier of every device that it is going down, so all tables are empty then. */
	unregister_netdevice_notifier(&netdev_notifier);
}

} // namespace tcpxx
