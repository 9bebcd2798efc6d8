// SPDX-License-Identifier: GPL-2.0
/* ICMP over a device: echoes, errors that are told, errors that come. */
#include "net/icmp.h"
#include "peer.h"

namespace tcpxx::testing {
namespace {

constexpr u8 kData[] = "some data to be sent back, 31 b";
constexpr u32 kMessageAt = sizeof(EthernetHeader) + sizeof(Ipv4Header);

Bytes data() { return Bytes(kData, sizeof(kData)); }
Frame echo_frame(be32 saddr = kPeerIp, be32 daddr = kOurIp)
{
	return icmp_frame(kEchoRequest, data(), saddr, daddr);
}

/* The next message that was sent: its header and what is behind it, null if there is none. */
struct Answer {
	SkbPtr skb;
	const Ipv4Header *ip;
	const IcmpHeader *icmp;
	Bytes data;

	explicit Answer(FakeDevice &device) :
		skb(device.next_sent()),
		ip(behind<Ipv4Header>(skb, sizeof(EthernetHeader))),
		icmp(ip && ip->protocol == kIpProtoIcmp ? behind<IcmpHeader>(skb, kMessageAt) :
							  nullptr)
	{
		if (icmp)
			data = linear_bytes(skb.get()).after(kMessageAt + sizeof(IcmpHeader));
	}
	~Answer() { skb.consume(); }
	bool checksums_are_right() const
	{
		const Bytes datagram = linear_bytes(skb.get()).after(sizeof(EthernetHeader));

		return !checksum_fold(checksum_add(0, datagram.first(20))) &&
		       !checksum_fold(checksum_add(0, datagram.after(20)));
	}
};

bool equal(Bytes a, Bytes b)
{
	return a.size() == b.size() && !__builtin_memcmp(a.data(), b.data(), a.size());
}

/* The bucket is full at the beginning of a case, and the settings are back at its end. */
class Settings {
	struct netns_ipv4 &ipv4_ = init_net.ipv4;
	int per_second_ = ipv4_.sysctl_icmp_msgs_per_sec, burst_ = ipv4_.sysctl_icmp_msgs_burst;
	int mask_ = ipv4_.sysctl_icmp_ratemask;

public:
	Settings() { icmp_net_init(&init_net); }
	~Settings()
	{
		ipv4_.sysctl_icmp_msgs_per_sec = per_second_;
		ipv4_.sysctl_icmp_msgs_burst = burst_;
		ipv4_.sysctl_icmp_ratemask = mask_;
		ipv4_.sysctl_icmp_echo_ignore_all = 0;
		ipv4_.sysctl_ip_no_pmtu_disc = 0;
		pmtu_net_exit(&init_net);
		pmtu_net_init(&init_net);
	}
};

/* A datagram of a protocol that nobody speaks, with `len` bytes. */
Frame unknown_frame(u32 len, u8 tos = 0)
{
	Frame frame;

	frame.append(EthernetHeader{kOurMac, kPeerMac, be16::from_host(kDatagramType)});
	Ipv4Header header = ipv4_header(len, kPeerIp, kOurIp);
	header.protocol = 253;
	header.tos = tos;
	frame.append(header);
	for (u32 i = 0; i < len; i++)
		frame.append(static_cast<u8>(i));
	frame.fix_ip_checksum();
	return frame;
}

/* An error about the segment of ours that begins at `seq`. */
Frame error_frame(const Peer &peer, u8 code, u32 seq, u16 mtu = 0)
{
	struct {
		Ipv4Header ip;
		be16 source, dest;
		be32 seq;
	} quote = {ipv4_header(1480, kOurIp, kPeerIp), be16::from_host(peer.our_port),
		   be16::from_host(peer.port), be32::from_host(peer.our_iss + seq)};

	return icmp_frame({.type = kIcmpUnreachable,
			   .code = code,
			   .check = {},
			   .id = {},
			   .sequence = be16::from_host(mtu)},
			  Bytes(reinterpret_cast<const u8 *>(&quote), sizeof(quote)));
}

} // namespace

/* --- echo --------------------------------------------------------------------------------------- */

TEST(answers_an_echo)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Settings settings;
	Moved in(Mib::IcmpInEchos), out(Mib::IcmpOutEchoReps), messages(Mib::IcmpOutMsgs);
	Frame request = echo_frame();

