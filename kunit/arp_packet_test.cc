// SPDX-License-Identifier: GPL-2.0
#include "wire/arp.h"
#include "test.h"

namespace tcpxx {
namespace {

constexpr MacAddress kMacA{{2, 0, 0, 0, 0, 1}}, kMacB{{2, 0, 0, 0, 0, 2}}, kZeroMac{};
constexpr be32 kIpA{{10, 0, 0, 1}}, kIpB{{10, 0, 0, 2}};

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
		EXPECT_TRUE(!parse_arp(bytes_of(p).first(n)));
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
	bool accepted;
};

/* One byte of a request from 10.0.0.1 that is different. */
constexpr Change kChanges[] = {
	{"nothing", 27, 2, true},
	{"hardware is not Ethernet", 1, 6, false},
	{"hardware, high byte", 0, 1, false},
	{"protocol is not IPv4", 3, 6, false},
	{"hardware length", 4, 8, false},
	{"protocol length", 5, 16, false},
	{"operation 0", 7, 0, false},
	{"reply", 7, 2, true},
	{"RARP", 7, 3, false},
	{"operation, high byte", 6, 1, false},
	{"group address as sender", 8, 3, false},
	{"broadcast as sender is a group, too", 8, 0xff, false},
	{"multicast sender address", 14, 224, false},
	{"loopback sender address", 14, 127, false},
	{"sender address in network 0", 14, 0, true},
};

TEST(each_field)
{
	for (const Change &c : kChanges) {
		ArpPacket p = make_arp(ArpOperation::Request, kMacA, kIpA, kZeroMac, kIpB);
		reinterpret_cast<u8 *>(&p)[c.at] = c.value;
		EXPECT_EQ_IN(c.row, !!parse_arp(bytes_of(p)), c.accepted);
	}
}

/* RFC 5227, 2.1.1: who asks for its own address has none yet; nobody answers without one. */
TEST(probe)
{
	EXPECT_TRUE(!!parse_arp(
		bytes_of(make_arp(ArpOperation::Request, kMacA, be32{}, kZeroMac, kIpA))));
	EXPECT_TRUE(
		!parse_arp(bytes_of(make_arp(ArpOperation::Reply, kMacA, be32{}, kMacB, kIpB))));
	const be32 everybody{{255, 255, 255, 255}};
	EXPECT_TRUE(!parse_arp(
		bytes_of(make_arp(ArpOperation::Request, kMacA, everybody, kZeroMac, kIpA))));
}

TEST_SUITE("arp_packet", TEST_CASE(request_byte_for_byte), TEST_CASE(made_packets_are_read_back),
	   TEST_CASE(short_packet_is_refused), TEST_CASE(padding_behind_it_is_no_matter),
	   TEST_CASE(each_field), TEST_CASE(probe));

} // namespace
} // namespace tcpxx
