# SPDX-License-Identifier: GPL-2.0
# Builds the pure layers, their suites and the fuzz targets for the host, for scripts/host-test.

out ?= build/host
CXX := clang++
sanitize := address,undefined
flags := -std=c++20 -g -O1 -fno-omit-frame-pointer -Wall -Wextra -Werror -Iinclude -Ikunit \
	-fno-sanitize-recover=all -MMD -MP

# Not every suite is pure: the source or header that it is named after decides. Of two with the
# same name (wire/arp.h and net/arp.cc) it is the one that needs the kernel.
pure = $(if $(wildcard $(addsuffix /$1.cc,module/net module/tcp module/sock)),,$(wildcard \
	module/core/$1.cc include/base/$1.h include/wire/$1.h include/core/$1.h))
all-suites := $(patsubst kunit/%_test.cc,%,$(wildcard kunit/*_test.cc))
suites := $(foreach s,$(all-suites),$(if $(call pure,$s),$s))
core := $(wildcard module/core/*.cc)
targets := $(patsubst fuzz/%.cc,%,$(wildcard fuzz/*.cc))

suite-sources := $(core) kunit/host.cc $(suites:%=kunit/%_test.cc)
suite-objects := $(suite-sources:%.cc=$(out)/suites/%.o)
fuzz-core := $(patsubst %.cc,$(out)/fuzz/%.o,$(core))

all: $(out)/host-suites
fuzz: $(targets:%=$(out)/fuzz-%)
list-suites: ; @printf '%s\n' $(suites)
list-targets: ; @printf '%s\n' $(targets)
.PHONY: all fuzz list-suites list-targets lpm-cost
.SECONDARY:

# What a route lookup costs, in instructions: not a test, and nobody's prerequisite. Compiled as the
# kernel is, without sanitizers. KIND PREFIXES, see kunit/lpm_cost.cc.
lpm-cost: $(out)/lpm-cost
	@for row in 'sparse 1' 'sparse 10' 'sparse 1000' 'sparse 100000' 'dense 100000' 'hosts 100000'; do \
		printf '%-14s ' "$$row"; \
		valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=answer \
			$< $$row 10000 2>&1 | awk '/lookups/ { memory = $$0 } /Collected/ \
			{ printf "%.1f instructions for each of %s\n", $$NF / 10000, memory }'; \
	done

$(out)/lpm-cost: kunit/lpm_cost.cc kunit/host.mk
	@mkdir -p $(@D); echo "  CXX     $@"
	@g++ -std=c++20 -O2 -Wall -Wextra -Werror -Iinclude -Ikunit -MMD -MP $< -o $@

# A suite that is gone must not be linked, so the list is a prerequisite, too.
$(out)/suites.list: FORCE
	@mkdir -p $(@D); echo '$(suite-objects)' | cmp -s - $@ || echo '$(suite-objects)' >$@
FORCE:

$(out)/host-suites: $(suite-objects) $(out)/suites.list
	@echo "  LINK    $@"
	@$(CXX) -fsanitize=$(sanitize) $(suite-objects) -o $@

$(out)/fuzz-%: $(out)/fuzz/fuzz/%.o $(fuzz-core)
	@echo "  LINK    $@"
	@$(CXX) -fsanitize=fuzzer,$(sanitize) $^ -o $@

$(out)/suites/%.o: %.cc kunit/host.mk
	@mkdir -p $(@D); echo "  CXX     $@"
	@$(CXX) $(flags) -fsanitize=$(sanitize) -c $< -o $@

$(out)/fuzz/%.o: %.cc kunit/host.mk
	@mkdir -p $(@D); echo "  CXX     $@"
	@$(CXX) $(flags) -fsanitize=fuzzer-no-link,$(sanitize) -c $< -o $@

-include $(shell find $(out) -name '*.d' 2>/dev/null)
