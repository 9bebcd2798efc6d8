// SPDX-License-Identifier: GPL-2.0
#include "core/keepalive.h"
#include "test.h"

namespace tcpxx {
namespace {

constexpr KeepaliveSettings kLinux{{7200000}, {75000}, 9, {}};
constexpr KeepaliveSettings kUser{{7200000}, {75000}, 9, {7400000}};

TEST(table)
{
	static constexpr struct {
		const char *row;
		const KeepaliveSettings &s;
		Msec silence;
		u32 probes_out;
		KeepaliveAct act;
		Msec next;
	} rows[] = {
		{"heard just now", kLinux, {0}, 0, KeepaliveAct::Wait, {7200000}},
		{"heard meanwhile", kLinux, {7199999}, 0, KeepaliveAct::Wait, {1}},
		{"idle", kLinux, {7200000}, 0, KeepaliveAct::Probe, {75000}},
		{"the last probe", kLinux, {7200000 + 8 * 75000}, 8, KeepaliveAct::Probe, {75000}},
		{"no answer to any", kLinux, {7200000 + 9 * 75000}, 9, KeepaliveAct::GiveUp, {}},
		/* Probes for a shut window are counted by the same counter. */
		{"heard of late, whatever was sent", kLinux, {5}, 9, KeepaliveAct::Wait, {7199995}},
		{"user: not yet", kUser, {7399999}, 2, KeepaliveAct::Probe, {75000}},
		{"user: never mind the number", kUser, {7399999}, 200, KeepaliveAct::Probe, {75000}},
		{"user: time is up", kUser, {7400000}, 1, KeepaliveAct::GiveUp, {}},
		{"user: but it was never asked", kUser, {7400000}, 0, KeepaliveAct::Probe, {75000}},
	};
	for (const auto &r : rows) {
		const KeepaliveVerdict v = keepalive_timeout(r.s, r.silence, r.probes_out);
		EXPECT_EQ_IN(r.row, v.act, r.act);
		EXPECT_EQ_IN(r.row, v.next, r.next);
	}
}

/* A peer that never answers, from the first second on. */
TEST(asks_as_often_as_it_was_told)
{
	u32 now = 0, probes = 0;
	for (;;) {
		const KeepaliveVerdict v = keepalive_timeout(kLinux, {now}, probes);
		if (v.act == KeepaliveAct::GiveUp)
			break;
		probes += v.act == KeepaliveAct::Probe;
		now += v.next.v;
	}
	EXPECT_EQ(probes, 9);
	EXPECT_EQ(now, 7200000 + 9 * 75000);
}

TEST_SUITE("keepalive", TEST_CASE(table), TEST_CASE(asks_as_often_as_it_was_told));

} // namespace
} // namespace tcpxx
