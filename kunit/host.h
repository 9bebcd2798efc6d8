/* SPDX-License-Identifier: GPL-2.0 */
/* The host's side of kunit/test.h: suites register themselves, kunit/host.cc runs them. */
#pragma once

struct kunit {
	bool failed = false;
};

namespace tcpxx::testing {

struct HostCase {
	const char *name;
	void (*run)(struct kunit *);
};

struct HostSuite {
	const char *name;
	const HostCase *cases;
	unsigned int count;
	HostSuite *next;

	HostSuite(const char *suite_name, const HostCase *suite_cases, unsigned int suite_count);
};

/* One comparison, where it stands and how it is written there. */
struct Expectation {
	const char *file;
	int line;
	const char *text;
	const char *row; /* or nullptr */
};
void expect_eq(struct kunit *test, const Expectation &where, long long actual, long long expected);
void expect_true(struct kunit *test, const Expectation &where, bool value);

} // namespace tcpxx::testing

#define EXPECT_EQ_IN(row, a, b)                                                  \
	tcpxx::testing::expect_eq(test, {__FILE__, __LINE__, #a " == " #b, row}, \
				  tcpxx::testing::number(a), tcpxx::testing::number(b))
#define EXPECT_EQ(a, b) EXPECT_EQ_IN(nullptr, a, b)
#define EXPECT_TRUE_IN(row, a) tcpxx::testing::expect_true(test, {__FILE__, __LINE__, #a, row}, a)
#define EXPECT_TRUE(a) EXPECT_TRUE_IN(nullptr, a)

#define TEST_CASE(name) \
	tcpxx::testing::HostCase { #name, name }
#define TEST_SUITE(suite_name, ...)                                         \
	static const tcpxx::testing::HostCase test_cases[] = {__VA_ARGS__}; \
	static tcpxx::testing::HostSuite test_suite(suite_name, test_cases, \
						    sizeof(test_cases) / sizeof(test_cases[0]))
