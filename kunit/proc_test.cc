// SPDX-License-Identifier: GPL-2.0
/* The files of counters: each name has its value below it. */
#include "peer.h"
#include "proc_text.h"
#include "sock/proc.h"

namespace tcpxx::testing {

TEST(counters_of_rfc_4022)
{
	const ProcText text("/proc/net/tcpxx_snmp");

	EXPECT_EQ(text.lines(), 6);
	EXPECT_TRUE(text.has("Ip: InReceives "));
	EXPECT_TRUE(text.has("\nIcmp: InMsgs InErrors "));
	EXPECT_TRUE(text.has("\nTcp: ActiveOpens PassiveOpens "));
	for (u32 line = 0; line < 6; line += 2)
		EXPECT_EQ(text.words(line), text.words(line + 1));
	EXPECT_TRUE(text.words(4) > 10);
}

TEST(counters_of_linux_and_drops)
{
	const ProcText text("/proc/net/tcpxx_netstat");

	EXPECT_EQ(text.lines(), 4);
	EXPECT_TRUE(text.has("TcpExt: "));
	EXPECT_TRUE(text.has("\nDrop: "));
	EXPECT_TRUE(text.has(" DropNoSocket "));
	EXPECT_EQ(text.words(0), text.words(1));
	EXPECT_EQ(text.words(2), text.words(3));
	EXPECT_EQ(text.words(2), static_cast<u32>(Drop::Count));
}

TEST(counters_move)
{
	Peer peer(test);
	char before[32];

	peer.send({.flags = kRst});
	snprintf(before, sizeof(before), " %lu", mib_sum(&init_net, Mib::InSegs));
	EXPECT_TRUE(ProcText("/proc/net/tcpxx_snmp").has(before));
}

TEST(files_come_and_go)
{
	static constexpr const char *files[] = {"/proc/net/tcpxx", "/proc/net/tcpxx_snmp",
						"/proc/net/tcpxx_netstat", "/proc/net/tcpxx_arp"};

	for (const char *file : files)
		EXPECT_TRUE_IN(file, ProcText(file).lines() > 0);
	proc_net_exit(&init_net);
	for (const char *file : files)
		EXPECT_EQ_IN(file, ProcText(file).lines(), 0);
	EXPECT_EQ(proc_net_init(&init_net), 0);
}

STACK_SUITE("proc", TEST_CASE(counters_of_rfc_4022), TEST_CASE(counters_of_linux_and_drops),
	    TEST_CASE(counters_move), TEST_CASE(files_come_and_go));

} // namespace tcpxx::testing
