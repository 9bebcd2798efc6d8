// SPDX-License-Identifier: GPL-2.0
/* What an ICMP error quotes and says; input: type, code, next-hop MTU, then the quote. */
#include "core/icmp_message.h"
#include "fuzz.h"

using namespace tcpxx;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size)
{
	fuzz::Input input(data, size);
	const IcmpMeaning meaning = icmp_meaning(input.byte(), input.byte());
	FUZZ_CHECK((meaning.act == IcmpAct::Error) <= (to_int(meaning.error.error) > 0));
	const u16 next_hop_mtu = input.two();
	const Bytes quote = input.rest();
	const auto q = parse_icmp_quote(quote);
	if (!q) {
		FUZZ_CHECK(q.error() == Drop::IcmpQuote || q.error() == Drop::IpProtocol ||
			   q.error() == Drop::IpFragment);
		return 0;
	}
	FUZZ_CHECK(quote.size() >= 28);
	const u32 header_len = (quote[0] & 15) * 4;
	FUZZ_CHECK(header_len >= 20 && header_len + 8 <= quote.size());
	FUZZ_CHECK(q->source.b[0] == quote[header_len] && q->tot_len == (quote[2] << 8 | quote[3]));
	const u32 mtu = icmp_path_mtu(next_hop_mtu, q->tot_len);
	FUZZ_CHECK(next_hop_mtu ? mtu == next_hop_mtu : mtu < q->tot_len || !mtu);
	return 0;
}