	request.ip().tos = 0x28;
	request.fix_ip_checksum();
	device.inject(request);
	const Answer answer(device);
	KUNIT_ASSERT_NOT_NULL(test, answer.icmp);
	EXPECT_EQ(answer.icmp->type, kIcmpEchoReply);
	EXPECT_EQ(answer.icmp->code, 0);
	EXPECT_EQ(answer.icmp->id, kEchoRequest.id);
	EXPECT_EQ(answer.icmp->sequence, kEchoRequest.sequence);
	EXPECT_TRUE(equal(answer.data, data()));
	EXPECT_TRUE(answer.checksums_are_right());
	EXPECT_EQ(answer.ip->saddr, kOurIp);
	EXPECT_EQ(answer.ip->daddr, kPeerIp);
	EXPECT_EQ(answer.ip->tos, 0x28);
	EXPECT_EQ(answer.ip->frag_off.host(), 0);
	EXPECT_EQ(in.by(), 1);
	EXPECT_EQ(out.by(), 1);
	EXPECT_EQ(messages.by(), 1);
}

TEST(answers_every_split_of_an_echo)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Settings settings;
	const Frame frame = echo_frame();
	const u32 size = frame.size() - sizeof(EthernetHeader);

	for (u32 linear = 0; linear <= size; linear++) {
		device.inject(frame, {linear, min_of(linear + 5, size)});
		const Answer answer(device);
		EXPECT_TRUE(answer.icmp && equal(answer.data, data()) &&
			    answer.checksums_are_right());
	}
}

/* That it is taken is seen where it says that bytes are right which are not. If it says that they are wrong the
 * kernel looks itself, so then they are wrong, too. */
struct DeviceSum {
	const char *row;
	u8 damage; /* to the last byte, after it was summed up */
	u32 error; /* of the sum */
	bool taken;
};

constexpr DeviceSum kDeviceSums[] = {
	{"right", 0, 0, true},
	{"right by the device alone", 1, 0, true},
	{"wrong", 1, 1, false},
};

TEST(takes_the_sum_of_the_device)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Settings settings;

	for (const DeviceSum &c : kDeviceSums) {
		Moved bad(Drop::IcmpChecksum);
		SkbPtr skb = device.make_summed(echo_frame());
		if (!skb)
			return;
		skb->data[skb->len - 1] += c.damage;
		skb->csum = csum_add(skb->csum, c.error);
		FakeDevice::receive(move(skb));
		EXPECT_EQ_IN(c.row, device.count_sent(), c.taken);
		EXPECT_EQ_IN(c.row, bad.by(), !c.taken);
		device.forget_sent();
	}
}

TEST(does_not_answer)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Settings settings;

	device.inject(echo_frame(kPeerIp, ip(10, 99, 0, 255)));
	device.inject(echo_frame(kPeerIp, ip(224, 0, 0, 1)));
	Frame to_all = echo_frame();
	to_all.ethernet().to = kEverybody;
	device.inject(to_all);
	EXPECT_EQ(device.count_sent(), 0);
	/* Nor what is none. */
	device.inject(icmp_frame(
		{.type = kIcmpEchoReply, .code = 0, .check = {}, .id = {}, .sequence = {}},
		data()));
	device.inject(
		icmp_frame({.type = 13, .code = 0, .check = {}, .id = {}, .sequence = {}}, data()));
	EXPECT_EQ(device.count_sent(), 0);
	Moved ignored(Drop::IcmpIgnored);
	init_net.ipv4.sysctl_icmp_echo_ignore_all = 1;
	device.inject(echo_frame());
	EXPECT_EQ(device.count_sent(), 0);
	EXPECT_EQ(ignored.by(), 1);
}

