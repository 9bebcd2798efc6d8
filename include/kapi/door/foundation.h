/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's lowest headers, each followed by a C++ form of those of its macros that use C-only
 * features. The order matters: a macro must be replaced before the next header uses it in an inline.
 */
#pragma once

/* C's spellings. */
#define _Bool bool
#define _Alignof alignof
#define _Static_assert static_assert
#define __auto_type auto
#define typeof __typeof__
#define __builtin_types_compatible_p(a, b) kapi_same_type(a, b)
#define __builtin_choose_expr(condition, a, b) ((condition) ? (a) : (b))

#include <linux/compiler-version.h>
#include <linux/kconfig.h>
/* C++ has no named address spaces; without them per-cpu accesses are the asm of before 6.8. */
#undef CONFIG_USE_X86_SEG_SUPPORT
#undef CONFIG_CC_HAS_NAMED_AS

#include <linux/compiler_types.h>
#undef auto
#undef __unqual_scalar_typeof
#define __unqual_scalar_typeof(x) kapi_value_t(x)
#undef __same_type
#define __same_type(a, b) kapi_same_type(a, b)
#undef __READ_ONCE
#define __READ_ONCE(x) (*(const volatile kapi_once_t(x) *)&(x))

#include <linux/stddef.h>
#undef NULL
#define NULL nullptr
#undef __DECLARE_FLEX_ARRAY
#define __DECLARE_FLEX_ARRAY(type, name) type name[0]

#include <linux/compiler.h>
#undef data_race
#define data_race(expression)                \
	({                                   \
		__kcsan_disable_current();   \
		auto __value = (expression); \
		__kcsan_enable_current();    \
		__value;                     \
	})
#undef __WRITE_ONCE
#define __WRITE_ONCE(x, value)                              \
	do {                                                \
		*(volatile kapi_once_t(x) *)&(x) = (value); \
	} while (0)
#undef __must_be_array
#define __must_be_array(a) (0 * (int)sizeof(::kapi::door::array_only(a)))
#undef __is_constexpr
#define __is_constexpr(x) __builtin_constant_p(x)

#include <linux/build_bug.h>
/* The kernel's declares a type inside sizeof. The C compiler has checked all of these already. */
#undef BUILD_BUG_ON_ZERO
#define BUILD_BUG_ON_ZERO(...) ((int)0)
/* Keywords, not macros. */
#undef static_assert
#undef __static_assert

#include <linux/linkage.h>
/* asmlinkage would open extern "C" a second time, for one declaration. */
#undef CPP_ASMLINKAGE
#define CPP_ASMLINKAGE

#include <linux/bitfield.h>
#undef __unsigned_scalar_typeof
#define __unsigned_scalar_typeof(x) kapi_unsigned_t(x)

#include <linux/math.h>
#undef abs
#define abs(x) ::kapi::door::absolute(x)

#include <linux/container_of.h>
#undef container_of
#undef container_of_const
/*
 * The cast of the pointer to the member's type is the check that the kernel's static_assert makes.
 * __builtin_offsetof takes only constants as array indices; rbtree_latch.h, with a variable one, is
 * read below with a form of its own.
 */
#define kapi_member_check(pointer, type, member) \
	((void)sizeof(static_cast<const volatile __typeof__(((type *)0)->member) *>(pointer)))
#define kapi_container_of(pointer, type, member)   \
	(kapi_member_check(pointer, type, member), \
	 (type *)((unsigned long)(pointer) - __builtin_offsetof(type, member)))
#define container_of(pointer, type, member) kapi_container_of(pointer, type, member)
#define container_of_const(pointer, type, member) kapi_container_of(pointer, type, member)

#include <linux/percpu-defs.h>
#undef SHIFT_PERCPU_PTR
#define SHIFT_PERCPU_PTR(pointer, offset) \
	((kapi_value_t(pointer))((unsigned long)(pointer) + (offset)))
#ifdef CONFIG_SMP
#undef arch_raw_cpu_ptr
#define arch_raw_cpu_ptr(pointer) SHIFT_PERCPU_PTR(pointer, raw_cpu_read_long(this_cpu_off))
#else
#undef VERIFY_PERCPU_PTR
#define VERIFY_PERCPU_PTR(pointer) ((kapi_value_t(pointer))(pointer))
#endif

#include <linux/rcupdate.h>
/* The kernel's declare the local as "typeof(*p) *", which keeps sparse's __rcu out; there is none. */
#undef __unrcu_pointer
#define __unrcu_pointer(p, local) ((kapi_value_t(p))(p))
#undef __rcu_access_pointer
#define __rcu_access_pointer(p, local, space) ((kapi_value_t(p))READ_ONCE(p))
#undef __rcu_dereference_check
#define __rcu_dereference_check(p, local, condition, space)                                 \
	({                                                                                  \
		kapi_value_t(p) local = READ_ONCE(p);                                       \
		RCU_LOCKDEP_WARN(!(condition), "suspicious rcu_dereference_check() usage"); \
		local;                                                                      \
	})
#undef __rcu_dereference_protected
#define __rcu_dereference_protected(p, local, condition, space)                                 \
	({                                                                                      \
		RCU_LOCKDEP_WARN(!(condition), "suspicious rcu_dereference_protected() usage"); \
		(kapi_value_t(p))(p);                                                           \
	})
#undef __rcu_dereference_raw
#define __rcu_dereference_raw(p, local) ((kapi_value_t(p))READ_ONCE(p))
#undef RCU_INITIALIZER
#define RCU_INITIALIZER(p) ((kapi_value_t(p))(p))

#include <linux/indirect_call_wrapper.h>
/*
 * With retpolines an indirect call tries the in-kernel TCP's functions first. Ours are never those,
 * and the declarations would clash with ours of the same name (tcp_v4_do_rcv).
 */
#undef INDIRECT_CALL_1
#undef INDIRECT_CALL_2
#undef INDIRECT_CALL_3
#undef INDIRECT_CALL_4
#undef INDIRECT_CALLABLE_DECLARE
#define INDIRECT_CALL_1(f, f1, ...) f(__VA_ARGS__)
#define INDIRECT_CALL_2(f, f2, f1, ...) f(__VA_ARGS__)
#define INDIRECT_CALL_3(f, f3, f2, f1, ...) f(__VA_ARGS__)
#define INDIRECT_CALL_4(f, f4, f3, f2, f1, ...) f(__VA_ARGS__)
#define INDIRECT_CALLABLE_DECLARE(f)

/* sk_buff_head defines it inside itself, from where in C its name is seen everywhere. */
struct sk_buff_list {
	struct sk_buff *next;
	struct sk_buff *prev;
};

#undef container_of
#define container_of(pointer, type, member) \
	((type *)((unsigned long)(pointer) - (unsigned long)&((type *)0)->member))
#include <linux/rbtree_latch.h>
#undef container_of
#define container_of(pointer, type, member) kapi_container_of(pointer, type, member)

/* page-flags.h pastes "private" into the names of functions. */
#include <linux/mm_types.h>
#undef private
#include <linux/page-flags.h>
#define private private_
