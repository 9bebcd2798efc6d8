# SPDX-License-Identifier: GPL-2.0
# Explicit Congestion Notification with the in-kernel TCP of another namespace, in both roles and both directions: marks on
# the way make the sender slow down, and nothing is lost for it.
# timeout: 120
source /tests/lib.sh

mb=$((1 << 20))
much=$((8 * mb))
! reduced || much=$mb

# inkernel_counter NAMESPACE NAME: of IpExt and TcpExt.
inkernel_counter() {
	in_ns "$1" awk -v wanted="$2" '
		!($1 in names) { names[$1] = $0; next }
		{ n = split(names[$1], name); for (i = 2; i <= n; i++) if (name[i] == wanted) print $i; delete names[$1] }
	' /proc/net/netstat
}

# frames FILE FILTER: how many.
frames() { captured "$1" "$2" | wc -l; }

at_least_one() { (($2 > 0)) || fail "there is no $1"; }

ece='tcp[tcpflags] & (tcp-syn | tcp-ece) = tcp-ece'
cwr='tcp[tcpflags] & (tcp-syn | tcp-cwr) = tcp-cwr'
ect='ip[1] & 3 = 2'

topology translated
for host in h1 h2; do
	in_ns $host sysctl -qw net.ipv4.tcp_ecn=1
	in_ns $host ethtool -K eth0 tx off > /dev/null
done

# Marks on what h1 sends are made behind the translation, for who makes them looks only into ethertypes that he knows: on
# one of 64, by the last bits of the checksum.
tc -n h2 qdisc add dev eth0 ingress
tc -n h2 filter add dev eth0 ingress protocol ip u32 match ip protocol 6 0xff match u16 0 0x3f at 36 \
	action skbmod ecn 2> /dev/null

# transfer SERVER_STACK SERVER CLIENT_STACK CLIENT ADDRESS FORTH BACK: one direction only, so that one side alone is marked.
transfer() {
	capture ecn.pcap h2 eth0 tcp
	exchange_bytes "$@"
	end_capture
	at_least_one "SYN that asks for ECN" "$(frames ecn.pcap 'tcp[13] = 0xc2')"
	at_least_one "SYN-ACK that grants it" "$(frames ecn.pcap 'tcp[13] = 0x52')"
	at_least_one "text that is marked" "$(frames ecn.pcap "$ect")"
	at_least_one "ECE" "$(frames ecn.pcap "$ece")"
	at_least_one "CWR" "$(frames ecn.pcap "$cwr")"
	# RFC 3168, 6.1.1 and 6.1.4.
	expect_equal "marked SYNs" 0 "$(frames ecn.pcap 'tcp[tcpflags] & tcp-syn != 0 and ip[1] & 3 != 0')"
}

from_h1="src host 10.0.0.1"

# h1, tcpxx, sends, as the client and as the server.
marks=$(inkernel_counter h2 InCEPkts)
transfer inkernel h2 tcpxx h1 10.0.0.2 $much 0
at_least_one "CWR of tcpxx" "$(frames ecn.pcap "$from_h1 and $cwr")"
at_least_one "ECE of the in-kernel TCP" "$(frames ecn.pcap "src host 10.0.0.2 and $ece")"
transfer tcpxx h1 inkernel h2 10.0.0.1 0 $much
at_least_one "CWR of tcpxx" "$(frames ecn.pcap "$from_h1 and $cwr")"
at_least_one "mark on what tcpxx sent" $(($(inkernel_counter h2 InCEPkts) - marks))
[ "$slowness" != 1 ] || expect_equal "retransmissions of tcpxx" 0 "$(counter h1 RetransSegs)"

# h2, the in-kernel TCP, sends. Its marks are netem's, in place of losses; an ACK cannot be marked, and is lost.
tc -n h2 qdisc add dev eth0 root netem loss 2% ecn limit 10000
marks=$(counter h1 InCEPkts)
transfer inkernel h2 tcpxx h1 10.0.0.2 0 $much
at_least_one "ECE of tcpxx" "$(frames ecn.pcap "$from_h1 and $ece")"
transfer tcpxx h1 inkernel h2 10.0.0.1 $much 0
at_least_one "ECE of tcpxx" "$(frames ecn.pcap "$from_h1 and $ece")"
at_least_one "mark on what the in-kernel TCP sent" $(($(counter h1 InCEPkts) - marks))

# tcpxx grants it by default, and does not ask.
for host in h1 h2; do in_ns $host sysctl -qw net.ipv4.tcp_ecn=2; done
capture ecn.pcap h2 eth0 tcp
exchange_bytes inkernel h2 tcpxx h1 10.0.0.2 1000 1000
end_capture
expect_equal "SYNs that ask" 0 "$(frames ecn.pcap 'tcp[13] & 0xc0 != 0')"
expect_equal "marks without ECN" 0 "$(frames ecn.pcap 'ip[1] & 3 != 0')"
