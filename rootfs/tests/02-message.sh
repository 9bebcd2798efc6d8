# SPDX-License-Identifier: GPL-2.0
# A message between two hosts, and over lo; the in-kernel TCP has no part in it.
source /tests/lib.sh

# message SERVER_NAMESPACE CLIENT_NAMESPACE ADDRESS
message() {
	local server=$1 client=$2 server_segs client_segs said
	server_segs=$(inkernel_segs "$server")
	client_segs=$(inkernel_segs "$client")
	said=$(exchange_message tcpxx "$@") || exit
	expect_equal "what the server at $3 says" "Received message: Hello from client" "$said"
	expect_inkernel_segs "$server_segs" "$server"
	expect_inkernel_segs "$client_segs" "$client"
	wait_until 5 "the sockets in $server to close" no_sockets "$server" tcpxx 8080 0[1-5789AB]
}

topology pair
message h2 h1 10.0.0.2
message init init 127.0.0.1
