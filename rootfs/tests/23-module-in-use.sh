# SPDX-License-Identifier: GPL-2.0
# timeout: 120
# rmmod: refused by open descriptors and by orphans that still close, not by what nobody owns.
source /tests/lib.sh

refuses() { expect_message "temporarily unavailable" rmmod tcpxx; }
unused() { grep -q '^tcpxx [0-9]* 0 ' /proc/modules; }

before=$(inkernel_segs init)
hold_port init 127.0.0.1
refuses
{ kill -9 "$holder"; wait "$holder"; } 2> /dev/null
wait_until 5 "the module to be unused" unused
expect_status 0 rmmod tcpxx
expect_status 0 insmod /lib/tcpxx.ko

# TIME-WAIT does not refuse.
exchange_message tcpxx init init 127.0.0.1 > /dev/null
wait_until 5 "TIME-WAIT" sockets init tcpxx "" 06 > /dev/null
wait_until 5 "the module to be unused" unused
expect_status 0 rmmod tcpxx
expect_status 0 insmod /lib/tcpxx.ko

# An orphan in FIN-WAIT-1 does: its peer is not to be reached any more.
topology pair
hosts_before=$(inkernel_segs h1 h2)
for host in h1 h2; do
	echo 2 | in_ns $host tee /proc/sys/net/ipv4/tcp_orphan_retries > /dev/null
done
hold_connection
tc -n h2 qdisc add dev eth0 root netem loss 100%
{ kill -9 "$client"; wait "$client"; } 2> /dev/null
sockets h1 tcpxx "" 04 > /dev/null || fail "there is no orphan in FIN-WAIT-1"
{ kill -9 "$holder"; wait "$holder"; } 2> /dev/null
refuses
wait_until 30 "the orphans to give up" unused
expect_status 0 rmmod tcpxx
expect_status 0 insmod /lib/tcpxx.ko

# Half-open requests end with their listener.
tc -n h2 qdisc del dev eth0 root
exchange_message tcpxx h2 h1 10.0.0.2 > /dev/null	# both know the other's link-layer address now
hold_port h2 10.0.0.2
tc -n h2 qdisc add dev eth0 root netem loss 100%
start_in h1 timeout -s KILL 2 client 10.0.0.2 8083 2> /dev/null
client=$started
wait_until 5 "a half-open request" sockets h2 tcpxx 8083 03 > /dev/null
{ kill -9 "$holder"; wait "$holder"; wait "$client"; } 2> /dev/null
wait_until 5 "the module to be unused" unused
expect_status 0 rmmod tcpxx
expect_status 0 insmod /lib/tcpxx.ko
expect_inkernel_segs "$before" init
expect_inkernel_segs "$hosts_before" h1 h2
