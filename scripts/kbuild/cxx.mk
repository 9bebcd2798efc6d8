# SPDX-License-Identifier: GPL-2.0
#
# C++ for Kbuild: how an object of this checkout is made, with the kernel's own flags, dependency
# tracking (fixdep), objtool and function tracing.

tcpxx-objects := $(sort $(tcpxx-y) $(tcpxx_test-y) $(tcpxx_cost-y))
tcpxx-c-objects := $(filter $(patsubst $(tcpxx-root)/%.c,%.o, \
	$(wildcard $(tcpxx-objects:%.o=$(tcpxx-root)/%.c))),$(tcpxx-objects))
tcpxx-cxx-objects := $(filter-out $(tcpxx-c-objects),$(tcpxx-objects))

# C and C++ alike: own headers, and __FILE__ relative to the checkout. The rooms of module/ include
# each other's as "net/ip.h"; -iquote, because <net/ip.h> is the kernel's. -g also on a kernel
# without debug information, because the layout guard reads it.
ccflags-y := -I$(tcpxx-root)/include -iquote $(tcpxx-root)/module -fmacro-prefix-map=$(tcpxx-root)/= -g

# --- flags -------------------------------------------------------------------
# c_flags is what the kernel compiles C with. Taken out: what only C has, what the door includes by
# itself, and all warnings, which are ours to choose.
CXX := $(patsubst %gcc,%g++,$(patsubst gcc-%,g++-%,$(firstword $(CC))))
cxx-not-ours := -std=% -Wp$(comma)-MMD% -W% -fno-builtin-wcslen \
	-include %/compiler-version.h %/kconfig.h %/compiler_types.h \
	-DKBUILD_% -D__KBUILD_%

# No exceptions, no run-time types, no run-time initialisation of any kind.
cxx-language := -std=gnu++20 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit
# "and", "or", "not" are names of functions in the kernel's headers.
cxx-language += -fno-operator-names
# Without weak symbols inline functions are local, not COMDAT groups, whose __mcount_loc sections
# "ld -r" would not know how to merge.
cxx-language += -fno-weak
# The kernel's inlines convert void * and int to what C lets them. In our own code the same is a
# warning, hence an error.
cxx-language += -fpermissive
# A table of operations names those that there are, and a function in it has the parameters that the kernel
# gives it: what is left out, or not needed, says nothing there.
cxx-warnings := -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers
# The kernel's opinion is taken on warnings that depend on what the optimiser happened to inline.
cxx-warnings += $(filter -Wframe-larger-than=% -Wno-maybe-uninitialized -Wno-array-bounds \
	-Wno-stringop-% -Wstringop-overflow=% -Wformat-overflow=% -Wformat-truncation=%,$(KBUILD_CFLAGS))

# For a debugger (scripts/module --og): locals that can be read, steps in the order of the source.
ifdef TCPXX_OG
cxx-not-ours += -O2 -Os
cxx-language += -Og
endif

# An object may be part of both modules; one name for all keeps the precompiled door valid for all.
cxx-names := -DKBUILD_MODNAME='"tcpxx"' -D__KBUILD_MODNAME=kmod_tcpxx

# -MD, not the kernel's -MMD: the door is a system header, which -MMD would leave out.
cxx_flags = -Wp,-MD,$(depfile) -I$(obj)/overlay $(filter-out $(cxx-not-ours),$(c_flags)) \
	$(cxx-language) $(cxx-warnings) $(cxx-names)

# --- the door, precompiled ---------------------------------------------------
# Reading the kernel's headers takes g++ 1.5 s, loading what it made of them 0.1 s. Every object but
# those of the pure layers, which must not see the kernel, begins with include/kapi/linux.h. g++
# checks that flags and macros are the same; if they were not, -Winvalid-pch would be an error.
cxx-door = $(if $(filter module/core/%,$(target-stem)),,-include $(obj)/door.h -Winvalid-pch)

