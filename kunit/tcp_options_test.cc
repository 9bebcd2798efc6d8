// SPDX-License-Identifier: GPL-2.0
#include "wire/options.h"
#include "test.h"

namespace tcpxx {
namespace {

struct Malformed {
	const char *row;
	u8 len;
	u8 bytes[12];
};

/* RFC 9293, 3.2, MUST-7. */
constexpr Malformed kMalformed[] = {
	{"kind without length", 1, {2}},
	{"kind without length at the end", 4, {1, 1, 1, 8}},
	{"unknown kind without length", 1, {253}},
	{"length 0", 4, {2, 0, 5, 0xb4}},
	{"length 1", 4, {2, 1, 5, 0xb4}},
	{"unknown kind, length 0", 4, {253, 0, 0, 0}},
	{"one byte beyond the end", 4, {8, 5, 0, 0}},
	{"timestamps cut", 8, {1, 1, 8, 10, 0, 0, 0, 1}},
	{"SACK block cut", 10, {1, 1, 5, 10, 0, 0, 0, 1, 0, 0}},
	{"far beyond the end", 4, {253, 255, 0, 0}},
	{"second option wrong", 8, {2, 4, 5, 0xb4, 3, 9, 7, 0}},
};

TEST(malformed_list_is_refused)
{
	for (const Malformed &c : kMalformed) {
		EXPECT_TRUE_IN(c.row, !parse_tcp_options(Bytes(c.bytes, c.len), true));
		EXPECT_TRUE_IN(c.row, !parse_tcp_options(Bytes(c.bytes, c.len), false));
	}
	EXPECT_EQ(parse_tcp_options(Bytes(kMalformed[0].bytes, 1), true).error(), Drop::TcpOption);
}

struct Skipped {
	const char *row;
	u8 len;
	u8 bytes[12];
};

/* An unknown kind, or a length that is not the option's own; then MSS 1460, which must be found. */
constexpr Skipped kSkipped[] = {
	{"nothing", 4, {2, 4, 5, 0xb4}},
	{"unknown kind", 8, {253, 4, 0, 0, 2, 4, 5, 0xb4}},
	{"unknown kind of two bytes", 6, {254, 2, 2, 4, 5, 0xb4}},
	{"NOP", 5, {1, 2, 4, 5, 0xb4}},
	{"window scale of two bytes", 6, {3, 2, 2, 4, 5, 0xb4}},
	{"window scale of four bytes", 8, {3, 4, 7, 7, 2, 4, 5, 0xb4}},
	{"SACK-permitted of three bytes", 7, {4, 3, 0, 2, 4, 5, 0xb4}},
	{"timestamps of four bytes", 8, {8, 4, 0, 0, 2, 4, 5, 0xb4}},
	{"SACK without a block", 6, {5, 2, 2, 4, 5, 0xb4}},
	{"SACK with half a block", 10, {5, 6, 0, 0, 0, 0, 2, 4, 5, 0xb4}},
	{"MSS of three bytes", 7, {2, 3, 5, 2, 4, 5, 0xb4}},
	{"MSS of 0", 8, {2, 4, 0, 0, 2, 4, 5, 0xb4}},
};

TEST(strange_option_is_skipped)
{
	for (const Skipped &c : kSkipped) {
		const auto o = parse_tcp_options(Bytes(c.bytes, c.len), true);
		EXPECT_TRUE_IN(c.row, o && o->has_mss && o->mss == 1460);
		EXPECT_TRUE_IN(c.row, o && !o->has_wscale && !o->has_timestamps &&
					      !o->sack_permitted && !o->sack_count);
	}
}

/* Five blocks are more than a header can hold; the parser does not rely on that. */
TEST(too_many_blocks_are_skipped)
{
	const u8 list[42] = {5, 42};
	const auto o = parse_tcp_options(Bytes(list, sizeof(list)), false);
	EXPECT_TRUE(o && o->sack_count == 0);
	const u8 four[34] = {5, 34};
	EXPECT_EQ(parse_tcp_options(Bytes(four, sizeof(four)), false)->sack_count, 4);
}

TEST(end_ends_the_list)
{
	constexpr u8 list[] = {0, 2, 4, 5, 0xb4, 3, 0};
	const auto o = parse_tcp_options(Bytes(list, sizeof(list)), true);
	EXPECT_TRUE(o && !o->has_mss);
	EXPECT_TRUE(!!parse_tcp_options(Bytes(), true));
}

TEST(mss_of_zero_does_not_count)
{
	constexpr u8 list[] = {2, 4, 0, 0};
	EXPECT_TRUE(!parse_tcp_options(Bytes(list, 4), true)->has_mss);
}

/* RFC 7323, 2.3. */
TEST(window_scale_is_fourteen_at_most)
{
	for (u32 shift = 0; shift < 256; shift++) {
		const u8 list[] = {3, 3, static_cast<u8>(shift), 0};
		const auto o = parse_tcp_options(Bytes(list, 4), true);
		EXPECT_TRUE(o->has_wscale);
		EXPECT_EQ(o->wscale.shift, shift < 14 ? shift : 14);
	}
}

TEST(handshake_options_count_in_a_syn_only)
{
	OptionWriter w;
	w.mss(1460);
	w.window_scale({7});
	w.sack_permitted();
	w.timestamps({1, 2});
	const Bytes list = w.finish();
	const auto syn = parse_tcp_options(list, true), later = parse_tcp_options(list, false);
	EXPECT_TRUE(syn->has_mss && syn->has_wscale && syn->sack_permitted && syn->has_timestamps);
	EXPECT_TRUE(!later->has_mss && !later->has_wscale && !later->sack_permitted &&
		    later->has_timestamps);
}

TEST(what_is_written_is_read)
{
	const SackBlock blocks[] = {
		{Seq32(0xfffffff0), Seq32(5)}, {Seq32(100), Seq32(200)}, {Seq32(7), Seq32(8)}};
	OptionWriter w;
	EXPECT_TRUE(w.nop() && w.nop() && w.timestamps({0xdeadbeef, 0x01020304}));
	EXPECT_TRUE(w.nop() && w.nop());
	EXPECT_EQ(w.sack(blocks, 3), 3);
	EXPECT_EQ(w.room(), 0);
	const auto o = parse_tcp_options(w.finish(), false);
	EXPECT_EQ(o->ts.tsval, 0xdeadbeef);
	EXPECT_EQ(o->ts.tsecr, 0x01020304);
	EXPECT_EQ(o->sack_count, 3);
	for (u32 i = 0; i < 3; i++) {
		EXPECT_EQ(o->sack[i].start, blocks[i].start);
		EXPECT_EQ(o->sack[i].end, blocks[i].end);
	}
}

struct FastOpenRow {
	const char *what;
	u8 list[8];
	u8 size;
	s8 len;
	bool exp;
};

/* RFC 7413, 2: even, and 4 to 16 bytes; or none, to ask for one. */
constexpr FastOpenRow kFastOpens[] = {
	{"none", {}, 0, -1, false},
	{"asks for one", {34, 2}, 2, 0, false},
	{"the shortest", {34, 6, 1, 2, 3, 4}, 6, 4, false},
	{"too short", {34, 4, 1, 2}, 4, -1, false},
	{"odd", {34, 7, 1, 2, 3, 4, 5}, 7, -1, false},
	{"an odd one behind another", {34, 2, 34, 5, 1, 2, 3}, 7, 0, false},
	{"one that is too short behind another", {34, 2, 34, 4, 1, 2}, 6, -1, false},
	{"experimental, asks for one", {254, 4, 0xf9, 0x89}, 4, 0, true},
	{"experimental", {254, 8, 0xf9, 0x89, 1, 2, 3, 4}, 8, 4, true},
	{"another experiment", {254, 8, 0xf9, 0x88, 1, 2, 3, 4}, 8, -1, false},
	{"an experiment without a number", {254, 3, 0xf9}, 3, -1, false},
};

TEST(fast_open_cookie_is_read)
{
	for (const FastOpenRow &row : kFastOpens) {
		const Bytes list(row.list, row.size);
		const auto syn = parse_tcp_options(list, true), later = parse_tcp_options(list, false);
		EXPECT_EQ_IN(row.what, syn->fastopen.len, row.len);
		EXPECT_EQ_IN(row.what, syn->fastopen.exp, row.exp);
		EXPECT_EQ_IN(row.what, later->fastopen.len, -1);
		for (s32 i = 0; i < row.len; i++)
			EXPECT_EQ_IN(row.what, syn->fastopen.cookie[i], i + 1);
	}
}

TEST(longest_fast_open_cookie)
{
	constexpr bool kBoth[] = {false, true};
	for (const bool exp : kBoth) {
		FastOpenCookie cookie{.val = {9, 8, 7}, .len = kMaxFastOpenCookie, .exp = exp};
		cookie.val[kMaxFastOpenCookie - 1] = 77;
		OptionWriter w;
		EXPECT_TRUE(w.fast_open(cookie));
		EXPECT_EQ(w.room(), 20);
		EXPECT_TRUE(!w.nop() || !w.fast_open(cookie));
		const auto o = parse_tcp_options(w.finish(), true);
		EXPECT_EQ(o->fastopen.len, kMaxFastOpenCookie);
		EXPECT_EQ(o->fastopen.exp, exp);
		EXPECT_EQ(o->fastopen.cookie[kMaxFastOpenCookie - 1], 77);
	}
	const u8 longer[20] = {34, 20};
	EXPECT_EQ(parse_tcp_options(Bytes(longer, 20), true)->fastopen.len, -1);
}

/* 40 bytes, and never one more. */
TEST(full_writer_refuses)
{
	const SackBlock blocks[5] = {};
	OptionWriter w;
	EXPECT_EQ(w.sack(blocks, 5), 4);
	EXPECT_EQ(w.room(), 6);
	EXPECT_TRUE(!w.timestamps({1, 2}));
	EXPECT_EQ(w.sack(blocks, 1), 0);
	EXPECT_TRUE(w.mss(1460) && w.nop());
	EXPECT_TRUE(!w.sack_permitted() && !w.window_scale({1}) && !w.mss(1));
	EXPECT_TRUE(w.nop() && !w.nop());
	EXPECT_EQ(w.finish().size(), 40);
}

TEST(padding_is_end)
{
	OptionWriter w;
	EXPECT_EQ(w.finish().size(), 0);
	w.window_scale({3});
	const Bytes list = w.finish();
	EXPECT_EQ(list.size(), 4);
	EXPECT_EQ(list[3], 0);
	EXPECT_EQ(w.finish().size(), 4);
}

TEST_SUITE("tcp_options", TEST_CASE(malformed_list_is_refused),
	   TEST_CASE(strange_option_is_skipped), TEST_CASE(too_many_blocks_are_skipped),
	   TEST_CASE(end_ends_the_list), TEST_CASE(mss_of_zero_does_not_count),
	   TEST_CASE(window_scale_is_fourteen_at_most),
	   TEST_CASE(handshake_options_count_in_a_syn_only), TEST_CASE(what_is_written_is_read),
	   TEST_CASE(fast_open_cookie_is_read), TEST_CASE(longest_fast_open_cookie),
	   TEST_CASE(full_writer_refuses), TEST_CASE(padding_is_end));

} // namespace
} // namespace tcpxx
