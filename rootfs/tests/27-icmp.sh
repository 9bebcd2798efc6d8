# SPDX-License-Identifier: GPL-2.0
# ICMP inside tcpxx's ethertype: echoes, errors told to others, errors from a router on the way.
# timeout: 120
source /tests/lib.sh

# errno_of COMMAND...: what it says of its failure, behind the last colon
errno_of() {
	local output
	! output=$("$@" 2>&1) || fail "'$*' does not fail"
	echo "${output##*: }"
}

# --- an in-kernel host that pings, and that speaks a protocol that tcpxx does not -------------------

topology translated
segs=$(inkernel_segs h1)
in_kernel_messages() { in_ns h1 awk '/^Icmp:/ { print $2 }' /proc/net/snmp | tail -n 1; }
messages=$(in_kernel_messages)

# not busybox's own, which nsenter of busybox would take
ping=$(type -P ping)
in_ns h2 "$ping" -c 3 -i 0.2 -W 5 10.0.0.1 > ping || { cat ping; fail "no answer to ping"; }
in_ns h2 "$ping" -c 1 -s 1472 -M do -W 5 10.0.0.1 > ping || { cat ping; fail "no answer to a large ping"; }
expect_equal "OutEchoReps" 4 "$(counter h1 OutEchoReps)"
in_ns h1 sysctl -q net.ipv4.icmp_echo_ignore_all=1
expect_status 1 in_ns h2 "$ping" -c 1 -W 1 10.0.0.1 > ping
in_ns h1 sysctl -q net.ipv4.icmp_echo_ignore_all=0
expect_status 1 in_ns h2 "$ping" -b -c 1 -W 1 10.0.0.255 > ping 2>&1
grep -q "1 packets transmitted" ping || fail "no ping to everybody"
expect_equal "OutEchoReps after pings that are not to be answered" 4 "$(counter h1 OutEchoReps)"

# UDP is none of tcpxx's protocols, so the error is that for protocols, and hard.
expect_equal "what a datagram of UDP ends with" "Protocol not available" \
	"$(errno_of in_ns h2 bash -c 'exec 5<> /dev/udp/10.0.0.1/9; echo >&5; read -rt 10 -u 5')"
expect_counted h1 OutDestUnreachs
expect_counted h1 DropIpProtocol
# All this went past the in-kernel stack of h1.
expect_equal "the in-kernel ICMP's message count" "$messages" "$(in_kernel_messages)"
expect_inkernel_segs "$segs" h1

# --- a router that refuses ------------------------------------------------------------------------

topology routed
segs=$(inkernel_segs h1 h2)
start_router mtu 1500
expect_equal "what the server says" "Received message: Hello from client" \
	"$(exchange_message tcpxx h2 h1 10.0.2.1)"

# An opening ends at once, with the error that Linux has for it.
for row in "0 Network is unreachable" "1 No route to host" "2 Protocol not available" \
	"3 Connection refused" "13 No route to host"; do
	order refuse "${row%% *}"
	SECONDS=0
	expect_equal "connect() with code ${row%% *}" "${row#* }" "$(errno_of in_ns h1 client 10.0.2.1)"
	((SECONDS < 1 + slowness)) || fail "connect() took $SECONDS s"
done

# An open connection goes on, whatever the error. The server does not read yet, so there is time for one.
order mtu 1500
start_in h2 peer listen 10.0.2.1 8081 exchange 0 $((2 << 20)) 1000
server=$started
wait_listening "$server" h2 tcpxx 8081
start_in h1 peer connect 10.0.2.1 8081 exchange $((2 << 20)) 0
client=$started
wait_until 5 "the connection" sockets h2 tcpxx 8081 "0[1-9]" > /dev/null
seen=$(counter h1 InDestUnreachs)
another_error() { (($(counter h1 InDestUnreachs) > seen)); }
order refuse 3
wait_until 10 "an error" another_error
order mtu 1500
expect_status 0 wait "$client"
expect_status 0 wait "$server"
expect_inkernel_segs "$segs" h1 h2
