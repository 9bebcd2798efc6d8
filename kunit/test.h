/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One set of test bodies, two runners. In the kernel these macros are KUnit's; on the host
 * (scripts/host-test) they are those of kunit/host.h. A suite is a file NAME_test.cc:
 *
 *	TEST(adds)
 *	{
 *		EXPECT_EQ(2 + 2, 4);
 *	}
 *	TEST_SUITE("sum", TEST_CASE(adds));
 *
 * The forms with _IN name the row of a table, or whatever else tells one round from the next.
 * Integers, enumerations, bool, Seq32, Usec and the be types can be compared.
 */
#pragma once
#include "base/seq32.h"
#include "base/units.h"
#include "wire/be.h"

#ifdef __KERNEL__
#include "kapi/kunit.h"
#else
#include "host.h"
#endif

namespace tcpxx::testing {

/* What is compared and printed. */
template <class T> constexpr long long number(T v) { return static_cast<long long>(v); }
constexpr long long number(Seq32 v) { return v.raw(); }
constexpr long long number(Usec v) { return v.v; }
constexpr long long number(Msec v) { return v.v; }
constexpr long long number(be16 v) { return v.host(); }
constexpr long long number(be32 v) { return v.host(); }

/* Random numbers that are the same in every run (Marsaglia's xorshift64*). */
class Random {
	u64 state_;

public:
	explicit constexpr Random(u64 seed) : state_(seed * 2 + 1) {}
	constexpr u32 next()
	{
		state_ ^= state_ >> 12;
		state_ ^= state_ << 25;
		state_ ^= state_ >> 27;
		return static_cast<u32>(state_ * 0x2545f4914f6cdd1dULL >> 32);
	}
	constexpr u32 below(u32 limit) { return next() % limit; }
};

} // namespace tcpxx::testing

#define TEST(name) static void name([[maybe_unused]] struct kunit *test)

#ifdef __KERNEL__
#define EXPECT_EQ(a, b) KUNIT_EXPECT_EQ(test, tcpxx::testing::number(a), tcpxx::testing::number(b))
#define EXPECT_EQ_IN(row, a, b)                                                                   \
	KUNIT_EXPECT_EQ_MSG(test, tcpxx::testing::number(a), tcpxx::testing::number(b), "in: %s", \
			    row)
#define EXPECT_TRUE(a) KUNIT_EXPECT_TRUE(test, a)
#define EXPECT_TRUE_IN(row, a) KUNIT_EXPECT_TRUE_MSG(test, a, "in: %s", row)

#define TEST_CASE(name) KUNIT_CASE(name)
#define TEST_SUITE(suite_name, ...)                                                            \
	static struct kunit_case test_cases[] = {__VA_ARGS__, {}};                             \
	static struct kunit_suite test_suite = {.name = suite_name, .test_cases = test_cases}; \
	kunit_test_suites(&test_suite);                                                        \
	MODULE_LICENSE("GPL")
#endif
