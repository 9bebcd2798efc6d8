/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Opens the door: what follows is read as C, in which C++'s keywords are ordinary names. A name that
 * is a keyword gets an underscore at its end; scripts/layout-guard knows the same list.
 *
 * No include guard: close.h follows each time, and a later header (kapi/kunit.h) opens again.
 */
extern "C" {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnarrowing"

#define catch catch_
#define class class_
#define delete delete_
#define explicit explicit_
#define export export_
#define friend friend_
#define mutable mutable_
#define namespace namespace_
#define new new_
#define operator operator_
#define private private_
#define protected protected_
#define public public_
#define template template_
#define this this_
#define try try_
#define typename typename_
#define using using_
#define virtual virtual_

/* What close.h has put aside. The first time there is nothing. */
#pragma pop_macro("guard")
#pragma pop_macro("inline")
