# SPDX-License-Identifier: GPL-2.0
# Every target is a script of the same name in scripts/, which takes --help.

KERNEL ?= 6.12
FLAVOUR ?=
TEST ?=
KDIR ?=

guest := --kernel $(KERNEL) $(if $(FLAVOUR),--flavour $(FLAVOUR))

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup run test module kunit host-test guest-test packet-test compare pair-test run-test shell gdb gdb-test bench \
	route-cost port-cost syn-flood mutants soak check clean

help: ## this list
	@echo "make TARGET [KERNEL=6.12|6.1] [FLAVOUR=release|debug]"
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1	\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## install the Debian packages that are missing (every target does)
	@scripts/setup

run: setup ## build, boot a guest, and watch a client and a server exchange a message
	@scripts/run $(guest)

test: setup ## every test, on the release and the debug flavour; ends with the total
	@scripts/test $(guest)

module: setup ## the module; KDIR=/lib/modules/VERSION/build for another kernel
	@scripts/module $(if $(KDIR),--kdir $(KDIR),$(guest))

kunit: setup ## the KUnit suites, in the guest
	@scripts/kunit $(guest)

host-test: setup ## the pure layers on the host, under sanitizers and a fuzzer
	@scripts/host-test

guest-test: setup ## the tests of rootfs/tests; TEST="01 message" for some of them
	@scripts/guest-test $(guest) $(TEST)

packet-test: setup ## the packet scripts, on both stacks; TEST="passive-open paws" for some of them
	@scripts/packet-test $(guest) $(TEST)

compare: setup ## every packet and call of opening and closing, beside the in-kernel TCP; TEST="syn-lost"
	@scripts/compare --kernel $(KERNEL) $(TEST)

pair-test: setup ## a server in one guest, a client in another, joined by a network
	@scripts/pair-test $(guest)

run-test: setup ## what make run shows, asserted
	@scripts/run-test $(guest)

shell: setup ## a shell in a guest with the module loaded
	@scripts/module $(guest) >/dev/null
	@scripts/guest $(guest)

gdb: setup ## gdb on a guest, stopping in both stacks
	@scripts/gdb-run $(guest)

gdb-test: setup ## the same without a person: the backtraces of both stacks
	@scripts/gdb-test $(guest)

bench: setup ## instructions per operation, tcpxx beside the in-kernel TCP
	@scripts/bench --kernel $(KERNEL)

route-cost: setup ## instructions per route, the own table beside the kernel's
	@scripts/route-cost --kernel $(KERNEL)

port-cost: setup ## instructions of connect(), with few and with 28,000 connections to one peer
	@scripts/port-cost --kernel $(KERNEL)

syn-flood: setup ## a listener under 10,000 spoofed SYNs a second, with SYN cookies and without
	@scripts/syn-flood --kernel $(KERNEL)

mutants: setup ## one-line bugs, planted one at a time: does the test that is named for each catch it?
	@scripts/mutants

soak: setup ## what takes too long for make test
	@scripts/soak --kernel $(KERNEL)

check: setup ## what can be said of the source and the objects without running them
	@scripts/check $(guest)

clean: ## remove build/ and cached kernels that are out of date
	@scripts/clean
