// SPDX-License-Identifier: GPL-2.0
#include "wire/ipv4.h"
#include "test.h"
#include "wire/checksum.h"

namespace tcpxx {
namespace {

/* A datagram of 40 bytes with room for options. */
struct Datagram {
	u8 b[60] = {0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};

	Datagram() { sign(); }
	void sign()
	{
		b[10] = b[11] = 0;
		const u16 sum = checksum_fold(
			checksum_add(0, Bytes(b, min_of<u32>((b[0] & 15) * 4, sizeof(b)))));
		b[10] = static_cast<u8>(sum >> 8);
		b[11] = static_cast<u8>(sum);
	}
	Bytes first(u32 n) const { return Bytes(b, n); }
};

Drop outcome(Bytes linear, u32 datagram_len)
{
	const auto h = parse_ipv4(linear, datagram_len);
	return h ? Drop::None : h.error();
}

TEST(fields)
{
	const Datagram d;
	const auto h = parse_ipv4(d.first(20), 40);
	EXPECT_TRUE(!!h);
	EXPECT_EQ((*h)->tot_len.host(), 40);
	EXPECT_EQ((*h)->protocol, kIpProtoTcp);
	EXPECT_EQ((*h)->ttl, 64);
	EXPECT_EQ((*h)->saddr.host(), 0x0a000001);
	EXPECT_EQ((*h)->daddr.host(), 0x0a000002);
	EXPECT_EQ((*h)->header_len(), 20);
	EXPECT_TRUE(!(*h)->is_fragment());
}

TEST(truncated_anywhere)
{
	const Datagram d;
	for (u32 n = 0; n < 20; n++)
		EXPECT_EQ(outcome(d.first(n), 40), Drop::Truncated);
	EXPECT_EQ(outcome(d.first(20), 39), Drop::Truncated);
	EXPECT_EQ(outcome(d.first(20), 40), Drop::None);
	/* Ethernet pads to 46 bytes. */
	EXPECT_EQ(outcome(d.first(46), 46), Drop::None);
}

struct Change {
	const char *row;
	u32 at;
	u8 value;
	Drop drop;
};

constexpr Change kChanges[] = {
	{"version 6", 0, 0x65, Drop::IpHeader},
	{"version 0", 0, 0x05, Drop::IpHeader},
	{"header of 16 bytes", 0, 0x44, Drop::IpHeader},
	{"header of 0 bytes", 0, 0x40, Drop::IpHeader},
	{"options that are not in linear", 0, 0x46, Drop::Truncated},
	{"total length under the header's", 3, 19, Drop::IpHeader},
	{"total length is the header's", 3, 20, Drop::None},
	{"total length beyond the datagram", 3, 41, Drop::Truncated},
	{"total length far beyond", 2, 0xff, Drop::Truncated},
};

TEST(each_field_that_is_checked)
{
	for (const Change &c : kChanges) {
		Datagram d;
		d.b[c.at] = c.value;
		d.sign();
		EXPECT_EQ_IN(c.row, outcome(d.first(20), 40), c.drop);
	}
}

/* RFC 1122, 3.2.1.2: each single flipped bit is noticed, by the checksum or before. */
TEST(any_flipped_bit_is_noticed)
{
	for (u32 bit = 0; bit < 20 * 8; bit++) {
		Datagram d;
		d.b[bit / 8] ^= static_cast<u8>(1 << bit % 8);
		EXPECT_TRUE(outcome(d.first(20), 40) != Drop::None);
	}
}

TEST(checksum_covers_the_options)
{
	Datagram d;
	d.b[0] = 0x46;
	d.b[20] = 1;
	d.sign();
	EXPECT_EQ(outcome(d.first(24), 40), Drop::None);
	d.b[23] = 1;
	EXPECT_EQ(outcome(d.first(24), 40), Drop::IpChecksum);
}

TEST(fragments)
{
	constexpr u16 fields[] = {0x2000, 0x0001, 0x1fff, 0x3fff};
	Ipv4Header h{};
	for (const u16 f : fields) {
		h.frag_off = be16::from_host(f);
		EXPECT_TRUE(h.is_fragment());
	}
	h.frag_off = be16::from_host(kIpDontFragment | 0x8000);
	EXPECT_TRUE(!h.is_fragment());
}

struct OptionCase {
	const char *row;
	u8 len;
	u8 bytes[12];
	Drop drop;
};

constexpr OptionCase kOptions[] = {
	{"none", 0, {}, Drop::None},
	{"NOPs", 4, {1, 1, 1, 1}, Drop::None},
	{"nothing counts behind the end", 4, {0, 131, 0, 0}, Drop::None},
	{"router alert", 4, {148, 4, 0, 0}, Drop::None},
	{"timestamp option, then end", 12, {68, 8, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0}, Drop::None},
	{"loose source route", 8, {131, 7, 4, 10, 0, 0, 9, 0}, Drop::IpOption},
	{"strict source route", 8, {137, 7, 4, 10, 0, 0, 9, 0}, Drop::IpOption},
	{"source route behind a NOP", 8, {1, 131, 7, 4, 10, 0, 0, 9}, Drop::IpOption},
	{"record route is no source route", 8, {7, 7, 4, 0, 0, 0, 0, 0}, Drop::None},
	{"no length", 1, {148}, Drop::IpOption},
	{"no length at the end", 4, {1, 1, 1, 148}, Drop::IpOption},
	{"length 0", 4, {148, 0, 0, 0}, Drop::IpOption},
	{"length 1", 4, {148, 1, 0, 0}, Drop::IpOption},
	{"length beyond the end", 4, {148, 5, 0, 0}, Drop::IpOption},
	{"length far beyond the end", 4, {148, 255, 0, 0}, Drop::IpOption},
	{"router alert without a value", 4, {148, 3, 0, 0}, Drop::IpOption},
	{"two router alerts", 8, {148, 4, 0, 0, 148, 4, 0, 0}, Drop::None},
	{"what nobody knows, twice", 8, {30, 4, 0, 0, 30, 4, 0, 0}, Drop::None},
	{"two labels", 12, {134, 6, 0, 0, 0, 1, 134, 6, 0, 0, 0, 1}, Drop::IpOption},

	{"record route without a pointer", 4, {7, 2, 0, 0}, Drop::IpOption},
	{"record route without room", 4, {7, 3, 4, 0}, Drop::None},
	{"record route, pointer before the first", 8, {7, 7, 3, 0, 0, 0, 0, 0}, Drop::IpOption},
	{"record route, pointer 0", 8, {7, 7, 0, 0, 0, 0, 0, 0}, Drop::IpOption},
	{"record route, a byte of room is missing", 8, {7, 7, 5, 0, 0, 0, 0, 0}, Drop::IpOption},
	{"record route, only a byte of room", 8, {7, 7, 7, 0, 0, 0, 0, 0}, Drop::IpOption},
	{"record route that is full", 8, {7, 7, 8, 0, 0, 0, 0, 0}, Drop::None},
	{"record route, second of two", 12, {7, 11, 8, 1, 1, 1, 1, 0, 0, 0, 0, 0}, Drop::None},
	{"two record routes", 8, {7, 3, 4, 1, 7, 3, 4, 0}, Drop::IpOption},

	{"timestamps without flags", 4, {68, 3, 5, 0}, Drop::IpOption},
	{"timestamps without room", 4, {68, 4, 5, 0}, Drop::None},
	{"timestamps, pointer before the first", 8, {68, 8, 4, 0, 0, 0, 0, 0}, Drop::IpOption},
	{"timestamps, a byte of room is missing", 8, {68, 8, 6, 0, 0, 0, 0, 0}, Drop::IpOption},
	{"timestamps with addresses", 12, {68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0}, Drop::None},
	{"... and room for an address only", 8, {68, 8, 5, 1, 0, 0, 0, 0}, Drop::IpOption},
	{"timestamps of these hosts", 12, {68, 12, 5, 3, 10, 0, 0, 1, 0, 0, 0, 0}, Drop::None},
	{"... and room for an address only", 8, {68, 8, 5, 3, 10, 0, 0, 1}, Drop::IpOption},
	{"timestamps, full, 14 have missed it", 8, {68, 8, 9, 0xe0, 0, 0, 0, 0}, Drop::None},
	{"timestamps, full, 15 have missed it", 8, {68, 8, 9, 0xf0, 0, 0, 0, 0}, Drop::IpOption},
	{"timestamps of these hosts, full", 8, {68, 8, 9, 0xf3, 0, 0, 0, 0}, Drop::None},
	{"timestamps, room, 15 have missed it", 8, {68, 8, 5, 0xf0, 0, 0, 0, 0}, Drop::None},
	{"timestamps twice", 8, {68, 4, 5, 0, 68, 4, 5, 0}, Drop::IpOption},
	{"timestamps and a record route", 8, {68, 4, 5, 0, 7, 3, 4, 0}, Drop::None},
};

TEST(options)
{
	for (const OptionCase &c : kOptions)
		EXPECT_EQ_IN(c.row, check_ipv4_options(Bytes(c.bytes, c.len)), c.drop);
}

TEST(kinds_of_addresses)
{
	EXPECT_TRUE(ipv4::is_any(be32{}) && !ipv4::is_any(be32{{0, 0, 0, 1}}));
	EXPECT_TRUE(ipv4::is_loopback(be32{{127, 255, 0, 1}}) &&
		    !ipv4::is_loopback(be32{{126, 0, 0, 1}}));
	EXPECT_TRUE(ipv4::is_multicast(be32{{224, 0, 0, 1}}) &&
		    ipv4::is_multicast(be32{{239, 255, 255, 255}}));
	EXPECT_TRUE(!ipv4::is_multicast(be32{{240, 0, 0, 1}}) &&
		    !ipv4::is_multicast(be32{{223, 0, 0, 1}}));
	EXPECT_TRUE(ipv4::is_limited_broadcast(be32{{255, 255, 255, 255}}));
}

TEST_SUITE("ipv4", TEST_CASE(fields), TEST_CASE(truncated_anywhere),
	   TEST_CASE(each_field_that_is_checked), TEST_CASE(any_flipped_bit_is_noticed),
	   TEST_CASE(checksum_covers_the_options), TEST_CASE(fragments), TEST_CASE(options),
	   TEST_CASE(kinds_of_addresses));

} // namespace
} // namespace tcpxx
