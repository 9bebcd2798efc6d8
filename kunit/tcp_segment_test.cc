// SPDX-License-Identifier: GPL-2.0
#include "wire/tcp.h"
#include "test.h"

namespace tcpxx {
namespace {

/* Ports 1024 and 8080, seq 0xfffffffe, ack 0x01020304, 24 bytes of header, PSH ACK, window
 * 0x1000. */
constexpr u8 kSegment[28] = {4, 0, 0x1f, 0x90, 0xff, 0xff, 0xff, 0xfe, 1, 2,
			     3, 4, 0x60, 0x18, 0x10, 0,	   0,	 0,    0, 0,
			     2, 4, 5,	 0xb4, 'a',  'b',  'c',	 'd'};

Drop outcome(Bytes linear, u32 len)
{
	const auto s = SegmentView::parse(linear, len);
	return s ? Drop::None : s.error();
}

TEST(fields)
{
	const auto s = SegmentView::parse(Bytes(kSegment, 28), 28);
	EXPECT_TRUE(!!s);
	EXPECT_EQ(s->source().host(), 1024);
	EXPECT_EQ(s->dest().host(), 8080);
	EXPECT_EQ(s->seq(), Seq32(0xfffffffe));
	EXPECT_EQ(s->ack_seq(), Seq32(0x01020304));
	EXPECT_EQ(s->window().raw(), 0x1000);
	EXPECT_TRUE(s->has(kAck) && s->has(kPsh) && !s->has(kSyn) && !s->has(kFin));
	EXPECT_EQ(s->header_len(), 24);
	EXPECT_EQ(s->options().size(), 4);
	EXPECT_EQ(s->options()[3], 0xb4);
	EXPECT_EQ(s->text_len(), 4);
	EXPECT_EQ(s->end_seq(), Seq32(2));
}

/* RFC 9293, 3.4: SYN and FIN count. */
TEST(length_in_sequence_space)
{
	u8 b[28];
	__builtin_memcpy(b, kSegment, 28);
	constexpr struct {
		u8 flags;
		u32 len;
	} cases[] = {{kAck, 4}, {kSyn, 5}, {kFin | kAck, 5}, {kSyn | kFin, 6}, {kRst, 4}, {0, 4}};
	for (const auto &c : cases) {
		b[13] = c.flags;
		EXPECT_EQ(SegmentView::parse(Bytes(b, 28), 28)->seq_len(), c.len);
	}
}

TEST(truncated_header)
{
	for (u32 n = 0; n < kTcpHeaderLen; n++) {
		EXPECT_EQ(outcome(Bytes(kSegment, n), 28), Drop::Truncated);
		EXPECT_EQ(outcome(Bytes(kSegment, 28), n), Drop::Truncated);
	}
}

/* The caller has to pull header_len() bytes first. */
TEST(options_outside_the_linear_part)
{
	for (u32 n = kTcpHeaderLen; n < 24; n++)
		EXPECT_EQ(outcome(Bytes(kSegment, n), 28), Drop::Truncated);
	EXPECT_EQ(outcome(Bytes(kSegment, 24), 28), Drop::None);
}

TEST(data_offset)
{
	u8 b[60] = {};
	for (u32 words = 0; words < 16; words++) {
		b[12] = static_cast<u8>(words << 4);
		EXPECT_EQ(outcome(Bytes(b, 60), 60), words < 5 ? Drop::TcpOffset : Drop::None);
		/* Beyond the segment, which is 40 bytes long. */
		EXPECT_EQ(outcome(Bytes(b, 40), 40),
			  words < 5 || words > 10 ? Drop::TcpOffset : Drop::None);
	}
}

TEST(text_is_counted_from_the_whole_segment)
{
	const auto s = SegmentView::parse(Bytes(kSegment, 24), 65515);
	EXPECT_EQ(s->text_len(), 65515 - 24);
}

TEST_SUITE("tcp_segment", TEST_CASE(fields), TEST_CASE(length_in_sequence_space),
	   TEST_CASE(truncated_header), TEST_CASE(options_outside_the_linear_part),
	   TEST_CASE(data_offset), TEST_CASE(text_is_counted_from_the_whole_segment));

} // namespace
} // namespace tcpxx
