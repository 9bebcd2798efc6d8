// SPDX-License-Identifier: GPL-2.0
/* Who owns a 4-tuple, and who owns a port. */
#include "peer.h"

namespace tcpxx::testing {
namespace {

constexpr be32 kAny{};
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

const TcpSock *find_listener(be32 address, u16 port, int dif = kDevice)
{
	RcuRead rcu;
	TcpSock *tp = inet_lookup_listener(&init_net, address, port, dif);

	if (tp)
		sock_put(&tp->sk);
	return tp;
}

u16 port_of(const Socket &sock) { return sock.tp().entry.key.num; }

} // namespace

/* --- connections ------------------------------------------------------------------------------ */

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

/* --- listeners -------------------------------------------------------------------------------- */

TEST(specific_listener_wins)
{
	Peer peer(test); /* for its address */
	Socket any(test), specific(test);

	sock_set_reuseaddr(any.get()->sk);
	sock_set_reuseaddr(specific.get()->sk);
	EXPECT_EQ(any.bind(kPort), 0);
	EXPECT_EQ(specific.bind(kPort, kOurIp), 0);
	EXPECT_EQ(any.listen(), 0);
	EXPECT_TRUE(find_listener(kOurIp, kPort) == &any.tp());
	/* Two listeners of one port never overlap. */
	EXPECT_EQ(specific.listen(), -EADDRINUSE);
	any.abort();
	EXPECT_EQ(specific.listen(), 0);
	EXPECT_TRUE(find_listener(kOurIp, kPort) == &specific.tp());
	EXPECT_TRUE(!find_listener(kPeerIp, kPort));
	EXPECT_TRUE(!find_listener(kOurIp, kPort + 1));
}

TEST(listener_of_a_device)
{
	Socket sock(test);

	sock.get()->sk->sk_bound_dev_if = kDevice;
	EXPECT_EQ(sock.listen_on(kPort), 0);
	EXPECT_TRUE(find_listener(kOurIp, kPort, kDevice) == &sock.tp());
	EXPECT_TRUE(!find_listener(kOurIp, kPort, kDevice + 1));
}

/* --- ports ------------------------------------------------------------------------------------ */

TEST(who_may_share_a_port)
{
	struct User {
		be32 address;
		bool reuse, listens;
		int device;
	};
	static constexpr struct {
		const char *what;
		User first, second;
		int bind, listen;
	} rows[] = {
		{"both any", {kAny}, {kAny}, -EADDRINUSE, 0},
		{"any and one", {kAny}, {kOurIp}, -EADDRINUSE, 0},
		{"one and any", {kOurIp}, {kAny}, -EADDRINUSE, 0},
		{"the same", {kOurIp}, {kOurIp}, -EADDRINUSE, 0},
		{"different", {kOurIp}, {ip(127, 0, 0, 1)}, 0, 0},
		{"first reuses", {kAny, true}, {kAny}, -EADDRINUSE, 0},
		{"second reuses", {kAny}, {kAny, true}, -EADDRINUSE, 0},
		{"both reuse", {kAny, true}, {kAny, true}, 0, 0},
		{"first listens", {kAny, true, true}, {kAny, true}, -EADDRINUSE, 0},
		{"second listens", {kAny, true}, {kAny, true, true}, 0, 0},
		{"one device", {kAny, false, false, 1}, {kAny}, -EADDRINUSE, 0},
		{"same device", {kAny, false, false, 1}, {kAny, false, false, 1}, -EADDRINUSE, 0},
		{"two devices", {kAny, false, false, 1}, {kAny, false, true, 2}, 0, 0},
	};
	Peer peer(test); /* for its address */

	for (const auto &row : rows) {
		Socket first(test), second(test);
		first.get()->sk->sk_reuse = row.first.reuse;
		second.get()->sk->sk_reuse = row.second.reuse;
		first.get()->sk->sk_bound_dev_if = row.first.device;
		second.get()->sk->sk_bound_dev_if = row.second.device;
		EXPECT_EQ_IN(row.what, first.bind(kPort, row.first.address), 0);
		if (row.first.listens)
			EXPECT_EQ_IN(row.what, first.listen(), 0);
		EXPECT_EQ_IN(row.what, second.bind(kPort, row.second.address), row.bind);
		if (!row.bind && row.second.listens)
			EXPECT_EQ_IN(row.what, second.listen(), row.listen);
	}
}

TEST(port_is_free_again)
{
	for (int i = 0; i < 3; i++) {
		Socket sock(test);
		EXPECT_EQ(sock.bind(kPort), 0);
	}
}

TEST(port_of_the_range)
{
	int low, high;
	Socket first(test), second(test);

	inet_get_local_port_range(&init_net, &low, &high);
	EXPECT_EQ(first.bind(0), 0);
	EXPECT_EQ(second.bind(0), 0);
	EXPECT_TRUE(port_of(first) >= low && port_of(first) <= high);
	EXPECT_TRUE(port_of(first) != port_of(second));
}

/* Two connections may share a port, if their peers differ. */
TEST(port_of_a_connection)
{
	Peer peer(test);
	Socket one(test), two(test), reserved(test);

	EXPECT_EQ(one.connect(), -EINPROGRESS);
	const u16 port = port_of(one);
	EXPECT_TRUE(port != 0);
	/* It is not for bind(), unless both reuse. */
	EXPECT_EQ(reserved.bind(port), -EADDRINUSE);
	EXPECT_EQ(two.bind(kPort), 0);
	EXPECT_EQ(two.connect(), -EINPROGRESS);
	EXPECT_EQ(port_of(two), kPort);
	one.abort();
	EXPECT_EQ(reserved.bind(port), 0);
}

TEST(same_connection_twice)
{
	Peer peer(test);
	Socket one(test), two(test);

	sock_set_reuseaddr(one.get()->sk);
	sock_set_reuseaddr(two.get()->sk);
	EXPECT_EQ(one.bind(kPort), 0);
	EXPECT_EQ(two.bind(kPort), 0);
	EXPECT_EQ(one.connect(), -EINPROGRESS);
	EXPECT_EQ(two.connect(), -EADDRNOTAVAIL);
	EXPECT_EQ(two.connect(kPeerPort + 1), -EINPROGRESS);
}

STACK_SUITE("hashtables", TEST_CASE(inserted_found_removed),
	    TEST_CASE(every_part_of_the_key_counts), TEST_CASE(bound_to_a_device),
	    TEST_CASE(replaced_in_one_step), TEST_CASE(entry_without_references),
	    TEST_CASE(memory_that_is_used_again), TEST_CASE(many_entries),
	    TEST_CASE(specific_listener_wins), TEST_CASE(listener_of_a_device),
	    TEST_CASE(who_may_share_a_port), TEST_CASE(port_is_free_again),
	    TEST_CASE(port_of_the_range), TEST_CASE(port_of_a_connection),
	    TEST_CASE(same_connection_twice));

} // namespace tcpxx::testing
