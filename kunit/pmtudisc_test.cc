// SPDX-License-Identifier: GPL-2.0
#include "core/pmtudisc.h"
#include "test.h"

namespace tcpxx {

/* ip(7), and what Linux's TCP makes of it. */
TEST(what_each_setting_means)
{
	static constexpr struct {
		const char *name;
		PmtuDisc disc;
		bool df, df_if_locked, believes, path;
	} rows[] = {
		{"DONT", PmtuDisc::Dont, false, false, false, true},
		{"WANT", PmtuDisc::Want, true, false, true, true},
		{"DO", PmtuDisc::Do, true, true, true, true},
		{"PROBE", PmtuDisc::Probe, false, false, true, true},
		{"INTERFACE", PmtuDisc::Interface, false, false, false, false},
		{"OMIT", PmtuDisc::Omit, false, false, false, false},
	};

	for (const auto &row : rows) {
		EXPECT_EQ_IN(row.name, sets_df(row.disc, false), row.df);
		EXPECT_EQ_IN(row.name, sets_df(row.disc, true), row.df_if_locked);
		EXPECT_EQ_IN(row.name, believes_routers(row.disc), row.believes);
		EXPECT_EQ_IN(row.name, uses_path_mtu(row.disc), row.path);
	}
}

TEST_SUITE("pmtudisc", TEST_CASE(what_each_setting_means));

} // namespace tcpxx
