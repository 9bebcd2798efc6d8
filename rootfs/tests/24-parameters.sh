# SPDX-License-Identifier: GPL-2.0
# The module's parameters are looked at, do what they say, or say what is wrong; a socket() call loads the module.
source /tests/lib.sh

# refuses WORDS PARAMETER...: insmod fails, and the kernel log has the words.
refuses() {
	local words=$1 mark="test $RANDOM$RANDOM"
	shift
	echo "$mark" > /dev/kmsg
	! insmod /lib/tcpxx.ko "$@" 2> /dev/null || fail "insmod $* does not fail"
	dmesg | sed "1,/$mark/d" | grep -q "tcpxx: .*$words" || fail "insmod $*: no '$words' in the log"
	[ ! -e /proc/net/tcpxx ] || fail "insmod $* failed and left /proc/net/tcpxx"
}

before=$(inkernel_segs init)
expect_status 0 rmmod tcpxx
refuses "family 0 is not between" family=0
refuses "family 46 is not between" family=46
refuses "family 2 is taken" family=2
refuses "0x0800" ethertype=0x800
refuses "0x05ff" ethertype=0x5ff
refuses "0x0806" arp_ethertype=0x806
refuses "different" arp_ethertype=0x88b5
! insmod /lib/tcpxx.ko family=many 2> /dev/null || fail "family=many is accepted"

# Moved, it carries a message under its other numbers, and none under those that it had.
expect_status 0 insmod /lib/tcpxx.ko family=21 ethertype=0x88b7 arp_ethertype=0x88b8
expect_equal "the parameter family" 21 "$(cat /sys/module/tcpxx/parameters/family)"
expect_message "not supported" client 127.0.0.1
topology pair
segs=$(inkernel_segs h1 h2)
capture moved.pcap h2 eth0 'ether[12:2] >= 0x88b5 and ether[12:2] <= 0x88b8'
expect_equal "what the server says" "Received message: Hello from client" \
	"$(FAMILY=21 exchange_message tcpxx h2 h1 10.0.0.2)"
wait_until 5 "the connection to close" no_sockets h2 tcpxx 8080
end_capture
# frames ETHERTYPE: how many were captured.
frames() { captured moved.pcap "ether proto $1" | grep -c ', length '; }
(($(frames 0x88b8) >= 2)) || fail "$(frames 0x88b8) frames of ARP with its ethertype 0x88b8"
# Three that open it, one with text, two FINs and the last ACK; an acknowledgment may go with what is sent anyway.
(($(frames 0x88b7) >= 7)) || fail "$(frames 0x88b7) frames with the ethertype 0x88b7"
for ethertype in 0x88b5 0x88b6; do expect_equal "frames with $ethertype" 0 "$(frames $ethertype)"; done
expect_inkernel_segs "$segs" h1 h2
expect_status 0 rmmod tcpxx

# --- who may open a socket ---------------------------------------------------------------------------

# somebody COMMAND...: with all capabilities, but in a user namespace that does not own this network.
somebody() { unshare --user --map-root-user "$@"; }
privileged() { echo "$1" > /sys/module/tcpxx/parameters/privileged; }

expect_status 0 insmod /lib/tcpxx.ko privileged=1
expect_message "socket: Operation not permitted" somebody client 127.0.0.1
expect_equal "what the server says" "Received message: Hello from client" \
	"$(exchange_message tcpxx init init 127.0.0.1)"
# One's own network is another matter, and 1 becomes 0 and back without loading it anew.
expect_message "connect: Network is unreachable" somebody unshare --net client 127.0.0.1
privileged 0
expect_message "connect: Connection refused" somebody client 127.0.0.1
privileged 1
expect_message "socket: Operation not permitted" somebody client 127.0.0.1
wait_until 5 "the module to unload" rmmod tcpxx

# --- autoload ----------------------------------------------------------------------------------------

# Autoload, by the alias net-pf-19.
command -v modprobe > /proc/sys/kernel/modprobe
expect_message "Connection refused" client 127.0.0.1
grep -q '^tcpxx ' /proc/modules || fail "socket() has not loaded the module"
expect_inkernel_segs "$before" init
