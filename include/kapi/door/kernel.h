/* SPDX-License-Identifier: GPL-2.0 */
/* The door itself: everything read from here on counts as a system header and gives no warnings. */
#pragma once
#pragma GCC system_header

#include "kapi/door/traits.h"
#include "kapi/door/open.h"
#include "kapi/door/foundation.h"
#include "kapi/door/headers.h"
#include "kapi/door/close.h"
#include "kapi/door/repair.h"
