# SPDX-License-Identifier: GPL-2.0
# Who may share a port with whom: every pair of addresses, devices, SO_REUSEADDR, SO_REUSEPORT, users and states, as the
# in-kernel TCP answers. And how listeners share the connections.
# timeout: 400
source /tests/lib.sh

# The socket core of Linux 6.1 lets no family but IP have SO_REUSEPORT. A kernel that checks itself would take minutes for
# all; KUnit has the rules of SO_REUSEPORT there.
pairs=3600 kinds=()
[[ $slowness = 1 && $(uname -r) != 6.1.* ]] || pairs=720 kinds=(without-reuseport)

segs=$(inkernel_segs init)
bindcheck "${kinds[@]}" > /tmp/ports || fail "bindcheck"
expect_inkernel_segs "$segs" init
bindcheck -4 "${kinds[@]}" > /tmp/ports-4 || fail "bindcheck -4"
expect_equal "the number of pairs" $pairs "$(wc -l < /tmp/ports)"
diff /tmp/ports-4 /tmp/ports > /tmp/difference || {
	head -n 40 /tmp/difference
	fail "answers that are not the in-kernel TCP's (<)"
}

[[ $(uname -r) == 6.1.* ]] || spreadcheck || fail "spreadcheck"
spreadcheck -4 || fail "spreadcheck -4"
