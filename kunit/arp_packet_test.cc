// SPDX-License-Identifier: GPL-2.0
#include "wire/arp.h"
#include "test.h"

namespace tcpxx {
namespace {

constexpr MacAddress kMacA{{2, 0, 0, 0, 0, 1}}, kMacB{{2, 0, 0, 0, 0, 2}}, kZeroMac{};
constexpr be32 kIpA{{10, 0, 0, 1}}, kIpB{{10, 0, 0, 2}};

Drop outcome(Bytes bytes)
{
	const auto p = parse_arp(bytes);
	return p ? Drop::None : p.error();
}

Bytes bytes_of(const ArpPacket &p) { return Bytes(reinterpret_cast<const u8 *>(&p), sizeof(p)); }

/* RFC 826, "Packet format", as it goes over Ethernet. */
TEST(request_byte_for_byte)
{
	constexpr u8 expected[28] = {0,	 1, 8, 0, 6, 4, 0, 1, 2, 0, 0,	0, 0, 1,
				     10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2};
	const ArpPacket p = make_arp(ArpOperation::Request, kMacA, kIpA, kZeroMac, kIpB);
	for (u32 i = 0; i < sizeof(expected); i++)
		EXPECT_EQ(bytes_of(p)[i], expected[i]);
}

TEST(made_packets_are_read_back)
{
	const ArpPacket reply = make_arp(ArpOperation::Reply, kMacB, kIpB, kMacA, kIpA);
	const auto p = parse_arp(bytes_of(reply));
	EXPECT_TRUE(!!p);
	EXPECT_EQ((*p)->operation.host(), ArpOperation::Reply);
	EXPECT_TRUE((*p)->sender_mac == kMacB && (*p)->target_mac == kMacA);
	EXPECT_EQ((*p)->sender_ip, kIpB);
	EXPECT_EQ((*p)->target_ip, kIpA);
}

TEST(short_packet_is_refused)
{
	const ArpPacket p = make_arp(ArpOperation::Request, kMacA, kIpA, kZeroMac, kIpB);
	for (u32 n = 0; n < sizeof(p); n++)
		EXPECT_EQ(outcome(bytes_of(p).first(n)), Drop::ArpTruncated);
	EXPECT_TRUE(!!parse_arp(bytes_of(p)));
}

TEST(padding_behind_it_is_no_matter)
{
	u8 frame[46] = {};
	const ArpPacket p = make_arp(ArpOperation::Request, kMacA, kIpA, kZeroMac, kIpB);
	__builtin_memcpy(frame, &p, sizeof(p));
	EXPECT_TRUE(!!parse_arp(Bytes(frame, sizeof(frame))));
}

struct Change {
	const char *row;
	u32 at;
	u8 value;
	Drop cause;
};

/* One byte of a request from 10.0.0.1 that is different. */
constexpr Change kChanges[] = {
	{"nothing", 27, 2, Drop::None},
	{"hardware is not Ethernet", 1, 6, Drop::ArpFormat},
	{"hardware, high byte", 0, 1, Drop::ArpFormat},
	{"protocol is not IPv4", 3, 6, Drop::ArpFormat},
	{"hardware length", 4, 8, Drop::ArpFormat},
	{"protocol length", 5, 16, Drop::ArpFormat},
	{"operation 0", 7, 0, Drop::ArpOperation},
	{"reply", 7, 2, Drop::None},
	{"RARP", 7, 3, Drop::ArpOperation},
	{"operation, high byte", 6, 1, Drop::ArpOperation},
	{"group address as sender", 8, 3, Drop::ArpSender},
	{"broadcast as sender is a group, too", 8, 0xff, Drop::ArpSender},
	{"multicast sender address", 14, 224, Drop::ArpSender},
	{"loopback sender address", 14, 127, Drop::ArpSender},
	{"sender address in network 0", 14, 0, Drop::None},
};

TEST(each_field)
{
	for (const Change &c : kChanges) {
		ArpPacket p = make_arp(ArpOperation::Request, kMacA, kIpA, kZeroMac, kIpB);
		reinterpret_cast<u8 *>(&p)[c.at] = c.value;
		EXPECT_EQ_IN(c.row, outcome(bytes_of(p)), c.cause);
	}
}

/* RFC 5227, 2.1.1: who asks for its own address has none yet; nobody answers without one. */
TEST(probe)
{
	EXPECT_EQ(outcome(bytes_of(make_arp(ArpOperation::Request, kMacA, be32{}, kZeroMac, kIpA))), Drop::None);
	EXPECT_EQ(outcome(bytes_of(make_arp(ArpOperation::Reply, kMacA, be32{}, kMacB, kIpB))), Drop::ArpSender);
	const be32 everybody{{255, 255, 255, 255}};
	EXPECT_EQ(outcome(bytes_of(make_arp(ArpOperation::Request, kMacA, everybody, kZeroMac, kIpA))), Drop::ArpSender);
}

TEST_SUITE("arp_packet", TEST_CASE(request_byte_for_byte), TEST_CASE(made_packets_are_read_back),
	   TEST_CASE(short_packet_is_refused), TEST_CASE(padding_behind_it_is_no_matter),
	   TEST_CASE(each_field), TEST_CASE(probe));

} // namespace
} // namespace tcpxx
