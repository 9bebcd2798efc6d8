# SPDX-License-Identifier: GPL-2.0
# A peer made by hand behind a tun device: a connection, malformed packets, retransmission.
source /tests/lib.sh

# Each in a namespace of its own, so that those that wait for time-outs wait together.
declare -A processes
before=$(inkernel_segs init)
for scenario in connection simultaneous-close malformed synack syn; do
	unshare --net tunpeer "$scenario" > "tunpeer-$scenario" 2>&1 &
	processes[$scenario]=$!
done
for scenario in "${!processes[@]}"; do
	wait "${processes[$scenario]}" || { cat "tunpeer-$scenario"; failed=1; }
done
[ -z "${failed-}" ] || fail "see above"
expect_inkernel_segs "$before" init
