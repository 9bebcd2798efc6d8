# SPDX-License-Identifier: GPL-2.0
# Packets of many segments: cut up and put together as the devices' settings say, always the same bytes.
# timeout: 120
source /tests/lib.sh

size=$((2 << 20))
[ "$slowness" = 1 ] || size=$((1 << 18))

# device_packets NAMESPACE DEVICE: that it has sent.
device_packets() { in_ns "$1" awk -v device="$2:" '$1 == device { print $11 }' /proc/net/dev; }

# offload NAMESPACE FEATURE on|off...
offload() { in_ns "$1" ethtool -K eth0 "${@:2}" > /dev/null 2>&1 || fail "ethtool -K in $1 refuses ${*:2}"; }

# transfer DEVICE: from h1 to h2. $segs have left h1's TCP, as $sent packets of DEVICE, and $received came to h2's IP.
transfer() {
	local segs_before sent_before received_before
	segs_before=$(counter h1 OutSegs) sent_before=$(device_packets h1 "$1") received_before=$(counter h2 InReceives)
	exchange_bytes tcpxx h2 tcpxx h1 10.0.0.2 "$size" 1000
	segs=$(($(counter h1 OutSegs) - segs_before))
	sent=$(($(device_packets h1 "$1") - sent_before))
	received=$(($(counter h2 InReceives) - received_before))
}

# expect_packets WHAT few|all FOUND: for $segs segments. Few: hardly any goes alone.
expect_packets() {
	case $2 in
	few) (($3 * 2 < segs)) || fail "$1: $3 packets for $segs segments" ;;
	all) (($3 >= segs)) || fail "$1: $3 packets for $segs segments" ;;
	esac
}

topology pair
before=$(inkernel_segs init h1 h2)

transfer eth0
expect_packets "a device that takes them" few "$sent"
expect_packets "... and hands them on" few "$received"

offload h1 tso off
transfer eth0
expect_packets "cut up for the device" all "$sent"
expect_packets "... and received one by one" all "$received"

offload h2 gro on
transfer eth0
expect_packets "cut up" all "$sent"
expect_packets "... and put together (GRO)" few "$received"
offload h1 tx off
transfer eth0
expect_packets "with checksums already there" few "$received"
offload h1 tx on sg off
transfer eth0
expect_packets "without fragments" few "$received"
offload h2 gro off
offload h1 sg on tso off gso off
transfer eth0
expect_packets "cut up, although GSO is off" all "$sent"
offload h1 gso on tso on

# What comes behind a bridge is not known, so it gets segments.
ip -n h1 -batch - <<-BATCH
	link add br0 address 02:00:00:00:00:01 type bridge
	address flush dev eth0
	link set eth0 master br0
	address add 10.0.0.1/24 dev br0
	link set br0 up
BATCH
wait_until 5 "the bridge" eval 'ip -n h1 -br link show br0 | grep -q " UP "'
transfer br0
expect_packets "to a bridge" all "$sent"
ip -n h1 -batch - <<-BATCH
	link delete br0
	address add 10.0.0.1/24 dev eth0
BATCH

for mtu in 256 576 1500 9000 65535; do
	for host in h1 h2; do ip -n $host link set eth0 mtu $mtu; done
	transfer eth0
done
exchange_bytes tcpxx init tcpxx init 127.0.0.1 "$size" "$size"

# --- as large as a datagram can be ---------------------------------------------------------------------------

# expect_whole DEVICE MTU: packets of 64 KB reach h2 by its DEVICE as they were sent.
expect_whole() {
	local host length
	for host in h1 h2; do ip -n $host link set "$1" mtu "$2"; done
	capture whole.pcap h2 "$1" 'ether proto 0x88b5'
	exchange_bytes tcpxx h2 tcpxx h1 10.0.0.2 $((2 << 20)) 1000
	end_capture
	length=$(($(longest whole.pcap) - 14))
	((length > 60000 && length <= 65535)) || fail "the longest datagram on $1 with an MTU of $2 has $length bytes"
}

# A packet is at most half of the largest window, which is half of the buffer.
large_buffer() { in_ns h2 sysctl -q net.ipv4.tcp_rmem='4096 1048576 4194304'; }

large_buffer
for mtu in 1500 9000; do expect_whole eth0 $mtu; done
expect_inkernel_segs "$before" init h1 h2
topology pair lo
large_buffer
before=$(inkernel_segs h1)
for mtu in 65536 1500; do expect_whole lo $mtu; done
expect_inkernel_segs "$before" h1
