// SPDX-License-Identifier: GPL-2.0
/* Who owns a 4-tuple. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

constexpr int kDevice = 7; /* any: nothing is sent here */

ConnKey key_number(u16 n) { return {kOurIp, kPeerIp, be16::from_host(n), kPort}; }

/* An entry that no slab owns: it always has one reference more. */
struct Entry {
	ConnEntry e = {};

	explicit Entry(const ConnKey &key, int ifindex = 0)
	{
		entry_init(e, EntryKind::TimeWait, &init_net, key, ifindex);
		refcount_set(&e.refcnt, 1);
	}
	u32 references() const { return refcount_read(&e.refcnt); }
};

const ConnEntry *find(const ConnKey &key, int dif = kDevice)
{
	RcuRead rcu;
	ConnEntry *e = inet_lookup_established(&init_net, key, dif);

	if (e)
		entry_put(*e);
	return e;
}

} // namespace

TEST(inserted_found_removed)
{
	Entry a(key_number(1)), same(key_number(1));

	EXPECT_TRUE(!entry_hashed(a.e));
	EXPECT_TRUE(inet_ehash_insert(a.e));
	EXPECT_TRUE(entry_hashed(a.e));
	EXPECT_TRUE(!inet_ehash_insert(same.e));
	EXPECT_TRUE(find(key_number(1)) == &a.e);
	EXPECT_TRUE(!find(key_number(2)));
	EXPECT_EQ(a.references(), 1);
	EXPECT_TRUE(inet_ehash_remove(a.e));
	EXPECT_TRUE(!inet_ehash_remove(a.e));
	EXPECT_TRUE(!find(key_number(1)));
}

TEST(every_part_of_the_key_counts)
{
	const ConnKey key = key_number(1);
	Entry a(key);
	ConnKey other = key;

	EXPECT_TRUE(inet_ehash_insert(a.e));
	other.saddr = kPeerIp;
	EXPECT_TRUE(!find(other));
	other = key;
	other.daddr = kOurIp;
	EXPECT_TRUE(!find(other));
	other = key;
	other.num++;
	EXPECT_TRUE(!find(other));
	inet_ehash_remove(a.e);
}

TEST(bound_to_a_device)
{
	Entry a(key_number(1), kDevice);

	EXPECT_TRUE(inet_ehash_insert(a.e));
	EXPECT_TRUE(find(key_number(1), kDevice) == &a.e);
	EXPECT_TRUE(!find(key_number(1), kDevice + 1));
	inet_ehash_remove(a.e);
}

TEST(replaced_in_one_step)
{
	Entry old(key_number(1)), fresh(key_number(1)), late(key_number(1));

	EXPECT_TRUE(inet_ehash_insert(old.e));
	EXPECT_TRUE(inet_ehash_replace(fresh.e, old.e));
	EXPECT_TRUE(find(key_number(1)) == &fresh.e);
	EXPECT_TRUE(!entry_hashed(old.e));
	/* Somebody else was faster: nothing changes. */
	EXPECT_TRUE(!inet_ehash_replace(late.e, old.e));
	EXPECT_TRUE(!entry_hashed(late.e));
	EXPECT_TRUE(find(key_number(1)) == &fresh.e);
	inet_ehash_remove(fresh.e);
}

/* One that is being freed is not found. */
TEST(entry_without_references)
{
	Entry a(key_number(1));

	EXPECT_TRUE(inet_ehash_insert(a.e));
	refcount_set(&a.e.refcnt, 0);
	EXPECT_TRUE(!find(key_number(1)));
	refcount_set(&a.e.refcnt, 1);
	inet_ehash_remove(a.e);
}

/* A request that is freed and used again at once does not lead anybody astray: the key is looked at
 * again, and a chain ends with its own number. */
TEST(memory_that_is_used_again)
{
	Peer peer(test);
	Socket listener(test);

	EXPECT_EQ(listener.listen_on(kPort), 0);
	for (u16 i = 0; i < 200; i++) {
		peer.port = static_cast<u16>(kPeerPort + i);
		send_syn(peer);
		EXPECT_EQ(peer.state(), TcpState::NewSynRecv);
		peer.send({.flags = kRst});
		EXPECT_EQ(peer.state(), TcpState::Close);
	}
	EXPECT_EQ(listener.tp().listener->qlen, 0);
}

TEST(many_entries)
{
	constexpr u16 kCount = 2000;
	auto *entries =
		static_cast<ConnEntry *>(kvmalloc_array(kCount, sizeof(ConnEntry), GFP_KERNEL));
	u32 found = 0, visited = 0;

	KUNIT_ASSERT_NOT_NULL(test, entries);
	for (u16 i = 0; i < kCount; i++) {
		entry_init(entries[i], EntryKind::TimeWait, &init_net, key_number(i), 0);
		refcount_set(&entries[i].refcnt, 1);
		EXPECT_TRUE(inet_ehash_insert(entries[i]));
	}
	for (u16 i = 0; i < kCount; i++)
		found += find(key_number(i)) == &entries[i];
	EXPECT_EQ(found, kCount);
	inet_ehash_for_each(
		&init_net, [](ConnEntry &, void *arg) { ++*static_cast<u32 *>(arg); }, &visited);
	EXPECT_EQ(visited, kCount);
	for (u16 i = 0; i < kCount; i++)
		EXPECT_TRUE(inet_ehash_remove(entries[i]));
	kvfree(entries);
}

/* More entries than there are chains: the table grows, and in the meantime everything is where it belongs. */
TEST(grows_with_its_entries)
{
	const u32 before = inet_ehash_size(), count = 2 * before + 512;
	auto *entries = static_cast<ConnEntry *>(kvmalloc_array(count, sizeof(ConnEntry), GFP_KERNEL));
	const auto key = [](u32 i) { return key_number(static_cast<u16>(i)); };
	const auto address = [](u32 i) { return ip(10, 99, static_cast<u8>(i >> 24), static_cast<u8>(i >> 16)); };
	u32 inserted = 0, lost = 0, rounds = 0;

	KUNIT_ASSERT_NOT_NULL(test, entries);
	for (u32 i = 0; i < count; i++) {
		ConnKey k = key(i);
		k.daddr = address(i);
		entry_init(entries[i], EntryKind::TimeWait, &init_net, k, 0);
		refcount_set(&entries[i].refcnt, 1);
		inserted += inet_ehash_insert(entries[i]);
		lost += find(entries[i / 2].key) != &entries[i / 2];
	}
	EXPECT_EQ(inserted, count);
	while (inet_ehash_size() <= before && rounds++ < 1000000) {
		lost += find(entries[rounds % count].key) != &entries[rounds % count];
		cond_resched();
	}
	EXPECT_TRUE(inet_ehash_size() > before);
	for (u32 i = 0; i < count; i++) {
		lost += find(entries[i].key) != &entries[i];
		/* One that is there already is seen, wherever it is. */
		Entry same(entries[i].key);
		lost += i % 64 == 0 && inet_ehash_insert(same.e);
		lost += !inet_ehash_remove(entries[i]);
	}
	EXPECT_EQ(lost, 0);
	kvfree(entries);
}

STACK_SUITE("hashtables", TEST_CASE(inserted_found_removed),
	    TEST_CASE(every_part_of_the_key_counts), TEST_CASE(bound_to_a_device),
	    TEST_CASE(replaced_in_one_step), TEST_CASE(entry_without_references),
	    TEST_CASE(memory_that_is_used_again), TEST_CASE(many_entries),
	    TEST_CASE(grows_with_its_entries));

} // namespace tcpxx::testing
