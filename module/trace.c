// SPDX-License-Identifier: GPL-2.0
/* Defines the tracepoints that include/kapi/trace_events.h declares; the macros for it are C only. */
#define CREATE_TRACE_POINTS
#include "kapi/trace_events.h"
