# SPDX-License-Identifier: GPL-2.0
# The local ports of connect(): all of the range for one peer and again for another, and then no more.
# timeout: 90
source /tests/lib.sh

ports=200
many=4000
[ "$slowness" = 1 ] || many=1000

topology pair
segs=$(inkernel_segs h1)
in_ns h1 bash -c "echo 40000 $((40000 + ports - 1)) > /proc/sys/net/ipv4/ip_local_port_range" || fail "the range"
in_ns h1 portfill exhaust "$ports" || fail "tcpxx"
expect_inkernel_segs "$segs" h1
in_ns h1 portfill -4 exhaust "$ports" || fail "in-kernel"

# What is reserved is nobody's: the range seems to be smaller.
in_ns h1 bash -c "echo 40000-40049,40100 > /proc/sys/net/ipv4/ip_local_reserved_ports" || fail "the reserved ports"
in_ns h1 portfill exhaust $((ports - 51)) || fail "tcpxx, with reserved ports"
in_ns h1 portfill -4 exhaust $((ports - 51)) || fail "in-kernel, with reserved ports"

# The tables grow under it. What it costs, scripts/port-cost knows.
in_ns h2 portfill fill "$many" > /dev/null || fail "$many connections"
