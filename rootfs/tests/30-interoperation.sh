# SPDX-License-Identifier: GPL-2.0
# With the in-kernel TCP of another namespace: each as the client and as the server.
# timeout: 240
source /tests/lib.sh

mb=$((1 << 20))
much=$((8 * mb)) some=$((4 * mb))
! reduced || { much=$mb some=$((mb / 2)); }

message() {
	local server
	# shellcheck disable=SC2046
	start_in "$2" server $(option_of "$1") "$5" 8080 > said
	server=$started
	wait_listening "$server" "$2" "$1"
	# shellcheck disable=SC2046
	expect_status 0 in_ns "$4" client $(option_of "$3") "$5"
	expect_status 0 wait "$server"
	expect_equal "what the server says" "Received message: Hello from client" "$(cat said)"
}

topology translated
fill_checksums h1 h2
segs=$(inkernel_segs h1)

capture_whole translated.pcap h2 eth0
message inkernel h2 tcpxx h1 10.0.0.2
message tcpxx h1 inkernel h2 10.0.0.1
exchange_bytes inkernel h2 tcpxx h1 10.0.0.2 $mb $mb
end_capture
no_malformed translated.pcap

exchange_bytes inkernel h2 tcpxx h1 10.0.0.2 $much $much
exchange_bytes tcpxx h1 inkernel h2 10.0.0.1 $much $much

for host in h1 h2; do tc -n $host qdisc add dev eth0 root netem loss 2% limit 10000; done
exchange_bytes inkernel h2 tcpxx h1 10.0.0.2 $some 0
exchange_bytes tcpxx h1 inkernel h2 10.0.0.1 $some 0

expect_inkernel_segs "$segs" h1
expect_equal "tcpxx segments in h2" 0 "$(counter h2 InSegs)"
