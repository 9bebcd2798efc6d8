# SPDX-License-Identifier: GPL-2.0
# Who may share a port with whom: every pair of addresses, devices, SO_REUSEADDR, SO_REUSEPORT, users and states, as the
# in-kernel TCP answers. And how listeners share the connections.
# timeout: 400
source /tests/lib.sh

segs=$(inkernel_segs init)
bindcheck > /tmp/ports || fail "bindcheck"
expect_inkernel_segs "$segs" init
bindcheck -4 > /tmp/ports-4 || fail "bindcheck -4"
[ "$(wc -l < /tmp/ports)" = 3600 ] || fail "$(wc -l < /tmp/ports) pairs instead of 3600"
diff /tmp/ports-4 /tmp/ports > /tmp/difference || {
	head -n 40 /tmp/difference
	fail "answers that are not the in-kernel TCP's (<)"
}

spreadcheck || fail "spreadcheck"
spreadcheck -4 || fail "spreadcheck -4"
