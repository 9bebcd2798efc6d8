// SPDX-License-Identifier: GPL-2.0
#include "core/lpm.h"
#include "lpm_model.h"
#include "test.h"
#ifdef __KERNEL__
#include "kapi/guards.h"
#include "kapi/rcu_memory.h"
#endif

namespace tcpxx {
namespace {

using testing::Chain;
using testing::chain_of;
using testing::kNoRow;
using testing::kPlenty;
using testing::lpm_memory;
using testing::LpmReader;
using testing::Model;
using testing::Random;
using testing::Table;

/* Values are addresses that nobody follows. */
u32 tokens[64];

constexpr u32 ip(u32 a, u32 b, u32 c, u32 d) { return a << 24 | b << 16 | c << 8 | d; }
constexpr Ipv4Prefix prefix(u32 address, u32 length)
{
	return {address & Ipv4Prefix::mask_of(length), static_cast<u8>(length)};
}

struct LookupCase {
	const char *row;
	u32 address;
	bool found;
	Ipv4Prefix expected;
};

constexpr Ipv4Prefix kHost[] = {
	{0, 0},
	{ip(10, 0, 0, 0), 8},
	{ip(10, 1, 2, 0), 23},
	{ip(10, 1, 3, 0), 24},
	{ip(10, 1, 3, 7), 32},
	{ip(10, 1, 3, 8), 31},
	{ip(127, 0, 0, 0), 8},
	{ip(127, 255, 255, 255), 32},
	{ip(224, 0, 0, 0), 3},
};

constexpr LookupCase kLookups[] = {
	{"default, lowest address", 0, true, {0, 0}},
	{"default, just before", ip(9, 255, 255, 255), true, {0, 0}},
	{"first address", ip(10, 0, 0, 0), true, {ip(10, 0, 0, 0), 8}},
	{"last address", ip(10, 255, 255, 255), true, {ip(10, 0, 0, 0), 8}},
	{"just behind", ip(11, 0, 0, 0), true, {0, 0}},
	{"lower half of a /23", ip(10, 1, 2, 255), true, {ip(10, 1, 2, 0), 23}},
	{"upper half is a /24", ip(10, 1, 3, 255), true, {ip(10, 1, 3, 0), 24}},
	{"host", ip(10, 1, 3, 7), true, {ip(10, 1, 3, 7), 32}},
	{"before the host", ip(10, 1, 3, 6), true, {ip(10, 1, 3, 0), 24}},
	{"pair, first", ip(10, 1, 3, 8), true, {ip(10, 1, 3, 8), 31}},
	{"pair, second", ip(10, 1, 3, 9), true, {ip(10, 1, 3, 8), 31}},
	{"behind the pair", ip(10, 1, 3, 10), true, {ip(10, 1, 3, 0), 24}},
	{"host at the end of its net", ip(127, 255, 255, 255), true, {ip(127, 255, 255, 255), 32}},
	{"length that is not a multiple of four", ip(239, 1, 1, 1), true, {ip(224, 0, 0, 0), 3}},
	{"highest address", ~0U, true, {ip(224, 0, 0, 0), 3}},
};

TEST(looks_up)
{
	Table table;
	EXPECT_TRUE(!table.lookup(0) && !table.lookup(~0U) && !table.first());
	for (const Ipv4Prefix p : kHost)
		EXPECT_TRUE(bool(table.insert(p, &tokens[p.length])));
	for (const LookupCase &c : kLookups) {
		const auto *e = table.lookup(c.address);
		EXPECT_EQ_IN(c.row, e != nullptr, c.found);
		if (!e)
			continue;
		EXPECT_EQ_IN(c.row, e->prefix().address, c.expected.address);
		EXPECT_EQ_IN(c.row, e->prefix().length, c.expected.length);
		EXPECT_TRUE_IN(c.row, e->value() == &tokens[c.expected.length]);
	}
	/* Without the default route some addresses lead nowhere. */
	EXPECT_TRUE(bool(table.remove({0, 0})));
	EXPECT_TRUE(!table.lookup(0) && !table.lookup(ip(11, 0, 0, 0)));
	EXPECT_TRUE(table.lookup(ip(10, 0, 0, 0)) && table.lookup(~0U));
	table.clear([](u32 *) {});
	EXPECT_EQ(lpm_memory.live, 0);
}

TEST(refuses)
{
	Table table;
	constexpr Ipv4Prefix p{ip(10, 0, 0, 0), 8};
	EXPECT_EQ(table.insert({ip(10, 0, 0, 1), 8}, tokens).error(), Errno::Invalid);
	EXPECT_EQ(table.insert({1, 0}, tokens).error(), Errno::Invalid);
	EXPECT_EQ(table.insert({0, 33}, tokens).error(), Errno::Invalid);
	EXPECT_EQ(table.remove(p).error(), Errno::NoEntry);
	EXPECT_EQ(table.remove({0, 0}).error(), Errno::NoEntry);
	EXPECT_EQ(table.replace(p, tokens).error(), Errno::NoEntry);
	EXPECT_TRUE(bool(table.insert(p, tokens)));
	EXPECT_EQ(table.insert(p, tokens).error(), Errno::Exists);
	/* Around it, inside it, beside it. */
	constexpr Ipv4Prefix kOthers[] = {prefix(p.address, 7), prefix(p.address, 9), prefix(0, 8)};
	for (const Ipv4Prefix other : kOthers) {
		EXPECT_EQ(table.remove(other).error(), Errno::NoEntry);
		EXPECT_EQ(table.replace(other, tokens).error(), Errno::NoEntry);
		EXPECT_TRUE(!table.find(other));
	}
	/* What is no prefix is not stored, not even where the one is that it would be cut to. */
	constexpr Ipv4Prefix kNoPrefixes[] = {{p.address | 1, 8}, {p.address, 33}};
	for (const Ipv4Prefix no : kNoPrefixes) {
		EXPECT_EQ(table.remove(no).error(), Errno::NoEntry);
		EXPECT_EQ(table.replace(no, tokens).error(), Errno::NoEntry);
		EXPECT_TRUE(!table.find(no));
	}
	EXPECT_TRUE(table.find(p) && table.size() == 1);
	const auto old = table.replace(p, nullptr);
	EXPECT_TRUE(old && *old == tokens && table.find(p)->value() == nullptr);
	const auto last = table.remove(p);
	EXPECT_TRUE(last && *last == nullptr && table.size() == 0 && !table.find(p));
	EXPECT_EQ(lpm_memory.live, 0);
}

/* One random update of row `i`, in the table and in the model; whether both say the same. */
bool update(Table &table, Model &model, u32 i, Random &random)
{
	auto &row = model[i];
	u32 *const value = &tokens[random.below(64)];
	u32 *const old = row.value;
	if (!row.present) {
		row.present = true;
		row.value = value;
		return bool(table.insert(row.prefix, value));
	}
	if (random.below(3) == 0) {
		row.value = value;
		const auto last = table.replace(row.prefix, value);
		return last && *last == old && !table.insert(row.prefix, value);
	}
	row.present = false;
	const auto last = table.remove(row.prefix);
	return last && *last == old && !table.remove(row.prefix);
}

/* An address where something may be wrong: in, at an end of, or just outside some prefix. */
u32 interesting(Model &model, Random &random)
{
	const Ipv4Prefix p = model[random.below(model.count())].prefix;
	switch (random.below(6)) {
	case 0: return p.address;
	case 1: return p.last();
	case 2: return p.address - 1;
	case 3: return p.last() + 1;
	case 4: return p.address | (random.next() & ~p.mask());
	}
	return random.next();
}

bool same_answer(Table &table, Model &model, u32 address)
{
	const auto *e = table.lookup(address);
	const u32 i = model.longest(address);
	if (!e || i == kNoRow)
		return !e && i == kNoRow;
	return e->prefix() == model[i].prefix && e->value() == model[i].value;
}

/* Every prefix once, in order, and nothing else. */
bool walk_is_right(Table &table, Model &model)
{
	u32 n = 0;
	Ipv4Prefix last{};
	for (auto *e = table.first(); e; e = table.after(last)) {
		if (n++ && !last.precedes(e->prefix()))
			return false;
		last = e->prefix();
	}
	u32 found = 0;
	for (u32 i = 0; i < model.count(); i++) {
		const auto *e = table.find(model[i].prefix);
		if (!!e != model[i].present || (e && e->value() != model[i].value))
			return false;
		found += model[i].present;
	}
	return n == found && n == table.size();
}

/* Which nodes there are depends on the prefixes alone: a table that is built anew has as many. */
bool shape_is_right(Table &table, Model &model)
{
	Table anew;
	for (u32 i = model.count(); i-- > 0;)
		if (model[i].present && !anew.insert(model[i].prefix, model[i].value))
			return false;
	const bool same = anew.bytes() == table.bytes() && anew.size() == table.size();
	anew.clear([](u32 *) {});
	return same;
}

/* All prefixes come, then `rounds` times some are inserted, replaced and removed, and `lookups`
 * addresses compared; then all go, in another order. */
void compare(struct kunit *test, const char *row, Model &model, u32 rounds, u32 updates,
	     u32 lookups)
{
	EXPECT_TRUE_IN(row, model.count() != 0);
	if (model.count() == 0)
		return; /* no memory */
	Table table;
	Random random(model.count());
	bool updates_agree = true, answers_agree = true, chains_agree = true;
	for (u32 i = 0; i < model.count(); i++)
		updates_agree &= update(table, model, i, random);
	for (u32 round = 0; round < rounds; round++) {
		for (u32 i = 0; i < updates; i++)
			updates_agree &= update(table, model, random.below(model.count()), random);
		for (u32 i = 0; i < lookups; i++)
			answers_agree &= same_answer(table, model, interesting(model, random));
		for (u32 i = 0; i < lookups / 16; i++) {
			const u32 address = interesting(model, random);
			chains_agree &= chain_of(table, address) == model.chain_of(address);
		}
	}
	EXPECT_TRUE_IN(row, updates_agree);
	EXPECT_TRUE_IN(row, answers_agree);
	EXPECT_TRUE_IN(row, chains_agree);
	EXPECT_EQ_IN(row, table.size(), model.present());
	EXPECT_TRUE_IN(row, walk_is_right(table, model));
	EXPECT_TRUE_IN(row, shape_is_right(table, model));
	for (u32 i = 0; i < model.count(); i++)
		if (model[i].present && random.below(2))
			updates_agree &= bool(table.remove(model[i].prefix));
	for (u32 i = model.count(); i-- > 0;)
		if (model[i].present && table.find(model[i].prefix))
			updates_agree &= bool(table.remove(model[i].prefix));
	EXPECT_TRUE_IN(row, updates_agree);
	EXPECT_EQ_IN(row, table.size(), 0);
	EXPECT_EQ_IN(row, lpm_memory.live, 0);
}

/* Lengths as in the Internet's table: most are /24, many /16 to /23, few are longer or shorter. All
 * are different: of each length they are the multiples of an odd number, modulo all there are. */
void add_random(Model &model, u32 count, Random &random)
{
	u32 used[33] = {};
	for (u32 i = 0; i < count; i++) {
		const u32 kind = random.below(100);
		u32 length = kind < 55 ? 24 : kind < 90 ? 16 + random.below(8) : random.below(33);
		if (length < 32 && used[length] >> length)
			length = 32;
		const u64 number = used[length]++ * 0x9e3779b1ULL << (32 - length);
		model.add(prefix(static_cast<u32>(number), length));
	}
}

/* 100,000 take two seconds under an emulated processor, and ten times that with KASAN. */
#ifdef __KERNEL__
constexpr u32 kLarge = 20000, kLargeLookups = 100;
#else
constexpr u32 kLarge = 100000, kLargeLookups = 400;
#endif

TEST(equals_linear_search)
{
	struct {
		const char *row;
		u32 prefixes, rounds, updates, lookups;
	} const sizes[] = {
		{"1", 1, 200, 1, 20},
		{"1,000", 1000, 40, 100, 100},
		{"large", kLarge, 4, kLarge / 4, kLargeLookups},
	};
	for (const auto &s : sizes) {
		Random random(s.prefixes);
		Model model(s.prefixes);
		add_random(model, s.prefixes, random);
		EXPECT_EQ_IN(s.row, model.count(), s.prefixes);
		compare(test, s.row, model, s.rounds, s.updates, s.lookups);
	}
}

/* The same again, crowded: all prefixes in a few addresses, where everything touches everything. */
TEST(equals_linear_search_where_it_is_crowded)
{
	for (u32 bits = 3; bits <= 7; bits++) {
		for (u32 common = 0; common + bits <= 32; common += 5) {
			const u32 base = prefix(0x5a5a5a5a, common).address;
			Model model(1U << (bits + 1));
			for (u32 n = 0; n <= bits; n++) {
				for (u32 i = 0; i < 1U << n; i++) {
					const u64 inside = u64{i} << (32 - common - n);
					model.add(prefix(base | static_cast<u32>(inside),
							 common + n));
				}
			}
			compare(test, "crowded", model, 20, 40, 32);
		}
	}
}

constexpr u32 kAddresses[] = {0, ~0U, ip(10, 1, 2, 3), 0x55555555};

TEST(nested)
{
	for (const u32 address : kAddresses) {
		Model model(33);
		for (u32 length = 0; length <= 32; length++)
			model.add(prefix(address, length));
		compare(test, "all lengths of one address", model, 40, 20, 64);
	}
}

/* Every prefix of one address, and the other half of each. */
TEST(both_halves)
{
	for (const u32 address : kAddresses) {
		Model model(65);
		model.add({0, 0});
		for (u32 length = 1; length <= 32; length++) {
			model.add(prefix(address, length));
			model.add(prefix(address ^ 1U << (32 - length), length));
		}
		compare(test, "both halves", model, 40, 30, 64);
	}
}

TEST(all_hosts_of_a_net)
{
	constexpr u32 kBits = kLarge < 65536 ? 12 : 16;
	Model model(1U << kBits);
	for (u32 i = 0; i < 1U << kBits; i++)
		model.add({ip(10, 1, 0, 0) | i, 32});
	compare(test, "all hosts", model, 2, 1000, kLargeLookups);
}

/* A crowded table whose prefixes part at, before and behind the multiples of four. */
void add_crowded(Model &model, Random &random)
{
	while (model.count() < 48) {
		const u32 length = random.below(33);
		/* Two ways at four places. */
		const u32 address =
			ip(10, 1, 2, 3) ^ (random.below(2) << 29 | random.below(4) << 19 |
					   random.below(4) << 11 | random.below(4));
		if (model.find(prefix(address, length)) == kNoRow)
			model.add(prefix(address, length));
	}
}

constexpr u32 kWatched = 16;

/* What readers may see while one update is going on. */
struct Watch {
	const Table *table;
	u32 addresses[kWatched];
	Chain before[kWatched], after[kWatched];
	u32 wrong; /* neither the one nor the other */
	u32 looks;

