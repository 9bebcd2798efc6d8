// SPDX-License-Identifier: GPL-2.0
/* What goes out, when, and in which pieces. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

void acknowledge(Accepted &c, u32 number) { c.peer.send({.ack = number}); }

} // namespace

TEST(text_in_full_segments)
{
	Accepted c(test);

	EXPECT_EQ(c.sock.send(2500), 2500);
	for (u32 i = 0; i < 3; i++) {
		const Seen s = c.peer.next();
		EXPECT_EQ(s.seq, 1 + i * 1000);
		EXPECT_EQ(s.text, i < 2 ? 1000 : 500);
		EXPECT_EQ(s.wrong, 0);
		EXPECT_EQ(s.ack, 1);
		EXPECT_EQ(s.flags, i < 2 ? kAck : kAck | kPsh);
		EXPECT_EQ(s.source, kPort);
		EXPECT_EQ(s.dest, kPeerPort);
	}
	EXPECT_EQ(c.peer.waiting(), 0);
	EXPECT_EQ(c.tp().pending, Pending::Retransmit);
}

/* RFC 9293, 3.7.1: the options of every segment are deducted. */
TEST(timestamps_take_their_room)
{
	Accepted c(test, {.timestamps = true});

	c.sock.send(1000);
	const Seen s = c.peer.next();
	EXPECT_EQ(s.text, 988);
	EXPECT_TRUE(s.options.has_timestamps);
	EXPECT_EQ(s.options.ts.tsecr, 1000);
}

/* ... and SACK blocks are options like others, also in what is sent again: a segment that is too long
 * for the path is lost each time, and when both ends have a gap nothing moves any more. */
TEST(sack_blocks_take_their_room)
{
	Accepted c(test, {.timestamps = true, .sack = true});

	c.sock.send(1000);
	EXPECT_EQ(c.peer.next().text, 988);
	c.peer.last();
	c.peer.send({.seq = 101, .text = 100});
	c.peer.send({.seq = 301, .text = 100});
	c.peer.last();
	EXPECT_TRUE(fire_retransmit(c.tp()));
	const Seen again = c.peer.next();
	EXPECT_EQ(again.seq, 1);
	EXPECT_EQ(again.options.sack_count, 2);
	EXPECT_EQ(again.text, 1000 - 12 - 4 - 2 * 8);
	c.peer.send({.seq = 501, .ack = 1001, .text = 100});
	c.peer.last();
	c.sock.send(1000);
	const Seen fresh = c.peer.next();
	EXPECT_EQ(fresh.options.sack_count, 3);
	EXPECT_EQ(fresh.text, 1000 - 12 - 4 - 3 * 8);
}

TEST(segments_of_a_peer_without_an_mss)
{
	Accepted c(test, {.mss = 0});

	c.sock.send(1000);
	EXPECT_EQ(c.peer.next().text, 536);
}

TEST(congestion_window_holds_back)
{
	Accepted c(test);

	c.tp().sk.sk_sndbuf = 1 << 20;
	c.sock.send(20000);
	EXPECT_EQ(c.peer.waiting(), kInitialWindow);
}

TEST(peers_window_holds_back)
{
	Accepted c(test, {.window = 2500});

	c.sock.send(4000);
	EXPECT_EQ(c.peer.waiting(), 2);
	c.peer.last();
	c.peer.send({.ack = 1001, .window = 2000});
	const Seen s = c.peer.next();
	EXPECT_EQ(s.seq, 2001);
	EXPECT_EQ(s.text, 1000);
	EXPECT_EQ(c.peer.waiting(), 0);
}

/* RFC 9293, 3.7.4. */
TEST(nagle)
{
	Accepted c(test);

	c.sock.send(10);
	EXPECT_EQ(c.peer.next().text, 10);
	c.sock.send(20);
	c.sock.send(30);
	EXPECT_EQ(c.peer.waiting(), 0);
	acknowledge(c, 11);
	const Seen s = c.peer.next();
	EXPECT_EQ(s.seq, 11);
	EXPECT_EQ(s.text, 50);
	EXPECT_EQ(s.wrong, 0);
	/* A full one does not wait. */
	c.sock.send(1000);
	EXPECT_EQ(c.peer.next().text, 1000);
}

