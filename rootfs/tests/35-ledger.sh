# SPDX-License-Identifier: GPL-2.0
# A listener's book (/proc/net/tcpxx_listen) is right to the last segment after a storm, with and without cookies, while
# somebody accepts, and when the listener is too slow.
# timeout: 120
source /tests/lib.sh

segments=10000
[ "$slowness" = 1 ] || segments=3000
ulimit -n 20000 # every connection stays open

# elsewhere NAMESPACE: SYNs that were for a connection and not for the listener.
elsewhere() {
	local cause own sum=0
	for cause in InvalidSyn TcpOption; do
		own=$(book "$1" | awk -v cause="$cause" '$1 == "refused" && $2 == cause { print $3 }')
		sum=$((sum + $(counter "$1" "Drop$cause") - ${own:-0}))
	done
	echo "$sum"
}

has_finished() { [ -s "$1" ]; }

# storm NAMESPACE COOKIES ABORT RETRIES SEED [SIGNAL]: the listener gets the signal before.
storm() {
	local namespace=$1
	ip netns add "$namespace"
	in_ns "$namespace" ip link set lo up
	in_ns "$namespace" sysctl -qw "net.ipv4.tcp_syncookies=$2" "net.ipv4.tcp_abort_on_overflow=$3" \
		"net.ipv4.tcp_synack_retries=$4" net.ipv4.tcp_max_syn_backlog=64 net.core.somaxconn=100 \
		net.ipv4.tcp_orphan_retries=1 # nobody will answer their FINs
	start_in "$namespace" peer listen 0.0.0.0 8083 hold
	holder=$started
	wait_listening "$holder" "$namespace" tcpxx 8083
	[ -z "${6-}" ] || kill "-$6" "$holder"
	start_in "$namespace" synstorm 10.7.0.1 8083 "$segments" "$5" > "storm-$namespace"
	wait_until 60 "the storm in $namespace" has_finished "storm-$namespace"
	expect_equal "SYNs in $namespace" "$(cat "storm-$namespace")" $(($(fact "$namespace" syns) + $(elsewhere "$namespace")))
	expect_balance "$namespace"
	expect_equal "victims in $namespace" 32 "$(book "$namespace" | grep -c ^victim)"
}

storm quiet 0 0 1 1
fact_at_least quiet duplicates 10
fact_at_least quiet requests 100
[ "$(fact quiet cookies_sent)" = 0 ] || fail "cookies without tcp_syncookies"
# Once all have timed out the queue is empty, and the sums are still right.
wait_until 20 "the end of every request" has_no_request quiet
expect_balance quiet
book quiet | grep -q '^dropped SynAckTimeout ' || fail "no request has timed out"
book quiet | grep -q '^refused TcpOption ' || fail "no broken option"
book quiet | grep -q '^refused SynBacklog ' || fail "nobody was refused"

storm cookies 2 0 5 2
fact_at_least cookies cookies_sent 1000
fact_at_least cookies cookie_acks 10
expect_equal "requests with cookies only" 0 "$(fact cookies requests)"

storm both 1 1 5 3
fact_at_least both cookies_sent 10
fact_at_least both requests 50

# Nobody accepts.
storm slow 1 0 5 4 STOP
expect_equal "accept queue" 101 "$(fact slow accept_queue)"
fact_at_least slow accept_queue_high 101
book slow | grep -q '^ignored ListenOverflow ' || fail "no third ACK met the full queue"
book slow | grep -q '^refused ListenOverflow ' || fail "no SYN met the full queue"
storm rude 1 1 5 5 STOP
book rude | grep -q '^dropped ListenOverflow ' || fail "no request was aborted"
kill -CONT "$holder"
