/* SPDX-License-Identifier: GPL-2.0 */
/* Placement new, the one form of new there is: memory comes from the kernel's allocators. */
#pragma once

inline void *operator new(__SIZE_TYPE__, void *place) noexcept { return place; }
