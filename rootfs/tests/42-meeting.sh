# SPDX-License-Identifier: GPL-2.0
# Every opening and closing that a program can cause, tcpxx at one end and the in-kernel TCP at the other, in both roles.
# timeout: 180
source /tests/lib.sh

topology translated
fill_checksums h1 h2
segs=$(inkernel_segs h1)
capture_whole meeting.pcap h2 eth0
meetopen || failed=1
meetclose || failed=1
end_capture
[ -z "${failed-}" ] || fail "see above"
no_malformed meeting.pcap
expect_inkernel_segs "$segs" h1
expect_equal "tcpxx segments in h2" 0 "$(counter h2 InSegs)"
