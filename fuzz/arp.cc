// SPDX-License-Identifier: GPL-2.0
/* Address resolution packets; what is accepted survives being made anew. */
#include "fuzz.h"
#include "wire/arp.h"
#include "wire/ipv4.h"

#include <cstring>

using namespace tcpxx;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size)
{
	const auto p = parse_arp(Bytes(data, static_cast<u32>(size)));
	if (!p)
		return 0;
	FUZZ_CHECK(size >= sizeof(ArpPacket));
	FUZZ_CHECK(!(*p)->sender_mac.is_multicast());
	FUZZ_CHECK(!ipv4::is_multicast((*p)->sender_ip) &&
		   !ipv4::is_limited_broadcast((*p)->sender_ip));
	const ArpPacket again = make_arp(ArpOperation{(*p)->operation.host()}, (*p)->sender_mac,
					 (*p)->sender_ip, (*p)->target_mac, (*p)->target_ip);
	FUZZ_CHECK(std::memcmp(&again, *p, sizeof(again)) == 0);
	return 0;
}
