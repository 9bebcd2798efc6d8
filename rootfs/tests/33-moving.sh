# SPDX-License-Identifier: GPL-2.0
# What a connection makes of changes under way: other routes, none, an address that goes and comes back.
# timeout: 120
source /tests/lib.sh

amount=$((8 << 20)) seconds=3
[ "$slowness" = 1 ] || { amount=$((2 << 20)) seconds=8; }

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
