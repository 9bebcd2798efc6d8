# SPDX-License-Identifier: GPL-2.0
# A peer made by hand behind a tun device: a connection, malformed packets, retransmission.
source /tests/lib.sh

# Each in a namespace of its own, so that those that wait for time-outs wait together; there it looks at the in-kernel
# TCP's segments, too. Meanwhile the kernel says what it drops, and why.
declare -A processes
tracing=/sys/kernel/tracing
echo > $tracing/trace
echo 'protocol == 0x88b5' > $tracing/events/skb/kfree_skb/filter
echo 1 > $tracing/events/skb/kfree_skb/enable
for scenario in connection simultaneous-close malformed synack syn; do
	unshare --net tunpeer "$scenario" > "tunpeer-$scenario" 2>&1 &
	processes[$scenario]=$!
done
for scenario in "${!processes[@]}"; do
	wait "${processes[$scenario]}" || { cat "tunpeer-$scenario"; failed=1; }
done
echo 0 > $tracing/events/skb/kfree_skb/enable
[ -z "${failed-}" ] || fail "see above"

# The kernel's own reasons, as they arrive at skb:kfree_skb; none but "malformed" has packets of these kinds.
while read -r reason count; do
	expect_equal "the number of packets dropped for $reason" "$count" "$(grep -c " reason: $reason\$" $tracing/trace)"
done <<- REASONS
	TCP_CSUM 1
	IP_CSUM 1
	HDR_TRUNC 2
	IP_INHDR 3
	PKT_TOO_SMALL 44
	IP_NOPROTO 1
	IP_RPFILTER 3
	UNICAST_IN_L2_MULTICAST 3
	TCP_FLAGS 4
REASONS
