# SPDX-License-Identifier: GPL-2.0
# Neighbours that go, come back as another, lie, or are said to be permanent.
# timeout: 200
source /tests/lib.sh

mb=$((1 << 20))
amount=$((12 * mb))
time_to_disturb=5 # seconds
[ "$slowness" = 1 ] || { amount=$((3 * mb)) time_to_disturb=20; }

# neighbour ADDRESS: flags and link-layer address that h1 has of it.
neighbour() { in_ns h1 awk -v ip="$1" '$1 == ip { print $3, $4 }' /proc/net/tcpxx_arp; }
neighbours() { in_ns "$1" tail -n +2 /proc/net/tcpxx_arp | wc -l; }
knows() { [ "$(neighbour "$1")" = "$2" ]; }
more() { (($(counter "$1" "$2") > $3)); }

begin() { begin_transfer "$amount" "${1-$time_to_disturb}" 10.0.0.2 eth0; }

topology pair
segs=$(inkernel_segs h1 h2)
set_times() {
	in_ns h1 sysctl -q net.ipv4.neigh.eth0.base_reachable_time_ms="$1" \
		net.ipv4.neigh.eth0.delay_first_probe_time="$2" net.ipv4.neigh.eth0.retrans_time_ms="$3"
}

# --- a busy connection is its own proof ---------------------------------------------------------------

set_times 300 1 100
begin $((time_to_disturb + 2))
requests=$(counter h1 ArpRequestsSent)
segments=$(counter h1 OutSegs)
sleep 2
still_runs "reachable_time was"
(($(counter h1 OutSegs) > segments)) || fail "nothing was sent meanwhile"
expect_equal "requests of a busy connection" "$requests" "$(counter h1 ArpRequestsSent)"
end_transfer
# An idle one is none: when it is used again, the neighbour is asked.
requests=$(counter h1 ArpRequestsSent)
sleep 1
exchange_message tcpxx h2 h1 10.0.0.2
wait_until 5 "the neighbour to be asked" more h1 ArpRequestsSent "$requests"

# --- it goes, and comes back on another address -----------------------------------------------------------

new_mac=02:00:00:00:00:77
begin
ip -n h2 link set eth0 address $new_mac
still_runs "the neighbour moved"
end_transfer
knows 10.0.0.2 "0x2 $new_mac" || fail "10.0.0.2 is '$(neighbour 10.0.0.2)'"

# One that is not in doubt, and announces where it is now, needs not be asked.
set_times 60000 1 100
exchange_message tcpxx h2 h1 10.0.0.2
in_ns h2 sysctl -q net.ipv4.conf.eth0.arp_notify=1
requests=$(counter h1 ArpRequestsSent)
new_mac=02:00:00:00:00:78
ip -n h2 link set eth0 address $new_mac
learnt() { [[ $(neighbour 10.0.0.2) == "0x2 $new_mac" ]]; }
wait_until 5 "the announcement" learnt
expect_equal "requests for a neighbour that has announced itself" "$requests" "$(counter h1 ArpRequestsSent)"
in_ns h2 sysctl -q net.ipv4.conf.eth0.arp_notify=0
set_times 300 1 100

# --- the link goes down and up ---------------------------------------------------------------------------

# What is sent again asks anew, so there may be an entry; but what was known is not.
forgotten() { [[ $(neighbour 10.0.0.2) != 0x2* ]]; }
begin
ip -n h2 link set eth0 down
wait_until 5 "the address to be forgotten with the carrier" forgotten
still_runs "the link went"
ip -n h2 link set eth0 up
end_transfer
begin
ip -n h1 link set eth0 down
expect_equal "neighbours behind a device that is down" 0 "$(neighbours h1)"
still_runs "the device went"
ip -n h1 link set eth0 up
end_transfer

# It goes away altogether, and comes back as another.
begin
ip -n h2 link set eth0 down
wait_until 5 "the address to be forgotten with the carrier" forgotten
new_mac=02:00:00:00:00:79
ip -n h2 link set eth0 address $new_mac
still_runs "the neighbour went"
ip -n h2 link set eth0 up
end_transfer
knows 10.0.0.2 "0x2 $new_mac" || fail "10.0.0.2 is '$(neighbour 10.0.0.2)'"

# --- a storm, and lies --------------------------------------------------------------------------------------

