// SPDX-License-Identifier: GPL-2.0
/* GSO and GRO with the kernel's own machinery around them: skb_gso_segment(), and a device with NAPI. */
#include "kapi/guards.h"
#include "core/offload.h"
#include "peer.h"

namespace tcpxx::testing {
namespace {

/* Hands packets up by way of GRO, all in one poll. */
class Napi {
	/* Not on the stack: it has a timer. */
	struct State {
		struct napi_struct napi;
		struct sk_buff_head queue;
	};
	State *state_;

	static int poll(struct napi_struct *napi, int)
	{
		State &state = *container_of(napi, State, napi);
		int done = 0;

		while (struct sk_buff *skb = __skb_dequeue(&state.queue)) {
			napi_gro_receive(napi, skb);
			done++;
		}
		napi_complete_done(napi, done);
		return done;
	}

public:
	/* The memory is the test's. */
	Napi(struct kunit *test, struct net_device *dev) :
		state_(static_cast<State *>(kunit_kzalloc(test, sizeof(State), GFP_KERNEL)))
	{
		KUNIT_ASSERT_NOT_NULL(test, state_);
		__skb_queue_head_init(&state_->queue);
		netif_napi_add(dev, &state_->napi, poll);
		napi_enable(&state_->napi);
	}
	~Napi()
	{
		napi_disable(&state_->napi);
		netif_napi_del(&state_->napi);
	}
	Napi(const Napi &) = delete;
	void add(SkbPtr skb)
	{
		if (skb)
			__skb_queue_tail(&state_->queue, skb.release());
	}
	/* Fewer than a poll's budget; all of them have been handed up afterwards. */
	void deliver()
	{
		local_bh_disable();
		napi_schedule(&state_->napi);
		local_bh_enable();
		/* Waits for the poll, wherever it runs. */
		napi_disable(&state_->napi);
		napi_enable(&state_->napi);
	}
};

/* A packet of `len` bytes of text in segments of 1000, as it was sent; only one. */
struct Sent : Accepted {
	SkbPtr skb;

