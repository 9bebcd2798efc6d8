# SPDX-License-Identifier: GPL-2.0
# Peers that do not answer, are not there, or are killed.
# timeout: 120
source /tests/lib.sh

# both ERROR ADDRESS: connecting fails with it, on both stacks.
both() {
	local wanted=$1 address=$2
	expect_message "$wanted" in_ns h1 client "$address"
	expect_message "$wanted" in_ns h1 client -4 "$address"
}

topology pair
both "Connection refused" 10.0.0.2
both "Network is unreachable" 192.0.2.1
ip -n h1 route add unreachable 198.51.100.0/24
both "No route to host" 198.51.100.1

before=$(inkernel_segs h1 h2)
# Nobody there: three requests, a second apart.
start=$SECONDS
expect_message "No route to host" in_ns h1 client 10.0.0.9
((SECONDS - start >= 2)) || fail "EHOSTUNREACH after $((SECONDS - start)) s, too early"
expect_counted h1 DropNeighbourFailed

# A peer that is killed: its kernel says so, with a FIN or, if there was text for it, a RST.
hold_port h2 10.0.0.2
start_in h1 peer connect 10.0.0.2 8083 exchange 3000000 0
client=$started
wait_until 5 "a connection" sockets h2 tcpxx 8083 01 > /dev/null
{ kill -9 "$holder"; wait "$holder"; } 2> /dev/null
status=0
wait "$client" || status=$?
((status == 1 || status == 141)) || fail "the client of a killed server gives status $status"

# A silent peer, when the address is known already.
echo 1 | in_ns h1 tee /proc/sys/net/ipv4/tcp_syn_retries > /dev/null
tc -n h2 qdisc add dev eth0 root netem loss 100%
start=$SECONDS
expect_message "Connection timed out" in_ns h1 client 10.0.0.2
((SECONDS - start >= 2)) || fail "ETIMEDOUT after $((SECONDS - start)) s, too early"
expect_counted h1 TCPSynRetrans

# The device goes, and comes back: an open connection survives.
tc -n h2 qdisc del dev eth0 root
start_in h2 peer listen 10.0.0.2 8084 exchange 0 3000000
server=$started
wait_listening "$server" h2 tcpxx 8084
tc -n h1 qdisc add dev eth0 root netem delay 20ms
start_in h1 peer connect 10.0.0.2 8084 exchange 3000000 0
client=$started
wait_until 5 "a connection" sockets h2 tcpxx 8084 0[1-9] > /dev/null
ip -n h2 link set eth0 down
ip -n h2 link set eth0 up
ip -n h1 link set eth0 mtu 576
expect_status 0 wait "$client"
expect_status 0 wait "$server"
expect_inkernel_segs "$before" h1 h2