	void choose(Model &model, Ipv4Prefix p, Random &random)
	{
		addresses[0] = p.address;
		addresses[1] = p.last();
		addresses[2] = p.address - 1;
		addresses[3] = p.last() + 1;
		for (u32 i = 4; i < kWatched; i++)
			addresses[i] = i % 2 ? p.address | (random.next() & ~p.mask()) :
					       interesting(model, random);
	}
	void remember(const Model &model, Chain *chains) const
	{
		for (u32 i = 0; i < kWatched; i++)
			chains[i] = model.chain_of(addresses[i]);
	}
	void judge(u32 i, const Chain &seen)
	{
		looks++;
		wrong += !(seen == before[i] || seen == after[i]);
	}
	void look()
	{
		for (u32 i = 0; i < kWatched; i++)
			judge(i, chain_of(*table, addresses[i]));
	}
};
constinit Watch watch{};

/* Lookups before and after every pointer that an update writes. */
TEST(each_write_shows_the_old_or_the_new)
{
	Random random(6);
	for (u32 round = 0; round < 12; round++) {
		Table table;
		Model model(48);
		add_crowded(model, random);
		watch.table = &table;
		watch.wrong = watch.looks = 0;
		bool agree = true;
		for (u32 i = 0; i < 150; i++) {
			const u32 row = random.below(model.count());
			const auto saved = model[row];
			Random rehearsal = random;
			Table nothing;
			watch.choose(model, saved.prefix, rehearsal);
			watch.remember(model, watch.before);
			/* What the model will say: the same update of it, and of no table. */
			random = rehearsal;
			(void)update(nothing, model, row, rehearsal);
			nothing.clear([](u32 *) {});
			watch.remember(model, watch.after);
			model[row] = saved;
			lpm_memory.on_publish = [] { watch.look(); };
			agree &= update(table, model, row, random);
			lpm_memory.on_publish = nullptr;
		}
		EXPECT_TRUE(agree);
		EXPECT_EQ(watch.wrong, 0);
		EXPECT_TRUE(watch.looks > 150 * 2 * kWatched);
		lpm_memory.on_publish = nullptr;
		table.clear([](u32 *) {});
		EXPECT_EQ(lpm_memory.live, 0);
	}
}

/* Whole updates inside a lookup, before one of its reads and some reads later. */
struct Overtaken {
	struct Update {
		Ipv4Prefix prefix;
		bool removes;
	};

