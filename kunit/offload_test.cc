// SPDX-License-Identifier: GPL-2.0
#include "core/offload.h"
#include "frame.h"
#include "test.h"

namespace tcpxx {
namespace {

using testing::ipv4_header;
using testing::kOurIp;
using testing::kPeerIp;

/* What a sender puts before its text: both headers, and timestamps. */
struct Wire {
	Ipv4Header ip;
	TcpHeader tcp;
	u8 options[12];

	Bytes bytes() const { return Bytes(reinterpret_cast<const u8 *>(this), sizeof(*this)); }
	SegmentHeaders headers() const { return {&ip, &tcp}; }
};

constexpr u32 kText = 1000; /* bytes of the first segment */
constexpr u32 kSeq = 0xfffffe00; /* text goes on behind 2^32 */

Wire segment(u32 seq, u32 text = kText)
{
	Wire w{};
	w.tcp.offset_reserved = (kTcpHeaderLen + sizeof(w.options)) / 4 << 4;
	w.ip = ipv4_header(sizeof(w.tcp) + sizeof(w.options) + text, kPeerIp, kOurIp);
	w.tcp.source = be16::from_host(40000);
	w.tcp.dest = be16::from_host(8080);
	w.tcp.seq = be32::from_host(seq);
	w.tcp.ack_seq = be32::from_host(77);
	w.tcp.flags = kAck;
	w.tcp.window = be16::from_host(500);
	w.options[0] = 1;
	w.options[11] = 9;
	return w;
}

HeldPacket held(const Wire &first, u32 segs = 1, bool same_id = false)
{
	return {.headers = first.headers(), .segs = segs, .text = segs * kText, .gso_size = kText, .same_id = same_id};
}

void seal(Wire &w)
{
	w.ip.check = {};
	w.ip.check = be16::from_host(checksum_fold(checksum_add(0, w.bytes().first(sizeof(w.ip)))));
}

} // namespace

TEST(what_continues_a_packet)
{
	const Wire first = segment(kSeq), second = segment(kSeq + kText), third = segment(kSeq + 2 * kText);
	const Wire last = segment(kSeq + kText, 1);

	EXPECT_TRUE(may_merge(held(first), second.headers(), kText));
	EXPECT_TRUE(may_merge(held(first, 2, true), third.headers(), kText));
	EXPECT_TRUE(may_merge(held(first), last.headers(), 1));
	EXPECT_TRUE(!may_merge(held(first), first.headers(), kText));
	EXPECT_TRUE(!may_merge(held(first), third.headers(), kText));
	/* An ACK alone is an event of its own, and a longer segment is not one of this packet. */
	EXPECT_TRUE(!may_merge(held(first), second.headers(), 0));
	EXPECT_TRUE(!may_merge(held(first), second.headers(), kText + 1));
}

/* One field after the other is not as in the first segment. */
TEST(what_does_not)
{
	static constexpr struct {
		const char *what;
		void (*change)(Wire &);
		bool merges;
	} rows[] = {
		{"FIN", [](Wire &w) { w.tcp.flags |= kFin; }, true},
		{"PSH", [](Wire &w) { w.tcp.flags |= kPsh; }, true},
		{"URG", [](Wire &w) { w.tcp.flags |= kUrg; }, false},
		{"SYN", [](Wire &w) { w.tcp.flags |= kSyn; }, false},
		{"RST", [](Wire &w) { w.tcp.flags |= kRst; }, false},
		{"ECE", [](Wire &w) { w.tcp.flags |= kEce; }, false},
		{"CWR", [](Wire &w) { w.tcp.flags |= kCwr; }, false},
		{"acknowledgment", [](Wire &w) { w.tcp.ack_seq = be32::from_host(78); }, false},
		{"window", [](Wire &w) { w.tcp.window = be16::from_host(499); }, false},
		{"reserved bits", [](Wire &w) { w.tcp.offset_reserved |= 1; }, false},
		{"timestamp", [](Wire &w) { w.options[11]++; }, false},
		{"fewer options", [](Wire &w) { w.tcp.offset_reserved = 5 << 4; }, false},
		{"TTL", [](Wire &w) { w.ip.ttl--; }, false},
		{"DSCP", [](Wire &w) { w.ip.tos = 4; }, false},
		{"congestion", [](Wire &w) { w.ip.tos = 3; }, false},
		{"identification counts", [](Wire &w) { w.ip.id = be16::from_host(2); }, true},
		{"identification jumps", [](Wire &w) { w.ip.id = be16::from_host(3); }, false},
		{"may be fragmented", [](Wire &w) { w.ip.frag_off = {}; }, false},
	};

	for (const auto &row : rows) {
		const Wire first = segment(kSeq);
		Wire next = segment(kSeq + kText);
		row.change(next);
		EXPECT_EQ_IN(row.what, may_merge(held(first), next.headers(), kText), row.merges);
	}
}

/* Without DF the identification has a meaning: each datagram's own, one after the other. */
TEST(identification_without_df)
{
	Wire first = segment(kSeq), same = segment(kSeq + kText), next = segment(kSeq + kText);

	first.ip.frag_off = same.ip.frag_off = next.ip.frag_off = {};
	first.ip.id = same.ip.id = be16::from_host(0xffff);
	next.ip.id = {};
	EXPECT_TRUE(!may_merge(held(first), same.headers(), kText));
	EXPECT_TRUE(may_merge(held(first), next.headers(), kText));
}

/* With DF it is constant or counts, as the second one shows, and never both in one packet. */
TEST(identification_with_df)
{
	static constexpr struct {
		const char *what;
		u32 segs; /* that are held, from 0xfffe on */
		bool same_id;
		u16 id; /* of the next */
		bool merges;
	} rows[] = {
		{"the second is the same", 1, false, 0xfffe, true},
		{"the second counts", 1, false, 0xffff, true},
		{"the second counts down", 1, false, 0xfffd, false},
		{"the third is the same", 2, true, 0xfffe, true},
		{"the third counts", 2, false, 0, true},
		{"the third begins to count", 2, true, 0, false},
		{"the third goes on from the first", 2, true, 0xffff, false},
		{"the third is the first's again", 2, false, 0xfffe, false},
		{"the third is the second's again", 2, false, 0xffff, false},
		{"the third jumps", 2, false, 1, false},
	};

	for (const auto &row : rows) {
		Wire first = segment(kSeq), next = segment(kSeq + row.segs * kText);
		first.ip.id = be16::from_host(0xfffe);
		next.ip.id = be16::from_host(row.id);
		EXPECT_EQ_IN(row.what, may_merge(held(first, row.segs, row.same_id), next.headers(), kText), row.merges);
	}
}

TEST(connections)
{
	const Wire a = segment(1), b = segment(2);
	Wire c = a, d = a, e = a, f = a;

	EXPECT_TRUE(same_connection(a.headers(), b.headers()));
	c.ip.saddr.b[3]++;
	d.ip.daddr.b[3]++;
	e.tcp.source.b[0]++;
	f.tcp.dest.b[0]++;
	const Wire *const others[] = {&c, &d, &e, &f};
	for (const Wire *other : others)
		EXPECT_TRUE(!same_connection(a.headers(), other->headers()));
}

TEST(what_ends_a_packet)
{
	EXPECT_TRUE(!ends_packet(kAck, 1000, 1000));
	EXPECT_TRUE(ends_packet(kAck, 999, 1000));
	EXPECT_TRUE(ends_packet(kAck, 0, 1));
	constexpr u8 kFlags[] = {kFin, kSyn, kRst, kPsh, kUrg};
	for (const u8 flag : kFlags)
		EXPECT_TRUE(ends_packet(static_cast<u8>(kAck | flag), 1000, 1000));
}

TEST(headers_that_can_be_put_together)
{
	static constexpr struct {
		const char *what;
		void (*change)(Wire &);
	} rows[] = {
		{"version", [](Wire &w) { w.ip.version_ihl = 0x65; }},
		{"IPv4 options", [](Wire &w) { w.ip.version_ihl = 0x46; }},
		{"UDP", [](Wire &w) { w.ip.protocol = 17; }},
		{"more fragments", [](Wire &w) { w.ip.frag_off = be16::from_host(0x2000); }},
		{"not the first", [](Wire &w) { w.ip.frag_off = be16::from_host(1); }},
		{"padding", [](Wire &w) { w.ip.tot_len = be16::from_host(w.ip.tot_len.host() - 1); }},
		{"short TCP header", [](Wire &w) { w.tcp.offset_reserved = 4 << 4; }},
		{"TCP header beyond the bytes", [](Wire &w) { w.tcp.offset_reserved = 9 << 4; }},
	};
	Wire good = segment(1);
	const u32 len = sizeof(good) + kText;

	seal(good);
	EXPECT_TRUE(parse_segment_headers(good.bytes(), len).tcp == &good.tcp);
	EXPECT_TRUE(!parse_segment_headers(good.bytes(), len + 1).tcp);
	EXPECT_TRUE(!parse_segment_headers(good.bytes().first(51), len).tcp);
	EXPECT_TRUE(!parse_segment_headers(good.bytes().first(19), len).tcp);
	for (const auto &row : rows) {
		Wire w = segment(1);
		row.change(w);
		seal(w);
		EXPECT_TRUE_IN(row.what, !parse_segment_headers(w.bytes(), len).tcp);
	}
	good.ip.check.b[0]++;
	EXPECT_TRUE(!parse_segment_headers(good.bytes(), len).tcp);
}

/* What is cut can be put together again, and says FIN, PSH and CWR once. */
TEST(cut_segments)
{
	const u32 header_len = sizeof(Wire);

	for (int round = 0; round < 2; round++) {
		const bool df = round;
		Wire cut[3];
		for (u32 i = 0; i < 3; i++) {
			cut[i] = segment(kSeq, 2500);
			cut[i].tcp.flags = kAck | kPsh | kFin | kCwr;
			cut[i].ip.frag_off = be16::from_host(df ? kIpDontFragment : 0);
			const u32 text = i < 2 ? 1000 : 500;
			write_cut_headers(cut[i].ip, cut[i].tcp,
					  {.index = i, .offset = i * 1000, .datagram_len = header_len + text, .last = i == 2});
			EXPECT_EQ(cut[i].ip.tot_len.host(), header_len + text);
			EXPECT_EQ(cut[i].tcp.seq.host(), kSeq + i * 1000);
			EXPECT_EQ(cut[i].tcp.flags & (kPsh | kFin), i == 2 ? kPsh | kFin : 0);
			EXPECT_EQ(cut[i].tcp.flags & kCwr, i == 0 ? kCwr : 0);
			EXPECT_EQ(cut[i].ip.id.host(), df ? 1 : 1 + i);
		}
		cut[0].tcp.flags = kAck; /* CWR is said alone */
		EXPECT_TRUE(may_merge(held(cut[0]), cut[1].headers(), 1000));
		EXPECT_TRUE(may_merge(held(cut[0], 2, df), cut[2].headers(), 500));
	}
}

TEST_SUITE("offload", TEST_CASE(what_continues_a_packet), TEST_CASE(what_does_not),
	   TEST_CASE(identification_without_df), TEST_CASE(identification_with_df),
	   TEST_CASE(connections), TEST_CASE(what_ends_a_packet),
	   TEST_CASE(headers_that_can_be_put_together), TEST_CASE(cut_segments));

} // namespace tcpxx
