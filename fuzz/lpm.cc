// SPDX-License-Identifier: GPL-2.0
/* The input is a list of updates of a route table, each of which may get too little memory. Each
 * must do what a list of prefixes does, and readers must see the list before or after it at each
 * pointer that it writes. */
#include "fuzz.h"
#include "lpm_model.h"

using namespace tcpxx;
using testing::Chain;
using testing::kNoRow;
using testing::kPlenty;
using testing::lpm_memory;
using testing::Model;

static u32 tokens[4];

/* Where readers look during an update, and what they may see. */
static struct {
	const testing::Table *table;
	u32 addresses[4];
	Chain before[4], after[4];
} watch{};

static void look()
{
	for (u32 i = 0; i < 4; i++) {
		const Chain seen = chain_of(*watch.table, watch.addresses[i]);
		FUZZ_CHECK(seen == watch.before[i] || seen == watch.after[i]);
	}
}

/* Few addresses, so that prefixes meet: two bits in each byte. */
static u32 address_of(fuzz::Input &input)
{
	const u8 b = input.byte();
	return 0x0a501803 ^
	       ((b & 3U) | (b >> 2 & 3U) << 11 | (b >> 4 & 3U) << 19 | (b >> 6 & 3U) << 28);
}

static Ipv4Prefix prefix_of(fuzz::Input &input)
{
	const u32 length = input.byte() % 33;
	return {address_of(input) & Ipv4Prefix::mask_of(length), static_cast<u8>(length)};
}

/* What the list says after an update that succeeds. */
static bool update_model(Model &model, u32 kind, Ipv4Prefix p, u32 *value)
{
	u32 i = model.find(p);
	if (i == kNoRow) {
		i = model.count();
		model.add(p);
	}
	auto &row = model[i];
	if (row.present == (kind == 0))
		return false;
	row.present = kind != 2;
	row.value = value;
	return true;
}

static bool update_table(testing::Table &table, u32 kind, Ipv4Prefix p, u32 *value)
{
	switch (kind) {
	case 0: return bool(table.insert(p, value));
	case 1: return bool(table.replace(p, value));
	}
	return bool(table.remove(p));
}

static void step(fuzz::Input &input, testing::Table &table, Model &model)
{
	const u8 control = input.byte();
	const u32 kind = control % 3;
	const Ipv4Prefix p = prefix_of(input);
	u32 *const value = &tokens[control >> 6];
	const u32 others[4] = {p.address, p.last(), address_of(input), p.address - 1};
	for (u32 i = 0; i < 4; i++) {
		watch.addresses[i] = others[i];
		watch.before[i] = model.chain_of(others[i]);
	}
	lpm_memory.allocations_left = control & 32 ? control >> 3 & 1 : kPlenty;
	const u32 i = model.find(p);
	const bool was_there = i != kNoRow && model[i].present;
	const bool possible = was_there == (kind != 0);
	/* Readers look at the table with what they may see at hand, so the model goes first. */
	const bool changes = update_model(model, kind, p, value);
	FUZZ_CHECK(changes == possible);
	for (u32 n = 0; n < 4; n++)
		watch.after[n] = model.chain_of(others[n]);
	lpm_memory.on_publish = look;
	const bool done = update_table(table, kind, p, value);
	lpm_memory.on_publish = nullptr;
	FUZZ_CHECK(done == possible || (kind == 0 && possible && lpm_memory.allocations_left == 0));
	if (possible && !done)
		(void)update_model(model, 2, p, nullptr);
	for (u32 n = 0; n < 4; n++)
		FUZZ_CHECK(chain_of(table, others[n]) == (done ? watch.after[n] : watch.before[n]));
	FUZZ_CHECK(table.size() == model.present());
	const auto *next = table.at_or_after(p);
	const u32 expected = model.at_or_after(p);
	FUZZ_CHECK(!next == (expected == kNoRow));
	FUZZ_CHECK(!next || next->prefix() == model[expected].prefix);
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size)
{
	fuzz::Input input(data, size);
	testing::Table table;
	Model model(static_cast<u32>(size) + 1);
	watch.table = &table;
	while (!input.empty())
		step(input, table, model);
	lpm_memory.allocations_left = kPlenty;
	/* Built anew it has the same nodes. */
	testing::Table anew;
	for (const auto *e = table.first(); e; e = table.after(e->prefix()))
		FUZZ_CHECK(bool(anew.insert(e->prefix(), e->value())));
	FUZZ_CHECK(anew.size() == table.size() && anew.bytes() == table.bytes());
	u32 values = 0;
	const u32 prefixes = table.size();
	table.clear([&](u32 *) { values++; });
	anew.clear([](u32 *) {});
	FUZZ_CHECK(values == prefixes && lpm_memory.live == 0);
	return 0;
}