	Table *table;
	Update updates[2];
	u32 count; /* of the updates */
	u32 gap; /* reads between them */
	u32 done;

	void update(const Update &u, bool removes) const
	{
		if (removes)
			(void)table->remove(u.prefix);
		else
			(void)table->insert(u.prefix, tokens);
	}
	void run()
	{
		do {
			update(updates[done], updates[done].removes);
			done++;
		} while (done < count && gap == 0);
		lpm_memory.reads_until = done < count ? gap : 0;
	}
	void undo()
	{
		lpm_memory.reads_until = 0;
		for (; done > 0; done--)
			update(updates[done - 1], !updates[done - 1].removes);
	}
};
constinit Overtaken overtaken{};

void fill_crowded(Table &table, Model &model, Random &random)
{
	add_crowded(model, random);
	for (u32 i = 0; i < model.count(); i++) {
		model[i].present = random.below(2);
		model[i].value = tokens;
		if (model[i].present)
			(void)table.insert(model[i].prefix, tokens);
	}
}

/* At each place where the lookup reads. */
TEST(update_in_the_middle_of_a_lookup)
{
	Random random(7);
	u32 overtakings = 0;
	lpm_memory.on_read = [] { overtaken.run(); };
	for (u32 round = 0; round < 200; round++) {
		Table table;
		Model model(48);
		fill_crowded(table, model, random);
		auto &row = model[random.below(model.count())];
		watch.choose(model, row.prefix, random);
		watch.remember(model, watch.before);
		overtaken = {&table, {{row.prefix, row.present}, {}}, 1, 0, 0};
		row.present = !row.present;
		watch.remember(model, watch.after);
		watch.wrong = 0;
		for (u32 i = 0; i < kWatched; i++) {
			for (u32 at = 1, happened = 1; happened; at++) {
				const LpmReader reader;
				lpm_memory.reads_until = at;
				watch.judge(i, chain_of(table, watch.addresses[i]));
				happened = overtaken.done;
				overtakings += happened;
				overtaken.undo();
			}
		}
		EXPECT_EQ(watch.wrong, 0);
		table.clear([](u32 *) {});
	}
	lpm_memory.on_read = nullptr;
	EXPECT_TRUE(overtakings > 200 * kWatched);
	EXPECT_EQ(lpm_memory.live, 0);
}

/* The answers of the tables with none, the one, the other and both of two updates. */
struct Answers {
	u32 rows[4];

