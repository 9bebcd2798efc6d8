/* SPDX-License-Identifier: GPL-2.0 */
/* Address resolution for IPv4 over Ethernet (RFC 826), behind ethertype 0x88B6. */
#pragma once
#include "base/bytes.h"
#include "base/drop.h"
#include "base/result.h"
#include "wire/be.h"

namespace tcpxx {

struct MacAddress {
	u8 b[6];
	friend constexpr bool operator==(const MacAddress &x, const MacAddress &y)
	{
		for (int i = 0; i < 6; i++)
			if (x.b[i] != y.b[i])
				return false;
		return true;
	}
	constexpr bool is_multicast() const { return b[0] & 1; }
};

constexpr u16 kArpHardwareEthernet = 1;
constexpr u16 kArpProtocolIpv4 = 0x0800; /* what is resolved stays IPv4, whatever carries it */

enum class ArpOperation : u16 { Request = 1, Reply = 2 };

struct ArpPacket {
	be16 hardware;
	be16 protocol;
	u8 hardware_len;
	u8 protocol_len;
	be16 operation;
	MacAddress sender_mac;
	be32 sender_ip;
	MacAddress target_mac;
	be32 target_ip;
};
static_assert(sizeof(ArpPacket) == 28);

/* RFC 826, "Packet Reception": refuses everything but IPv4 on Ethernet, request or reply, from a
 * unicast station with a unicast address (0.0.0.0 asks for itself: RFC 5227, 2.1.1). */
Result<const ArpPacket *, Drop> parse_arp(Bytes packet);

ArpPacket make_arp(ArpOperation op, const MacAddress &sender_mac, be32 sender_ip,
		   const MacAddress &target_mac, be32 target_ip);

} // namespace tcpxx
