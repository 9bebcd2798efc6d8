// SPDX-License-Identifier: GPL-2.0
#include "core/ip_frag.h"

namespace tcpxx {
namespace {

/* The bits of word `word` that stand for units from `first` to before `end`, which it has at least one of. */
constexpr u64 bits_of(u32 word, u32 first, u32 end)
{
	const u32 from = max_of(first, word * 64) - word * 64;
	const u32 to = min_of(end, (word + 1) * 64) - word * 64;

	return (~u64{0} >> (64 - (to - from))) << from;
}

} // namespace

FragmentMap::Known FragmentMap::known_of(u32 first, u32 end) const
{
	Known known = {.any = false, .all = true};

	for (u32 word = first / 64; word * 64 < end; word++) {
		const u64 asked = bits_of(word, first, end);
		known.any |= (come_[word] & asked) != 0;
		known.all &= (come_[word] & asked) == asked;
	}
	return known;
}

void FragmentMap::set_units(u32 first, u32 end)
{
	for (u32 word = first / 64; word * 64 < end; word++)
		come_[word] |= bits_of(word, first, end);
}

/* Beyond the end that is known, or an end before what has come. */
bool FragmentMap::ends_badly(u32 end, bool more) const
{
	if (last_)
		return more ? end > len_ : end != len_;
	return !more && end < len_;
}

FragmentFate FragmentMap::insert(const Fragment &f)
{
	const u32 end = f.offset + f.len;
	if (end > kMaxDatagramText)
		return FragmentFate::TooLarge;
	if (!f.len || ends_badly(end, f.more))
		return FragmentFate::Inconsistent;
	const u32 first = f.offset / kFragmentUnit;
	const u32 after = (end + kFragmentUnit - 1) / kFragmentUnit;
	if (const Known known = known_of(first, after); known.any)
		return known.all ? FragmentFate::Duplicate : FragmentFate::Overlap;
	set_units(first, after);
	bytes_ += f.len;
	len_ = max_of(len_, end);
	last_ |= !f.more;
	return FragmentFate::Added;
}

} // namespace tcpxx
