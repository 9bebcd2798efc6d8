# SPDX-License-Identifier: GPL-2.0
# Fast Open between tcpxx and tcpxx, and with the in-kernel TCP in both roles: the first connection brings the cookie, and
# every other has its text in the SYN. A cookie outlives the server that gave it, and a key of either stack is the other's.
# timeout: 240
source /tests/lib.sh

calls=20
! reduced || calls=8

# inkernel_counter NAMESPACE NAME
inkernel_counter() {
	in_ns "$1" awk -v wanted="$2" '
		/^TcpExt:/ && !names { n = split($0, name); names = 1; next }
		/^TcpExt:/ { for (i = 2; i <= n; i++) if (name[i] == wanted) print $i }
	' /proc/net/netstat
}

# count_of STACK NAMESPACE NAME
count_of() { case $1 in tcpxx) counter "$2" "$3" ;; inkernel) inkernel_counter "$2" "$3" ;; esac; }

# set_all SETTING...: in both hosts.
set_all() { for host in h1 h2; do in_ns $host sysctl -qw "$@"; done; }

# expect_moved STACK NAMESPACE NAME BEFORE BY
expect_moved() { expect_equal "$3 of $1 in $2" "$5" $(($(count_of "$1" "$2" "$3") - $4)); }

# exchange HOW SERVER_STACK SERVER_HOST ADDRESS CLIENT_STACK CLIENT_HOST SIZE CALLS IN_SYN: so many SYNs bring text that is taken.
exchange() {
	local server passive active
	passive=$(count_of "$2" "$3" TCPFastOpenPassive)
	active=$(count_of "$5" "$6" TCPFastOpenActive)
	# shellcheck disable=SC2046
	start_in "$3" peer $(option_of "$2") listen 0.0.0.0 8080 echo "$8"
	server=$started
	wait_listening "$server" "$3" "$2"
	# shellcheck disable=SC2046
	expect_status 0 in_ns "$6" fastopen $(option_of "$5") "$1" "$4" 8080 "$8" "$7"
	expect_status 0 wait "$server"
	expect_moved "$2" "$3" TCPFastOpenPassive "$passive" "$9"
	expect_moved "$5" "$6" TCPFastOpenActive "$active" "$9"
}

topology pair
set_all net.ipv4.tcp_fastopen=1027
segs=$(inkernel_segs h1 h2)
exchange send tcpxx h2 10.0.0.2 tcpxx h1 100 "$calls" $((calls - 1))
exchange connect tcpxx h2 10.0.0.2 tcpxx h1 100 "$calls" "$calls"
# More than a SYN takes.
exchange send tcpxx h2 10.0.0.2 tcpxx h1 20000 "$calls" "$calls"
expect_equal "cookies that were asked for" 1 "$(counter h2 TCPFastOpenCookieReqd)"
expect_equal "cookies that were wrong" 0 "$(counter h2 TCPFastOpenPassiveFail)"

# Another key: one cookie is wrong, and a new one comes with the SYN-ACK. The old one as a backup: none is.
in_ns h2 sysctl -qw net.ipv4.tcp_fastopen_key=00000001-00000002-00000003-00000004
exchange send tcpxx h2 10.0.0.2 tcpxx h1 100 "$calls" $((calls - 1))
expect_equal "cookies that were wrong" 1 "$(counter h2 TCPFastOpenPassiveFail)"
in_ns h2 sysctl -qw net.ipv4.tcp_fastopen_key=0000000a-0000000b-0000000c-0000000d,00000001-00000002-00000003-00000004
exchange send tcpxx h2 10.0.0.2 tcpxx h1 100 "$calls" "$calls"
expect_equal "cookies that were wrong" 1 "$(counter h2 TCPFastOpenPassiveFail)"
expect_equal "cookies of the older key" 1 "$(counter h2 TCPFastOpenPassiveAltKey)"

# A listener that accepts nothing has more than it can hold, and ends with all of it.
start_in h2 peer listen 0.0.0.0 8081 hold
holder=$started
wait_listening "$holder" h2 tcpxx 8081
kill -STOP "$holder"
tc -n h2 qdisc add dev eth0 root netem loss 100% # their third ACKs never come: they do not hear of the SYN-ACK
for ((i = 0; i < 4; i++)); do start_in h1 fastopen send 10.0.0.2 8081 1 100; done
waiting() { [ "$(in_ns h2 awk '/^listener/ { here = /:8081$/ } here && $1 == "fastopen_queue" { print $2 }' /proc/net/tcpxx_listen)" = 4 ]; }
wait_until 10 "four children" waiting
sockets h2 tcpxx 8081 03 > children
expect_equal "sockets in SYN_RECV" 4 "$(wc -l < children)"
kill -KILL "$holder"
wait_until 10 "the end of the children" no_sockets h2 tcpxx 8081
tc -n h2 qdisc del dev eth0 root
expect_inkernel_segs "$segs" h1 h2

# Children that end with a RST, accepted or not.
start_in h2 peer listen 0.0.0.0 8082 hold
holder=$started
wait_listening "$holder" h2 tcpxx 8082
expect_status 0 in_ns h1 fastopen leave 10.0.0.2 8082 "$calls" 100
kill -KILL "$holder"

topology translated
set_all net.ipv4.tcp_fastopen=1027
exchange send inkernel h2 10.0.0.2 tcpxx h1 100 "$calls" $((calls - 1))
exchange connect inkernel h2 10.0.0.2 tcpxx h1 2000 "$calls" "$calls"
exchange send tcpxx h1 10.0.0.1 inkernel h2 100 "$calls" $((calls - 1))
exchange connect tcpxx h1 10.0.0.1 inkernel h2 2000 "$calls" "$calls"
# Without the option from either side.
set_all net.ipv4.tcp_fastopen=1543
for host in h1 h2; do in_ns $host ip tcp_metrics flush all > /dev/null 2>&1 || true; done
exchange send tcpxx h1 10.0.0.1 inkernel h2 100 "$calls" "$calls"
exchange send inkernel h2 10.0.0.2 tcpxx h1 100 "$calls" "$calls"
