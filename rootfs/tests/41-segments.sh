# SPDX-License-Identifier: GPL-2.0
# A listener under segments that nobody would send goes on serving; its book is right, and its memory comes back.
# timeout: 300
source /tests/lib.sh

segments=200000
! reduced || segments=10000

# has_said FILE: the program's last line.
has_said() { grep -q ' checks, ' "$1"; }

# storm NAMESPACE COOKIES SEED
storm() {
	ip netns add "$1"
	in_ns "$1" ip link set lo up
	in_ns "$1" sysctl -qw "net.ipv4.tcp_syncookies=$2" net.ipv4.tcp_max_syn_backlog=128 net.ipv4.tcp_orphan_retries=1 \
		net.ipv4.tcp_synack_retries=2
	start_in "$1" segstorm random 8083 "$segments" "$3" > "said-$1"
	storm=$started
	wait_until 250 "the storm in $1" has_said "said-$1"
	cat "said-$1"
	grep -q ' checks, 0 failed' "said-$1" || fail "a client in $1 was not served"
	expect_balance "$1"
	expect_equal "what $1 has accepted" "$(sed -n 's/.*accepted \([0-9]*\).*/\1/p' "said-$1")" "$(fact "$1" accepted)"
	fact_at_least "$1" syns $((segments / 100))
	fact_at_least "$1" accepted $((segments / 1000))
	expect_equal "victims in $1" 32 "$(book "$1" | grep -c ^victim)"
}

storm plain 1 1
storm cookies 2 2
for cause in InvalidSyn TcpOption Checksum; do
	echo "$cause $(counter plain "Drop$cause")"
done
kill -9 "$storm"
ip netns delete plain
ip netns delete cookies
expect_equal "processes that are left" "" "$(jobs -r -p | xargs -r kill -9)"
wait
expect_memory_back
