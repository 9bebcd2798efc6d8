# SPDX-License-Identifier: GPL-2.0
# Much data: both ways at once, with loss, to a reader that pauses, through a small window.
# timeout: 240
source /tests/lib.sh

mb=$((1 << 20))
large=$((64 * mb))
# A kernel that checks itself and is emulated too moves a tenth of it in the same time.
! reduced || large=$((6 * mb))

topology pair
before=$(inkernel_segs init h1 h2)

exchange_bytes tcpxx h2 tcpxx h1 10.0.0.2 "$large" "$large"
exchange_bytes tcpxx init tcpxx init 127.0.0.1 "$large" $((large / 8))

# A reader that pauses: the window shuts, and is asked about.
probes=$(counter h1 TCPWinProbe)
exchange_bytes tcpxx h2 tcpxx h1 10.0.0.2 $((2 * mb)) 0 1500
(($(counter h1 TCPWinProbe) > probes)) || fail "the shut window was never probed"

# Every 50th packet is lost.
for host in h1 h2; do tc -n $host qdisc add dev eth0 root netem loss 2% limit 10000; done
exchange_bytes tcpxx h2 tcpxx h1 10.0.0.2 $((4 * mb)) 0
expect_counted h1 RetransSegs
expect_counted h2 TCPOFOQueue
exchange_bytes tcpxx h2 tcpxx h1 10.0.0.2 0 $((mb / 2))

expect_inkernel_segs "$before" init h1 h2