/* Minshall: behind full ones a small one goes, and only another small one holds the next. */
TEST(small_segment_behind_full_ones)
{
	Accepted c(test);

	c.sock.send(2010);
	EXPECT_EQ(c.peer.waiting(), 3);
	c.sock.send(10);
	EXPECT_EQ(c.peer.waiting(), 3);
	c.peer.last();
	acknowledge(c, 2001);
	EXPECT_EQ(c.peer.waiting(), 0);
	acknowledge(c, 2011);
	EXPECT_EQ(c.peer.next().text, 10);
}

TEST(nodelay)
{
	Accepted c(test);

	c.tp().nodelay = true;
	c.sock.send(10);
	c.sock.send(10);
	EXPECT_EQ(c.peer.waiting(), 2);
}

TEST(fin_does_not_wait)
{
	Accepted c(test);

	c.sock.send(10);
	c.sock.send(20);
	EXPECT_EQ(c.peer.waiting(), 1);
	c.peer.last();
	c.sock.shutdown(SHUT_WR);
	const Seen fin = c.peer.next();
	EXPECT_EQ(fin.seq, 11);
	EXPECT_EQ(fin.text, 20);
	EXPECT_EQ(fin.flags & kFin, kFin);
}

TEST(fin_waits_for_the_window)
{
	Accepted c(test, {.window = 1000});

	c.sock.send(1500);
	c.sock.shutdown(SHUT_WR);
	const Seen first = c.peer.last();
	EXPECT_EQ(first.flags & kFin, 0);
	c.peer.send({.ack = first.seq + first.text, .window = 1000});
	EXPECT_EQ(c.peer.last().flags & kFin, kFin);
	EXPECT_EQ(c.tcb().snd_nxt, Seq32(c.peer.our_iss + 1502));
}

/* A path that has become narrower cuts what is sent again. */
TEST(retransmission_in_smaller_pieces)
{
	Accepted c(test);

	c.sock.send(1000);
	c.peer.last();
	tcp_sync_mss(c.tp(), 640);
	c.tp().tcb.mss_cache = 600;
	EXPECT_TRUE(fire_retransmit(c.tp()));
	const Seen s = c.peer.next();
	EXPECT_EQ(s.seq, 1);
	EXPECT_TRUE(s.text < 1000);
	EXPECT_EQ(s.wrong, 0);
	c.peer.send({.ack = 1 + s.text});
	const Seen rest = c.peer.next();
	EXPECT_EQ(rest.seq, 1 + s.text);
	EXPECT_EQ(rest.text, 1000 - s.text);
	EXPECT_EQ(rest.wrong, 0);
	c.peer.send({.ack = 1001});
	EXPECT_EQ(c.tp().sk.sk_wmem_queued, 0);
}

/* RFC 9293, 3.10.7.1 does not ask for it, but the peer must be able to check the RST. */
TEST(abort_is_exact)
{
	Accepted c(test);

	c.sock.send(10);
	c.peer.send({.text = 5});
	c.peer.last();
	c.sock.abort();
	const Seen reset = c.peer.next();
	EXPECT_EQ(reset.flags, kRst | kAck);
	EXPECT_EQ(reset.seq, 11);
	EXPECT_EQ(reset.ack, 6);
	EXPECT_EQ(c.peer.state(), TcpState::Close);
}

/* RFC 2525, 2.17: data that was not read is lost, and the peer is told. */
TEST(close_with_unread_text_is_an_abort)
{
	Accepted c(test);
	Moved aborts(Mib::TCPAbortOnClose);

	c.peer.send({.text = 5});
	c.peer.last();
	c.sock.close();
	EXPECT_EQ(c.peer.next().flags, kRst | kAck);
	EXPECT_EQ(aborts.by(), 1);
	EXPECT_EQ(c.peer.state(), TcpState::Close);
}

