// SPDX-License-Identifier: GPL-2.0
/* The active open: what the SYN offers. */
#include "peer.h"
#include "rtnetlink.h"

namespace tcpxx::testing {

/* The settings of the namespace steer both stacks. */
TEST(offer_follows_the_settings)
{
	struct netns_ipv4 &config = init_net.ipv4;
	static constexpr struct {
		const char *what;
		bool timestamps, sack, scaling;
	} rows[] = {
		{"everything", true, true, true},
		{"no timestamps", false, true, true},
		{"no SACK", true, false, true},
		{"no scaling", true, true, false},
		{"nothing", false, false, false},
	};

	for (const auto &row : rows) {
		Peer peer(test);
		Socket sock(test);

		Sysctl timestamps(config.sysctl_tcp_timestamps, row.timestamps);
		Sysctl sack(config.sysctl_tcp_sack, row.sack);
		Sysctl scaling(config.sysctl_tcp_window_scaling, row.scaling);
		EXPECT_EQ_IN(row.what, sock.connect(), -EINPROGRESS);
		const Seen syn = peer.last();
		EXPECT_EQ_IN(row.what, syn.flags, kSyn);
		EXPECT_EQ_IN(row.what, syn.options.mss, 1460);
		EXPECT_EQ_IN(row.what, syn.options.has_timestamps, row.timestamps);
		EXPECT_EQ_IN(row.what, syn.options.sack_permitted, row.sack);
		EXPECT_EQ_IN(row.what, syn.options.has_wscale, row.scaling);
	}
}

/* The scale has to do for what the buffer may become: by net.ipv4.tcp_rmem, or SO_RCVBUF up to net.core.rmem_max. */
TEST(scale_is_that_of_the_largest_buffer)
{
	static constexpr struct {
		const char *what;
		u32 tcp_rmem, rmem_max;
		u8 scale;
	} rows[] = {
		{"no more than it is", 65535, 65535, 1},
		{"tcp_rmem", 1 << 20, 65535, 5},
		{"rmem_max", 65535, 1 << 20, 5},
		{"both", 1 << 18, 1 << 22, 7},
	};

	for (const auto &row : rows) {
		Peer peer(test);
		Socket sock(test);

		Sysctl tcp_rmem(init_net.ipv4.sysctl_tcp_rmem[2], row.tcp_rmem);
		Sysctl rmem_max(sysctl_rmem_max, row.rmem_max);
		EXPECT_EQ_IN(row.what, sock.connect(), -EINPROGRESS);
		EXPECT_EQ_IN(row.what, peer.last().options.wscale.shift, row.scale);
	}
}

/* The SYN is the first packet of the retransmission queue, and its timer runs. */
TEST(syn_is_watched)
{
	Peer peer(test);
	Socket sock(test);
	Moved opens(Mib::ActiveOpens), again(Mib::TCPSynRetrans);

	EXPECT_EQ(sock.connect(), -EINPROGRESS);
	const Seen syn = peer.last();
	EXPECT_EQ(opens.by(), 1);
	EXPECT_EQ(sock.tp().tcb.packets_out, 1);
	EXPECT_EQ(sock.tp().pending, Pending::Retransmit);
	EXPECT_TRUE(fire_retransmit(sock.tp()));
	const Seen second = peer.last();
	EXPECT_EQ(second.seq, syn.seq);
	EXPECT_EQ(second.flags, kSyn);
	EXPECT_EQ(second.source, syn.source);
	EXPECT_EQ(again.by(), 1);
	EXPECT_EQ(opens.by(), 1);
}

/* ip route ... advmss 1000 window 8000 initcwnd 2 initrwnd 3: for both sides that open. */
TEST(metrics_of_a_route)
{
	Peer peer(test);
	RouteSpec spec = {kPeerIp, 32, {}, peer.device.dev()->ifindex, RTN_UNICAST};
	Socket listener(test), sock(test);

	spec.advmss = 1000;
	spec.window = 8000;
	spec.initcwnd = 2;
	KUNIT_ASSERT_EQ(test, add_route(spec), 0);
	EXPECT_EQ(sock.connect(), -EINPROGRESS);
	const Seen syn = peer.next();
	EXPECT_EQ(syn.options.mss, 1000);
	EXPECT_EQ(syn.window, 8000);
	EXPECT_EQ(sock.tp().tcb.window_clamp, 8000);
	EXPECT_EQ(sock.tp().tcb.cong.cwnd(), 2);

	EXPECT_EQ(listener.listen_on(kPort), 0);
	hold(listener.tp().listener->synack_timer);
	EXPECT_EQ(delete_route(spec), 0);
	spec.initrwnd = 3;
	EXPECT_EQ(add_route(spec), 0);
	const Seen synack = send_syn(peer);
	EXPECT_EQ(synack.options.mss, 1000);
	EXPECT_EQ(synack.window, 3000);
	peer.send({});
	Socket child = listener.accept();
	EXPECT_TRUE(!!child);
	if (!child)
		return;
	EXPECT_EQ(child.tp().tcb.window_clamp, 8000);
	EXPECT_EQ(child.tp().tcb.cong.cwnd(), 2);
}

STACK_SUITE("tcp_connect", TEST_CASE(offer_follows_the_settings),
	    TEST_CASE(scale_is_that_of_the_largest_buffer), TEST_CASE(syn_is_watched),
	    TEST_CASE(metrics_of_a_route));

} // namespace tcpxx::testing
