# SPDX-License-Identifier: GPL-2.0
# A network namespace that is deleted: a user's socket and an orphan that still closes hold it, half-open requests and
# TIME-WAIT do not.
# timeout: 120
source /tests/lib.sh

# With a namespace goes its end of a link, and with that the other end, in the one that is left.
left=h2
linked() { ip -n $left link show "$1" > /dev/null 2>&1; }
gone() { ! linked "$1"; }

# Whatever was deleted before, and is not held, is gone after this: the kernel keeps the order.
let_go() {
	ip netns add last
	ip -n $left link add last type veth peer name last netns last
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

# A connection of a process that is elsewhere itself: only its socket is in there.
topology pair
before=$(inkernel_segs h2)
hold_port h2 10.0.0.2
start_in h1 peer connect 10.0.0.2 8083 leave
client=$started
has_left() { [ "$(readlink "/proc/$client/ns/net")" = "$(readlink /proc/1/ns/net)" ]; }
wait_until 5 "the client to leave" has_left
ip netns delete h1
let_go
linked eth0 || fail "a user's socket does not hold its namespace"
sockets h2 tcpxx 8083 01 > /dev/null || fail "the connection has ended"
{ kill -9 "$client" "$holder"; wait "$client" "$holder"; } 2> /dev/null
wait_until 20 "the namespace to go with its last socket" gone eth0
expect_inkernel_segs "$before" h2

# half_open: h2 has a listener with a half-open request, whose SYN-ACKs are lost.
half_open() {
	topology pair
	exchange_message tcpxx h2 h1 10.0.0.2 > /dev/null # they are neighbours
	hold_port h2 10.0.0.2
	tc -n h2 qdisc add dev eth0 root netem loss 100%
	start_in h1 peer connect 10.0.0.2 8083 hold
	client=$started
	wait_until 5 "a half-open request" sockets h2 tcpxx 8083 03 > /dev/null
}

# Its listener's end is its own.
half_open
{ kill -9 "$client" "$holder"; wait "$client" "$holder"; } 2> /dev/null
no_sockets h2 tcpxx 8083 || fail "a half-open request outlives its listener: $(sockets h2 tcpxx 8083)"
ip netns delete h1
let_go
linked eth0 && fail "something of a client in SYN-SENT holds its namespace"

# It holds nothing: with the listener goes the namespace, deleted before.
half_open
left=h1
before=$(inkernel_segs h1)
ip netns delete h2
let_go
linked eth0 || fail "a listener does not hold its namespace"
{ kill -9 "$holder"; wait "$holder"; } 2> /dev/null
wait_until 10 "the namespace to go, half-open requests or not" gone eth0
{ kill -9 "$client"; wait "$client"; } 2> /dev/null
expect_inkernel_segs "$before" h1
