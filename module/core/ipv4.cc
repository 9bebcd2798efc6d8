// SPDX-License-Identifier: GPL-2.0
#include "wire/ipv4.h"
#include "wire/checksum.h"

namespace tcpxx {
namespace {

/* RFC 791, 3.1, copied flag, class and number as they stand in the option's first byte. */
enum Ipv4Option : u8 {
	kOptionEnd = 0,
	kOptionNop = 1,
	kOptionLooseRoute = 131,
	kOptionStrictRoute = 137,
};

} // namespace

Result<const Ipv4Header *, Drop> parse_ipv4(Bytes linear, u32 datagram_len)
{
	const Ipv4Header *h = linear.as<Ipv4Header>();
	if (!h)
		return Drop::Truncated;
	/* RFC 1122, 3.2.1.1: a version that is not 4 is discarded silently. */
	if (h->version() != 4 || h->header_len() < sizeof(Ipv4Header))
		return Drop::IpHeader;
	if (h->header_len() > linear.size())
		return Drop::Truncated;
	/* RFC 1122, 3.2.1.2: so is a header whose checksum is wrong. */
	if (checksum_fold(checksum_add(0, linear.first(h->header_len()))) != 0)
		return Drop::IpChecksum;
	/* RFC 791, 3.1: total length counts header and data; Ethernet may have padded behind it. */
	const u32 total = h->tot_len.host();
	if (total < h->header_len())
		return Drop::IpHeader;
	if (total > datagram_len)
		return Drop::Truncated;
	return h;
}

Drop check_ipv4_options(Bytes options)
{
	while (!options.empty() && options[0] != kOptionEnd) {
		if (options[0] == kOptionNop) {
			options = options.after(1);
			continue;
		}
		if (options.size() < 2 || options[1] < 2 || options[1] > options.size())
			return Drop::IpOption;
		/* RFC 7126, 4.3 and 4.4: the sender must not choose the way. */
		if (options[0] == kOptionLooseRoute || options[0] == kOptionStrictRoute)
			return Drop::IpOption;
		options = options.after(options[1]);
	}
	return Drop::None;
}

} // namespace tcpxx
