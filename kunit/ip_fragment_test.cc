// SPDX-License-Identifier: GPL-2.0
/* Datagrams in pieces, over a device: what is whole in the end, and what is not kept for ever. */
#include "stack.h"
#include "fake_device.h"
#include "net/ip_fragment.h"

namespace tcpxx::testing {
namespace {

constexpr u32 kTextAt = sizeof(EthernetHeader) + sizeof(Ipv4Header);
constexpr u32 kDataAt = kTextAt + sizeof(IcmpHeader);

/* Bytes that are everywhere different. */
struct Data {
	u8 bytes[200];

	Data()
	{
		for (u32 i = 0; i < sizeof(bytes); i++)
			bytes[i] = static_cast<u8>(i * 7 + 3);
	}
};

/* An echo request of 208 bytes: the answer tells whether all is in its place. */
Frame echo_frame()
{
	const Data data;
	return icmp_frame(kEchoRequest, Bytes(data.bytes, sizeof(data.bytes)));
}
constexpr u32 kText = sizeof(IcmpHeader) + sizeof(Data);
constexpr Fragment kHalves[] = {{0, 104, true}, {104, 104, false}};

struct Marks {
	u16 id = 1;
	u8 tos = 0;
	be32 saddr = kPeerIp;
};

Frame piece_of(const Frame &whole, const Fragment &f, Marks marks = {})
{
	Frame piece = whole;
	Ipv4Header &ip = piece.ip();

	ip.id = be16::from_host(marks.id);
	ip.tos = marks.tos;
	ip.saddr = marks.saddr;
	ip.tot_len = be16::from_host(static_cast<u16>(sizeof(Ipv4Header) + f.len));
	ip.frag_off = be16::from_host(
		static_cast<u16>(f.offset / kFragmentUnit | (f.more ? kIpMoreFragments : 0)));
	piece.fix_ip_checksum();
	for (u32 i = 0; i < f.len; i++)
		piece[kTextAt + i] = whole.bytes().after(kTextAt + f.offset)[i];
	piece.resize(kTextAt + f.len);
	return piece;
}

/* Some fragment that leads nowhere: the beginning of something longer. */
Frame lonely(u16 id, be32 saddr = kPeerIp)
{
	return piece_of(echo_frame(), {0, 64, true}, {.id = id, .saddr = saddr});
}

FragmentTable &table() { return pernet(&init_net).fragments; }

/* Settings of the namespace as they were; nothing waits before and after. */
class Clean {
	long limit_ = init_net.ipv4.fqdir->high_thresh;

	static void empty() { tcpxx::ip_frag_expire(table(), jiffies + MAX_JIFFY_OFFSET / 2); }

public:
	Clean() { empty(); }
	~Clean()
	{
		empty();
		init_net.ipv4.fqdir->high_thresh = limit_;
	}
};

unsigned long timeout() { return static_cast<unsigned long>(init_net.ipv4.fqdir->timeout); }

/* The next message that was sent is the answer to echo_frame(), with this TOS. */
bool answered(FakeDevice &device, u8 tos = 0)
{
	SkbPtr sent = device.next_sent();
	const Data expected;
	const Ipv4Header *ip = behind<Ipv4Header>(sent, sizeof(EthernetHeader));
	const IcmpHeader *icmp = behind<IcmpHeader>(sent, kTextAt);
	const Data *data = behind<Data>(sent, kDataAt);
	const bool right = ip && icmp && data && ip->tos == tos && icmp->type == kIcmpEchoReply &&
			   sent->len == kDataAt + sizeof(Data) &&
			   !__builtin_memcmp(data, &expected, sizeof(expected));
	if (sent)
		sent.consume();
	return right;
}

/* In a random order. */
void inject_pieces(const FakeDevice &device, u32 room, Random &random, Split split, Marks marks)
{
	Fragment pieces[kText / kFragmentUnit];
	u32 count = 0;

	for (u32 offset = 0; offset < kText; offset += pieces[count++].len)
		pieces[count] = fragment_at(kText, offset, room);
	for (u32 left = count; left; left--) {
		const u32 pick = random.below(left);
		device.inject(piece_of(echo_frame(), pieces[pick], marks), split);
		pieces[pick] = pieces[left - 1];
	}
}

} // namespace

/* Every size of fragments, linear or in pieces themselves, so that some can be joined and some not. */
TEST(puts_together)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Clean clean;
	Random random(3);
	const Split splits[] = {kLinear, {20, 24}, {21, 30}};
	Moved wholes(Mib::ReasmOKs), asked(Mib::ReasmReqds), failed(Mib::ReasmFails),
		in(Mib::InDelivers);
	u32 rounds = 0;

