// SPDX-License-Identifier: GPL-2.0
#include "stack.h"
#include "fake_device.h"

namespace tcpxx::testing {
namespace {

/* A datagram of 60 bytes of header and 20 of TCP. */
constexpr u32 kMaxOptions = 40;

struct Damage {
	const char *what;
	void (*apply)(Frame &frame);
	Drop cause;
	Mib counter;
};

void resize_datagram(Frame &frame, u32 size) { frame.resize(sizeof(EthernetHeader) + size); }

constexpr Damage kDamages[] = {
	{"empty", [](Frame &f) { resize_datagram(f, 0); }, Drop::Truncated, Mib::InHdrErrors},
	{"19 bytes", [](Frame &f) { resize_datagram(f, 19); }, Drop::Truncated, Mib::InHdrErrors},
	{"a byte is missing", [](Frame &f) { resize_datagram(f, 39); }, Drop::Truncated,
	 Mib::InHdrErrors},
	{"checksum", [](Frame &f) { f.ip().ttl--; }, Drop::IpChecksum, Mib::InHdrErrors},
	{"version 6",
	 [](Frame &f) {
		 f.ip().version_ihl = 0x65;
		 f.fix_ip_checksum();
	 },
	 Drop::IpHeader, Mib::InHdrErrors},
	{"header of 16 bytes",
	 [](Frame &f) {
		 f.ip().version_ihl = 0x44;
		 f.fix_ip_checksum();
	 },
	 Drop::IpHeader, Mib::InHdrErrors},
	{"header beyond the end", [](Frame &f) { f.ip().version_ihl = 0x4f; }, Drop::Truncated,
	 Mib::InHdrErrors},
	{"total length below the header",
	 [](Frame &f) {
		 f.ip().tot_len = be16::from_host(19);
		 f.fix_ip_checksum();
	 },
	 Drop::IpHeader, Mib::InHdrErrors},
	{"total length beyond the end",
	 [](Frame &f) {
		 f.ip().tot_len = be16::from_host(41);
		 f.fix_ip_checksum();
	 },
	 Drop::Truncated, Mib::InHdrErrors},
	{"fragment of something too long",
	 [](Frame &f) {
		 f.ip().frag_off = be16::from_host(0x1fff);
		 f.fix_ip_checksum();
	 },
	 Drop::IpFragment, Mib::ReasmFails},
	{"UDP",
	 [](Frame &f) {
		 f.ip().protocol = 17;
		 f.fix_ip_checksum();
	 },
	 Drop::IpProtocol, Mib::InUnknownProtos},
	{"link-layer broadcast", [](Frame &f) { f.ethernet().to = kEverybody; }, Drop::Multicast,
	 Mib::InAddrErrors},
};

struct Addresses {
	const char *what;
	be32 saddr, daddr;
	Drop cause;
};

constexpr Addresses kAddresses[] = {
	{"to somebody else", kPeerIp, ip(10, 99, 0, 9), Drop::NotLocal},
	{"to everybody", kPeerIp, ip(255, 255, 255, 255), Drop::Multicast},
	{"to the subnet", kPeerIp, ip(10, 99, 0, 255), Drop::Multicast},
	{"to a group", kPeerIp, ip(224, 0, 0, 1), Drop::Multicast},
	{"to loopback", kPeerIp, ip(127, 0, 0, 1), Drop::Martian},
	{"to nobody", kPeerIp, ip(0, 0, 0, 0), Drop::Martian},
	{"from loopback", ip(127, 0, 0, 1), kOurIp, Drop::Martian},
	{"from nobody", ip(0, 0, 0, 0), kOurIp, Drop::Martian},
	{"from a group", ip(239, 1, 2, 3), kOurIp, Drop::Martian},
	{"from everybody", ip(255, 255, 255, 255), kOurIp, Drop::Martian},
	{"from the subnet", ip(10, 99, 0, 255), kOurIp, Drop::Martian},
	{"from ourselves", kOurIp, kOurIp, Drop::Martian},
};

} // namespace

TEST(delivers_a_segment)
{
	FakeDevice device(test);
	Moved delivered(Mib::InDelivers), unowned(Drop::NoSocket);

	device.inject(syn_frame());
	EXPECT_EQ(delivered.by(), 1);
	/* TCP understood it: nobody listens there. */
	EXPECT_EQ(unowned.by(), 1);
}

TEST(delivers_behind_options)
{
	FakeDevice device(test);
	Moved unowned(Drop::NoSocket);

	for (u32 options = 0; options <= kMaxOptions; options += 4)
		device.inject(syn_frame(options));
	EXPECT_EQ(unowned.by(), kMaxOptions / 4 + 1);
}

/* The headers cut at every byte between the linear part and one fragment, and between two. */
TEST(delivers_every_split_of_the_headers)
{
	FakeDevice device(test);

	const u32 option_lengths[] = {0, 4, kMaxOptions};
	for (u32 options : option_lengths) {
		const Frame frame = syn_frame(options);
		const u32 size = frame.size() - sizeof(EthernetHeader);

		for (u32 linear = 0; linear <= size; linear++) {
			Moved unowned(Drop::NoSocket);
			for (u32 first = linear; first <= size; first += 7)
				device.inject(frame, {linear, first});
			EXPECT_EQ(unowned.by(), (size - linear) / 7 + 1);
		}
	}
}

TEST(drops_damaged_datagrams_by_cause)
{
	FakeDevice device(test);

	const u32 cuts[] = {0, 1, 10, 20, 30, 40};
	for (const Damage &damage : kDamages)
		for (u32 linear : cuts) {
			Moved drops(damage.cause), counter(damage.counter), in(Mib::InDelivers);
			Frame frame = syn_frame();
			damage.apply(frame);
			device.inject(frame, {linear, linear + 5});
			EXPECT_EQ_IN(damage.what, drops.by(), 1);
			EXPECT_EQ_IN(damage.what, counter.by(), 1);
			EXPECT_EQ_IN(damage.what, in.by(), 0);
		}
}

TEST(drops_bad_options)
{
	FakeDevice device(test);
	Moved drops(Drop::IpOption), errors(Mib::InHdrErrors);
	const u8 bad[][2] = {{7, 1}, {7, 0}, {68, 9}, {131, 3}, {137, 3}};

	for (const u8(&option)[2] : bad) {
		Frame frame = syn_frame(8);
		const u32 at = sizeof(EthernetHeader) + sizeof(Ipv4Header);
		frame[at] = option[0];
		frame[at + 1] = option[1];
		frame.fix_ip_checksum();
		device.inject(frame, {22, 25});
	}
	EXPECT_EQ(drops.by(), sizeof(bad) / sizeof(bad[0]));
	EXPECT_EQ(errors.by(), drops.by());
}

TEST(drops_by_address)
{
	FakeDevice device(test);

	for (const Addresses &a : kAddresses) {
		Moved drops(a.cause), errors(Mib::InAddrErrors), in(Mib::InDelivers);
		device.inject(syn_frame(0, a.saddr, a.daddr), {10, 20});
		EXPECT_EQ_IN(a.what, drops.by(), 1);
		EXPECT_EQ_IN(a.what, errors.by(), 1);
		EXPECT_EQ_IN(a.what, in.by(), 0);
	}
}

/* Ethernet fills a frame up to 60 bytes; that is not part of the datagram. */
TEST(cuts_off_padding)
{
	FakeDevice device(test);
	Moved unowned(Drop::NoSocket);
	Frame frame = syn_frame();

	for (u8 i = 0; i < 20; i++)
		frame.append(u8{0xa5});
	device.inject(frame);
	device.inject(frame, {15, 38});
	device.inject(frame, {0, 0});
	EXPECT_EQ(unowned.by(), 3);
}

/* A device that summed up all bytes behind its header: the sum has to shrink with the padding. */
TEST(keeps_the_device_checksum_true)
{
	FakeDevice device(test);

	const u32 paddings[] = {0, 1, 20};
	const Split splits[] = {kLinear, {15, 38}};
	for (u32 padding : paddings)
		for (Split split : splits) {
			Moved unowned(Drop::NoSocket), wrong(Drop::TcpChecksum);
			Frame frame = syn_frame(8);
			for (u32 i = 0; i < padding; i++)
				frame.append(static_cast<u8>(0xa5 + i));
			FakeDevice::receive(device.make_summed(frame, split));
			EXPECT_EQ(unowned.by(), 1);
			EXPECT_EQ(wrong.by(), 0);
		}
}

TEST(counts_what_it_received)
{
	FakeDevice device(test);
	Moved received(Mib::InReceives);
	Frame frame = syn_frame();

	device.inject(frame);
	frame.resize(20);
	device.inject(frame);
	EXPECT_EQ(received.by(), 2);
}

STACK_SUITE("ip_input", TEST_CASE(delivers_a_segment), TEST_CASE(delivers_behind_options),
	    TEST_CASE(delivers_every_split_of_the_headers),
	    TEST_CASE(drops_damaged_datagrams_by_cause), TEST_CASE(drops_bad_options),
	    TEST_CASE(drops_by_address), TEST_CASE(cuts_off_padding),
	    TEST_CASE(keeps_the_device_checksum_true), TEST_CASE(counts_what_it_received));

} // namespace tcpxx::testing
