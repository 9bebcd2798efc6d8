// SPDX-License-Identifier: GPL-2.0
#include "core/icmp_message.h"
#include "test.h"

namespace tcpxx {
namespace {

/* The start of a segment as an error quotes it, with room for options. */
struct Quote {
	u8 b[68] = {0x45, 0, 5,	  0xdc, 0,   0, 0x40, 0,    1,	  6,	0, 0, 10, 0,
		    0,	  1, 203, 0,	113, 7, 0x1f, 0x90, 0x9c, 0x40, 1, 2, 3,  4};

	Bytes first(u32 n) const { return Bytes(b, n); }
};

Drop outcome(Bytes quote)
{
	const auto q = parse_icmp_quote(quote);
	return q ? Drop::None : q.error();
}

TEST(what_is_quoted)
{
	const Quote quote;
	const auto q = parse_icmp_quote(quote.first(28));
	EXPECT_TRUE(!!q);
	EXPECT_EQ(q->saddr.host(), 0x0a000001);
	EXPECT_EQ(q->daddr.host(), 0xcb007107);
	EXPECT_EQ(q->source.host(), 8080);
	EXPECT_EQ(q->dest.host(), 40000);
	EXPECT_EQ(q->seq, Seq32(0x01020304));
	EXPECT_EQ(q->tot_len, 1500);
}

TEST(quoted_behind_options)
{
	for (u32 words = 5; words <= 15; words++) {
		Quote quote;
		quote.b[0] = static_cast<u8>(0x40 + words);
		quote.b[words * 4] = 0x12;
		quote.b[words * 4 + 1] = 0x34;
		const auto q = parse_icmp_quote(quote.first(words * 4 + 8));
		EXPECT_TRUE(!!q);
		EXPECT_EQ(q->source.host(), 0x1234);
		EXPECT_EQ(outcome(quote.first(words * 4 + 7)), Drop::IcmpQuote);
	}
}

TEST(truncated_anywhere)
{
	const Quote quote;
	for (u32 n = 0; n < 28; n++)
		EXPECT_EQ(outcome(quote.first(n)), Drop::IcmpQuote);
	EXPECT_EQ(outcome(quote.first(68)), Drop::None);
}

struct Change {
	const char *row;
	u32 at;
	u8 value;
	Drop drop;
};

constexpr Change kChanges[] = {
	{"version 6", 0, 0x65, Drop::IcmpQuote},
	{"header of 16 bytes", 0, 0x44, Drop::IcmpQuote},
	{"header beyond the end", 0, 0x4f, Drop::IcmpQuote},
	{"UDP", 9, 17, Drop::IpProtocol},
	{"ICMP", 9, 1, Drop::IpProtocol},
	{"last fragment", 7, 1, Drop::IpFragment},
	{"fragment in the middle", 6, 0x30, Drop::IpFragment},
	{"first fragment", 6, 0x20, Drop::None},
	{"a checksum that a router forgot", 10, 0x77, Drop::None},
	{"TTL", 8, 0, Drop::None},
};

TEST(each_field_that_is_checked)
{
	for (const Change &c : kChanges) {
		Quote quote;
		quote.b[c.at] = c.value;
		EXPECT_EQ_IN(c.row, outcome(quote.first(28)), c.drop);
	}
}

struct Row {
	const char *what;
	u8 type, code;
	IcmpAct act;
	int error; /* 0: none */
	bool ends_request;
};

/* Linux's icmp_err_convert, and its tcp_v4_err() for the other types. */
constexpr Row kRows[] = {
	{"echo", 8, 0, IcmpAct::Echo, 0, false},
	{"net", 3, 0, IcmpAct::Error, 101, true},
	{"host", 3, 1, IcmpAct::Error, 113, true},
	{"protocol", 3, 2, IcmpAct::Error, 92, false},
	{"port", 3, 3, IcmpAct::Error, 111, false},
	{"fragmentation needed", 3, 4, IcmpAct::FragmentationNeeded, 90, false},
	{"source route", 3, 5, IcmpAct::Error, 95, false},
	{"net unknown", 3, 6, IcmpAct::Error, 101, false},
	{"host unknown", 3, 7, IcmpAct::Error, 112, false},
	{"isolated", 3, 8, IcmpAct::Error, 64, false},
	{"net prohibited", 3, 9, IcmpAct::Error, 101, false},
	{"host prohibited", 3, 10, IcmpAct::Error, 113, false},
	{"net for this TOS", 3, 11, IcmpAct::Error, 101, false},
	{"host for this TOS", 3, 12, IcmpAct::Error, 113, false},
	{"filtered", 3, 13, IcmpAct::Error, 113, false},
	{"precedence violation", 3, 14, IcmpAct::Error, 113, false},
	{"precedence cutoff", 3, 15, IcmpAct::Error, 113, false},
	{"a code that nobody knows", 3, 16, IcmpAct::Ignore, 0, false},
	{"TTL", 11, 0, IcmpAct::Error, 113, true},
	{"reassembly time", 11, 1, IcmpAct::Error, 113, true},
	{"parameter problem", 12, 0, IcmpAct::Error, 71, true},
	{"echo reply", 0, 0, IcmpAct::Ignore, 0, false},
	{"source quench", 4, 0, IcmpAct::Ignore, 0, false},
	{"redirect", 5, 1, IcmpAct::Ignore, 0, false},
	{"timestamp", 13, 0, IcmpAct::Ignore, 0, false},
	{"unknown", 255, 255, IcmpAct::Ignore, 0, false},
};

TEST(meanings)
{
	for (const Row &row : kRows) {
		const IcmpMeaning m = icmp_meaning(row.type, row.code);
		EXPECT_EQ_IN(row.what, m.act, row.act);
		EXPECT_EQ_IN(row.what, to_int(m.error.error), row.error);
		EXPECT_EQ_IN(row.what, m.error.ends_request, row.ends_request);
	}
}

TEST(path_mtu)
{
	EXPECT_EQ(icmp_path_mtu(576, 1500), 576);
	EXPECT_EQ(icmp_path_mtu(1, 1500), 1);
	/* RFC 1191, 7: routers that do not tell. */
	EXPECT_EQ(icmp_path_mtu(0, 65535), 32000);
	EXPECT_EQ(icmp_path_mtu(0, 1501), 1492);
	EXPECT_EQ(icmp_path_mtu(0, 1500), 1492);
	EXPECT_EQ(icmp_path_mtu(0, 1492), 1006);
	EXPECT_EQ(icmp_path_mtu(0, 69), 68);
	EXPECT_EQ(icmp_path_mtu(0, 68), 0);
	EXPECT_EQ(icmp_path_mtu(0, 0), 0);
}

TEST_SUITE("icmp_message", TEST_CASE(what_is_quoted), TEST_CASE(quoted_behind_options),
	   TEST_CASE(truncated_anywhere), TEST_CASE(each_field_that_is_checked),
	   TEST_CASE(meanings), TEST_CASE(path_mtu));

} // namespace
} // namespace tcpxx