	init_net.ipv4.sysctl_icmp_ratemask = 0;
	for (u32 room = kFragmentUnit; room < kText; room += kFragmentUnit)
		for (const Split split : splits) {
			inject_pieces(device, room, random, split,
				      {.id = static_cast<u16>(++rounds)});
			EXPECT_TRUE(answered(device));
			EXPECT_EQ(table().memory, 0);
		}
	EXPECT_EQ(wholes.by(), rounds);
	EXPECT_EQ(in.by(), rounds);
	EXPECT_TRUE(asked.by() > 2 * rounds);
	EXPECT_EQ(failed.by(), 0);
}

/* RFC 791: the first fragment's header is that of the whole, and its options, too. */
TEST(keeps_options_of_the_first)
{
	FakeDevice device(test);
	Clean clean;
	Moved unowned(Drop::NoSocket);
	const Frame whole = syn_frame(8);
	Frame first = whole, last = whole;

	first.ip().frag_off = be16::from_host(kIpMoreFragments);
	first.ip().tot_len = be16::from_host(28 + 16);
	first.fix_ip_checksum();
	first.resize(sizeof(EthernetHeader) + 28 + 16);
	last.ip().frag_off = be16::from_host(2);
	last.ip().tot_len = be16::from_host(28 + 4);
	last.fix_ip_checksum();
	for (u32 i = 0; i < 4; i++)
		last[sizeof(EthernetHeader) + 28 + i] = last[sizeof(EthernetHeader) + 28 + 16 + i];
	last.resize(sizeof(EthernetHeader) + 28 + 4);
	device.inject(last, {20, 25});
	device.inject(first, {20, 25});
	EXPECT_EQ(unowned.by(), 1);
}

TEST(adds_the_sums_of_a_device)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Clean clean;
	const Fragment parts[] = {{104, 104, false}, {0, 104, true}};

	for (const Fragment &f : parts)
		FakeDevice::receive(device.make_summed(piece_of(echo_frame(), f)));
	EXPECT_TRUE(answered(device));
	/* And a sum is worth nothing when it covers a part only. */
	FakeDevice::receive(device.make_summed(piece_of(echo_frame(), parts[1])));
	device.inject(piece_of(echo_frame(), parts[0]));
	EXPECT_TRUE(answered(device));
	/* A wrong one is found. */
	Moved wrong(Drop::IcmpChecksum);
	Frame damaged = piece_of(echo_frame(), parts[0]);
	damaged[kTextAt + 5] ^= 1;
	FakeDevice::receive(device.make_summed(damaged));
	FakeDevice::receive(device.make_summed(piece_of(echo_frame(), parts[1])));
	EXPECT_EQ(wrong.by(), 1);
	EXPECT_EQ(device.count_sent(), 0);
}

TEST(does_not_mix_datagrams)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Clean clean;
	const Marks kinds[] = {{.id = 1}, {.id = 2}, {.id = 1, .saddr = ip(10, 99, 0, 3)}};

	for (const Marks &marks : kinds)
		device.inject(piece_of(echo_frame(), {0, 104, true}, marks));
	EXPECT_EQ(device.count_sent(), 0);
	Frame other = piece_of(echo_frame(), {104, 104, false}, kinds[0]);
	other.ip().protocol = kIpProtoTcp;
	other.fix_ip_checksum();
	device.inject(other);
	EXPECT_EQ(device.count_sent(), 0);
	for (const Marks &marks : kinds) {
		device.inject(piece_of(echo_frame(), {104, 104, false}, marks));
		EXPECT_TRUE(answered(device));
	}
}

struct BadCase {
	const char *row;
	Fragment before, bad;
	Drop cause;
	u32 failed; /* datagrams that are given up */
};

