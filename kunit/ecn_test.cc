// SPDX-License-Identifier: GPL-2.0
#include "core/ecn.h"
#include "packet.h"
#include "test.h"

namespace tcpxx {
namespace {

using testing::Arrived;

struct SettingCase {
	const char *row;
	EcnSettings settings;
	bool asks;
	bool grants;
};
constexpr SettingCase kSettings[] = {
	{"0", {0, false}, false, false},	    {"1", {1, false}, true, true},
	{"2", {2, false}, false, true},		    {"0, and the route wants it", {0, true}, true, true},
	{"2, and the route wants it", {2, true}, true, true},
};

TEST(settings)
{
	for (const SettingCase &c : kSettings) {
		EXPECT_EQ_IN(c.row, ecn_asks(c.settings), c.asks);
		EXPECT_EQ_IN(c.row, ecn_may_be_granted(c.settings), c.grants);
	}
}

struct SynCase {
	const char *row;
	u8 flags;
	u8 reserved; /* lower half of the byte of the data offset */
	EcnField field;
	u8 tcp_ecn;
	bool granted;
};
constexpr SynCase kSyns[] = {
	{"asks", kSyn | kEcnSetup, 0, EcnField::NotEct, 2, true},
	{"asks who never grants", kSyn | kEcnSetup, 0, EcnField::NotEct, 0, false},
	{"does not ask", kSyn, 0, EcnField::NotEct, 1, false},
	{"ECE alone", kSyn | kEce, 0, EcnField::NotEct, 1, false},
	{"CWR alone", kSyn | kCwr, 0, EcnField::NotEct, 1, false},
	{"marked ECT(0)", kSyn | kEcnSetup, 0, EcnField::Ect0, 1, false},
	{"marked ECT(1)", kSyn | kEcnSetup, 0, EcnField::Ect1, 1, false},
	{"marked CE", kSyn | kEcnSetup, 0, EcnField::Ce, 1, false},
	{"marked, by a later protocol", kSyn | kEcnSetup, 1, EcnField::Ect1, 1, true},
	{"a later protocol that is not marked", kSyn | kEcnSetup, 8, EcnField::NotEct, 1, true},
};

TEST(what_a_syn_is_granted)
{
	for (const SynCase &c : kSyns) {
		TcpHeader header = testing::header_of({.flags = c.flags});
		header.offset_reserved |= c.reserved;
		EXPECT_EQ_IN(c.row, ecn_granted(testing::view_of(header, 0), c.field, {c.tcp_ecn, false}), c.granted);
	}
}

struct AnswerCase {
	const char *row;
	u8 flags;
	bool ok;
};
constexpr AnswerCase kSynAcks[] = {
	{"granted", kEce, true},
	{"not granted", 0, false},
	{"flags of the SYN thrown back", kEce | kCwr, false},
	{"CWR alone", kCwr, false},
};
constexpr AnswerCase kSyns2[] = {
	{"asks, too", kEce | kCwr, true},
	{"does not ask", 0, false},
	{"ECE alone", kEce, false},
	{"CWR alone", kCwr, false},
};

TEST(answer_to_our_syn)
{
	for (const AnswerCase &c : kSynAcks) {
		Ecn asked, silent;
		asked.begin(true);
		asked.synack_arrives(kSyn | kAck | c.flags);
		EXPECT_EQ_IN(c.row, asked.ok(), c.ok);
		silent.begin(false);
		silent.synack_arrives(kSyn | kAck | c.flags);
		EXPECT_TRUE_IN(c.row, !silent.ok());
	}
	for (const AnswerCase &c : kSyns2) {
		Ecn asked;
		asked.begin(true);
		asked.syn_arrives(kSyn | c.flags);
		EXPECT_EQ_IN(c.row, asked.ok(), c.ok);
	}
}

constexpr u8 kNoFlags = 0;

bool is(const EcnMarks &m, u8 flags, EcnField field) { return m.flags == flags && m.field == field; }

Ecn agreed()
{
	Ecn ecn;
	ecn.begin(true);
	return ecn;
}

/* RFC 3168, 6.1.2, 6.1.4, 6.1.5. */
TEST(only_new_text_is_marked)
{
	Ecn ecn = agreed();
	EXPECT_TRUE(is(ecn.send(EcnContent::NewText), kNoFlags, EcnField::Ect0));
	EXPECT_TRUE(is(ecn.send(EcnContent::Other), kNoFlags, EcnField::NotEct));
}

TEST(cwr_once_and_on_new_text)
{
	Ecn ecn = agreed();
	EXPECT_TRUE(ecn.congested(kAck | kEce));
	EXPECT_TRUE(!ecn.congested(kAck));
	EXPECT_TRUE(!ecn.congested(kSyn | kAck | kEce));
	ecn.reduced();
	EXPECT_TRUE(is(ecn.send(EcnContent::Other), kNoFlags, EcnField::NotEct));
	EXPECT_TRUE(is(ecn.send(EcnContent::NewText), kCwr, EcnField::Ect0));
	EXPECT_TRUE(is(ecn.send(EcnContent::NewText), kNoFlags, EcnField::Ect0));
}

TEST(echo_until_cwr)
{
	Ecn ecn = agreed();
	EXPECT_EQ(ecn.text_arrives(EcnField::Ect0), EcnHaste::None);
	EXPECT_TRUE(is(ecn.send(EcnContent::Other), kNoFlags, EcnField::NotEct));
	EXPECT_EQ(ecn.text_arrives(EcnField::Ce), EcnHaste::Soon);
	/* Not a second time, and with every segment. */
	EXPECT_EQ(ecn.text_arrives(EcnField::Ce), EcnHaste::None);
	EXPECT_EQ(ecn.text_arrives(EcnField::Ect1), EcnHaste::None);
	EXPECT_TRUE(is(ecn.send(EcnContent::Other), kEce, EcnField::NotEct));
	EXPECT_TRUE(is(ecn.send(EcnContent::NewText), kEce, EcnField::Ect0));
	const Arrived ack({.flags = kAck | kCwr}), text({.flags = kAck | kCwr, .text = 10});
	EXPECT_TRUE(!ecn.cwr_arrives(ack.seg()));
	EXPECT_TRUE(is(ecn.send(EcnContent::Other), kNoFlags, EcnField::NotEct));
	/* With text it waits for us; and that may be marked itself. */
	EXPECT_TRUE(ecn.cwr_arrives(text.seg()));
	EXPECT_EQ(ecn.text_arrives(EcnField::Ce), EcnHaste::Soon);
	EXPECT_TRUE(is(ecn.send(EcnContent::Other), kEce, EcnField::NotEct));
}

TEST(text_without_a_mark_is_a_retransmission)
{
	Ecn ecn = agreed();
	EXPECT_EQ(ecn.text_arrives(EcnField::NotEct), EcnHaste::None);
	EXPECT_EQ(ecn.text_arrives(EcnField::Ect1), EcnHaste::None);
	EXPECT_EQ(ecn.text_arrives(EcnField::NotEct), EcnHaste::Soon);
}

TEST(nothing_without_agreement)
{
	Ecn ecn;
	const Arrived cwr({.flags = kAck | kCwr, .text = 10});
	ecn.begin(false);
	ecn.reduced();
	EXPECT_EQ(ecn.text_arrives(EcnField::Ce), EcnHaste::None);
	EXPECT_TRUE(!ecn.congested(kAck | kEce));
	EXPECT_TRUE(!ecn.cwr_arrives(cwr.seg()));
	EXPECT_TRUE(is(ecn.send(EcnContent::NewText), kNoFlags, EcnField::NotEct));
}

TEST(field_in_the_tos)
{
	EXPECT_EQ(ecn_field(0xb9), EcnField::Ect1);
	EXPECT_EQ(with_ecn_field(0xb9, EcnField::Ect0), 0xba);
	EXPECT_EQ(with_ecn_field(0xbb, EcnField::NotEct), 0xb8);
}

TEST_SUITE("ecn", TEST_CASE(settings), TEST_CASE(what_a_syn_is_granted), TEST_CASE(answer_to_our_syn),
	   TEST_CASE(only_new_text_is_marked), TEST_CASE(cwr_once_and_on_new_text), TEST_CASE(echo_until_cwr),
	   TEST_CASE(text_without_a_mark_is_a_retransmission), TEST_CASE(nothing_without_agreement),
	   TEST_CASE(field_in_the_tos));

} // namespace
} // namespace tcpxx
