# SPDX-License-Identifier: GPL-2.0
# The module loads and unloads again and again, and leaves nothing behind.
source /tests/lib.sh

handlers() { grep -E '^88b[56] ' /proc/net/ptype; }	# of packets
caches() { grep -i tcpxx /proc/slabinfo; }

gone() {
	local left=(/proc/net/tcpxx* /sys/module/tcpx[x])	# a pattern: nothing if it is not there
	[ ${#left[@]} = 0 ] || fail "round $1: left behind: ${left[*]}"
	! grep -q '^tcpxx ' /proc/modules || fail "round $1: still in /proc/modules"
	expect_equal "round $1: packet handlers without the module" "" "$(handlers)"
	expect_equal "round $1: slab caches without the module" "" "$(caches)"
}

present() {
	grep -q '^tcpxx ' /proc/modules || fail "round $1: not in /proc/modules"
	[ -e /proc/net/tcpxx ] || fail "round $1: no /proc/net/tcpxx"
	expect_equal "round $1: the number of packet handlers" 2 "$(handlers | wc -l)"
	caches > /dev/null || fail "round $1: no slab cache"
}

for round in {1..20}; do
	expect_status 0 rmmod tcpxx
	gone "$round"
	expect_status 0 insmod /lib/tcpxx.ko
	present "$round"
done
