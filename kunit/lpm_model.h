/* SPDX-License-Identifier: GPL-2.0 */
/* What core/lpm.h is compared with: a list of prefixes, searched from one end to the other. */
#pragma once
#include "lpm_memory.h"

namespace tcpxx::testing {

using Table = Lpm<u32, LpmMemory>;

/* All prefixes around one address, longest first, with their values. */
struct Chain {
	u32 count = 0;
	Ipv4Prefix prefixes[33] = {};
	u32 *values[33] = {};

	void add(Ipv4Prefix p, u32 *value)
	{
		prefixes[count] = p;
		values[count++] = value;
	}
	bool operator==(const Chain &other) const
	{
		bool same = count == other.count;
		for (u32 i = 0; same && i < count; i++)
			same = prefixes[i] == other.prefixes[i] && values[i] == other.values[i];
		return same;
	}
};

inline Chain chain_of(const Table &table, u32 address)
{
	Chain chain;
	for (auto *e = table.lookup(address); e && chain.count < 33; e = table.next_shorter(*e))
		chain.add(e->prefix(), e->value());
	return chain;
}

constexpr u32 kNoRow = ~0U;

/* Prefixes that may be in the table; those that are not are remembered without being used. */
class Model {
	struct Row {
		Ipv4Prefix prefix;
		bool present;
		u32 *value;
	};
	Row *rows_;
	u32 capacity_;
	u32 count_ = 0;

public:
	explicit Model(u32 capacity) :
		rows_(static_cast<Row *>(from_heap(capacity * sizeof(Row)))),
		capacity_(rows_ ? capacity : 0)
	{
	}
	~Model() { to_heap(rows_); }
	Model(const Model &) = delete;

	u32 count() const { return count_; }
	Row &operator[](u32 i) { return rows_[i]; }
	/* Each prefix once; there is room for `capacity`. */
	void add(Ipv4Prefix p)
	{
		if (count_ < capacity_)
			rows_[count_++] = {p, false, nullptr};
	}
	u32 present() const
	{
		u32 n = 0;
		for (u32 i = 0; i < count_; i++)
			n += rows_[i].present;
		return n;
	}
	u32 find(Ipv4Prefix p) const
	{
		u32 i = 0;
		while (i < count_ && rows_[i].prefix != p)
			i++;
		return i < count_ ? i : kNoRow;
	}
	/* The longest one around `address` that is shorter than `limit` bits. */
	u32 longest(u32 address, u32 limit = 33) const
	{
		u32 best = kNoRow;
		for (u32 i = 0; i < count_; i++) {
			const Row &r = rows_[i];
			if (r.present && ((r.prefix.address ^ address) & r.prefix.mask()) == 0 &&
			    r.prefix.length < limit &&
			    (best == kNoRow || r.prefix.length > rows_[best].prefix.length))
				best = i;
		}
		return best;
	}
	Chain chain_of(u32 address) const
	{
		Chain chain;
		for (u32 i = longest(address); i != kNoRow;
		     i = longest(address, rows_[i].prefix.length))
			chain.add(rows_[i].prefix, rows_[i].value);
		return chain;
	}
	/* The one that a walk finds at or behind `bound`. */
	u32 at_or_after(Ipv4Prefix bound) const
	{
		u32 best = kNoRow;
		for (u32 i = 0; i < count_; i++) {
			const Row &r = rows_[i];
			if (r.present && !r.prefix.precedes(bound) &&
			    (best == kNoRow || r.prefix.precedes(rows_[best].prefix)))
				best = i;
		}
		return best;
	}
};

} // namespace tcpxx::testing
