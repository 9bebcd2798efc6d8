// SPDX-License-Identifier: GPL-2.0
#include "wire/arp.h"
#include "wire/ipv4.h"

namespace tcpxx {
namespace {

/* RFC 1122, 3.2.1.3: an address that one station can have as its own. */
bool is_station_address(be32 a)
{
	return !ipv4::is_multicast(a) && !ipv4::is_limited_broadcast(a) && !ipv4::is_loopback(a) &&
	       !ipv4::is_any(a);
}

bool sender_is_plausible(const ArpPacket &p, ArpOperation op)
{
	if (p.sender_mac.is_multicast())
		return false;
	/* RFC 5227, 2.1.1: a probe asks before it has an address. */
	if (ipv4::is_any(p.sender_ip))
		return op == ArpOperation::Request;
	return is_station_address(p.sender_ip);
}

} // namespace

Result<const ArpPacket *, Drop> parse_arp(Bytes packet)
{
	const ArpPacket *p = packet.as<ArpPacket>();
	if (!p)
		return Drop::ArpTruncated;
	/* RFC 826, "Packet Reception": do I have this hardware type, do I speak this protocol? */
	if (p->hardware.host() != kArpHardwareEthernet || p->protocol.host() != kArpProtocolIpv4)
		return Drop::ArpFormat;
	if (p->hardware_len != sizeof(MacAddress) || p->protocol_len != sizeof(be32))
		return Drop::ArpFormat;
	const ArpOperation op{p->operation.host()};
	if (op != ArpOperation::Request && op != ArpOperation::Reply)
		return Drop::ArpOperation;
	if (!sender_is_plausible(*p, op))
		return Drop::ArpSender;
	return p;
}

ArpPacket make_arp(ArpOperation op, const MacAddress &sender_mac, be32 sender_ip,
		   const MacAddress &target_mac, be32 target_ip)
{
	return {
		.hardware = be16::from_host(kArpHardwareEthernet),
		.protocol = be16::from_host(kArpProtocolIpv4),
		.hardware_len = sizeof(MacAddress),
		.protocol_len = sizeof(be32),
		.operation = be16::from_host(static_cast<u16>(op)),
		.sender_mac = sender_mac,
		.sender_ip = sender_ip,
		.target_mac = target_mac,
		.target_ip = target_ip,
	};
}

} // namespace tcpxx
