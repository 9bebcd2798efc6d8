# SPDX-License-Identifier: GPL-2.0
# tcpxx's own table of routes follows the kernel's, whatever happens to that.
# timeout: 120
source /tests/lib.sh

# differences: of the two files. Of several routes to one prefix the first is the one that is known.
differences() {
	awk '
		FILENAME ~ /tcpxx/ { if ($0 in kernel) delete kernel[$0]; else print "+ " $0; next }
		!seen[$2, $8]++ { kernel[$0] = 1 }
		END { for (route in kernel) print "- " route }
	' "$h1/route" "$h1/tcpxx_route"
}

# same WHEN: both say the same, to the byte.
same() {
	expect_equal "after '$*', the difference of /proc/net/tcpxx_route" "" "$(differences)"
}

# after ARGUMENT...: of ip, in h1
after() {
	ip -n h1 "$@" || fail "ip $* fails"
	same "$@"
}

# has PATTERN, has_not PATTERN: so that the comparison is not one of nothing with nothing
has() { grep -qE "$1" "$h1/tcpxx_route" || fail "no route like '$1'"; }
has_not() { expect_equal "the number of routes like '$1'" 0 "$(grep -cE "$1" "$h1/tcpxx_route")"; }

# A kernel that checks itself takes ten times as long for each process, route and namespace.
many=256 reloads=3 namespaces=8
[ "$slowness" = 1 ] || { many=64 reloads=1 namespaces=2; }

topology pair
# Looked at often: by a process that is there, instead of one that enters each time.
start_in h1 sleep infinity
is_inside() { [ "/proc/$started/ns/net" -ef /run/netns/h1 ]; }
wait_until 5 "a process in h1" is_inside
h1=/proc/$started/net
same "topology pair"
has '^eth0.0000000A.00000000.0001.*.00FFFFFF'

linkdown() { ip -n h1 route | grep linkdown > /dev/null; }
no_linkdown() { ! linkdown; }

# --- ip route add, replace, del -----------------------------------------------------------------

after route add 10.1.0.0/16 via 10.0.0.2
has '^eth0.0000010A.0200000A.0003'
after route replace 10.1.0.0/16 via 10.0.0.3
has '^eth0.0000010A.0300000A.0003'
after route replace 10.1.0.0/16 dev eth0 mtu 1400 advmss 1200 window 5000 rtt 80ms
has '1240.5000'
after route add default via 10.0.0.2
after route add 10.1.2.3 dev eth0 metric 7
has '^eth0.0302010A.00000000.0005.0.0.7.FFFFFFFF'
for type in blackhole unreachable prohibit throw; do
	after route replace "$type" 10.2.0.0/16
	has '^\*.0000020A'
done
after route del 10.2.0.0/16
has_not '0000020A'
after route del 10.1.0.0/16
after route add 10.1.0.0/16 nexthop via 10.0.0.2 weight 3 nexthop via 10.0.0.3
after route del default
after route add 10.3.0.0/16 dev eth0 table 100
has_not '0000030A'
# A table under the same number of bits, and the whole space cut into small pieces.
for i in {0..63}; do echo "route add 11.$i.0.0/16 via 10.0.0.2"; done | ip -n h1 -batch -
same "64 routes"
after route flush root 11.0.0.0/8
has_not '0B.0200000A'

# --- what the kernel does not announce -----------------------------------------------------------

after route add 10.4.0.0/16 via 10.0.0.2 metric 10
after route add 10.4.0.0/16 via 10.0.0.3 metric 20
has '0000040A.0200000A.0003.0.0.10'
after route add 10.4.0.0/16 via 10.0.0.4 metric 5
has '0000040A.0400000A.0003.0.0.5'
after route add 10.4.0.0/16 via 10.0.0.5 tos 0x10
has '0000040A.0500000A'
after route add 10.4.0.0/16 via 10.0.0.6 tos 0x8
after route del 10.4.0.0/16 via 10.0.0.3 metric 20
after route del 10.4.0.0/16 tos 0x10
has '0000040A.0600000A'
after route del 10.4.0.0/16 tos 0x8
has '0000040A.0400000A'
after route del 10.4.0.0/16 metric 5
after route del 10.4.0.0/16 metric 10
has_not '0000040A'

# --- addresses and links ---------------------------------------------------------------------------

after addr add 10.5.0.1/24 dev eth0
has '^eth0.0000050A'
after addr add 10.5.0.2/24 dev eth0
after route add 10.6.0.0/16 via 10.0.0.2 src 10.5.0.2
after addr del 10.5.0.2/24 dev eth0
has_not '0000060A'
after addr del 10.5.0.1/24 dev eth0
has_not '0000050A'
after route add default via 10.0.0.2
after link set eth0 down
has_not 'eth0'
after link set eth0 up
has '^eth0.0000000A'
after link set lo down
after link set lo up

