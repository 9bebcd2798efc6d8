# SPDX-License-Identifier: GPL-2.0
# Every allocation on the way from socket() to accept() and back fails once: each time a clear error or a
# retransmission, and nothing of it is left.
# timeout: 300
# flavour: debug
source /tests/lib.sh

failslab=/sys/kernel/debug/failslab
echo Y > $failslab/cache-filter
mapfile -t caches < <(own_caches)
[ ${#caches[@]} = 3 ] || fail "the module's caches are '${caches[*]}'"
for cache in /sys/kernel/slab/{skbuff_*[a-z],kmalloc-[0-9]*}; do caches+=("${cache##*/}"); done

# mark 1|0 CACHE...: these fail, or not, and no other: least of all those of the checks themselves.
mark() {
	local name
	for name in "${@:2}"; do echo "$1" > "/sys/kernel/slab/$name/failslab" || fail "$name cannot be marked"; done
}

# fails WHERE SOFTIRQ_SCENARIOS NAMESPACE ADDRESS [ADDRESS]: what the calls make themselves; and then, a cache at a time and at
# the second address, what cannot wait.
fails() {
	echo "== $1"
	echo N > $failslab/ignore-gfp-wait
	mark 1 "${caches[@]}" sock_inode_cache filp
	in_ns h1 failslab all "/run/netns/$3" "$4" || failed="$failed $1"
	mark 0 "${caches[@]}" sock_inode_cache filp
	echo Y > $failslab/ignore-gfp-wait
	in_ns h1 failslab "$2" "/run/netns/$3" "${5-$4}" "${caches[@]}" || failed="$failed $1-softirq"
}

failed=
topology pair
ip -n h1 route add 10.2.0.0/15 dev eth0
ip -n h2 route add local 10.2.0.0/15 dev lo # each round asks for a neighbour of its own
fails lo all h1 127.0.0.1
in_ns h1 sysctl -qw net.ipv4.tcp_syncookies=2
fails cookies first h1 127.0.0.1
fails veth first h2 "10.2.*" "10.3.*"
topology clean
expect_memory_back
[ -z "$failed" ] || fail "failed:$failed"
