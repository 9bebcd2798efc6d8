# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the guest tests share: source /tests/lib.sh
#
# A test starts with the module loaded, no namespace of ours and nobody listening. It may leave
# processes and namespaces behind: the runner ends them, and then the module must unload.
# A stack is "tcpxx" or "inkernel".
set -uo pipefail
shopt -s nullglob

source /guest/config

# Everything is slower by about this factor on a kernel that checks itself.
slowness=1
[ ! -e /sys/kernel/debug/kmemleak ] || slowness=5

# reduced: whether amounts are to be small: where everything is slow, but for a full run (see run).
reduced() { [ "$slowness" != 1 ] && [ -z "${full-}" ]; }

fail() {
	echo "$*" >&2
	exit 1
}

# expect_status STATUS COMMAND...
expect_status() {
	local wanted=$1 status=0
	shift
	"$@" || status=$?
	[ "$status" = "$wanted" ] || fail "'$*' gives status $status instead of $wanted"
}

# expect_equal WHAT WANTED FOUND
expect_equal() {
	[ "$2" = "$3" ] || fail "$1 is '$3' instead of '$2'"
}

# expect_message WORDS COMMAND...: it fails, and says these words.
expect_message() {
	local wanted=$1 output
	shift
	! output=$("$@" 2>&1) || fail "'$*' does not fail"
	[[ $output == *"$wanted"* ]] || fail "'$*' says '$output' instead of '$wanted'"
}

namespace_file() { if [ "$1" = init ]; then echo /proc/1/ns/net; else echo "/run/netns/$1"; fi; }

# in_ns NAMESPACE COMMAND...; the namespace "init" is the first one.
in_ns() {
	local namespace
	namespace=$(namespace_file "$1")
	nsenter "--net=$namespace" "${@:2}"
}

# start_in NAMESPACE COMMAND...: in the background; $started is the process of the command itself.
start_in() {
	local namespace
	namespace=$(namespace_file "$1")
	nsenter "--net=$namespace" "${@:2}" &
	started=$!
}

# wait_until SECONDS WHAT COMMAND...: until the command succeeds; the seconds are a fast kernel's.
wait_until() {
	local deadline=$((SECONDS + $1 * slowness)) what=$2
	shift 2
	until "$@"; do
		((SECONDS < deadline)) || fail "waited in vain for $what"
		sleep 0.05
	done
}

# The socket table of a stack and the option that makes server and client use it.
table_of() { case $1 in tcpxx) echo /proc/net/tcpxx ;; inkernel) echo /proc/net/tcp ;; esac; }
option_of() { case $1 in inkernel) echo -4 ;; esac; }

# sockets NAMESPACE STACK [PORT [STATE]]: its lines in the socket table. PORT is the local one,
# STATE as /proc/net/tcp numbers it: 01 ESTABLISHED, 06 TIME_WAIT, 0A LISTEN ...
sockets() {
	local port='[0-9A-F]{4}'
	[ -z "${3-}" ] || port=$(printf %04X "$3")
	in_ns "$1" grep -sE "^ *[0-9]+: [0-9A-F]{8}:$port [0-9A-F]{8}:[0-9A-F]{4} ${4-..} " \
		"$(table_of "$2")"
}

no_sockets() { ! sockets "$@" > /dev/null; }

# wait_listening PROCESS NAMESPACE STACK [PORT]: until the process listens, as long as it lives.
wait_listening() {
	wait_until 10 "a listener in $2 on port ${4-8080}" listens_or_ended "$@" > /dev/null
	kill -0 "$1" 2>/dev/null || fail "the server in $2 ended before it listened"
}

listens_or_ended() {
	sockets "$2" "$3" "${4-8080}" 0A || ! kill -0 "$1" 2>/dev/null
}

# inkernel_segs NAMESPACE...: what the in-kernel TCP of each has received and sent.
inkernel_segs() {
	local namespace
	for namespace in "$@"; do
		in_ns "$namespace" awk -v namespace="$namespace" '
			/^Tcp:/ && !names { split($0, name); names = 1; next }
			/^Tcp:/ { for (i = 2; i <= NF; i++) if (name[i] ~ /^(In|Out)Segs$/) print namespace, name[i], $i }
		' /proc/net/snmp
	done
}

