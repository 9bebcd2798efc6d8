// SPDX-License-Identifier: GPL-2.0
/* A table that grows while it is read. */
#include "sock/growing_hash.h"
#include "test.h"

namespace tcpxx::testing {
namespace {

struct Item {
	struct hlist_nulls_node node;
	u32 hash;
};

Item &item_of(struct hlist_nulls_node &node) { return *container_of(&node, Item, node); }
u32 hash_of_item(const struct hlist_nulls_node &node) { return container_of(&node, Item, node)->hash; }

GrowingHash table;

void add(Item &item, u32 hash)
{
	item.hash = hash;
	BhLock guard(table.lock(hash));
	table.add(item.node, hash);
}

void remove(Item &item)
{
	BhLock guard(table.lock(item.hash));
	table.remove(item.node, item.hash);
}

void replace(Item &fresh, Item &old)
{
	fresh.hash = old.hash;
	BhLock guard(table.lock(old.hash));
	GrowingHash::replace(fresh.node, old.node);
}

bool finds(const Item &item)
{
	RcuRead rcu;
	bool found = false;
	table.read(item.hash, [&](struct hlist_nulls_node &node) {
		found = &item_of(node) == &item;
		return found ? Look::Done : Look::On;
	});
	return found;
}

u32 count_visited()
{
	u32 visited = 0;
	table.for_each([&](struct hlist_nulls_node &) { visited++; });
	return visited;
}

/* Many of them, gone with their scope. */
class Items {
	u32 count_;

public:
	Item *const items;

	explicit Items(struct kunit *test, u32 count)
		: count_(count), items(static_cast<Item *>(kvmalloc_array(count, sizeof(Item), GFP_KERNEL)))
	{
		KUNIT_ASSERT_NOT_NULL(test, items);
	}
	Items(const Items &) = delete;
	~Items() { kvfree(items); }
	u32 missing(u32 until) const
	{
		u32 n = 0;
		for (u32 i = 0; i < until; i++)
			n += !finds(items[i]);
		return n;
	}
};

int table_up(struct kunit *) { return table.init(kHashLocks, hash_of_item); }
void table_down(struct kunit *) { table.exit(); }

/* Every lock's entries are alike many, and the other bits differ. */
u32 spread(u32 i) { return i % kHashLocks | i / kHashLocks * 0x9e3779b1u << 8; }

} // namespace

TEST(added_found_removed)
{
	Item one, two;

	add(one, 5);
	add(two, 5 + table.size());
	EXPECT_TRUE(finds(one) && finds(two));
	EXPECT_EQ(table.count(), 2);
	EXPECT_EQ(count_visited(), 2);
	remove(one);
	EXPECT_TRUE(!finds(one) && finds(two));
	remove(two);
	EXPECT_TRUE(!finds(two));
	EXPECT_EQ(table.count(), 0);
}

/* In the middle of a chain, where who has passed its beginning does not see what is added there. */
TEST(replaced_in_its_place)
{
	Item items[3], fresh;
	u32 seen = 0;

	for (auto &item : items)
		add(item, 7);
	{
		RcuRead rcu;
		table.read(7, [&](struct hlist_nulls_node &node) {
			if (&item_of(node) == &items[2])
				replace(fresh, items[1]);
			seen |= &item_of(node) == &fresh ? 2 : &item_of(node) == &items[0] ? 1 : 0;
			return Look::On;
		});
	}
	EXPECT_EQ(seen, 3);
	EXPECT_TRUE(finds(fresh) && finds(items[0]) && finds(items[2]));
	EXPECT_TRUE(!items[1].node.pprev);
	remove(fresh);
	EXPECT_EQ(count_visited(), 2);
	EXPECT_EQ(table.count(), 2);
	remove(items[0]);
	remove(items[2]);
}

/* The entry that a reader looks at goes into another chain: the reader comes out there, and begins again. */
TEST(led_astray)
{
	Item items[3], other;
	u32 rounds = 0;
	bool seen = false;

	add(other, 9);
	for (auto &item : items)
		add(item, 8);
	{
		RcuRead rcu;
		table.read(8, [&](struct hlist_nulls_node &node) {
			if (&item_of(node) == &items[2]) {
				rounds++;
				remove(items[2]);
				add(items[2], 9);
			}
			seen |= &item_of(node) == &items[0];
			return Look::On;
		});
	}
	EXPECT_EQ(rounds, 1);
	EXPECT_TRUE(seen);
	for (auto &item : items)
		remove(item);
	remove(other);
}

/* All that is there is found, always, while it grows and others come and go. Then it is long enough. */
TEST(grows_under_readers)
{
	constexpr u32 kCount = 64 * kHashLocks, kSteady = kCount / 2;
	Items all(test, kCount);
	u32 missing = 0, rounds = 0;

	for (u32 i = 0; i < kCount; i++) {
		add(all.items[i], spread(i));
		if (i % 64 == 0)
			missing += all.missing(i < 64 ? i : 64);
	}
	while (table.count() > table.size() && rounds < 10000) {
		const u32 i = kSteady + rounds++ % kSteady;
		remove(all.items[i]);
		add(all.items[i], spread(i));
		missing += all.missing(256);
		cond_resched();
	}
	EXPECT_EQ(missing, 0);
	EXPECT_EQ(all.missing(kCount), 0);
	EXPECT_TRUE(table.size() >= kCount);
	EXPECT_EQ(table.count(), kCount);
	EXPECT_EQ(count_visited(), kCount);
	for (u32 i = 0; i < kCount; i++)
		remove(all.items[i]);
	EXPECT_EQ(count_visited(), 0);
}

/* Alike as they are, no size would make their chain shorter. */
TEST(one_chain_is_no_reason_to_grow)
{
	constexpr u32 kCount = kHashLocks;
	Items all(test, kCount);

	for (u32 i = 0; i < kCount; i++)
		add(all.items[i], 3);
	msleep(20);
	EXPECT_EQ(table.size(), kHashLocks);
	EXPECT_EQ(all.missing(kCount), 0);
	for (u32 i = 0; i < kCount; i++)
		remove(all.items[i]);
}

static struct kunit_case test_cases[] = {TEST_CASE(added_found_removed), TEST_CASE(replaced_in_its_place),
					 TEST_CASE(led_astray), TEST_CASE(grows_under_readers),
					 TEST_CASE(one_chain_is_no_reason_to_grow), {}};
static struct kunit_suite test_suite = {
	.name = "growing_hash",
	.init = table_up,
	.exit = table_down,
	.test_cases = test_cases,
};
kunit_test_suites(&test_suite);
MODULE_LICENSE("GPL");

} // namespace tcpxx::testing
