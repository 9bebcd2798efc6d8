# SPDX-License-Identifier: GPL-2.0
# A network namespace that is deleted: an orphan that still closes holds it, TIME-WAIT does not.
# timeout: 120
source /tests/lib.sh

# With a namespace goes its end of a link, and with that the other end, in h2.
linked() { ip -n h2 link show "$1" > /dev/null 2>&1; }
gone() { ! linked "$1"; }

# Whatever was deleted before, and is not held, is gone after this: the kernel keeps the order.
let_go() {
	ip netns add last
	ip -n h2 link add last type veth peer name last netns last
	ip netns delete last
	wait_until 10 "a namespace to go" gone last
}

# TIME-WAIT lasts a minute.
topology pair
before=$(inkernel_segs h2)
exchange_message tcpxx h2 h1 10.0.0.2 > /dev/null
wait_until 5 "TIME-WAIT" sockets h1 tcpxx "" 06 > /dev/null
ip netns delete h1
let_go
linked eth0 && fail "TIME-WAIT holds its namespace"
expect_inkernel_segs "$before" h2

# A FIN that nobody acknowledges, and nobody has its socket any more.
topology pair
before=$(inkernel_segs h2)
in_ns h1 sysctl -q net.ipv4.tcp_orphan_retries=5
in_ns h2 sysctl -q net.ipv4.tcp_orphan_retries=1
hold_connection
tc -n h2 qdisc add dev eth0 root netem loss 100%
{ kill -9 "$client"; wait "$client"; } 2> /dev/null
sockets h1 tcpxx "" 04 > /dev/null || fail "there is no orphan in FIN-WAIT-1"
ip netns delete h1
let_go
linked eth0 || fail "the orphan does not hold its namespace"
wait_until 60 "the orphan to give up, and its namespace to go" gone eth0
expect_inkernel_segs "$before" h2
