# SPDX-License-Identifier: GPL-2.0
# For scripts/syn-flood: syn-flood.sh RATE SECONDS COOKIES. So many SYNs a second, each from another client, at a listener
# whose queue is full. Says what segstorm says. There is one processor: nothing else runs while it measures.
source /tests/lib.sh

rate=$1 seconds=$2 cookies=$3
[ "$cookies" = 0 ] && mode=syns-unserved || mode=syns

has_said() { grep -q ' checks, ' said; }

ip netns add flood
in_ns flood ip link set lo up
in_ns flood sysctl -qw "net.ipv4.tcp_syncookies=$cookies" net.ipv4.tcp_max_syn_backlog=256 net.ipv4.tcp_synack_retries=1
start_in flood segstorm "$mode" 8083 "$rate" "$seconds" > said
wait_listening "$started" flood tcpxx 8083
sleep $((seconds + 4))
wait_until 40 "the end of the storm" has_said
cat said
grep -q ' checks, 0 failed' said || fail "a client was not served"
wait_until 20 "the end of every request" has_no_request flood
expect_balance flood
fact_at_least flood syns $((rate * seconds * 9 / 10))
if [ "$cookies" = 0 ]; then
	expect_equal "cookies that were sent" 0 "$(fact flood cookies_sent)"
	book flood | grep -q '^refused SynBacklog ' || fail "nobody was refused"
else
	fact_at_least flood cookies_sent $((rate * seconds / 2))
fi
fact_at_least flood syn_queue_high 150
