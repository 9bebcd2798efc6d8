// SPDX-License-Identifier: GPL-2.0
#include "core/arrives.h"
#include "test.h"

namespace tcpxx {
namespace {

using enum TcpState;

constexpr TcpState kAll[] = {Established, SynSent,   SynRecv, FinWait1, FinWait2, TimeWait,
			     Close,	  CloseWait, LastAck, Listen,	Closing,  NewSynRecv};

struct Arrow {
	TcpState from, to;
};

/* RFC 9293, 3.3.2, figure 5, read from the drawing and its notes, arrows to CLOSED left out. */
constexpr Arrow kFigure5[] = {
	{Close, Listen}, /* passive OPEN */
	{Close, SynSent}, /* active OPEN */
	{Listen, SynRecv}, /* rcv SYN */
	{Listen, SynSent}, /* SEND */
	{SynSent, SynRecv}, /* rcv SYN */
	{SynSent, Established}, /* rcv SYN, ACK */
	{SynRecv, Established}, /* rcv ACK of SYN */
	{SynRecv, FinWait1}, /* CLOSE */
	{SynRecv, Listen}, /* note 1: rcv RST */
	{Established, FinWait1}, /* CLOSE */
	{Established, CloseWait}, /* rcv FIN */
	{FinWait1, FinWait2}, /* rcv ACK of FIN */
	{FinWait1, Closing}, /* rcv FIN */
	{FinWait1, TimeWait}, /* note 2: rcv FIN+ACK of FIN */
	{FinWait2, TimeWait}, /* rcv FIN */
	{Closing, TimeWait}, /* rcv ACK of FIN */
	{CloseWait, LastAck}, /* CLOSE */
	/* 3.10.7.4, eighth step: "SYN-RECEIVED, ESTABLISHED: enter the CLOSE-WAIT state" */
	{SynRecv, CloseWait},
	/* ours: a child is a new object, and a request becomes one */
	{Close, SynRecv},
	{NewSynRecv, SynRecv},
	{NewSynRecv, Established},
};

bool in_figure(TcpState from, TcpState to)
{
	for (const Arrow &a : kFigure5)
		if (a.from == from && a.to == to)
			return true;
	return to == Close;
}

TEST(table_is_figure_5)
{
	for (const TcpState from : kAll)
		for (const TcpState to : kAll)
			EXPECT_EQ_IN(state_name(from), may_change(from, to), in_figure(from, to));
}

TEST(names_are_those_of_linux)
{
	EXPECT_EQ(Established, 1);
	EXPECT_EQ(Close, 7);
	EXPECT_EQ(Listen, 10);
	EXPECT_EQ(NewSynRecv, 12);
	EXPECT_TRUE(__builtin_strcmp(state_name(Established), "ESTABLISHED") == 0);
	EXPECT_TRUE(__builtin_strcmp(state_name(FinWait2), "FIN_WAIT2") == 0);
	for (const TcpState s : kAll)
		EXPECT_TRUE(state_name(s)[0] != '?');
}

struct CloseCase {
	const char *row;
	TcpState from, next;
	bool send_fin;
};

/* RFC 9293, 3.10.4. */
constexpr CloseCase kCloses[] = {
	{"nothing open", Close, Close, false},
	{"listener", Listen, Close, false},
	{"SYN unanswered", SynSent, Close, false},
	{"half open", SynRecv, FinWait1, true},
	{"established", Established, FinWait1, true},
	{"peer has finished", CloseWait, LastAck, true},
	{"twice", FinWait1, FinWait1, false},
	{"twice, acknowledged", FinWait2, FinWait2, false},
	{"twice, both finished", Closing, Closing, false},
	{"twice, peer first", LastAck, LastAck, false},
	{"over", TimeWait, TimeWait, false},
};

TEST(close_by_the_user)
{
	for (const CloseCase &c : kCloses) {
		const CloseStep step = close_step(c.from);
		EXPECT_EQ_IN(c.row, step.next, c.next);
		EXPECT_EQ_IN(c.row, step.send_fin, c.send_fin);
		EXPECT_TRUE_IN(c.row, step.next == c.from || may_change(c.from, step.next));
		EXPECT_TRUE_IN(c.row, !step.send_fin || kFinSent.has(step.next));
	}
}

/* Nothing that the decisions propose may be outside the table. */
TEST(proposed_changes_are_in_the_table)
{
	for (const TcpState s : kAll) {
		const TcpState acked = state_after_fin_acked(s),
			       received = state_after_fin_received(s);
		EXPECT_TRUE_IN(state_name(s), acked == s || may_change(s, acked));
		EXPECT_TRUE_IN(state_name(s), received == s || may_change(s, received));
	}
}

TEST(sets)
{
	EXPECT_TRUE(kCanSend.has(Established) && kCanSend.has(CloseWait) &&
		    !kCanSend.has(FinWait1));
	EXPECT_TRUE(kCanReceive.has(FinWait2) && !kCanReceive.has(CloseWait));
	EXPECT_TRUE(!kSynchronized.has(SynSent) && !kSynchronized.has(Listen) &&
		    !kSynchronized.has(Close));
	EXPECT_TRUE(!StateSet().has(Established));
}

TEST_SUITE("state", TEST_CASE(table_is_figure_5), TEST_CASE(names_are_those_of_linux),
	   TEST_CASE(close_by_the_user), TEST_CASE(proposed_changes_are_in_the_table),
	   TEST_CASE(sets));

} // namespace
} // namespace tcpxx