TEST(drops_what_is_damaged)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Settings settings;
	Moved sums(Drop::IcmpChecksum), counted(Mib::IcmpInCsumErrors), errors(Mib::IcmpInErrors);
	const u32 size = echo_frame().size();

	for (u32 at = kMessageAt; at < size; at++) {
		Frame frame = echo_frame();
		frame[at] ^= 0x10;
		device.inject(frame);
	}
	EXPECT_EQ(sums.by(), size - kMessageAt);
	EXPECT_EQ(counted.by(), sums.by());
	EXPECT_EQ(errors.by(), sums.by());
	/* Less than a header. */
	for (u16 len = 20; len < 28; len++) {
		Moved cut(Drop::Truncated);
		Frame frame = echo_frame();
		frame.ip().tot_len = be16::from_host(len);
		frame.fix_ip_checksum();
		device.inject(frame);
		EXPECT_EQ(cut.by(), 1);
	}
	EXPECT_EQ(device.count_sent(), 0);
}

/* --- errors that are told ----------------------------------------------------------------------- */

/* RFC 1122, 3.2.2.1. */
TEST(tells_an_unknown_protocol)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Settings settings;
	Moved out(Mib::IcmpOutDestUnreachs);
	const Frame frame = unknown_frame(100, 0x2b);

	device.inject(frame, {30, 60});
	const Answer answer(device);
	KUNIT_ASSERT_NOT_NULL(test, answer.icmp);
	EXPECT_EQ(answer.icmp->type, kIcmpUnreachable);
	EXPECT_EQ(answer.icmp->code, kIcmpProtocolUnreachable);
	EXPECT_EQ(answer.icmp->sequence.host(), 0);
	EXPECT_TRUE(equal(answer.data, frame.bytes().after(sizeof(EthernetHeader))));
	EXPECT_TRUE(answer.checksums_are_right());
	EXPECT_EQ(answer.ip->daddr, kPeerIp);
	/* RFC 1812, 4.3.2.5, and without the ECN bits. */
	EXPECT_EQ(answer.ip->tos, 0xc8);
	EXPECT_EQ(out.by(), 1);
}

/* RFC 1812, 4.3.2.3. */
TEST(quotes_at_most_576_bytes)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Settings settings;
	SkbPtr skb = device.make(unknown_frame(200));
	KUNIT_ASSERT_TRUE(test, static_cast<bool>(skb));

	KUNIT_ASSERT_EQ(test, pskb_expand_head(skb.get(), 0, 1200, GFP_KERNEL), 0);
	skb_put_zero(skb.get(), 1000);
	auto *header = reinterpret_cast<Ipv4Header *>(skb->data);
	header->tot_len = be16::from_host(1220);
	header->check = {};
	header->check =
		be16::from_host(checksum_fold(checksum_add(0, linear_bytes(skb.get()).first(20))));
	FakeDevice::receive(move(skb));
	const Answer answer(device);
	KUNIT_ASSERT_NOT_NULL(test, answer.icmp);
	EXPECT_EQ(answer.ip->tot_len.host(), 576);
	EXPECT_TRUE(answer.checksums_are_right());
}

/* RFC 1122, 3.2.2: what must not be answered with an error. */
TEST(tells_nothing)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Settings settings;
	Frame to_all = unknown_frame(20), to_subnet = unknown_frame(20),
	      fragment = unknown_frame(20);

	to_all.ethernet().to = kEverybody;
	device.inject(to_all);
	to_subnet.ip().daddr = ip(10, 99, 0, 255);
	to_subnet.fix_ip_checksum();
	device.inject(to_subnet);
	fragment.ip().frag_off = be16::from_host(3);
	fragment.fix_ip_checksum();
	device.inject(fragment);
	/* A message of a type that nobody knows, and one that is damaged. */
	device.inject(
		icmp_frame({.type = 77, .code = 0, .check = {}, .id = {}, .sequence = {}}, data()));
	EXPECT_EQ(device.count_sent(), 0);
}

TEST(limits_what_it_tells)
{
	FakeDevice device(test, Link::EthernetNoArp);
	Settings settings;
	Moved refused(Mib::IcmpOutRateLimitGlobal);

	init_net.ipv4.sysctl_icmp_msgs_per_sec = 0;
	init_net.ipv4.sysctl_icmp_msgs_burst = 5;
	for (u32 i = 0; i < 20; i++)
		device.inject(unknown_frame(20));
	EXPECT_EQ(device.count_sent(), 5);
	EXPECT_EQ(refused.by(), 15);
	/* Echoes are not of those that the mask names, unless it says so. */
	device.inject(echo_frame());
	EXPECT_EQ(device.count_sent(), 6);
	init_net.ipv4.sysctl_icmp_ratemask |= 1 << kIcmpEchoReply;
	device.inject(echo_frame());
	EXPECT_EQ(device.count_sent(), 6);
	device.forget_sent();
}

