// SPDX-License-Identifier: GPL-2.0
/* The input is two datagrams. Whatever they are nothing outside them is read; two that are put together have one
 * acknowledgment, and cutting the packet gives the second one's place and flags again. */
#include "core/offload.h"
#include "fuzz.h"
#include "wire/checksum.h"

using namespace tcpxx;

/* The first `len` bytes of the rest, copied so that the sanitizer sees what is behind them. */
struct Datagram {
	u32 len;
	u8 *bytes;

	Datagram(fuzz::Input &input, u32 most) : len(min_of<u32>(input.byte(), most))
	{
		bytes = static_cast<u8 *>(std::malloc(len + 1));
		for (u32 i = 0; i < len; i++)
			bytes[i] = input.byte();
		/* Otherwise hardly any would be looked at further. */
		if (len >= sizeof(Ipv4Header))
			seal();
	}
	~Datagram() { std::free(bytes); }
	void seal()
	{
		auto *ip = reinterpret_cast<Ipv4Header *>(bytes);
		ip->version_ihl = 0x45;
		ip->protocol = kIpProtoTcp;
		ip->frag_off = be16::from_host(ip->frag_off.host() & kIpDontFragment);
		ip->tot_len = be16::from_host(static_cast<u16>(len));
		ip->check = {};
		const u16 sum = checksum_fold(checksum_add(0, Bytes(bytes, sizeof(*ip))));
		ip->check = be16::from_host(sum);
	}
	SegmentHeaders headers() const { return parse_segment_headers(Bytes(bytes, len), len); }
};

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size)
{
	fuzz::Input input(data, size);
	const u32 segs = 1 + input.byte(), gso_size = input.two();
	const bool same_id = input.flag();
	Datagram a(input, 200), b(input, 200);
	const SegmentHeaders x = a.headers(), y = b.headers();

	if (!x.tcp || !y.tcp || !same_connection(x, y))
		return 0;
	const HeldPacket held{.headers = x, .segs = segs, .text = segs * gso_size, .gso_size = gso_size,
			      .same_id = segs > 1 && same_id};
	const u32 text = b.len - y.len();
	if (!may_merge(held, y, text))
		return 0;
	FUZZ_CHECK(x.tcp->ack_seq == y.tcp->ack_seq && x.tcp->window == y.tcp->window && x.ip->tos == y.ip->tos);
	FUZZ_CHECK(!held.same_id || x.ip->id == y.ip->id);
	Ipv4Header ip = *x.ip;
	TcpHeader tcp = *x.tcp;
	tcp.flags |= y.tcp->flags & (kFin | kPsh);
	write_cut_headers(ip, tcp,
			  {.index = segs, .offset = held.text, .datagram_len = b.len, .last = true});
	FUZZ_CHECK(tcp.seq == y.tcp->seq && ip.tot_len == y.ip->tot_len);
	FUZZ_CHECK(((tcp.flags ^ y.tcp->flags) & ~(kFin | kPsh | kCwr)) == 0);
	return 0;
}
