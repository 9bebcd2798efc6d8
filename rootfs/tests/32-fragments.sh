# SPDX-License-Identifier: GPL-2.0
# Datagrams in pieces: cut on the way, cut by ourselves where the MTU is small, and too many of them.
# timeout: 480
source /tests/lib.sh

much=$((4 << 20)) little=$((64 << 10))
[ "$slowness" = 1 ] || { much=$((256 << 10)) little=$((16 << 10)); }

# moved NAMESPACE NAME COMMAND...: by how much a counter moves while the command runs
moved() {
	local before
	before=$(counter "$1" "$2")
	"${@:3}" >&2
	echo $(($(counter "$1" "$2") - before))
}

# at_least WHAT LEAST FOUND
at_least() {
	(($3 >= $2)) || fail "$1 is $3 instead of at least $2"
}

# --- every datagram is cut on the way ---------------------------------------------------------------

topology routed
segs=$(inkernel_segs h1 h2)
start_router cut 512
transfer() { exchange_bytes tcpxx h2 tcpxx h1 10.0.2.1 "$1" 0; }
at_least "datagrams put together" $((much / 1448)) "$(moved h2 ReasmOKs transfer "$much")"
expect_equal "ReasmFails" 0 "$(counter h2 ReasmFails)"

# The smallest pieces, in the wrong order, and some of them twice.
order shuffle 8
at_least "datagrams put together" $((little / 1448)) "$(moved h2 ReasmOKs transfer "$little")"
order shuffle 512
# Of those that have two only, the duplicate comes when the whole has gone.
at_least "duplicates" $((much / 1448 * 9 / 10)) "$(moved h2 DropFragmentDuplicate transfer "$much")"
expect_equal "ReasmFails" 0 "$(counter h2 ReasmFails)"

# --- a flood of datagrams that never become whole ----------------------------------------------------

unreclaimable() { awk '/^SUnreclaim:/ { print $2 }' /proc/meminfo; } # KB

in_ns h2 sysctl -q net.ipv4.ipfrag_low_thresh=$((1 << 20)) net.ipv4.ipfrag_high_thresh=$((1 << 20)) \
	net.ipv4.ipfrag_time=1 || fail "no settings of reassembly"
order flood 100
memory=$(unreclaimable)
floods=$(moved h2 DropFragmentLimit transfer $((much / 8)))
# Of 3 KB each these would take 100 MB (12 MB where everything is slow).
at_least "datagrams that were given up for others" $((much / 8 / 2048 * 100)) "$floods"
at_least "KB to the limit" 0 $((memory + (16 << 10) - $(unreclaimable)))
# What is left of them goes when its time is over.
timed_out() { (($(counter h2 ReasmTimeout) > 100)); }
wait_until 5 "time-outs" timed_out
expect_counted h2 OutTimeExcds
expect_inkernel_segs "$segs" h1 h2

# --- small MTUs --------------------------------------------------------------------------------------

# both_mtu BYTES: of h1 and h2
both_mtu() {
	ip -n h1 link set eth0 mtu "$1"
	ip -n h2 link set eth0 mtu "$1"
}

converse() {
	expect_equal "what the server says at MTU $mtu" "Received message: Hello from client" \
		"$(exchange_message tcpxx h2 h1 10.0.0.2)"
	exchange_bytes tcpxx h2 tcpxx h1 10.0.0.2 "$little" "$little"
}

topology pair
segs=$(inkernel_segs h1 h2)
for mtu in 68 100 127 128 256; do
	both_mtu "$mtu"
	cut=$(moved h1 FragOKs converse)
	# Only at 68 the shortest segments are too long for the link.
	case $mtu in
	68) at_least "datagrams cut at MTU 68" $((little / 48)) "$cut" ;;
	*) expect_equal "datagrams cut at MTU $mtu" 0 "$cut" ;;
	esac
done
at_least "datagrams put together" $((little / 48)) "$(counter h2 ReasmOKs)"
expect_equal "ReasmFails" 0 "$(counter h2 ReasmFails)"

# A link that takes no more while its receiver is behind: of some packets a part of the segments gets through. A slow
# kernel is seldom behind itself.
backlog=$(sysctl -n net.core.netdev_max_backlog)
both_mtu 68
sysctl -q net.core.netdev_max_backlog=40
tries=10 refused=0
[ "$slowness" = 1 ] || tries=1
while ((refused == 0 && tries-- > 0)); do
	refused=$(moved h1 FragFails exchange_bytes tcpxx h2 tcpxx h1 10.0.0.2 $((256 << 10)) 0)
done
[ "$slowness" != 1 ] || at_least "datagrams refused" 1 "$refused"
sysctl -q net.core.netdev_max_backlog="$backlog"
expect_inkernel_segs "$segs" h1 h2

# --- the in-kernel stack cuts for us, and puts together what we have cut ------------------------------

topology translated
segs=$(inkernel_segs h1)
inkernel_counter() {
	in_ns h2 awk -v wanted="$1" '
		/^Ip:/ && !n { n = split($0, name); next }
		/^Ip:/ { for (i = 2; i <= n; i++) if (name[i] == wanted) print $i }
	' /proc/net/snmp
}
ping() { in_ns h2 "$(type -P ping)" -S 1000000 -W 5 "$@" 10.0.0.1 > ping.log || { cat ping.log; fail "no answer to ping"; }; }
for mtu in 100 68; do
	both_mtu "$mtu"
	exchange_bytes tcpxx h1 inkernel h2 10.0.0.1 "$little" "$little"
	exchange_bytes inkernel h2 tcpxx h1 10.0.0.2 "$little" "$little"
	# An echo has no segments: it is cut at any MTU.
	ping -c 3 -i 0.2 -s 1000
	at_least "datagrams cut at MTU $mtu" 3 "$(counter h1 FragOKs)"
	at_least "datagrams put together at MTU $mtu" 3 "$(counter h1 ReasmOKs)"
	at_least "datagrams that the in-kernel stack put together" 3 "$(inkernel_counter ReasmOKs)"
done
expect_equal "ReasmFails" 0 "$(counter h1 ReasmFails)"
expect_inkernel_segs "$segs" h1
# The longest datagram there is.
topology translated
ping -c 1 -s 65507
expect_equal "datagrams put together of the longest ping" 1 "$(counter h1 ReasmOKs)"
# Nothing of it outlives its namespace: the runner unloads the module, and kmemleak looks.