ip -n h1 link add extra type dummy
after addr add 10.7.0.1/24 dev extra
after link set extra up
after route add 10.8.0.0/16 dev extra
after route add 10.9.0.0/16 nexthop dev extra nexthop via 10.0.0.2
# With its routes, where the kernel can: Linux 6.1 renames only a device that is down.
if ! ip -n h1 link set extra name other 2> /dev/null; then
	after link set extra down
	after link set extra name other
	after link set other up
	after route add 10.8.0.0/16 dev other
fi
same "link set extra name other"
has '^other.0000080A'
after link del other
has_not 'other'

# --- nexthop objects ---------------------------------------------------------------------------------

after nexthop add id 1 via 10.0.0.2 dev eth0
after nexthop add id 2 via 10.0.0.3 dev eth0
after nexthop add id 3 group 1/2
after nexthop add id 4 blackhole
after route add 10.10.0.0/16 nhid 1
has '00000A0A.0200000A'
# The route stays as it is, and leads elsewhere.
after nexthop replace id 1 via 10.0.0.4 dev eth0
has '00000A0A.0400000A'
after route add 10.11.0.0/16 nhid 3
after route add 10.12.0.0/16 nhid 4
after nexthop del id 2
after nexthop del id 1
has_not '0000(0A|0B)0A'
after nexthop flush
has_not '00000C0A'

# --- the namespace, the module -----------------------------------------------------------------------

# What is there already is told when the module comes.
for ((i = 0; i < many; i++)); do echo "route add 12.0.$i.0/24 via 10.0.0.2"; done | ip -n h1 -batch -
ip -n h1 route add 12.0.0.0/24 via 10.0.0.2 tos 0x10
expect_status 0 rmmod tcpxx
expect_status 0 insmod /lib/tcpxx.ko
same "insmod"
has '000000C.*' && expect_equal "the number of routes" "$many" "$(grep -c 0200000A "$h1/tcpxx_route")"
# A position in the file, somewhere in the middle.
expect_equal "the end of the file" "$(tail -n 3 < <(cat "$h1/tcpxx_route"))" \
	"$(dd if="$h1/tcpxx_route" bs=128 skip=$(($(wc -l < "$h1/tcpxx_route") - 3)) 2> /dev/null)"

# Changes on all sides while the module reads.
for ((i = 0; i < many; i++)); do echo "route replace 12.0.$i.0/24 via 10.0.0.3"; done > changes
ip -n h1 -batch changes &
changing=$!
for ((i = 0; i < reloads; i++)); do
	rmmod tcpxx
	insmod /lib/tcpxx.ko
done
expect_status 0 wait "$changing"
same "changes during insmod"

# --- what packets find in it -------------------------------------------------------------------------

# asks WHETHER COMMAND...: with status 0 the kernel is asked for a route during the command.
asks() {
	local wanted=$1 before after status=0
	before=$(counter h1 FibAsked)
	"${@:2}" || fail "'${*:2}' fails"
	after=$(counter h1 FibAsked)
	((after > before)) || status=1
	expect_equal "'${*:2}' asked the kernel" "$wanted" "$status"
}

segs=$(inkernel_segs h1 h2)
asks 1 exchange_message tcpxx h2 h1 10.0.0.2
ip -n h2 addr add 10.77.0.1/32 dev lo
after nexthop add id 11 via 10.0.0.2 dev eth0
after route add 10.77.0.1 nhid 11
asks 1 exchange_message tcpxx h2 h1 10.77.0.1
after nexthop add id 12 group 11
after route replace 10.77.0.1 nhid 12
asks 1 exchange_message tcpxx h2 h1 10.77.0.1
after route replace 10.77.0.1 nexthop via 10.0.0.2 nexthop via 10.0.0.2 weight 9
asks 1 exchange_message tcpxx h2 h1 10.77.0.1
in_ns h1 sysctl -qw net.ipv4.fib_multipath_use_neigh=1
asks 0 exchange_message tcpxx h2 h1 10.77.0.1
in_ns h1 sysctl -qw net.ipv4.fib_multipath_use_neigh=0
# Another TOS hides the route, from the table but not from the kernel.
after route add unreachable 10.77.0.1 tos 0x10
asks 0 exchange_message tcpxx h2 h1 10.77.0.1
after route del unreachable 10.77.0.1 tos 0x10
asks 1 exchange_message tcpxx h2 h1 10.77.0.1
# The way of a TOS is for those who set it, on both sides of the table's knowledge: the announced route
# is that of the TOS, and the other one is behind it.
after route add prohibit 10.77.0.1 tos 0x10
TOS=0x10 expect_message "Permission denied" in_ns h1 client 10.77.0.1
TOS=0x8 exchange_message tcpxx h2 h1 10.77.0.1
exchange_message tcpxx h2 h1 10.77.0.1
after route del prohibit 10.77.0.1 tos 0x10
TOS=0x10 exchange_message tcpxx h2 h1 10.77.0.1
# The same the other way round: only who has the TOS gets there.
after route del 10.77.0.1
after route add 10.77.0.1 via 10.0.0.2 tos 0x10
after route add prohibit 10.77.0.1
TOS=0x10 exchange_message tcpxx h2 h1 10.77.0.1
expect_message "Permission denied" in_ns h1 client 10.77.0.1
after route del 10.77.0.1 tos 0x10
after route replace blackhole 10.77.0.1
asks 1 expect_message "Invalid argument" in_ns h1 client 10.77.0.1
# A link without carrier, of which the routes remain, and are not to be used.
in_ns h1 sysctl -q net.ipv4.conf.eth0.ignore_routes_with_linkdown=1
ip -n h2 link set eth0 down
wait_until 10 "the link to be down" linkdown
same "link down"
asks 0 expect_message "Network is unreachable" in_ns h1 client 10.0.0.2
ip -n h2 link set eth0 up
wait_until 10 "the link to be up" no_linkdown
asks 1 exchange_message tcpxx h2 h1 10.0.0.2
# A rule: from now on the kernel answers, and what it says holds.
after rule add to 10.0.0.2 table 200
after route add unreachable 10.0.0.2 table 200
asks 0 expect_message "No route to host" in_ns h1 client 10.0.0.2
dmesg | grep "tcpxx: network namespace .* own routing rules" > /dev/null || fail "no word about the rule"
after rule del to 10.0.0.2 table 200
asks 0 exchange_message tcpxx h2 h1 10.0.0.2
# A rule for a mark: who has it finds no way, on either side. In front of main there is nothing for the others.
for host in h1 h2; do
	ip -n $host rule add fwmark 7 table 201
	ip -n $host route add unreachable default table 201