# expect_inkernel_segs BEFORE NAMESPACE...: the in-kernel TCP had no part in what was done. Two counts of each were taken,
# lest nothing is compared with nothing.
expect_inkernel_segs() {
	expect_equal "the number of counts before" $((2 * ($# - 1))) "$(grep -c 'Segs [0-9]' <<< "$1")"
	expect_equal "the in-kernel TCP's segment count" "$1" "$(inkernel_segs "${@:2}")"
}

# hold_port NAMESPACE ADDRESS: a listener of tcpxx at port 8083 that accepts and says nothing; $holder.
hold_port() {
	start_in "$1" peer listen "$2" 8083 hold
	holder=$started
	wait_listening "$holder" "$1" tcpxx 8083
}

# hold_connection: from h1 to that port of h2, open and idle; $client and $holder are its ends.
hold_connection() {
	hold_port h2 10.0.0.2
	start_in h1 peer connect 10.0.0.2 8083 hold
	client=$started
	wait_until 5 "a connection" sockets h2 tcpxx 8083 01 > /dev/null
}

# exchange_message STACK SERVER_NAMESPACE CLIENT_NAMESPACE ADDRESS [PORT]: prints what server says.
exchange_message() {
	local stack=$1 server_ns=$2 client_ns=$3 address=$4 port=${5-8080} server said
	said=$(mktemp)
	# shellcheck disable=SC2046 # no option is no argument
	start_in "$server_ns" server $(option_of "$stack") "$address" "$port" > "$said"
	server=$started
	wait_listening "$server" "$server_ns" "$stack" "$port"
	# shellcheck disable=SC2046
	expect_status 0 in_ns "$client_ns" client $(option_of "$stack") "$address" "$port"
	expect_status 0 wait "$server"
	cat "$said"
}

# What the stack knows about itself, for whoever reads a failure.
dump_stack() {
	local name file
	for name in init /run/netns/*; do
		name=${name##*/}
		for file in tcpxx tcpxx_snmp tcpxx_netstat; do
			echo "== $name: /proc/net/$file"
			in_ns "$name" cat "/proc/net/$file"
		done
	done
}

[[ $0 == */run ]] || trap 'status=$?; [ "$status" = 0 ] || dump_stack >&2; exit "$status"' EXIT

# order VERB NUMBER: to the router of start_router, see router.c.
order() {
	echo "$*" > orders.new
	mv orders.new orders
}

# start_router VERB NUMBER: between h1 and h2 of "topology routed"; it writes the file "routed".
start_router() {
	order "$@"
	start_in r router eth1 02:00:00:00:00:01 eth2 02:00:00:00:00:02 orders > routed
	wait_until 10 "the router" grep -q ready routed
}

# counter NAMESPACE NAME: of tcpxx_snmp or tcpxx_netstat.
counter() {
	in_ns "$1" awk -v wanted="$2" '
		!($1 in names) { names[$1] = $0; next }
		{
			n = split(names[$1], name)
			for (i = 2; i <= n; i++) if (name[i] == wanted) print $i
			delete names[$1]
		}
	' /proc/net/tcpxx_snmp /proc/net/tcpxx_netstat
}

# expect_counted NAMESPACE NAME: it is not 0.
expect_counted() {
	local value
	value=$(counter "$1" "$2")
	((value > 0)) || fail "$2 in $1 is '$value' instead of at least 1"
}

# exchange_bytes SERVER_STACK SERVER_NAMESPACE CLIENT_STACK CLIENT_NAMESPACE ADDRESS FORTH BACK
#	[SERVER_PAUSE]: so many bytes from client to server and from server to client, all looked at.
exchange_bytes() {
	local server
	# shellcheck disable=SC2046 # no option is no argument
	start_in "$2" peer $(option_of "$1") listen "$5" 8081 exchange "$7" "$6" "${8-0}"
	server=$started
	wait_listening "$server" "$2" "$1" 8081
	# shellcheck disable=SC2046
	expect_status 0 in_ns "$4" peer $(option_of "$3") connect "$5" 8081 exchange "$6" "$7"
	expect_status 0 wait "$server"
}

# capture FILE NAMESPACE DEVICE FILTER: what crosses the device, until end_capture.
capture() {
	rm -f capture.log
	start_in "$2" tcpdump --immediate-mode -qnUw "$1" -i "$3" -s 64 "$4" 2> capture.log
	capturing=$started
	wait_until 5 "tcpdump" grep -qs listening capture.log
}

end_capture() {
	kill "$capturing"
	wait "$capturing"
}

# fill_checksums NAMESPACE...: before a packet is captured, not later.
fill_checksums() {
	local namespace
	for namespace; do in_ns "$namespace" ethtool -K eth0 tx off > /dev/null; done
}

# capture_whole FILE NAMESPACE DEVICE: every segment to its last byte, for no_malformed; until end_capture.
capture_whole() {
	rm -f capture.log
	start_in "$2" tcpdump -B 16384 -Uw "$1" -i "$3" -s 0 tcp 2> capture.log
	capturing=$started
	wait_until 5 "tcpdump" grep -qs listening capture.log
}

# no_malformed FILE: of what was captured whole, with its checksums filled in.
no_malformed() {
	local packets bad
	grep -q '^0 packets dropped by kernel' capture.log || fail "the capture is not whole: $(cat capture.log)"
	packets=$(tcpdump -nnvvr "$1" 2> /dev/null) || fail "tcpdump cannot read $1"
	[[ $packets == *"Flags [S.]"* ]] || fail "the capture has no SYN-ACK"
	bad=$(grep -E 'incorrect| bad |bad-|malformed|truncated|\[\|tcp\]|length-' <<< "$packets" | head -n 5)
	[ -z "$bad" ] || fail "malformed packets: $bad"
	expect_equal "the number of right checksums" "$(grep -c 'Flags \[' <<< "$packets")" \
		"$(grep -cE 'cksum 0x[0-9a-f]+ \(correct\)' <<< "$packets")"
}

# captured FILE [FILTER]: each frame begins with a line that has its length.
captured() { tcpdump -enr "$1" "${2-}" 2> /dev/null; }

# longest FILE [FILTER]: bytes of the longest frame.
longest() { captured "$@" | sed -n 's/.*, length \([0-9]*\):.*/\1/p' | sort -n | tail -n 1; }

# let_through RATE BURST: what leaves by the devices of the transfer.
let_through() {
	local device
	for device in "${devices[@]}"; do
		tc -n h1 qdisc replace dev "$device" root tbf rate "$1" burst "$2" limit 200kb
	done
}

# begin_transfer BYTES SECONDS ADDRESS DEVICE...: from h1 to that address of h2, so slowly, on each device of h1, that
# there is time to disturb it. It runs when this returns.
begin_transfer() {
	local before
	devices=("${@:4}")
	let_through $(($1 * 8 / $2)) 64kb
	start_in h2 peer listen "$3" 8081 exchange 0 "$1"
	receiver=$started
	wait_listening "$receiver" h2 tcpxx 8081
	before=$(counter h1 OutSegs)
	start_in h1 peer connect "$3" 8081 exchange "$1" 0
	sender=$started
	wait_until 10 "the transfer to run" has_sent h1 $((before + 200))
}

# has_sent NAMESPACE SEGMENTS: than so many since it is there.
has_sent() { (($(counter "$1" OutSegs) > $2)); }

still_runs() { kill -0 "$sender" 2> /dev/null || fail "the transfer was over before $*"; }

# end_transfer: every byte arrives; what is left may hurry.
end_transfer() {
	let_through 10gbit 1mb
	expect_status 0 wait "$sender"
	expect_status 0 wait "$receiver"
}

# book NAMESPACE: the lines of its only listener.
book() { in_ns "$1" cat /proc/net/tcpxx_listen; }

# fact NAMESPACE NAME
fact() { book "$1" | awk -v name="$2" '$1 == name { print $2 }'; }

# expect_balance NAMESPACE: both equations.
expect_balance() {
	local found
	found=$(book "$1" | awk '
		NF == 2 { is[$1] = $2 }
		$1 ~ /^(refused|dropped)$/ { sum[$1] += $3 }
		END {
			print is["syns"] - is["duplicates"] - is["cookies_sent"] - is["requests"] - is["fastopens"] - sum["refused"]
			print is["requests"] + is["fastopens"] + is["cookie_acks"] - is["accepted"] - is["accept_queue"] - is["syn_queue"] - sum["dropped"]
		}')
	expect_equal "what does not balance in $1" "0 0" "$(echo $found)"
}

# fact_at_least NAMESPACE NAME LEAST
fact_at_least() {
	local value
	value=$(fact "$1" "$2")
	((value >= $3)) || fail "$2 in $1 is '$value' instead of at least $3"
}

has_no_request() { [ "$(fact "$1" syn_queue)" = 0 ]; }

no_socket_left() { [ "$(awk '$1 == "TCPXX" { print $3 }' /proc/net/protocols)" = 0 ]; }

# own_caches: the module's caches.
own_caches() { awk '/TCPXX/ { print $1 }' /proc/slabinfo; }

# objects CACHE: how many are in use, now that none waits on a list of free ones.
objects() {
	echo 1 > "/sys/kernel/slab/$1/shrink"
	sed 's/ .*//' "/sys/kernel/slab/$1/objects"
}

has_no_objects() { [ "$(objects "$1")" = 0 ]; }

# expect_memory_back: no socket, no request and nothing in TIME-WAIT is left. Namespaces have to be gone.
expect_memory_back() {
	local cache
	wait_until 20 "every socket to go" no_socket_left
	for cache in $(own_caches); do wait_until 20 "the objects of $cache to go" has_no_objects "$cache"; done
}