constexpr BadCase kBad[] = {
	{"again", {0, 64, true}, {0, 64, true}, Drop::FragmentDuplicate, 0},
	{"overlap", {0, 64, true}, {56, 64, true}, Drop::FragmentOverlap, 1},
	{"teardrop", {0, 64, true}, {24, 4, false}, Drop::IpFragment, 1},
	{"too long", {0, 64, true}, {65528, 8, false}, Drop::IpFragment, 1},
	{"empty", {0, 64, true}, {64, 0, true}, Drop::IpFragment, 1},
	{"nothing but a part of a unit", {0, 64, true}, {64, 7, true}, Drop::IpFragment, 1},
};

TEST(gives_up_what_contradicts)
{
	FakeDevice device(test);
	Clean clean;

	for (const BadCase &c : kBad) {
		Moved drops(c.cause), fails(Mib::ReasmFails);
		device.inject(piece_of(echo_frame(), c.before));
		Frame bad = piece_of(echo_frame(), {0, c.bad.len, true});
		bad.ip().frag_off = be16::from_host(static_cast<u16>(
			c.bad.offset / kFragmentUnit | (c.bad.more ? kIpMoreFragments : 0)));
		bad.fix_ip_checksum();
		device.inject(bad);
		EXPECT_EQ_IN(c.row, fails.by(), c.failed);
		EXPECT_EQ_IN(c.row, drops.by(), 1 + c.failed);
		EXPECT_EQ_IN(c.row, table().memory == 0, c.failed);
		tcpxx::ip_frag_expire(table(), jiffies + timeout());
	}
}

/* RFC 791: fragments but the last are units, so half a one at the end does not count. */
TEST(cuts_half_units_off)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Clean clean;

	device.inject(piece_of(echo_frame(), {0, 101, true}));
	device.inject(piece_of(echo_frame(), {96, 112, false}), {30, 40});
	EXPECT_TRUE(answered(device));
}

struct EcnCase {
	const char *row;
	u8 tos[2]; /* of the first and the second half */
	bool whole;
	u8 result;
};

constexpr EcnCase kEcn[] = {
	{"none", {0, 0}, true, 0},
	{"capable", {2, 2}, true, 2},
	{"the second is marked", {2, 3}, true, 3},
	{"the first is marked", {3, 1}, true, 3},
	{"a mark on what is not capable", {0, 3}, false, 0},
	{"the same on the first", {3, 0}, false, 0},
};

/* RFC 3168, 5.3, whichever half comes first. */
TEST(hands_ecn_up)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Clean clean;

	for (const EcnCase &c : kEcn)
		for (u32 first = 0; first < 2; first++) {
			Moved drops(Drop::IpFragment), fails(Mib::ReasmFails);
			for (u32 n = 0; n < 2; n++)
				device.inject(piece_of(echo_frame(), kHalves[first ^ n], {.tos = c.tos[first ^ n]}));
			EXPECT_EQ_IN(c.row, answered(device, c.result), c.whole);
			EXPECT_EQ_IN(c.row, drops.by(), c.whole ? 0 : 2);
			EXPECT_EQ_IN(c.row, fails.by(), !c.whole);
		}
}

TEST(gives_up_in_time_and_tells)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Clean clean;
	Moved late(Mib::ReasmTimeout), fails(Mib::ReasmFails), told(Mib::IcmpOutTimeExcds);
	const Frame first = syn_frame();
	const unsigned long start = jiffies;

	device.inject(piece_of(first, {0, 16, true}, {.id = 9}));
	device.inject(piece_of(first, {16, 4, false}, {.id = 10}));
	EXPECT_TRUE(timer_pending(&table().timer));
	tcpxx::ip_frag_expire(table(), start + timeout() - 1);
	EXPECT_EQ(late.by(), 0);
	tcpxx::ip_frag_expire(table(), jiffies + timeout());
	EXPECT_EQ(late.by(), 2);
	EXPECT_EQ(fails.by(), 2);
	EXPECT_EQ(table().memory, 0);
	/* Of the one whose beginning came (RFC 792). */
	EXPECT_EQ(told.by(), 1);
	EXPECT_EQ(device.count_sent(), 1);
	SkbPtr sent = device.next_sent();
	const IcmpHeader *icmp = behind<IcmpHeader>(sent, kTextAt);
	const Ipv4Header *quote = behind<Ipv4Header>(sent, kDataAt);
	KUNIT_ASSERT_NOT_NULL(test, quote);
	EXPECT_EQ(icmp->type, kIcmpTimeExceeded);
	EXPECT_EQ(icmp->code, kIcmpReassemblyTime);
	EXPECT_EQ(quote->id.host(), 9);
	EXPECT_EQ(quote->saddr, kPeerIp);
	sent.consume();
}

