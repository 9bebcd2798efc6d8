/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one door to the kernel's headers: C++ code includes this file and never <linux/...> or
 * <net/...> itself.
 *
 * The real headers are read, not copies of their declarations, so inlines, macros and layouts are
 * the kernel's own. Three things make that possible:
 *
 *   kapi/door/     opens extern "C", renames what is a keyword in C++ and replaces the macros that
 *                  use C-only features; closes the door again behind the last header
 *   scripts/overlay/   patched copies of the few headers that no macro can repair
 *   scripts/layout-guard   compares, on every build, the layouts that C and C++ make of them
 *
 * For the code behind the door: a field named like a keyword has an underscore at its end
 * (m->private_), designators come in the order of declaration, and min, max, swap, current,
 * noinline and fallthrough are the kernel's macros.
 *
 * <net/tcp.h> is left out on purpose: its functions have the names of ours.
 */
#pragma once

#include "kapi/door/kernel.h"
#include "kapi/print.h"
#include "kapi/new.h"
