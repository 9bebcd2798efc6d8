// SPDX-License-Identifier: GPL-2.0
/* Connections without a user: how many there are, and that there are not too many. */
#include "kapi/entry.h"
#include "peer.h"
#include "sock/orphans.h"

namespace tcpxx::testing {
namespace {

class MaxOrphans {
	u32 old_ = tcpxx_max_orphans;

public:
	explicit MaxOrphans(u32 n) { tcpxx_max_orphans = n; }
	~MaxOrphans() { tcpxx_max_orphans = old_; }
	MaxOrphans(const MaxOrphans &) = delete;
};

} // namespace

TEST(has_a_default) { EXPECT_TRUE(tcpxx_max_orphans > 0); }

TEST(orphans_are_counted)
{
	Accepted c(test);

	EXPECT_EQ(tcp_orphan_count_sum(), 0);
	c.sock.close();
	EXPECT_EQ(tcp_orphan_count_sum(), 1);
	/* FIN-WAIT-2 needs no socket. */
	c.peer.send({.ack = 2});
	EXPECT_EQ(tcp_orphan_count_sum(), 0);
	EXPECT_EQ(c.peer.state(), TcpState::FinWait2);
}

TEST(who_ends_with_the_user_is_none)
{
	Accepted unread(test);

	unread.peer.send({.text = 10});
	unread.sock.close();
	EXPECT_EQ(tcp_orphan_count_sum(), 0);
	Socket unused(test);
	unused.close();
	EXPECT_EQ(tcp_orphan_count_sum(), 0);
}

TEST(orphan_ends_by_a_reset)
{
	Accepted c(test);

	c.sock.close();
	EXPECT_EQ(tcp_orphan_count_sum(), 1);
	c.peer.send({.flags = kRst});
	EXPECT_EQ(tcp_orphan_count_sum(), 0);
}

/* One too many is reset when its user goes. */
TEST(no_more_than_max_orphans)
{
	MaxOrphans none(0);
	Accepted c(test);
	Moved aborts(Mib::TCPAbortOnMemory);

	c.sock.send(10);
	c.peer.last();
	c.sock.close();
	/* The FIN was on its way already. */
	EXPECT_EQ(c.peer.next().flags & kFin, kFin);
	EXPECT_EQ(c.peer.next().flags, kRst | kAck);
	EXPECT_EQ(c.peer.state(), TcpState::Close);
	EXPECT_EQ(aborts.by(), 1);
	EXPECT_EQ(tcp_orphan_count_sum(), 0);
}

/* The limit was lowered meanwhile: the silent go first. */
TEST(silent_orphan_makes_room)
{
	Accepted c(test);
	Kept orphan(c.tp());
	Moved aborts(Mib::TCPAbortOnMemory);

	c.sock.close();
	c.peer.last();
	EXPECT_TRUE(fire_retransmit(*orphan));
	EXPECT_EQ(c.peer.next().flags & kFin, kFin);
	{
		MaxOrphans one(1);
		EXPECT_TRUE(fire_retransmit(*orphan));
		EXPECT_EQ(c.peer.next().flags & kFin, kFin);
		/* A suspicion halves the limit. */
		orphan->sk.sk_err_soft = EHOSTUNREACH;
		EXPECT_TRUE(fire_retransmit(*orphan));
		EXPECT_EQ(c.peer.next().flags, kRst | kAck);
	}
	EXPECT_EQ(c.peer.state(), TcpState::Close);
	EXPECT_EQ(aborts.by(), 1);
	EXPECT_EQ(tcp_orphan_count_sum(), 0);
}

/* One that only holds a shut window open is as dear. */
TEST(probing_orphan_makes_room)
{
	Accepted c(test);
	Kept orphan(c.tp());

	c.peer.send({.window = 0});
	c.sock.send(10);
	c.sock.close();
	MaxOrphans none(0);
	EXPECT_TRUE(fire_retransmit(*orphan));
	EXPECT_EQ(c.peer.next().flags, kRst | kAck);
	EXPECT_EQ(c.peer.state(), TcpState::Close);
}

STACK_SUITE("orphans", TEST_CASE(has_a_default), TEST_CASE(orphans_are_counted),
	    TEST_CASE(who_ends_with_the_user_is_none), TEST_CASE(orphan_ends_by_a_reset),
	    TEST_CASE(no_more_than_max_orphans), TEST_CASE(silent_orphan_makes_room),
	    TEST_CASE(probing_orphan_makes_room));

} // namespace tcpxx::testing