/* --- errors that come --------------------------------------------------------------------------- */

TEST(error_for_an_opening)
{
	Peer peer(test);
	Settings settings;
	Socket sock(test);
	Moved in(Mib::IcmpInDestUnreachs);

	EXPECT_EQ(sock.connect(), -EINPROGRESS);
	peer.our_port = peer.next().source;
	Frame damaged = error_frame(peer, kIcmpPortUnreachable, 0);
	damaged[kMessageAt + 10] ^= 1;
	peer.device.inject(damaged);
	EXPECT_EQ(sock.state(), TcpState::SynSent);
	peer.device.inject(error_frame(peer, kIcmpPortUnreachable, 0), {25, 50});
	EXPECT_EQ(sock.state(), TcpState::Close);
	EXPECT_EQ(sock.connect(), -ECONNREFUSED);
	EXPECT_EQ(in.by(), 1);
}

TEST(fragmentation_needed)
{
	Accepted c(test, {.mss = 1460});
	Settings settings;
	Moved learned(Mib::PmtuLearned), nobody(Drop::NoSocket), quotes(Drop::IcmpQuote);

	c.sock.send(1460);
	/* About somebody else's segment, and about a connection that is not there. */
	Frame other = error_frame(c.peer, kIcmpFragmentationNeeded, 1, 1000);
	auto &quoted = *reinterpret_cast<Ipv4Header *>(&other[kMessageAt + sizeof(IcmpHeader)]);
	quoted.saddr = ip(10, 99, 0, 77);
	other[kMessageAt + 2] = other[kMessageAt + 3] = 0;
	const u16 sum = checksum_fold(checksum_add(0, other.bytes().after(kMessageAt)));
	other[kMessageAt + 2] = static_cast<u8>(sum >> 8);
	other[kMessageAt + 3] = static_cast<u8>(sum);
	c.peer.device.inject(other);
	EXPECT_EQ(quotes.by(), 1);
	c.peer.port++;
	c.peer.device.inject(error_frame(c.peer, kIcmpFragmentationNeeded, 1, 1000));
	EXPECT_EQ(nobody.by(), 1);
	c.peer.port--;
	/* Nobody is to be believed. */
	init_net.ipv4.sysctl_ip_no_pmtu_disc = 1;
	c.peer.device.inject(error_frame(c.peer, kIcmpFragmentationNeeded, 1, 1000));
	init_net.ipv4.sysctl_ip_no_pmtu_disc = 0;
	EXPECT_EQ(learned.by(), 0);
	EXPECT_EQ(c.tcb().mss_cache, 1460);
	/* RFC 1191, 5: an old router, which does not say how much. The quote's length is 1500. */
	c.peer.device.inject(error_frame(c.peer, kIcmpFragmentationNeeded, 1, 0));
	EXPECT_EQ(c.tcb().mss_cache, 1452);
	c.peer.device.inject(error_frame(c.peer, kIcmpFragmentationNeeded, 1, 1000));
	EXPECT_EQ(c.tcb().mss_cache, 960);
	EXPECT_EQ(learned.by(), 2);
	hold(c.tp());
}

STACK_SUITE("icmp", TEST_CASE(answers_an_echo), TEST_CASE(answers_every_split_of_an_echo),
	    TEST_CASE(takes_the_sum_of_the_device), TEST_CASE(does_not_answer),
	    TEST_CASE(drops_what_is_damaged), TEST_CASE(tells_an_unknown_protocol),
	    TEST_CASE(quotes_at_most_576_bytes), TEST_CASE(tells_nothing),
	    TEST_CASE(limits_what_it_tells), TEST_CASE(error_for_an_opening),
	    TEST_CASE(fragmentation_needed));

} // namespace tcpxx::testing
