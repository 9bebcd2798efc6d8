// SPDX-License-Identifier: GPL-2.0
/* IPv4 header and option list; input: two bytes of datagram length, then the datagram. */
#include "fuzz.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"

#include <vector>

using namespace tcpxx;

static void parse(Bytes linear, u32 datagram_len)
{
	const auto h = parse_ipv4(linear, datagram_len);
	if (!h) {
		FUZZ_CHECK(h.error() != Drop::None);
		return;
	}
	FUZZ_CHECK((*h)->version() == 4);
	FUZZ_CHECK((*h)->header_len() >= 20 && (*h)->header_len() <= linear.size());
	FUZZ_CHECK((*h)->tot_len.host() >= (*h)->header_len() &&
		   (*h)->tot_len.host() <= datagram_len);
	const Bytes header = linear.first((*h)->header_len());
	FUZZ_CHECK(checksum_fold(checksum_add(0, header)) == 0);
	fuzz::touch(header);
	check_ipv4_options(header.after(20));
}

/* No fuzzer finds a right checksum by trying. */
static std::vector<u8> signed_copy(Bytes b)
{
	std::vector<u8> copy(b.begin(), b.end());
	const u32 len = min_of<u32>((copy[0] & 15) * 4, b.size());
	copy[10] = copy[11] = 0;
	const u16 sum = checksum_fold(checksum_add(0, Bytes(copy.data(), len)));
	copy[10] = static_cast<u8>(sum >> 8);
	copy[11] = static_cast<u8>(sum);
	return copy;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size)
{
	fuzz::Input input(data, size);
	const u32 datagram_len = input.two();
	parse(input.rest(), datagram_len);
	check_ipv4_options(input.rest());
	if (input.rest().size() < 20)
		return 0;
	const std::vector<u8> copy = signed_copy(input.rest());
	parse(Bytes(copy.data(), static_cast<u32>(copy.size())), datagram_len);
	return 0;
}
