// SPDX-License-Identifier: GPL-2.0
#include "wire/checksum.h"
#include "test.h"

namespace tcpxx {
namespace {

constexpr u8 kRfc1071[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

u16 checksum(Bytes b) { return checksum_fold(checksum_add(0, b)); }

/* RFC 1071, 3: the sum of these bytes is 0xddf2. */
TEST(example_of_rfc_1071)
{
	EXPECT_EQ(checksum_add(0, Bytes(kRfc1071, 8)), 0xddf2);
	EXPECT_EQ(checksum(Bytes(kRfc1071, 8)), 0x220d);
}

TEST(odd_byte_is_the_high_half)
{
	constexpr u8 odd[] = {0x12, 0x34, 0x56};
	EXPECT_EQ(checksum_add(0, Bytes(odd, 3)), 0x1234 + 0x5600);
}

TEST(parts_add_up)
{
	const Bytes all(kRfc1071, 8);
	EXPECT_EQ(checksum_add(checksum_add(0, all.first(4)), all.after(4)), checksum_add(0, all));
}

TEST(carry_goes_round)
{
	constexpr u8 ones[] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x01};
	EXPECT_EQ(checksum_add(0, Bytes(ones, 6)), 1);
	EXPECT_EQ(checksum_add(0xffffffff, Bytes(ones, 6)), 1);
}

/* A header that carries its own checksum sums up to 0. */
TEST(right_header_gives_zero)
{
	u8 header[20] = {0x45, 0, 0,  40, 0x1c, 0x46, 0x40, 0, 64, 6,
			 0,    0, 10, 0,  0,	1,    10,   0, 0,  2};
	const u16 sum = checksum(Bytes(header, 20));
	header[10] = static_cast<u8>(sum >> 8);
	header[11] = static_cast<u8>(sum);
	EXPECT_EQ(checksum(Bytes(header, 20)), 0);
	header[12] ^= 1;
	EXPECT_TRUE(checksum(Bytes(header, 20)) != 0);
}

/* Against the definition: 16 bits at a time, the first byte the high one. */
TEST(any_length)
{
	tcpxx::testing::Random random(1);
	u8 bytes[64];
	for (u8 &b : bytes)
		b = static_cast<u8>(random.next());
	for (u32 size = 0; size <= sizeof(bytes); size++) {
		u32 sum = 0xfffe;
		for (u32 i = 0; i < size; i++) {
			sum += bytes[i] << (i % 2 ? 0 : 8);
			sum = (sum & 0xffff) + (sum >> 16);
		}
		EXPECT_EQ(checksum_add(0xfffe, Bytes(bytes, size)), sum);
	}
}

TEST_SUITE("checksum", TEST_CASE(example_of_rfc_1071), TEST_CASE(odd_byte_is_the_high_half),
	   TEST_CASE(parts_add_up), TEST_CASE(carry_goes_round),
	   TEST_CASE(right_header_gives_zero), TEST_CASE(any_length));

} // namespace
} // namespace tcpxx
