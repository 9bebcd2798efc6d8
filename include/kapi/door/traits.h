/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the replaced macros of foundation.h need to know about types. C asks such questions with
 * _Generic and __builtin_types_compatible_p.
 *
 * The macros apply these helpers to expressions, never as Template<typeof(x)>: x may hold a
 * statement expression, which is not allowed in a template argument.
 */
#pragma once

namespace kapi::door {

/* decltype(value_of(x)) is the type of x as a value: no const, no volatile, arrays are pointers. */
template <class T> T value_of(T);

/* Declared for arrays only. */
template <class T, unsigned long N> char array_only(const volatile T (&)[N]);
template <class T> char array_only(const volatile T (&)[]);

/* clang-format off */
template <unsigned long Size> struct Word;
template <> struct Word<1> { using Type = unsigned char; };
template <> struct Word<2> { using Type = unsigned short; };
template <> struct Word<4> { using Type = unsigned int; };
template <> struct Word<8> { using Type = unsigned long; };
/* clang-format on */

/*
 * READ_ONCE() and WRITE_ONCE() of a struct of a word's size (pte_t, qspinlock). A class cannot be
 * copied through volatile in C++, a word can.
 */
template <class T> struct VolatileWord {
	using Bits = typename Word<sizeof(T)>::Type;
	Bits bits;

	[[gnu::always_inline]] VolatileWord(const volatile VolatileWord &other) : bits(other.bits)
	{
	}
	[[gnu::always_inline]] operator T() const volatile { return __builtin_bit_cast(T, bits); }
	[[gnu::always_inline]] void operator=(T value) volatile
	{
		bits = __builtin_bit_cast(Bits, value);
	}
};

template <class T, bool = __is_class(T) || __is_union(T)> struct Once {
	using Type = T;
};
template <class T> struct Once<T, true> {
	using Type = VolatileWord<T>;
};
template <class T> typename Once<T>::Type once(T);

/* clang-format off */
template <class T> struct Unsigned { using Type = T; };
template <> struct Unsigned<char> { using Type = unsigned char; };
template <> struct Unsigned<signed char> { using Type = unsigned char; };
template <> struct Unsigned<short> { using Type = unsigned short; };
template <> struct Unsigned<int> { using Type = unsigned int; };
template <> struct Unsigned<long> { using Type = unsigned long; };
template <> struct Unsigned<long long> { using Type = unsigned long long; };
/* clang-format on */
template <class T> typename Unsigned<T>::Type unsigned_of(T);

/* clang-format off */
template <class T> struct Signed { using Type = T; };
template <> struct Signed<unsigned char> { using Type = signed char; };
template <> struct Signed<unsigned short> { using Type = short; };
template <> struct Signed<unsigned int> { using Type = int; };
template <> struct Signed<unsigned long> { using Type = long; };
template <> struct Signed<unsigned long long> { using Type = long long; };
/* clang-format on */

template <class T> [[gnu::always_inline]] constexpr auto absolute(T value)
{
	typename Signed<T>::Type number = value;
	return number < 0 ? -number : number;
}

} // namespace kapi::door

#define kapi_value_t(x) decltype(::kapi::door::value_of(x))
#define kapi_once_t(x) decltype(::kapi::door::once(x))
#define kapi_unsigned_t(x) decltype(::kapi::door::unsigned_of(x))
#define kapi_same_type(a, b) __is_same(const volatile __typeof__(a), const volatile __typeof__(b))
