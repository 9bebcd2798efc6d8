// SPDX-License-Identifier: GPL-2.0
/* A wheel by a clock of the test's own. */
#include "kapi/wheel.h"
#include "test.h"

namespace tcpxx {
namespace {

struct FakeClock {
	static inline u64 time = 0; /* jiffies */
	static u64 now() { return time; }
};
/* A turn is 8 ticks of so many jiffies. */
using TestWheel = Wheel<8, 4, FakeClock>;
constexpr unsigned long kTick = HZ / 4;

struct Member {
	WheelLink wheel;
	struct {
		refcount_t refcnt;
	} entry;
};

/* What is due now, as bits of the numbers of members. */
u32 pop_all(TestWheel &wheel, const Member *members)
{
	u32 bits = 0;
	while (const WheelLink *link = wheel.pop_due())
		bits |= 1u << (container_of(link, Member, wheel) - members);
	return bits;
}

struct Fixture {
	TestWheel wheel;
	Member members[16] = {};

	explicit Fixture(u64 start = 1000000)
	{
		FakeClock::time = start * kTick;
		wheel.init();
		for (Member &m : members) {
			INIT_HLIST_NODE(&m.wheel.node);
			refcount_set(&m.entry.refcnt, 1);
		}
	}
	void add(u32 n, u32 ticks) { wheel.add(members[n].wheel, ticks * kTick); }
};

} // namespace

TEST(each_at_its_time)
{
	Fixture f;

	for (u32 n = 0; n < 16; n++)
		f.add(n, n + 1);
	EXPECT_EQ(f.wheel.count(), 16);
	EXPECT_EQ(pop_all(f.wheel, f.members), 0);
	for (u32 n = 0; n < 16; n++) {
		FakeClock::time += kTick;
		EXPECT_EQ(pop_all(f.wheel, f.members), 1u << n);
		EXPECT_EQ(f.wheel.count(), 15 - n);
	}
	EXPECT_TRUE(!f.wheel.pop_due());
}

/* Those in one slot that are due in this turn, the next, and the one after. */
TEST(later_turns_wait)
{
	Fixture f;

	f.add(0, 3);
	f.add(1, 3 + 8);
	f.add(2, 3);
	f.add(3, 3 + 16);
	FakeClock::time += 3 * kTick;
	EXPECT_EQ(pop_all(f.wheel, f.members), 0b0101);
	FakeClock::time += 7 * kTick;
	EXPECT_EQ(pop_all(f.wheel, f.members), 0);
	FakeClock::time += kTick;
	EXPECT_EQ(pop_all(f.wheel, f.members), 0b0010);
	FakeClock::time += 8 * kTick;
	EXPECT_EQ(pop_all(f.wheel, f.members), 0b1000);
}

/* A timer that was late by many turns finds all at once. */
TEST(late_timer)
{
	Fixture f(0xfffffffa); /* and the count of ticks begins anew */

	for (u32 n = 0; n < 16; n++)
		f.add(n, n + 1);
	FakeClock::time += 100 * kTick;
	EXPECT_EQ(pop_all(f.wheel, f.members), 0xffff);
	EXPECT_EQ(f.wheel.count(), 0);
}

/* What has been collected can still be taken off, and comes back when it is added again. */
TEST(remove_what_is_due)
{
	Fixture f;

	for (u32 n = 0; n < 4; n++)
		f.add(n, 1);
	FakeClock::time += kTick;
	WheelLink *first = f.wheel.pop_due();
	EXPECT_TRUE(!!first);
	EXPECT_EQ(f.wheel.count(), 3);
	for (u32 n = 0; n < 4; n++)
		f.wheel.remove(f.members[n].wheel);
	EXPECT_EQ(f.wheel.count(), 0);
	EXPECT_TRUE(!f.wheel.pop_due());
	f.add(0, 2);
	FakeClock::time += 2 * kTick;
	EXPECT_EQ(pop_all(f.wheel, f.members), 1);
}

/* The purge takes those that were collected, too. */
TEST(pop_any_takes_all)
{
	Fixture f;
	u32 taken = 0;

	for (u32 n = 0; n < 8; n++)
		f.add(n, 1 + n / 4 * 20);
	FakeClock::time += kTick;
	f.wheel.pop_due();
	while (f.wheel.pop_any())
		taken++;
	EXPECT_EQ(taken, 7);
	EXPECT_EQ(f.wheel.count(), 0);
}

/* One whose count has gone to 0 is left to whoever dropped it. */
TEST(wheel_pop_takes_a_reference)
{
	Fixture f;
	spinlock_t lock;

	spin_lock_init(&lock);
	f.add(0, 1);
	f.add(1, 1);
	f.add(2, 5);
	refcount_set(&f.members[1].entry.refcnt, 0); /* is being freed */
	FakeClock::time += kTick;
	EXPECT_TRUE(wheel_pop<Member>(lock, f.wheel, Due::Now) == &f.members[0]);
	EXPECT_EQ(refcount_read(&f.members[0].entry.refcnt), 2);
	EXPECT_TRUE(!wheel_pop<Member>(lock, f.wheel, Due::Now));
	EXPECT_TRUE(wheel_pop<Member>(lock, f.wheel, Due::Whenever) == &f.members[2]);
	EXPECT_TRUE(!wheel_pop<Member>(lock, f.wheel, Due::Whenever));
	EXPECT_EQ(f.wheel.count(), 0);
}

TEST_SUITE("wheel", TEST_CASE(each_at_its_time), TEST_CASE(later_turns_wait), TEST_CASE(late_timer),
	   TEST_CASE(remove_what_is_due), TEST_CASE(pop_any_takes_all), TEST_CASE(wheel_pop_takes_a_reference));

} // namespace tcpxx
