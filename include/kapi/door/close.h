/* SPDX-License-Identifier: GPL-2.0 */
/* Closes the door that open.h opened: the keywords are C++'s again. */
#undef catch
#undef class
#undef delete
#undef explicit
#undef export
#undef friend
#undef mutable
#undef namespace
#undef new
#undef operator
#undef private
#undef protected
#undef public
#undef template
#undef this
#undef try
#undef typename
#undef using
#undef virtual

/* An ordinary name in C++ code, whose guards are classes (kapi/guards.h). 6.1 has no such macro. */
#pragma push_macro("guard")
#undef guard

/* The kernel's "inline" carries gnu_inline, which in C++ means that no code is ever emitted. */
#pragma push_macro("inline")
#undef inline

#pragma GCC diagnostic pop
}