	Answers(Model &model, u32 one, u32 other, u32 address)
	{
		for (u32 i = 0; i < 4; i++) {
			model[one].present ^= i & 1;
			model[other].present ^= i >> 1;
			rows[i] = model.longest(address);
			model[one].present ^= i & 1;
			model[other].present ^= i >> 1;
		}
	}
	bool has(Model &model, const Table::Entry *e) const
	{
		const u32 found = e ? model.find(e->prefix()) : kNoRow;
		bool any = false;
		for (const u32 row : rows)
			any |= row == found;
		return any;
	}
};

TEST(two_updates_in_the_middle_of_a_lookup)
{
	Random random(11);
	u32 overtakings = 0, wrong = 0;
	lpm_memory.on_read = [] { overtaken.run(); };
	for (u32 round = 0; round < 400; round++) {
		Table table;
		Model model(48);
		fill_crowded(table, model, random);
		const u32 one = random.below(model.count());
		const u32 other = (one + 1 + random.below(model.count() - 1)) % model.count();
		overtaken = {&table,
			     {{model[one].prefix, model[one].present},
			      {model[other].prefix, model[other].present}},
			     2,
			     0,
			     0};
		for (u32 i = 0; i < 8; i++) {
			const u32 address = interesting(model, random);
			const Answers right(model, one, other, address);
			overtaken.gap = random.below(3);
			for (u32 at = 1, happened = 1; happened; at++) {
				const LpmReader reader;
				lpm_memory.reads_until = at;
				wrong += !right.has(model, table.lookup(address));
				happened = overtaken.done;
				overtakings += overtaken.done == 2;
				overtaken.undo();
			}
		}
		table.clear([](u32 *) {});
	}
	lpm_memory.on_read = nullptr;
	EXPECT_EQ(wrong, 0);
	EXPECT_TRUE(overtakings > 400 * 8);
	EXPECT_EQ(lpm_memory.live, 0);
}

/* An insert that gets no memory has changed nothing, and written nothing. */
TEST(insert_without_memory)
{
	Random random(8);
	u32 failed = 0;
	Table table;
	Model model(1000);
	add_random(model, 1000, random);
	for (u32 i = 0; i < model.count(); i++) {
		for (u32 n = 0; !model[i].present; n++) {
			const u32 published = lpm_memory.published, live = lpm_memory.live;
			const u64 bytes = table.bytes();
			lpm_memory.allocations_left = n;
			const auto e = table.insert(model[i].prefix, tokens);
			lpm_memory.allocations_left = kPlenty;
			model[i].present = bool(e);
			model[i].value = tokens;
			if (e)
				continue;
			failed++;
			EXPECT_EQ(e.error(), Errno::NoMemory);
			EXPECT_EQ(lpm_memory.published, published);
			EXPECT_EQ(lpm_memory.live, live);
			EXPECT_EQ(table.bytes(), bytes);
			EXPECT_TRUE(!table.find(model[i].prefix));
			EXPECT_TRUE(same_answer(table, model, model[i].prefix.address));
		}
	}
	/* Each needs one object, and some a node, too. */
	EXPECT_TRUE(failed > 1200);
	EXPECT_TRUE(walk_is_right(table, model) && shape_is_right(table, model));
	table.clear([](u32 *) {});
	EXPECT_EQ(lpm_memory.live, 0);
}

/* The walk from any place, whether there is a prefix or not. */
TEST(walk_from_anywhere)
{
	Random random(9);
	Model model(600);
	Table table;
	add_random(model, 300, random);
	for (u32 length = 0; length <= 32; length++)
		if (model.find(prefix(ip(10, 1, 2, 3), length)) == kNoRow)
			model.add(prefix(ip(10, 1, 2, 3), length));
	for (u32 i = 0; i < model.count(); i++)
		if (random.below(4))
			(void)update(table, model, i, random);
	for (u32 i = 0; i < 3000; i++) {
		const Ipv4Prefix bound{interesting(model, random),
				       static_cast<u8>(random.below(34))};
		const auto *e = table.at_or_after(bound);
		const u32 expected = model.at_or_after(bound);
		EXPECT_EQ(e != nullptr, expected != kNoRow);
		if (e && expected != kNoRow)
			EXPECT_TRUE(e->prefix() == model[expected].prefix);
	}
	EXPECT_TRUE(walk_is_right(table, model));
	table.clear([](u32 *) {});
}

u32 disposed[1000];

/* Every value once, and nothing is left; whoever is inside meanwhile sees all or nothing. */
TEST(clear_at_once)
{
	Random random(10);
	Table table;
	Model model(1000);
	add_random(model, 1000, random);
	for (u32 i = 0; i < model.count(); i++) {
		disposed[i] = 0;
		EXPECT_TRUE(bool(table.insert(model[i].prefix, &disposed[i])));
	}
	for (u32 i = 0; i < kWatched; i++)
		watch.addresses[i] = interesting(model, random);
	for (u32 i = 0; i < model.count(); i++) {
		model[i].present = true;
		model[i].value = &disposed[i];
	}
	watch.table = &table;
	watch.wrong = watch.looks = 0;
	watch.remember(model, watch.before);
	for (Chain &chain : watch.after)
		chain = {};
	{
		const LpmReader reader;
		const auto *inside = table.lookup(watch.addresses[0]);
		lpm_memory.on_publish = [] { watch.look(); };
		/* Nobody finds a value any more that the owner gets back. */
		u32 still_there = 0;
		table.clear([&](u32 *value) {
			++*value;
			still_there += table.first() != nullptr;
		});
		EXPECT_EQ(still_there, 0);
		lpm_memory.on_publish = nullptr;
		EXPECT_EQ(watch.wrong, 0);
		Chain rest;
		for (; inside; inside = table.next_shorter(*inside))
			rest.add(inside->prefix(), inside->value());
		EXPECT_TRUE(rest == watch.before[0]);
	}
	for (u32 i = 0; i < model.count(); i++)
		EXPECT_EQ(disposed[i], 1);
	EXPECT_TRUE(table.size() == 0 && table.bytes() == 0 && !table.first());
	EXPECT_EQ(lpm_memory.live, 0);
	/* And it can be used again. */
	EXPECT_TRUE(bool(table.insert({0, 0}, tokens)) && table.lookup(1));
	table.clear([](u32 *) {});
	EXPECT_EQ(lpm_memory.live, 0);
}

#ifdef __KERNEL__
/* The kernel's policy: the same table under RCU. */
TEST(under_rcu)
{
	Lpm<u32, RcuMemory> table;
	for (const Ipv4Prefix p : kHost)
		EXPECT_TRUE(bool(table.insert(p, &tokens[p.length])));
	{
		const RcuRead read;
		for (const LookupCase &c : kLookups) {
			const auto *e = table.lookup(c.address);
			EXPECT_TRUE_IN(c.row, e && e->prefix() == c.expected);
		}
	}
	for (const Ipv4Prefix p : kHost)
		EXPECT_TRUE(bool(table.remove(p)));
	EXPECT_EQ(table.bytes(), 0);
}
#define IN_KERNEL_ONLY(...) __VA_ARGS__
#else
#define IN_KERNEL_ONLY(...)
#endif

TEST_SUITE("lpm", TEST_CASE(looks_up), TEST_CASE(refuses), TEST_CASE(equals_linear_search),
	   TEST_CASE(equals_linear_search_where_it_is_crowded), TEST_CASE(nested),
	   TEST_CASE(both_halves), TEST_CASE(all_hosts_of_a_net),
	   TEST_CASE(each_write_shows_the_old_or_the_new),
	   TEST_CASE(update_in_the_middle_of_a_lookup),
	   TEST_CASE(two_updates_in_the_middle_of_a_lookup), TEST_CASE(insert_without_memory),
	   TEST_CASE(walk_from_anywhere),
	   TEST_CASE(clear_at_once) IN_KERNEL_ONLY(, TEST_CASE(under_rcu)));

} // namespace
} // namespace tcpxx
