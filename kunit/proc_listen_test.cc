// SPDX-License-Identifier: GPL-2.0
/* /proc/net/tcpxx_listen: what is in a listener's book, and where it can be read. */
#include "peer.h"
#include "proc_text.h"

namespace tcpxx::testing {

TEST(nobody_listens)
{
	EXPECT_EQ(ProcText("/proc/net/tcpxx_listen").lines(), 0);
}

TEST(book_of_a_listener)
{
	Peer peer(test);
	Socket listener(test);

	EXPECT_EQ(listener.listen_on(kPort, 5), 0);
	send_syn(peer);
	send_syn(peer);
	hold(listener.tp());
	peer.send({.ack = 7});
	peer.last();
	const ProcText text("/proc/net/tcpxx_listen");
	EXPECT_TRUE(text.has("listener 0.0.0.0:8080\ninode "));
	EXPECT_TRUE(text.has("\nbacklog 5\nsyn_queue 1\nyoung 1\nsyn_queue_high 1\naccept_queue 0\naccept_queue_high 0\n"
			     "fastopen_queue 0\nfastopen_limit 0\n"));
	EXPECT_TRUE(text.has("\nsyns 2\nduplicates 1\ncookies_sent 0\nrequests 1\nfastopens 0\ncookie_acks 0\naccepted 0\n"
			     "ignored AckUnsent 1\nvictim "));
	EXPECT_TRUE(text.has(" ignored AckUnsent 10.99.0.2:40000 10.99.0.1:8080\n"));
	/* Nothing more. */
	EXPECT_EQ(text.lines(), 3 + 7 + 7 + 1 + 1);
}

TEST(one_block_each)
{
	Peer peer(test);
	Socket first(test), second(test);

	EXPECT_EQ(first.listen_on(kPort), 0);
	EXPECT_EQ(second.listen_on(kPort + 1), 0);
	send_syn(peer);
	hold(first.tp());
	const ProcText text("/proc/net/tcpxx_listen");
	EXPECT_EQ(text.lines(), 2 * (3 + 7 + 7));
	EXPECT_TRUE(text.has("listener 0.0.0.0:8081\n"));
	EXPECT_TRUE(text.has("syns 1\n"));
	EXPECT_TRUE(text.has("syns 0\n"));
}

STACK_SUITE("proc_listen", TEST_CASE(nobody_listens), TEST_CASE(book_of_a_listener), TEST_CASE(one_block_each));

} // namespace tcpxx::testing