	Sent(struct kunit *test, u32 len, const Offer &offer = {}) : Accepted(test, offer)
	{
		tcb().ecn.reduced();
		/* Takes the packet before it is cut up. */
		peer.device.dev()->flags |= IFF_LOOPBACK;
		peer.device.dev()->features |= NETIF_F_TSO | NETIF_F_TSO_ECN;
		EXPECT_EQ(sock.send(len), len);
		peer.device.dev()->flags &= ~static_cast<unsigned int>(IFF_LOOPBACK);
		skb = peer.device.take_sent();
		EXPECT_EQ(peer.waiting(), 0);
		KUNIT_ASSERT_TRUE(test, !!skb);
	}
};

void expect_cut(struct kunit *test, netdev_features_t features)
{
	Sent c(test, 3500);
	u32 seq = c.peer.our_iss + 1, text = 0;

	EXPECT_EQ(skb_shinfo(c.skb.get())->gso_segs, 4);
	EXPECT_EQ(skb_shinfo(c.skb.get())->gso_size, 1000);
	/* It is still the sender's, who is charged for each segment and no more. */
	struct sock *owner = &c.tp().sk;
	const u32 charged = refcount_read(&owner->sk_wmem_alloc);
	skb_set_owner_w(c.skb.get(), owner);
	__skb_pull(c.skb.get(), sizeof(EthernetHeader));
	struct sk_buff *segs = skb_gso_segment(c.skb.get(), features), *seg, *next;
	KUNIT_ASSERT_TRUE(test, !IS_ERR_OR_NULL(segs));
	skb_list_walk_safe(segs, seg, next) {
		skb_mark_not_on_list(seg);
		EXPECT_EQ(seg->ip_summed, features & NETIF_F_HW_CSUM ? CHECKSUM_PARTIAL : CHECKSUM_NONE);
		EXPECT_TRUE(!skb_is_gso(seg));
		EXPECT_TRUE(seg->sk == owner);
		EXPECT_TRUE(seg->truesize < 1000 + 2 * SKB_TRUESIZE(kSegmentHeadroom + 1000));
		if (seg->ip_summed == CHECKSUM_PARTIAL)
			EXPECT_EQ(skb_checksum_help(seg), 0);
		EXPECT_EQ(skb_linearize(seg), 0);
		auto *ip = reinterpret_cast<const Ipv4Header *>(skb_network_header(seg));
		auto *tcp = reinterpret_cast<const TcpHeader *>(skb_transport_header(seg));
		const Bytes datagram = Bytes(skb_network_header(seg), seg->len - skb_network_offset(seg));
		const Bytes segment = datagram.after(sizeof(*ip));
		EXPECT_TRUE(!!parse_segment_headers(datagram, datagram.size()).tcp);
		EXPECT_EQ(segment_checksum(*ip, segment), 0);
		EXPECT_EQ(tcp->seq.host(), seq + text);
		EXPECT_EQ(!!(tcp->flags & kPsh), !next);
		text += segment.size() - kTcpHeaderLen;
		consume_skb(seg);
	}
	EXPECT_EQ(text, 3500);
	c.skb.consume();
	EXPECT_EQ(refcount_read(&owner->sk_wmem_alloc), charged);
}

} // namespace

TEST(cut_for_a_device_that_sums_up) { expect_cut(test, NETIF_F_SG | NETIF_F_HW_CSUM); }
TEST(cut_for_one_that_does_not) { expect_cut(test, NETIF_F_SG); }
TEST(cut_for_one_without_fragments) { expect_cut(test, 0); }

/* Such as somebody could hand in by a raw socket or a tap. */
TEST(nonsense_is_not_cut)
{
	static constexpr struct {
		const char *what;
		void (*change)(Ipv4Header &, TcpHeader &);
	} rows[] = {
		{"length", [](Ipv4Header &ip, TcpHeader &) { ip.tot_len = be16::from_host(40); }},
		{"UDP", [](Ipv4Header &ip, TcpHeader &) { ip.protocol = 17; }},
		{"fragment", [](Ipv4Header &ip, TcpHeader &) { ip.frag_off = be16::from_host(0x2000); }},
		{"TCP header", [](Ipv4Header &, TcpHeader &tcp) { tcp.offset_reserved = 4 << 4; }},
	};

	for (const auto &row : rows) {
		Sent c(test, 2500);
		__skb_pull(c.skb.get(), sizeof(EthernetHeader));
		auto *ip = reinterpret_cast<Ipv4Header *>(c.skb->data);
		row.change(*ip, *reinterpret_cast<TcpHeader *>(ip + 1));
		ip->check = {};
		ip->check = be16::from_network(ip_fast_csum(ip, 5));
		EXPECT_TRUE_IN(row.what, IS_ERR(skb_gso_segment(c.skb.get(), NETIF_F_SG | NETIF_F_HW_CSUM)));
		c.skb.consume();
	}
}

/* RFC 3168, 6.1.2: CWR is said once, and every segment is marked. */
TEST(cwr_is_on_the_first_segment)
{
	Sent c(test, 3500, {.flags = kSyn | kEcnSetup});
	u32 number = 0;

	EXPECT_TRUE(skb_shinfo(c.skb.get())->gso_type & SKB_GSO_TCP_ECN);
	__skb_pull(c.skb.get(), sizeof(EthernetHeader));
	struct sk_buff *segs = skb_gso_segment(c.skb.get(), NETIF_F_SG | NETIF_F_HW_CSUM), *seg, *next;
	KUNIT_ASSERT_TRUE(test, !IS_ERR_OR_NULL(segs));
	skb_list_walk_safe(segs, seg, next) {
		auto *tcp = reinterpret_cast<const TcpHeader *>(skb_transport_header(seg));
		EXPECT_EQ(ip_of(seg).tos, 2);
		EXPECT_EQ(!!(tcp->flags & kCwr), !number++);
		consume_skb(seg);
	}
	EXPECT_EQ(number, 4);
	c.skb.consume();
}

/* --- GRO -------------------------------------------------------------------------------------- */

TEST(segments_arrive_as_one_packet)
{
	Accepted c(test);
	Moved in(Mib::InSegs), datagrams(Mib::InReceives);
	{
		Napi napi(test, c.peer.device.dev());
		for (u32 i = 0; i < 5; i++)
			napi.add(c.peer.make({.seq = 1 + i * 1000, .text = i < 4 ? 1000u : 300u}));
		napi.deliver();
	}
	EXPECT_EQ(in.by(), 1);
	EXPECT_EQ(datagrams.by(), 1);
	EXPECT_EQ(c.sock.receive(5000), 4300);
	EXPECT_EQ(c.tp().ack.rcv_mss, 1000);
}

namespace {

/* The packet with this identification and type of service. */
SkbPtr with_ip(SkbPtr skb, u16 id, u8 tos)
{
	if (skb) {
		auto *ip = reinterpret_cast<Ipv4Header *>(skb->data);
		ip->id = be16::from_host(id);
		ip->tos = tos;
		ip_send_check(*ip);
	}
	return skb;
}

} // namespace

/* In order, whatever cannot be put together. */
TEST(what_stays_apart)
{
	Accepted c(test);
	Moved in(Mib::InSegs), wrong(Mib::InCsumErrors);
	{
		Napi napi(test, c.peer.device.dev());
		napi.add(c.peer.make({.seq = 1, .text = 1000}));
		napi.add(c.peer.make({.seq = 1001, .text = 1000}));
		/* Its text is not what it was summed up for. */
		SkbPtr damaged = c.peer.make({.seq = 2001, .text = 1000});
		KUNIT_ASSERT_TRUE(test, !!damaged);
		damaged->ip_summed = CHECKSUM_NONE;
		damaged->data[damaged->len - 1] ^= 1;
		napi.add(move(damaged));
		napi.add(c.peer.make({.seq = 2001, .text = 1000, .window = 500}));
		napi.add(c.peer.make({.seq = 3001, .text = 1000}));
		napi.deliver();
	}
	EXPECT_EQ(wrong.by(), 1);
	EXPECT_EQ(in.by(), 4);
	EXPECT_EQ(c.sock.receive(5000), 4000);
}

/* PSH ends a packet; what comes behind it begins another. */
TEST(push_ends_a_packet)
{
	Accepted c(test);
	Moved in(Mib::InSegs);
	{
		Napi napi(test, c.peer.device.dev());
		napi.add(c.peer.make({.seq = 1, .text = 1000}));
		napi.add(c.peer.make({.flags = kAck | kPsh, .seq = 1001, .text = 1000}));
		napi.add(c.peer.make({.seq = 2001, .text = 1000}));
		napi.deliver();
	}
	EXPECT_EQ(in.by(), 2);
	EXPECT_EQ(c.sock.receive(5000), 3000);
}

/* A sender's identifications are constant or count: who does both in turn is not of one packet. */
TEST(identifications_of_one_kind)
{
	static constexpr struct {
		const char *what;
		u16 ids[4];
		u32 packets;
	} rows[] = {
		{"constant", {7, 7, 7, 7}, 1},		{"counting", {7, 8, 9, 10}, 1},
		{"constant, then counting", {7, 7, 9, 10}, 2}, {"counting, then constant", {7, 8, 7, 7}, 2},
		{"the last again", {7, 8, 8, 9}, 2},
	};

	for (const auto &row : rows) {
		Accepted c(test);
		Moved in(Mib::InSegs);
		{
			Napi napi(test, c.peer.device.dev());
			for (u32 i = 0; i < 4; i++)
				napi.add(with_ip(c.peer.make({.seq = 1 + i * 1000, .text = 1000}), row.ids[i], 0));
			napi.deliver();
		}
		EXPECT_EQ_IN(row.what, in.by(), row.packets);
		EXPECT_EQ(c.sock.receive(10000), 4000);
	}
}

namespace {

/* TOS of the packet that the process will read first, and no other is there. */
int tos_of_unread(const Accepted &c)
{
	const struct sk_buff_head &queue = c.tp().sk.sk_receive_queue;

	return skb_queue_len(&queue) == 1 ? ip_of(skb_peek(&queue)).tos : -1;
}

} // namespace

/* RFC 3168: a mark of congestion reaches TCP, and so does DSCP; nothing says so for its neighbours. */
TEST(service_is_handed_up)
{
	constexpr u8 kMarks[] = {0, 1, 2, 3, 0xb8, 0xbb};

	for (const u8 tos : kMarks) {
		Accepted c(test);
		FakeDevice::receive(with_ip(c.peer.make({.seq = 1, .text = 1000}), 1, tos));
		EXPECT_EQ(tos_of_unread(c), tos);
		EXPECT_EQ(c.sock.receive(5000), 1000);
		Moved in(Mib::InSegs);
		{
			Napi napi(test, c.peer.device.dev());
			for (u32 i = 1; i < 4; i++)
				napi.add(with_ip(c.peer.make({.seq = 1 + i * 1000, .text = 1000}), 1, tos));
			napi.deliver();
		}
		EXPECT_EQ(in.by(), 1);
		EXPECT_EQ(tos_of_unread(c), tos);
		EXPECT_EQ(c.sock.receive(5000), 3000);
	}
}

/* What begins with CWR may be put together, and cut again; CWR in the middle begins another packet. */
TEST(cwr_begins_a_packet)
{
	Accepted c(test);
	Moved in(Mib::InSegs);
	{
		Napi napi(test, c.peer.device.dev());
		for (u32 i = 0; i < 4; i++)
			napi.add(c.peer.make({.flags = static_cast<u8>(i == 2 ? kAck | kCwr : kAck),
					      .seq = 1 + i * 1000,
					      .text = 1000}));
		napi.deliver();
	}
	EXPECT_EQ(in.by(), 2);
	u32 number = 0;
	struct sk_buff *skb;
	skb_queue_walk(&c.tp().sk.sk_receive_queue, skb)
		EXPECT_EQ(!!(skb_shinfo(skb)->gso_type & SKB_GSO_TCP_ECN), number++ == 1);
	EXPECT_EQ(number, 2);
	EXPECT_EQ(c.sock.receive(5000), 4000);
}

/* One of three is marked: three packets, and only the one is. */
TEST(marked_segment_stays_apart)
{
	Accepted c(test);
	Moved in(Mib::InSegs);
	{
		Napi napi(test, c.peer.device.dev());
		for (u32 i = 0; i < 3; i++)
			napi.add(with_ip(c.peer.make({.seq = 1 + i * 1000, .text = 1000}), 1, i == 1 ? 3 : 2));
		napi.deliver();
	}
	EXPECT_EQ(in.by(), 3);
	u32 number = 0;
	struct sk_buff *skb;
	skb_queue_walk(&c.tp().sk.sk_receive_queue, skb)
		EXPECT_EQ(ip_of(skb).tos, number++ == 1 ? 3 : 2);
	EXPECT_EQ(number, 3);
	EXPECT_EQ(c.sock.receive(5000), 3000);
}

/* Of a sender on this machine: it gets back what it was charged, and never lends another's. */
TEST(packets_of_an_owner)
{
	Accepted c(test);
	Moved in(Mib::InSegs);
	struct sock *owner = &c.listener.tp().sk, *other = &c.tp().sk;
	const u32 charged = refcount_read(&owner->sk_wmem_alloc), others = refcount_read(&other->sk_wmem_alloc);
	{
		Napi napi(test, c.peer.device.dev());
		for (u32 i = 0; i < 6; i++) {
			SkbPtr skb = c.peer.make({.seq = 1 + i * 1000, .text = 1000});
			KUNIT_ASSERT_TRUE(test, !!skb);
			if (i < 5)
				skb_set_owner_w(skb.get(), i < 3 ? owner : other);
			napi.add(move(skb));
		}
		napi.deliver();
	}
	EXPECT_EQ(in.by(), 3);
	EXPECT_EQ(c.sock.receive(10000), 6000);
	EXPECT_EQ(refcount_read(&owner->sk_wmem_alloc), charged);
	EXPECT_EQ(refcount_read(&other->sk_wmem_alloc), others);
}

STACK_SUITE("ip_offload", TEST_CASE(cut_for_a_device_that_sums_up), TEST_CASE(cut_for_one_that_does_not),
	    TEST_CASE(cut_for_one_without_fragments), TEST_CASE(nonsense_is_not_cut),
	    TEST_CASE(segments_arrive_as_one_packet), TEST_CASE(what_stays_apart), TEST_CASE(push_ends_a_packet),
	    TEST_CASE(identifications_of_one_kind), TEST_CASE(service_is_handed_up),
	    TEST_CASE(cwr_is_on_the_first_segment), TEST_CASE(cwr_begins_a_packet),
	    TEST_CASE(marked_segment_stays_apart), TEST_CASE(packets_of_an_owner));

} // namespace tcpxx::testing
