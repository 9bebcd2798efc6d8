# SPDX-License-Identifier: GPL-2.0
# Path MTU discovery, over a router whose next link becomes narrower.
# timeout: 240
source /tests/lib.sh

much=$((4 << 20)) some=$((1 << 20))
[ "$slowness" = 1 ] || { much=$((512 << 10)) some=$((256 << 10)); }

sent() { counter h1 OutSegs; }
sent_more() { (($(sent) > $1)); }
learned() { counter h1 PmtuLearned; }

# transfer BYTES [COMMAND...]: from h1 to h2, every byte looked at. The command runs in the middle: the
# server pauses before it reads, so that the transfer cannot end before.
transfer() {
	local bytes=$1 server client before
	shift
	start_in h2 peer listen 10.0.2.1 8081 exchange 0 "$bytes" $((${#} ? 1000 : 0))
	server=$started
	wait_listening "$server" h2 tcpxx 8081
	before=$(sent)
	start_in h1 peer connect 10.0.2.1 8081 exchange "$bytes" 0
	client=$started
	if [ $# != 0 ]; then
		wait_until 10 "segments" sent_more $((before + 5))
		"$@"
	fi
	expect_status 0 wait "$client"
	expect_status 0 wait "$server"
}

of_h2='ether src 02:00:00:00:00:02 or ether dst 02:00:00:00:00:02'
topology routed
segs=$(inkernel_segs h1 h2)
start_router mtu 1500
transfer "$some"
expect_equal "paths learned without need" 0 "$(learned)"

# --- the path becomes narrower in the middle -------------------------------------------------------

transfer "$much" order mtu 576
expect_equal "paths learned" 1 "$(learned)"
grep -q "unreachable 4 mtu 576" routed || fail "the router has refused nothing"

# What was learned is there for the next one, from its first segment on.
refused=$(wc -l < routed)
capture known.pcap h2 eth0 'ether proto 0x88b5'
transfer "$some"
end_capture
expect_equal "the longest frame of the next connection" $((14 + 576)) "$(longest known.pcap "$of_h2")"
expect_equal "datagrams refused of the next connection" "$refused" "$(wc -l < routed)"

# --- it grows old, and the larger size is tried again ------------------------------------------------

in_ns h1 sysctl -q net.ipv4.route.mtu_expires=1
order mtu 500
in_ns h1 sysctl -q net.ipv4.route.min_pmtu=100
transfer "$some" true
order mtu 1500
sleep 1.5 # the age itself is what is waited for
capture wide.pcap h2 eth0 'ether proto 0x88b5'
transfer "$some"
end_capture
expect_equal "the longest frame when the path is wide again" $((14 + 1500)) "$(longest wide.pcap "$of_h2")"
in_ns h1 sysctl -q net.ipv4.route.mtu_expires=600

# --- whom not to believe ----------------------------------------------------------------------------

known=$(learned)
capture spoofed.pcap h2 eth0 'ether proto 0x88b5'
transfer "$some" order spoof 576
end_capture
expect_equal "the longest frame with forged errors" $((14 + 1500)) "$(longest spoofed.pcap "$of_h2")"
expect_equal "paths learned from forged errors" "$known" "$(learned)"
expect_counted h1 OutOfWindowIcmps

# --- a router that does not say how much (before RFC 1191) ---------------------------------------------

transfer "$some" order old 1400
grep -q "unreachable 4 mtu 0 for 1500" routed || fail "the old router has refused nothing"
# The plateaus of RFC 1191, 7: 1492 is still too long, 1006 is not.
expect_equal "paths learned of an old router" $((known + 2)) "$(learned)"

expect_inkernel_segs "$segs" h1 h2
# Nothing of it outlives its namespace: the runner unloads the module, and kmemleak looks.
