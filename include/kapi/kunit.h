/* SPDX-License-Identifier: GPL-2.0 */
/* KUnit for suites in C++; read instead of kapi/linux.h, only by what tcpxx_test.ko is made of. */
#pragma once
#pragma GCC system_header

#include "kapi/linux.h"
#include "kapi/door/open.h"
#include <kunit/test.h>
#include "kapi/door/close.h"

/* Designators in the order of declaration. */
#undef KUNIT_CURRENT_LOC
#define KUNIT_CURRENT_LOC                          \
	{                                          \
		.line = __LINE__, .file = __FILE__ \
	}

/* The kernel's casts a string literal to char * silently, and uses designators in its own order. */
#undef KUNIT_CASE
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define KUNIT_CASE(function)                                                                    \
	{                                                                                       \
		.run_case = function, .name = #function, .module_name = (char *)KBUILD_MODNAME, \
	}
#else
#define KUNIT_CASE(function)                             \
	{                                                \
		.run_case = function, .name = #function, \
	}
#endif