$(obj)/door.h: FORCE
	$(call filechk,door)
filechk_door = echo '\#include "kapi/linux.h"'

quiet_cmd_door = CXX [M] include/kapi/linux.h
      cmd_door = $(CXX) $(cxx_flags) -x c++-header -c -o $@ $<
$(obj)/door.h.gch: private part-of-module := y
$(obj)/door.h.gch: $(obj)/door.h $(obj)/overlay.stamp FORCE
	$(call if_changed_dep,door)
targets += door.h door.h.gch

# --- the few C files -----------------------------------------------------------
# As strict, but for what the kernel's headers themselves, which C has no door for, do everywhere.
c-warnings := -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers \
	-Wno-sign-compare -Wno-type-limits
$(addprefix $(obj)/,$(tcpxx-c-objects)): private ccflags-y += $(c-warnings)

# --- rules -------------------------------------------------------------------
quiet_cmd_cxx_o_cc = CXX $(quiet_modtag) $@
      cmd_cxx_o_cc = $(CXX) $(cxx_flags) $(cxx-door) -c -o $@ $< $(cmd_objtool)

quiet_cmd_check_constructors =
      cmd_check_constructors = $(tcpxx-root)/scripts/checks/constructors $@ || { rm -f $@; false; }

define rule_cxx_o_cc
	$(call cmd_and_fixdep,cxx_o_cc)
	$(call cmd,gen_objtooldep)
	$(call cmd,record_mcount)
	$(call cmd,check_constructors)
endef

$(addprefix $(obj)/,$(tcpxx-cxx-objects)): $(obj)/%.o: $(tcpxx-root)/%.cc $(obj)/door.h.gch FORCE
	$(call if_changed_rule,cxx_o_cc)

$(addprefix $(obj)/,$(tcpxx-c-objects)): $(obj)/%.o: $(tcpxx-root)/%.c FORCE
	$(call if_changed_rule,cc_o_c)

# --- overlay: the kernel headers that g++ cannot read as they are -------------
quiet_cmd_overlay = OVERLAY $(obj)/overlay
      cmd_overlay = $(tcpxx-root)/scripts/overlay/generate $(abspath $(srctree)) $(obj)/overlay; \
	touch $@

$(obj)/overlay.stamp: $(tcpxx-root)/scripts/overlay/generate $(tcpxx-root)/scripts/overlay/patches.py \
		include/generated/utsrelease.h FORCE
	$(call if_changed,overlay)
targets += overlay.stamp
clean-files += overlay overlay.stamp

# --- layout guard: C and C++ must see the same structs --------------------------
# What each C++ object uses is read from its debug information and compared with the C half.
tcpxx-layouts := $(tcpxx-cxx-objects:.o=.layout)
layout-guard := $(tcpxx-root)/scripts/layout-guard

$(obj)/module/layout_guard.o: private part-of-module := y
$(obj)/module/layout_guard.o: private ccflags-y += -fno-eliminate-unused-debug-types
$(obj)/module/layout_guard.o: $(tcpxx-root)/module/layout_guard.c FORCE
	$(call if_changed_rule,cc_o_c)

quiet_cmd_layout =
      cmd_layout = $(layout-guard) read $< $@
$(addprefix $(obj)/,module/layout_guard.layout $(tcpxx-layouts)): $(obj)/%.layout: $(obj)/%.o \
		$(layout-guard) FORCE
	$(call if_changed,layout)

quiet_cmd_layout_guard = LAYOUT  $@
      cmd_layout_guard = $(layout-guard) compare $(filter %.layout,$^) > $@
$(obj)/layout-guard.stamp: $(addprefix $(obj)/,module/layout_guard.layout $(tcpxx-layouts)) FORCE
	$(call if_changed,layout_guard)

targets += module/layout_guard.o module/layout_guard.layout $(tcpxx-layouts)
always-y += layout-guard.stamp
