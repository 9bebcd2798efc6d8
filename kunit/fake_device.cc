// SPDX-License-Identifier: GPL-2.0
#include "fake_device.h"
#include "kapi/guards.h"
#include "net/ip.h"
#include "rtnetlink.h"

namespace tcpxx::testing {
namespace {

struct Private {
	struct sk_buff_head sent;
};

Private &private_of(const struct net_device *dev)
{
	return *static_cast<Private *>(netdev_priv(dev));
}

/* The in-kernel stack, IPv6 above all, has something to say on every device: not kept. */
bool is_ours(const struct sk_buff *skb)
{
	return skb->protocol == datagram_ethertype() || skb->protocol == arp_ethertype();
}

netdev_tx_t keep(struct sk_buff *skb, struct net_device *dev)
{
	if (!is_ours(skb)) {
		consume_skb(skb);
		return NETDEV_TX_OK;
	}
	/* The sender's account is closed, as when a driver has sent it. */
	skb_orphan(skb);
	skb_queue_tail(&private_of(dev).sent, skb);
	return NETDEV_TX_OK;
}

const struct net_device_ops operations = {
	.ndo_start_xmit = keep,
	.ndo_set_mac_address = eth_mac_addr,
};

void setup_ethernet(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &operations;
	dev->priv_flags |= IFF_NO_QUEUE | IFF_LIVE_ADDR_CHANGE;
	dev->features |= NETIF_F_HW_CSUM | NETIF_F_SG;
	eth_hw_addr_set(dev, kOurMac.b);
}

void setup_noarp(struct net_device *dev)
{
	setup_ethernet(dev);
	dev->flags |= IFF_NOARP;
}

void setup_none(struct net_device *dev)
{
	dev->netdev_ops = &operations;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->type = ARPHRD_NONE;
	dev->mtu = ETH_DATA_LEN;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP;
}

struct net_device *make_device(Link link)
{
	void (*setup)(struct net_device *) = link == Link::Ethernet	 ? setup_ethernet :
					     link == Link::EthernetNoArp ? setup_noarp :
									   setup_none;
	return alloc_netdev(sizeof(Private), "fake%d", NET_NAME_ENUM, setup);
}

bool bring_up(struct net_device *dev)
{
	if (register_netdev(dev))
		return false;
	rtnl_lock();
	const int error = dev_open(dev, nullptr);
	rtnl_unlock();
	return !error && !add_address(dev->ifindex, kOurIp, 24);
}

/* Bytes `from` to `to` of the frame as one more fragment. */
bool add_fragment(struct sk_buff *skb, Bytes bytes)
{
	if (bytes.empty())
		return true;
	struct page *page = alloc_page(GFP_ATOMIC);
	if (!page)
		return false;
	__builtin_memcpy(page_address(page), bytes.data(), bytes.size());
	skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, 0, bytes.size(), PAGE_SIZE);
	return true;
}

} // namespace

FakeDevice::FakeDevice(struct kunit *test, Link link) : dev_(make_device(link)), link_(link)
{
	KUNIT_ASSERT_NOT_NULL(test, dev_);
	skb_queue_head_init(&private_of(dev_).sent);
	if (bring_up(dev_))
		return;
	remove();
	KUNIT_FAIL(test, "the fake device did not come up");
	kunit_try_catch_throw(&test->try_catch);
}

FakeDevice::~FakeDevice() { remove(); }

struct in_device *FakeDevice::in_dev() const
{
	rtnl_lock();
	struct in_device *in_dev = __in_dev_get_rtnl(dev_);
	rtnl_unlock();
	return in_dev;
}

void FakeDevice::remove()
{
	if (dev_->reg_state == NETREG_REGISTERED)
		unregister_netdev(dev_);
	forget_sent();
	free_netdev(dev_);
}

SkbPtr FakeDevice::make(const Frame &frame, Split split) const
{
	const u32 header = sizeof(EthernetHeader);
	const Bytes bytes = frame.bytes();
	const Bytes linear =
		bytes.first(split.linear == ~0u ? bytes.size() : header + split.linear);
	SkbPtr skb(alloc_skb(NET_IP_ALIGN + linear.size(), GFP_ATOMIC));

	if (!skb)
		return skb;
	skb_reserve(skb.get(), NET_IP_ALIGN);
	skb_put_data(skb.get(), linear.data(), linear.size());
	const Bytes rest = bytes.after(linear.size());
	const Bytes first =
		rest.first(split.first == ~0u ? rest.size() : split.first - split.linear);
	if (!add_fragment(skb.get(), first) || !add_fragment(skb.get(), rest.after(first.size()))) {
		skb.drop(Drop::NoMemory);
		return skb;
	}
	skb->dev = dev_;
	if (link_ != Link::None) {
		skb->protocol = eth_type_trans(skb.get(), dev_);
		return skb;
	}
	/* Such a device takes the ethertype out of band, and no header. */
	skb->protocol = bytes.as<EthernetHeader>()->type.network();
	skb_pull(skb.get(), header);
	skb_reset_mac_header(skb.get());
	return skb;
}

int FakeDevice::set_address(const MacAddress &mac) const
{
	struct sockaddr address = {.sa_family = ARPHRD_ETHER};

	__builtin_memcpy(address.sa_data, mac.b, sizeof(mac.b));
	rtnl_lock();
	const int rc = dev_set_mac_address(dev_, &address, nullptr);
	rtnl_unlock();
	return rc;
}

SkbPtr FakeDevice::make_summed(const Frame &frame, Split split) const
{
	SkbPtr skb = make(frame, split);

	if (!skb)
		return skb;
	skb->csum = skb_checksum(skb.get(), 0, static_cast<int>(skb->len), 0);
	skb->ip_summed = CHECKSUM_COMPLETE;
	return skb;
}

void FakeDevice::receive(SkbPtr skb)
{
	BhOff softirq;

	if (skb)
		netif_receive_skb(skb.release());
}

SkbPtr FakeDevice::take_sent() { return SkbPtr(skb_dequeue(&private_of(dev_).sent)); }

SkbPtr FakeDevice::next_sent()
{
	struct sk_buff *skb = take_sent().release();

	if (skb && skb_linearize(skb)) {
		kfree_skb(skb);
		return SkbPtr();
	}
	return SkbPtr(skb);
}

u32 FakeDevice::count_sent() const { return skb_queue_len(&private_of(dev_).sent); }

void FakeDevice::forget_sent() { skb_queue_purge(&private_of(dev_).sent); }

} // namespace tcpxx::testing