done
exchange_message tcpxx h2 h1 10.0.0.2
MARK=7 expect_message "No route to host" in_ns h1 client 10.0.0.2
MARK=7 start_in h2 server 10.0.0.2
wait_listening "$started" h2 tcpxx
dropped=$(counter h2 DropNoRoute)
start_in h1 client 10.0.0.2
client=$started
refuses_syn() { (($(counter h2 DropNoRoute) > dropped)); }
wait_until 10 "the marked listener to find no way back" refuses_syn
# ... and now one that is there for it alone: the SYN-ACK, the child and what that sends take it.
ip -n h2 route replace default via 10.0.0.1 table 201
ip -n h2 route replace unreachable 10.0.0.1
expect_status 0 wait "$client"
expect_status 0 wait "$started"
ip -n h2 route del unreachable 10.0.0.1
for host in h1 h2; do ip -n $host rule del fwmark 7 table 201; done

# --- sources that cannot be behind the device ---------------------------------------------------------

# filtered STACK: how many datagrams h1 has refused because of rp_filter.
filtered() {
	case $1 in
	tcpxx) counter h1 DropReversePath ;;
	inkernel) in_ns h1 awk '/^TcpExt/ && !n { n = split($0, name); next }
		/^TcpExt/ { for (i = 2; i <= n; i++) if (name[i] == "IPReversePathFilter") print $i }' /proc/net/netstat ;;
	esac
}

more_filtered() { (($(filtered "$1") > $2)); }

# expect_filtered STACK: a SYN from 10.99.0.1 is refused.
expect_filtered() {
	local before
	before=$(filtered "$1")
	# shellcheck disable=SC2046 # no option is no argument
	start_in h2 client $(option_of "$1") 10.0.0.1
	wait_until 5 "$1 to refuse the source" more_filtered "$1" "$before"
	kill "$started"
	wait "$started"
}

ip -n h2 addr add 10.99.0.1/32 dev lo
ip -n h2 route add 10.0.0.1 dev eth0 src 10.99.0.1
# ARP from such a source is not answered either.
ip -n h2 neigh replace 10.0.0.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent
ip -n h1 link add extra type dummy
ip -n h1 link set extra up
for stack in tcpxx inkernel; do
	# No way back at all, one by another device, and the right one.
	for mode in 1 2; do
		in_ns h1 sysctl -q net.ipv4.conf.eth0.rp_filter=$mode
		ip -n h1 route del default 2> /dev/null
		expect_filtered $stack
	done
	in_ns h1 sysctl -q net.ipv4.conf.eth0.rp_filter=1
	ip -n h1 route replace 10.99.0.1 dev extra
	expect_filtered $stack
	ip -n h1 route replace 10.99.0.1 via 10.0.0.2
	before=$(filtered $stack)
	exchange_message $stack h1 h2 10.0.0.1
	expect_equal "datagrams that $stack refused" "$before" "$(filtered $stack)"
	ip -n h1 route del 10.99.0.1
	# Nothing so far was for the in-kernel TCP.
	[ $stack = inkernel ] || expect_inkernel_segs "$segs" h1 h2
done
in_ns h1 sysctl -q net.ipv4.conf.eth0.rp_filter=0

for ((i = 0; i < namespaces; i++)); do
	ip netns add "n$i"
	ip -n "n$i" link set lo up
	ip -n "n$i" route add 10.0.0.0/8 dev lo
done
for ((i = 0; i < namespaces; i++)); do ip netns del "n$i"; done
same "namespaces that went"
