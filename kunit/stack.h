/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For suites of the module's objects: the whole stack is up in init_net while a suite runs. The
 * neighbour table's own timer is dead, so that time passes only when a test says so.
 */
#pragma once
#include "test.h"
#include "net/pernet.h"

namespace tcpxx::testing {

int stack_up(struct kunit_suite *suite);
void stack_down(struct kunit_suite *suite);

/* By how much a Mib or a Drop of init_net has moved since this was made. */
class Moved {
	Mib mib_ = Mib::Count;
	Drop drop_ = Drop::Count;
	unsigned long before_;

	unsigned long sum() const
	{
		return mib_ != Mib::Count ? mib_sum(&init_net, mib_) : mib_sum(&init_net, drop_);
	}

public:
	explicit Moved(Mib mib) : mib_(mib), before_(sum()) {}
	explicit Moved(Drop drop) : drop_(drop), before_(sum()) {}
	unsigned long by() const { return sum() - before_; }
};

/* A setting of init_net that has another value for as long as this lives. */
template <class T> class Sysctl {
	T &field_;
	const T old_;

public:
	Sysctl(T &field, auto value) : field_(field), old_(field) { WRITE_ONCE(field_, static_cast<T>(value)); }
	~Sysctl() { WRITE_ONCE(field_, old_); }
	Sysctl(const Sysctl &) = delete;
};

constexpr be32 ip(u8 a, u8 b, u8 c, u8 d) { return {{a, b, c, d}}; }

} // namespace tcpxx::testing

#define STACK_SUITE(suite_name, ...)                               \
	static struct kunit_case test_cases[] = {__VA_ARGS__, {}}; \
	static struct kunit_suite test_suite = {                   \
		.name = suite_name,                                \
		.suite_init = tcpxx::testing::stack_up,            \
		.suite_exit = tcpxx::testing::stack_down,          \
		.test_cases = test_cases,                          \
	};                                                         \
	kunit_test_suites(&test_suite);                            \
	MODULE_LICENSE("GPL")