TEST(window_in_the_header)
{
	{
		Accepted c(test);
		c.peer.send({.text = 1});
		const Seen s = c.peer.last();
		EXPECT_EQ(s.window, min_of(receive_window(c.tcb()), 65535u));
	}
	Accepted c(test, {.wscale = 0});
	c.peer.send({.text = 1});
	EXPECT_EQ(c.peer.last().window, c.tcb().rcv_wnd >> c.tcb().rcv_wscale.shift);
}

/* The header carries the pseudo header's sum for a device that adds the rest, or for the kernel. */
TEST(checksum)
{
	Accepted c(test);

	c.sock.send(11);
	SkbPtr skb = c.peer.device.next_sent();
	EXPECT_TRUE(static_cast<bool>(skb));
	if (!skb)
		return;
	EXPECT_EQ(skb->ip_summed, CHECKSUM_PARTIAL);
	EXPECT_EQ(skb_checksum_help(skb.get()), 0);
	const auto *ip_header = behind<Ipv4Header>(skb, sizeof(EthernetHeader));
	const Bytes segment = linear_bytes(skb.get()).after(sizeof(EthernetHeader) + 20);
	if (ip_header)
		EXPECT_EQ(segment_checksum(*ip_header, segment), 0);
	skb.consume();
}

TEST(counts_what_it_sends)
{
	Accepted c(test);
	Moved out(Mib::OutSegs), resets(Mib::OutRsts);

	c.sock.send(1500);
	EXPECT_EQ(out.by(), 2);
	c.sock.abort();
	EXPECT_EQ(out.by(), 3);
	EXPECT_EQ(resets.by(), 1);
}

/* RFC 3168, 6.1.4 and 6.1.5: not ACKs, not what is sent again, not a FIN. */
TEST(only_new_text_is_ecn_capable)
{
	Accepted c(test, {.flags = kSyn | kEcnSetup});

	c.tp().tos = 0xb8;
	c.sock.send(100);
	EXPECT_EQ(c.peer.next().tos, 0xba);
	EXPECT_TRUE(fire_retransmit(c.tp()));
	const Seen again = c.peer.next();
	EXPECT_EQ(again.seq, 1);
	EXPECT_EQ(again.tos, 0xb8);
	acknowledge(c, 101);
	/* The time-out has reduced the window, and the peer learns of that. */
	c.sock.send(100);
	const Seen next = c.peer.next();
	EXPECT_EQ(next.tos, 0xba);
	EXPECT_EQ(next.flags, kAck | kPsh | kCwr);
	acknowledge(c, 201);
	c.peer.send({.ack = 201, .text = 100});
	EXPECT_EQ(c.peer.next().tos, 0xb8);
	c.sock.shutdown(SHUT_WR);
	EXPECT_EQ(c.peer.next().tos, 0xb8);
}

TEST(no_marks_without_ecn)
{
	Accepted c(test);

	c.sock.send(100);
	EXPECT_EQ(c.peer.next().tos, 0);
}

STACK_SUITE("tcp_output", TEST_CASE(text_in_full_segments), TEST_CASE(timestamps_take_their_room),
	    TEST_CASE(sack_blocks_take_their_room),
	    TEST_CASE(segments_of_a_peer_without_an_mss), TEST_CASE(congestion_window_holds_back),
	    TEST_CASE(peers_window_holds_back), TEST_CASE(nagle),
	    TEST_CASE(small_segment_behind_full_ones), TEST_CASE(nodelay),
	    TEST_CASE(fin_does_not_wait), TEST_CASE(fin_waits_for_the_window),
	    TEST_CASE(retransmission_in_smaller_pieces), TEST_CASE(abort_is_exact),
	    TEST_CASE(close_with_unread_text_is_an_abort), TEST_CASE(window_in_the_header),
	    TEST_CASE(checksum), TEST_CASE(counts_what_it_sends),
	    TEST_CASE(only_new_text_is_ecn_capable), TEST_CASE(no_marks_without_ecn));

} // namespace tcpxx::testing
