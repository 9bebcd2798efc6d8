/* SPDX-License-Identifier: GPL-2.0 */
/* Frames as they lie on the wire, whole or cut short, right or damaged. */
#pragma once
#include "base/bytes.h"
#include "wire/arp.h"
#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

namespace tcpxx::testing {

constexpr MacAddress kOurMac = {{2, 0, 0, 0, 0, 1}};
constexpr MacAddress kPeerMac = {{2, 0, 0, 0, 0, 2}};
constexpr MacAddress kOtherMac = {{2, 0, 0, 0, 0, 3}};
constexpr MacAddress kEverybody = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

/* Of the fake device, 10.99.0.1/24, and a station beside it. */
constexpr be32 kOurIp = {{10, 99, 0, 1}};
constexpr be32 kPeerIp = {{10, 99, 0, 2}};

struct EthernetHeader {
	MacAddress to;
	MacAddress from;
	be16 type;
};
static_assert(sizeof(EthernetHeader) == 14);

constexpr u16 kDatagramType = 0x88b5;
constexpr u16 kArpType = 0x88b6;

class Frame {
	u8 bytes_[256] = {};
	u32 size_ = 0;

public:
	template <class Wire> Wire *append(const Wire &wire)
	{
		auto *place = reinterpret_cast<Wire *>(bytes_ + size_);

		*place = wire;
		size_ += sizeof(wire);
		return place;
	}
	Bytes bytes() const { return Bytes(bytes_, size_); }
	u32 size() const { return size_; }
	void resize(u32 size) { size_ = size; }
	u8 &operator[](u32 i) { return bytes_[i]; }
	EthernetHeader &ethernet() { return *reinterpret_cast<EthernetHeader *>(bytes_); }
	Ipv4Header &ip()
	{
		return *reinterpret_cast<Ipv4Header *>(bytes_ + sizeof(EthernetHeader));
	}
	/* After the header has been changed. */
	void fix_ip_checksum()
	{
		ip().check = {};
		const Bytes header = bytes().after(sizeof(EthernetHeader)).first(ip().header_len());
		ip().check = be16::from_host(checksum_fold(checksum_add(0, header)));
	}
};

inline Frame arp_frame(const ArpPacket &packet, const MacAddress &to)
{
	Frame frame;

	frame.append(EthernetHeader{to, packet.sender_mac, be16::from_host(kArpType)});
	frame.append(packet);
	return frame;
}

/* What the pseudo header of RFC 9293, 3.1 adds to a segment's sum. */
inline u16 segment_checksum(const Ipv4Header &ip, Bytes segment)
{
	u32 sum = checksum_add(0, Bytes(ip.saddr.b, 4));

	sum = checksum_add(sum, Bytes(ip.daddr.b, 4));
	sum += kIpProtoTcp + segment.size();
	return checksum_fold(checksum_add(sum, segment));
}

/* Of a datagram with so many bytes of TCP; the checksum is to be fixed. */
inline Ipv4Header ipv4_header(u32 tcp_len, be32 saddr, be32 daddr, u32 options = 0)
{
	return {
		.version_ihl = static_cast<u8>(0x45 + options / 4),
		.tos = 0,
		.tot_len = be16::from_host(static_cast<u16>(20 + options + tcp_len)),
		.id = be16::from_host(1),
		.frag_off = be16::from_host(kIpDontFragment),
		.ttl = 64,
		.protocol = kIpProtoTcp,
		.check = {},
		.saddr = saddr,
		.daddr = daddr,
	};
}

/* The checksum is filled in by icmp_frame(). */
constexpr IcmpHeader kEchoRequest = {
	.type = kIcmpEcho, .code = 0, .check = {}, .id = {{0x12, 0x34}}, .sequence = {{0, 7}}};

/* A message from the peer: its header, whose checksum is filled in, and what is behind it. */
inline Frame icmp_frame(IcmpHeader header, Bytes data, be32 saddr = kPeerIp, be32 daddr = kOurIp)
{
	Frame frame;
	const u32 len = sizeof(header) + data.size();

	frame.append(EthernetHeader{kOurMac, kPeerMac, be16::from_host(kDatagramType)});
	Ipv4Header ip = ipv4_header(len, saddr, daddr);
	ip.protocol = kIpProtoIcmp;
	frame.append(ip);
	frame.fix_ip_checksum();
	header.check = {};
	IcmpHeader *icmp = frame.append(header);
	for (const u8 byte : data)
		frame.append(byte);
	const Bytes message(reinterpret_cast<const u8 *>(icmp), len);
	icmp->check = be16::from_host(checksum_fold(checksum_add(0, message)));
	return frame;
}

/* A SYN from the peer to a port on which nobody listens, behind `options` bytes of NOP. */
inline Frame syn_frame(u32 options = 0, be32 saddr = kPeerIp, be32 daddr = kOurIp)
{
	Frame frame;

	frame.append(EthernetHeader{kOurMac, kPeerMac, be16::from_host(kDatagramType)});
	frame.append(ipv4_header(20, saddr, daddr, options));
	for (u32 i = 0; i < options; i++)
		frame.append(u8{1});
	TcpHeader *tcp = frame.append(TcpHeader{
		.source = be16::from_host(40000),
		.dest = be16::from_host(9),
		.seq = be32::from_host(1000),
		.ack_seq = {},
		.offset_reserved = 5 << 4,
		.flags = kSyn,
		.window = be16::from_host(1000),
		.check = {},
		.urg_ptr = {},
	});
	const Bytes segment(reinterpret_cast<const u8 *>(tcp), sizeof(*tcp));
	tcp->check = be16::from_host(segment_checksum(frame.ip(), segment));
	frame.fix_ip_checksum();
	return frame;
}

} // namespace tcpxx::testing
