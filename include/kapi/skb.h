/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SkbPtr: the one owner of a packet. An owned packet ends in exactly one of three ways:
 *
 *	consume()	it did its work
 *	drop()		it is thrown away, and the reason is told to the kernel's drop monitor
 *	release()	somebody else owns it now (a queue, a device)
 *
 * One that is forgotten is a leak in the making: its destructor warns, and frees it.
 */
#pragma once
#include "base/bytes.h"
#include "kapi/drop.h"
#include "kapi/linux.h"

namespace tcpxx {

class [[nodiscard]] SkbPtr {
	struct sk_buff *skb_ = nullptr;

public:
	SkbPtr() = default;
	/* Takes over a reference that the caller owned. */
	explicit SkbPtr(struct sk_buff *skb) : skb_(skb) {}
	SkbPtr(SkbPtr &&other) : skb_(other.release()) {}
	SkbPtr &operator=(SkbPtr &&other)
	{
		WARN_ON_ONCE(skb_);
		kfree_skb(skb_);
		skb_ = other.release();
		return *this;
	}
	SkbPtr(const SkbPtr &) = delete;
	SkbPtr &operator=(const SkbPtr &) = delete;
	~SkbPtr()
	{
		if (WARN_ON_ONCE(skb_))
			kfree_skb(skb_);
	}

	explicit operator bool() const { return skb_; }
	struct sk_buff *get() const { return skb_; }
	struct sk_buff *operator->() const { return skb_; }

	void consume() { consume_skb(release()); }
	void drop(Drop reason) { kfree_skb_reason(release(), kernel_reason(reason)); }
	[[nodiscard]] struct sk_buff *release()
	{
		struct sk_buff *skb = skb_;
		skb_ = nullptr;
		return skb;
	}
};

/* The bytes from skb->data on that can be read without a pull. */
inline Bytes linear_bytes(const struct sk_buff *skb)
{
	return Bytes(skb->data, skb_headlen(skb));
}

} // namespace tcpxx