count=20000
[ "$slowness" = 1 ] || count=3000
# ARP packets that h1 has dropped, for whatever cause; in one go, for the storm leaves little time.
arp_drops() {
	in_ns h1 awk '
		!($1 in names) { names[$1] = $0; next }
		{
			n = split(names[$1], name)
			for (i = 2; i <= n; i++) if (name[i] ~ /^DropArp/) sum += $i
		}
		END { print sum + 0 }
	' /proc/net/tcpxx_netstat
}
more_arp_drops() { (($(arp_drops) > $1)); }
refused=$(arp_drops)
limit=$(in_ns init sysctl -n net.ipv4.neigh.default.gc_thresh3)
begin
for kind in noise malformed requests replies claims; do
	start_in h2 arpstorm eth0 $count $kind
	storms+=("$started")
done
wait_until 10 "the storm" more_arp_drops $((refused + 500))
still_runs "the storm came"
end_transfer
for storm in "${storms[@]}"; do expect_status 0 wait "$storm"; done
(($(neighbours h1) <= limit + 1)) || fail "$(neighbours h1) neighbours"
(($(arp_drops) > count)) || fail "of twice $count malformed packets $(arp_drops) were refused"
for cause in Truncated Format Operation; do expect_counted h1 DropArp$cause; done
(($(counter h1 ArpDuplicates) > 0)) || fail "nobody noticed the claims"
# An idle entry may have made room; nobody but 10.0.0.2 itself may have taken its place.
exchange_message tcpxx h2 h1 10.0.0.2
knows 10.0.0.2 "0x2 $new_mac" || fail "after the storm 10.0.0.2 is '$(neighbour 10.0.0.2)'"

# --- permanent entries ---------------------------------------------------------------------------------------

ip -n h1 neigh replace 10.0.0.2 lladdr $new_mac dev eth0 nud permanent
knows 10.0.0.2 "0x6 $new_mac" || fail "10.0.0.2 is '$(neighbour 10.0.0.2)'"
requests=$(counter h1 ArpRequestsSent)
begin
wrong=02:00:00:00:00:99
ip -n h1 neigh replace 10.0.0.2 lladdr $wrong dev eth0 nud permanent
knows 10.0.0.2 "0x6 $wrong" || fail "10.0.0.2 is '$(neighbour 10.0.0.2)'"
still_runs "the permanent entry changed"
# Nobody hears it now, until the entry is right again, or there is none.
lost=$(counter h1 TCPTimeouts)
wait_until 10 "a time-out" more h1 TCPTimeouts "$lost"
expect_equal "requests for a permanent neighbour" "$requests" "$(counter h1 ArpRequestsSent)"
# One that is there before anything is sent; as long as the other is permanent nobody else is asked.
ip -n h1 neigh replace 10.0.0.7 lladdr $new_mac dev eth0 nud permanent
ip -n h2 addr add 10.0.0.7/24 dev eth0
exchange_message tcpxx h2 h1 10.0.0.7
expect_equal "requests for permanent neighbours" "$requests" "$(counter h1 ArpRequestsSent)"
ip -n h1 neigh del 10.0.0.2 dev eth0
end_transfer
knows 10.0.0.2 "0x2 $new_mac" || fail "10.0.0.2 is '$(neighbour 10.0.0.2)'"

# --- nobody there ---------------------------------------------------------------------------------------------

milliseconds() {
	local uptime
	read -r uptime _ < /proc/uptime
	echo "$((10#${uptime/./} * 10))"
}

# Three requests, 1 s apart as it is by default, and 100 ms apart.
for retrans in 1000 100; do
	set_times 300 1 $retrans
	requests=$(counter h1 ArpRequestsSent)
	start=$(milliseconds)
	expect_message "No route to host" in_ns h1 client 10.0.0.9
	took=$(($(milliseconds) - start))
	((took >= 3 * retrans - 50 && took < (3 * retrans + 1500) * slowness)) ||
		fail "EHOSTUNREACH after $took ms with a retrans_time of $retrans ms"
	# Another neighbour may have been asked once meanwhile.
	requests=$(($(counter h1 ArpRequestsSent) - requests))
	((requests >= 3 && requests <= 4)) || fail "$requests requests instead of 3"
done
expect_counted h1 NeighResFailed

# As often as it is set, and no more: 0x0a000009 is 10.0.0.9, behind 14 bytes of Ethernet and 24 of ARP.
for times in 5 1; do
	in_ns h1 sysctl -q net.ipv4.neigh.eth0.mcast_solicit=$times
	capture requests.pcap h2 eth0 'ether proto 0x88b6 and ether[38:4] = 0x0a000009'
	expect_message "No route to host" in_ns h1 client 10.0.0.9
	end_capture
	expect_equal "requests with a mcast_solicit of $times" "$times" "$(captured requests.pcap | grep -c ', length ')"
done
expect_inkernel_segs "$segs" h1 h2
