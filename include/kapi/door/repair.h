/* SPDX-License-Identifier: GPL-2.0 */
/* Macros of the headers behind the door whose expansion in C++ code would not compile. */
#pragma once

/* x86's, in the place of ordinary names. */
#undef nop

/* These name a field that is a keyword. */
#undef DEFINE_WAIT_FUNC
#define DEFINE_WAIT_FUNC(name, function)               \
	struct wait_queue_entry name = {               \
		.private_ = current,                   \
		.func = function,                      \
		.entry = LIST_HEAD_INIT((name).entry), \
	}
#undef __WAITQUEUE_INITIALIZER
#define __WAITQUEUE_INITIALIZER(name, task)                                                   \
	{                                                                                     \
		.private_ = task, .func = default_wake_function, .entry = {nullptr, nullptr}, \
	}

/* From 6.12 on a macro chooses by _Generic between two kinds of third argument. */
#ifdef kmem_cache_create
#undef kmem_cache_create
#define kmem_cache_create(name, size, align, flags, ctor) \
	__kmem_cache_create(name, size, align, flags, ctor)
#endif
