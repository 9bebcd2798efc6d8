# SPDX-License-Identifier: GPL-2.0
# What a connection makes of changes under way: other routes, none, an address that goes and comes back.
# timeout: 120
source /tests/lib.sh

amount=$((8 << 20)) seconds=6
[ "$slowness" = 1 ] || { amount=$((2 << 20)) seconds=30; }

begin() { begin_transfer "$amount" "$seconds" 10.77.0.1 eth0 eth1; }
packets() { in_ns h1 awk -v device="$1:" '$1 == device { print $11 }' /proc/net/dev; }
sent_by() { (($(packets "$1") > $2)); }
# stalls: nothing has left for a while, but what is sent again.
stalls() {
	local before
	before=$(counter h1 OutSegs)
	sleep 0.5
	(($(counter h1 OutSegs) <= before + 2))
}

# Two ways from h1 to an address of h2 that is on neither.
topology pair
ip -n h1 link add eth1 type veth peer name eth1 netns h2
for host in 1 2; do
	ip -n h$host addr add 10.1.0.$host/24 dev eth1
	ip -n h$host link set eth1 up
done
ip -n h2 addr add 10.77.0.1/32 dev lo
ip -n h1 route add 10.77.0.1 via 10.0.0.2
before=$(inkernel_segs h1 h2)

# --- another way -------------------------------------------------------------------------------------

other=$(packets eth1)
begin
ip -n h1 route replace 10.77.0.1 via 10.1.0.2
wait_until 5 "segments on the other way" sent_by eth1 $((other + 20))
still_runs "the route changed"
# ... which goes away, and with it the route: the first one is left.
ip -n h1 route add 10.77.0.1 via 10.0.0.2 metric 100
first=$(packets eth0)
ip -n h1 link set eth1 down
wait_until 10 "segments on the first way again" sent_by eth0 $((first + 20))
still_runs "the link went"
end_transfer
ip -n h1 link set eth1 up

# --- the same route, whose nexthop object comes to mean another way ------------------------------------

ip -n h1 nexthop add id 1 via 10.0.0.2 dev eth0
ip -n h1 route replace 10.77.0.1 nhid 1 metric 100
other=$(packets eth1)
begin
ip -n h1 nexthop replace id 1 via 10.1.0.2 dev eth1
wait_until 5 "segments by the other nexthop" sent_by eth1 $((other + 20))
still_runs "the nexthop changed"
end_transfer

# --- several next hops --------------------------------------------------------------------------------

# Both ends are on lo, so that they stay what they are when a link goes.
ip -n h1 addr add 10.78.0.1/32 dev lo
for ((i = 2; i < 34; i++)); do echo "addr add 10.77.0.$i/32 dev lo"; done | ip -n h2 -batch -
ip -n h1 route del 10.77.0.1
# towards DEVICE: h2 answers by this one.
towards() { ip -n h2 route replace 10.78.0.1 via "${1/eth/10.}.0.1" dev "$1"; }
towards eth0

tc -n h1 qdisc del dev eth0 root
tc -n h1 qdisc del dev eth1 root
ip -n h1 route add 10.77.0.0/24 src 10.78.0.1 nexthop via 10.0.0.2 nexthop via 10.1.0.2
first=$(packets eth0) other=$(packets eth1)
start_in h2 peer listen 0.0.0.0 8082 echo 32
server=$started
wait_listening "$server" h2 tcpxx 8082
expect_status 0 in_ns h1 bash -c 'for i in {2..33}; do peer connect "10.77.0.$i" 8082 calls 1 1 || exit; done'
expect_status 0 wait "$server"
sent_by eth0 $((first + 8)) || fail "32 destinations and nothing by the first next hop"
sent_by eth1 $((other + 8)) || fail "32 destinations and nothing by the second next hop"

# find_used: $used is the device that the transfer takes, $spare the other one.
moves() { sent_by eth0 $((first + 12)) || sent_by eth1 $((other + 12)); }
find_used() {
	first=$(packets eth0) other=$(packets eth1)
	wait_until 5 "segments" moves
	used=eth0 spare=eth1 idle=$other
	sent_by eth0 $((first + 12)) || used=eth1 spare=eth0 idle=$first
	! sent_by $spare $((idle + 8)) || fail "one connection uses both next hops"
}
has_carrier() { [[ $(ip -n h1 -br link show "$1") == *" UP "* ]]; }

begin
find_used
towards $spare
before_down=$(packets $spare)
ip -n h1 link set $used down
wait_until 10 "segments by the next hop that is left" sent_by $spare $((before_down + 20))
still_runs "a next hop went down"
end_transfer
ip -n h1 link set $used up
wait_until 10 "the link" has_carrier $used
ip -n h1 route del 10.77.0.0/24

# The same with a group of nexthop objects, of which other members are made, and then other weights.
ip -n h1 nexthop add id 2 via 10.0.0.2 dev eth0
ip -n h1 nexthop add id 3 via 10.1.0.2 dev eth1
ip -n h1 nexthop add id 10 group 2
ip -n h1 route add 10.77.0.0/24 nhid 10 src 10.78.0.1
towards eth0
begin
other=$(packets eth1)
ip -n h1 nexthop replace id 10 group 3
wait_until 5 "segments by the other member" sent_by eth1 $((other + 20))
first=$(packets eth0)
ip -n h1 nexthop replace id 10 group 2/3,3
wait_until 5 "segments by either member" has_sent h1 $(($(counter h1 OutSegs) + 50))
first=$(packets eth0)
ip -n h1 nexthop replace id 10 group 2
wait_until 5 "segments by the first member" sent_by eth0 $((first + 20))
still_runs "the group changed"
end_transfer
ip -n h1 route del 10.77.0.0/24
ip -n h1 route add 10.77.0.1 via 10.0.0.2 metric 100

# --- no way, for a while -------------------------------------------------------------------------------

begin
ip -n h1 route replace blackhole 10.77.0.1 metric 100
wait_until 5 "the transfer to stop" stalls
still_runs "the route was gone"
ip -n h1 route replace 10.77.0.1 via 10.0.0.2 metric 100
end_transfer

# --- without its own address ---------------------------------------------------------------------------

begin
ip -n h1 addr del 10.0.0.1/24 dev eth0
wait_until 5 "the transfer to stop" stalls
still_runs "the address was gone"
ip -n h1 addr add 10.0.0.1/24 dev eth0
ip -n h1 route replace 10.77.0.1 via 10.0.0.2 metric 100
end_transfer

expect_inkernel_segs "$before" h1 h2
