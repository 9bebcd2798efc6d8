# SPDX-License-Identifier: GPL-2.0
# What sockets answer to their users. The same questions to the in-kernel TCP have the same answers.
source /tests/lib.sh

segs=$(inkernel_segs init)
sockcheck || fail "sockcheck"
conncheck || fail "conncheck"
expect_inkernel_segs "$segs" init
sockcheck -4 || fail "sockcheck -4: what is expected of tcpxx is not what Linux does"
conncheck -4 || fail "conncheck -4: what is expected of tcpxx is not what Linux does"
