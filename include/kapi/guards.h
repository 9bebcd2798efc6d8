/* SPDX-License-Identifier: GPL-2.0 */
/* Locks and read sections that end with their scope. 6.1 has no guard() of its own for all of them. */
#pragma once
#include "kapi/linux.h"

namespace tcpxx {

class [[nodiscard]] RcuRead {
public:
	RcuRead() { rcu_read_lock(); }
	~RcuRead() { rcu_read_unlock(); }
	RcuRead(const RcuRead &) = delete;
};

/* A spinlock that is also taken in softirq context, taken with softirqs off. */
class [[nodiscard]] BhLock {
	spinlock_t *lock_;

public:
	explicit BhLock(spinlock_t *lock) : lock_(lock) { spin_lock_bh(lock_); }
	~BhLock() { spin_unlock_bh(lock_); }
	BhLock(const BhLock &) = delete;
};

/* The same lock where softirqs are off already, as in everything that a segment or a timer begins. */
class [[nodiscard]] SoftirqLock {
	spinlock_t *lock_;

public:
	explicit SoftirqLock(spinlock_t *lock) : lock_(lock)
	{
		lockdep_assert(in_softirq());
		spin_lock(lock_);
	}
	~SoftirqLock() { spin_unlock(lock_); }
	SoftirqLock(const SoftirqLock &) = delete;
};

/* Softirqs off, without a lock: per-CPU data, and code that expects to run like the receive path. */
class [[nodiscard]] BhOff {
public:
	BhOff() { local_bh_disable(); }
	~BhOff() { local_bh_enable(); }
	BhOff(const BhOff &) = delete;
};

/* A socket owned by this process (lock_sock): segments that come meanwhile wait in the backlog. */
class [[nodiscard]] SockOwned {
	struct sock *sk_;

public:
	explicit SockOwned(struct sock *sk) : sk_(sk) { lock_sock(sk_); }
	~SockOwned() { release_sock(sk_); }
	SockOwned(const SockOwned &) = delete;
};

} // namespace tcpxx
