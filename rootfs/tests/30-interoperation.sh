# SPDX-License-Identifier: GPL-2.0
# With the in-kernel TCP of another namespace: each as the client and as the server.
# timeout: 240
source /tests/lib.sh

mb=$((1 << 20))
much=$((8 * mb)) some=$((4 * mb))
! reduced || { much=$mb some=$((mb / 2)); }

# no_malformed FILE: of what was captured with its checksums filled in. Of a packet that it has cut, tcpdump does not
# look at the checksum.
no_malformed() {
	local packets bad
	packets=$(tcpdump -nnvvr "$1" 2> /dev/null) || fail "tcpdump cannot read $1"
	[[ $packets == *"Flags [S.]"* ]] || fail "the capture has no SYN-ACK"
	bad=$(grep -E 'incorrect| bad |bad-|malformed|truncated|\[\|tcp\]|length-' <<< "$packets" | head -n 5)
	[ -z "$bad" ] || fail "malformed packets: $bad"
	expect_equal "the number of right checksums" "$(grep -c 'Flags \[' <<< "$packets")" \
		"$(grep -cE 'cksum 0x[0-9a-f]+ \(correct\)' <<< "$packets")"
}

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
for host in h1 h2; do ethtool -K $host eth0 tx off > /dev/null 2>&1 || in_ns $host ethtool -K eth0 tx off > /dev/null; done
segs=$(inkernel_segs h1)

start_in h2 tcpdump -B 16384 -Uw translated.pcap -i eth0 -s 0 tcp 2> capture.log
capture=$started
wait_until 5 "tcpdump" grep -q listening capture.log
message inkernel h2 tcpxx h1 10.0.0.2
message tcpxx h1 inkernel h2 10.0.0.1
exchange_bytes inkernel h2 tcpxx h1 10.0.0.2 $mb $mb
kill "$capture"
wait "$capture"
grep -q '^0 packets dropped by kernel' capture.log || fail "the capture is not whole: $(cat capture.log)"
no_malformed translated.pcap

exchange_bytes inkernel h2 tcpxx h1 10.0.0.2 $much $much
exchange_bytes tcpxx h1 inkernel h2 10.0.0.1 $much $much

for host in h1 h2; do tc -n $host qdisc add dev eth0 root netem loss 2% limit 10000; done
exchange_bytes inkernel h2 tcpxx h1 10.0.0.2 $some 0
exchange_bytes tcpxx h1 inkernel h2 10.0.0.1 $some 0

expect_inkernel_segs "$segs" h1
expect_equal "tcpxx segments in h2" 0 "$(counter h2 InSegs)"
