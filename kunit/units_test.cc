// SPDX-License-Identifier: GPL-2.0
#include "base/units.h"
#include "test.h"

namespace tcpxx {
namespace {

TEST(durations_have_one_unit)
{
	EXPECT_EQ(1_s, 1000_ms);
	EXPECT_EQ(1_ms, 1000_us);
	EXPECT_EQ(120_s, 120000000_us);
	EXPECT_TRUE(199_ms < 200_ms && 1_s > 999_ms);
	EXPECT_EQ(1_ms + 5_us, 1005_us);
}

/* RFC 7323, 2.2 and 2.3: up to 2^30. */
TEST(window_is_scaled_once)
{
	EXPECT_EQ((RawWindow(1) << WindowScale{0}).bytes, 1);
	EXPECT_EQ((RawWindow(65535) << WindowScale{kMaxWindowScale}).bytes, 65535u << 14);
	EXPECT_EQ((RawWindow(0) << WindowScale{kMaxWindowScale}).bytes, 0);
}

TEST_SUITE("units", TEST_CASE(durations_have_one_unit), TEST_CASE(window_is_scaled_once));

} // namespace
} // namespace tcpxx
