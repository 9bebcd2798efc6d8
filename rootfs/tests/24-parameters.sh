# SPDX-License-Identifier: GPL-2.0
# The module's parameters are looked at, and say what is wrong; a socket() call loads the module.
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

expect_status 0 insmod /lib/tcpxx.ko family=21 ethertype=0x88b7
expect_equal "the parameter family" 21 "$(cat /sys/module/tcpxx/parameters/family)"
expect_message "not supported" client 127.0.0.1
expect_status 0 rmmod tcpxx

# Autoload, by the alias net-pf-19.
command -v modprobe > /proc/sys/kernel/modprobe
expect_message "Connection refused" client 127.0.0.1
grep -q '^tcpxx ' /proc/modules || fail "socket() has not loaded the module"
expect_inkernel_segs "$before" init
