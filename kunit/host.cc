// SPDX-License-Identifier: GPL-2.0
/* Runs the suites on the host and prints KTAP. usage: host-suites [--list | SUITE...] */
#include "test.h"

#include <cstdio>
#include <cstring>

namespace tcpxx::testing {
namespace {

HostSuite *suites;

void print_where(const Expectation &where)
{
	std::printf("        # EXPECTATION FAILED at %s:%d\n", where.file, where.line);
	std::printf("        #   %s\n", where.text);
	if (where.row)
		std::printf("        #   in: %s\n", where.row);
}

/* Returns whether all cases of the suite passed. */
bool run(const HostSuite &suite)
{
	bool all_passed = suite.count != 0;
	std::printf("    KTAP version 1\n    # Subtest: %s\n    1..%u\n", suite.name, suite.count);
	for (unsigned int i = 0; i < suite.count; i++) {
		struct kunit test;
		/* Said first, so that a case that crashes has a name. */
		std::printf("    # running: %s\n", suite.cases[i].name);
		std::fflush(stdout);
		suite.cases[i].run(&test);
		std::printf("    %s %u %s\n", test.failed ? "not ok" : "ok", i + 1,
			    suite.cases[i].name);
		all_passed &= !test.failed;
	}
	return all_passed;
}

bool is_chosen(const HostSuite &suite, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (std::strcmp(suite.name, argv[i]) == 0)
			return true;
	return argc == 1;
}

} // namespace

HostSuite::HostSuite(const char *suite_name, const HostCase *suite_cases,
		     unsigned int suite_count) :
	name(suite_name), cases(suite_cases), count(suite_count), next(suites)
{
	suites = this;
}

void expect_eq(struct kunit *test, const Expectation &where, long long actual, long long expected)
{
	if (actual == expected)
		return;
	test->failed = true;
	print_where(where);
	std::printf("        #   actual %lld (0x%llx), expected %lld (0x%llx)\n", actual,
		    static_cast<unsigned long long>(actual), expected,
		    static_cast<unsigned long long>(expected));
}

void expect_true(struct kunit *test, const Expectation &where, bool value)
{
	if (value)
		return;
	test->failed = true;
	print_where(where);
	std::printf("        #   is false\n");
}

int list()
{
	for (const HostSuite *s = suites; s; s = s->next)
		std::printf("%s\n", s->name);
	return 0;
}

int run_chosen(int argc, char **argv)
{
	unsigned int done = 0;
	bool all_passed = true;
	std::printf("KTAP version 1\n");
	for (const HostSuite *s = suites; s; s = s->next) {
		if (!is_chosen(*s, argc, argv))
			continue;
		const bool passed = run(*s);
		std::printf("%s %u %s\n", passed ? "ok" : "not ok", ++done, s->name);
		all_passed &= passed;
	}
	std::printf("1..%u\n", done);
	return all_passed && done != 0 ? 0 : 1;
}

} // namespace tcpxx::testing

int main(int argc, char **argv)
{
	if (argc == 2 && std::strcmp(argv[1], "--list") == 0)
		return tcpxx::testing::list();
	return tcpxx::testing::run_chosen(argc, argv);
}
