# SPDX-License-Identifier: GPL-2.0
# Many connections: one after the other, and at once.
# timeout: 120
source /tests/lib.sh

sequential=1000
! reduced || sequential=300

# calls SERVER_NAMESPACE CLIENT_NAMESPACE ADDRESS CONNECTIONS AT_ONCE
calls() {
	local server
	start_in "$1" peer listen "$3" 8082 echo "$4"
	server=$started
	wait_listening "$server" "$1" tcpxx 8082
	expect_status 0 in_ns "$2" peer connect "$3" 8082 calls "$4" "$5"
	expect_status 0 wait "$server"
}

topology pair
before=$(inkernel_segs init h1 h2)
calls h2 h1 10.0.0.2 "$sequential" 1
calls h2 h1 10.0.0.2 100 100
calls init init 127.0.0.1 100 100
expect_equal PassiveOpens $((sequential + 100)) "$(counter h2 PassiveOpens)"
expect_equal ActiveOpens $((sequential + 100)) "$(counter h1 ActiveOpens)"
expect_equal "RSTs of the server" 0 "$(counter h2 OutRsts)"
expect_equal "RSTs of the client" 0 "$(counter h1 OutRsts)"
expect_inkernel_segs "$before" init h1 h2

# Namespaces may go while connections and TIME-WAIT are there; 34-namespace-exit looks closer.
hold_connection
ip netns delete h1
ip netns delete h2
kill -9 "$client" "$holder"
