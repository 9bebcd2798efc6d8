/* SPDX-License-Identifier: GPL-2.0 */
/* A run of bytes that somebody else owns: a pointer never travels without its length. */
#pragma once
#include "base/types.h"

namespace tcpxx {

class Bytes {
	const u8 *data_ = nullptr;
	u32 size_ = 0;

public:
	constexpr Bytes() = default;
	constexpr Bytes(const u8 *data, u32 size) : data_(data), size_(size) {}

	constexpr const u8 *data() const { return data_; }
	constexpr u32 size() const { return size_; }
	constexpr bool empty() const { return size_ == 0; }
	constexpr u8 operator[](u32 i) const { return data_[i]; }
	constexpr const u8 *begin() const { return data_; }
	constexpr const u8 *end() const { return data_ + size_; }

	/* What is left behind the first `n` bytes; nothing if there are fewer. */
	constexpr Bytes after(u32 n) const { return n < size_ ? Bytes(data_ + n, size_ - n) : Bytes(); }
	/* The first `n` bytes, or all if there are fewer. */
	constexpr Bytes first(u32 n) const { return Bytes(data_, min_of(n, size_)); }

	/* The bytes seen as a wire structure (alignment 1), or nullptr if they are too few. */
	template <class Wire> const Wire *as() const
	{
		static_assert(alignof(Wire) == 1, "a wire structure is made of bytes");
		return size_ >= sizeof(Wire) ? reinterpret_cast<const Wire *>(data_) : nullptr;
	}
};

} // namespace tcpxx