/* One timer, for the datagram that is the next to grow too old. */
TEST(timer_goes_on_to_the_next)
{
	FakeDevice device(test);
	Clean clean;

	device.inject(lonely(1));
	device.inject(lonely(2));
	FragmentQueue *first = list_first_entry(&table().by_age, FragmentQueue, age);
	const FragmentQueue *second = list_next_entry(first, age);
	first->created -= 10;
	/* As if it had expired. */
	timer_delete(&table().timer);
	tcpxx::ip_frag_expire(table(), first->created + timeout());
	EXPECT_TRUE(table().by_age.next == &second->age);
	EXPECT_TRUE(timer_pending(&table().timer));
	EXPECT_EQ(table().timer.expires, second->created + timeout());
}

TEST(nothing_is_left_of_a_namespace)
{
	FakeDevice device(test);
	Clean clean;
	Moved fails(Mib::ReasmFails);

	device.inject(lonely(1));
	device.inject(lonely(2));
	ip_frag_net_exit(&init_net);
	EXPECT_EQ(table().memory, 0);
	EXPECT_EQ(fails.by(), 2);
	EXPECT_TRUE(!timer_pending(&table().timer));
	ip_frag_net_init(&init_net);
}

TEST(holds_no_device)
{
	Clean clean;
	Moved late(Mib::ReasmTimeout);

	{
		FakeDevice device(test);
		device.inject(piece_of(syn_frame(), {0, 16, true}));
	}
	tcpxx::ip_frag_expire(table(), jiffies + timeout());
	EXPECT_EQ(late.by(), 1);
}

TEST(memory_is_bounded)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Clean clean;
	Moved limits(Drop::FragmentLimit), fails(Mib::ReasmFails);
	const unsigned long limit = 100000;

	init_net.ipv4.fqdir->high_thresh = limit;
	for (u32 i = 0; i < 1000; i++) {
		device.inject(
			lonely(static_cast<u16>(i), ip(10, 99, 0, static_cast<u8>(10 + i % 100))));
		EXPECT_TRUE(table().memory <= limit);
	}
	EXPECT_TRUE(table().memory > limit * 9 / 10);
	EXPECT_TRUE(limits.by() > 900 && limits.by() == fails.by());
	/* The flood does not keep others out. */
	for (const Fragment &f : kHalves)
		device.inject(piece_of(echo_frame(), f, {.id = 5000}));
	EXPECT_TRUE(answered(device));
	/* 0: no reassembly. */
	init_net.ipv4.fqdir->high_thresh = 0;
	device.inject(lonely(6000));
	EXPECT_EQ(table().memory, 0);
}

/* A datagram for nobody here takes no memory. */
TEST(looks_at_the_protocol_first)
{
	FakeDevice device(test);
	Clean clean;
	Moved drops(Drop::IpProtocol);
	Frame frame = lonely(1);

	frame.ip().protocol = 17;
	frame.fix_ip_checksum();
	device.inject(frame);
	EXPECT_EQ(drops.by(), 1);
	EXPECT_EQ(table().memory, 0);
}

STACK_SUITE("ip_fragment", TEST_CASE(puts_together), TEST_CASE(keeps_options_of_the_first),
	    TEST_CASE(adds_the_sums_of_a_device), TEST_CASE(does_not_mix_datagrams),
	    TEST_CASE(gives_up_what_contradicts), TEST_CASE(cuts_half_units_off),
	    TEST_CASE(hands_ecn_up), TEST_CASE(gives_up_in_time_and_tells),
	    TEST_CASE(timer_goes_on_to_the_next), TEST_CASE(nothing_is_left_of_a_namespace),
	    TEST_CASE(holds_no_device), TEST_CASE(memory_is_bounded),
	    TEST_CASE(looks_at_the_protocol_first));

} // namespace tcpxx::testing
