// SPDX-License-Identifier: GPL-2.0
#include "wire/ipv4.h"
#include "wire/checksum.h"

namespace tcpxx {
namespace {

/* RFC 791, 3.1, copied flag, class and number as they stand in the option's first byte. */
enum Ipv4Option : u8 {
	kOptionEnd = 0,
	kOptionNop = 1,
	kOptionRecordRoute = 7,
	kOptionTimestamp = 68,
	kOptionLooseRoute = 131,
	kOptionSecurityLabel = 134, /* CIPSO */
	kOptionStrictRoute = 137,
	kOptionRouterAlert = 148,
};

/* RFC 791, 3.1: low four bits of a timestamp option's fourth byte. */
enum TimestampFlag : u8 { kTimesAndAddresses = 1, kTimesOfThese = 3 };

/* RFC 791, 3.1: the option's third byte says, counted from 1 for its first, where the next entry of `entry` bytes is
 * written. The first entry is at `first`; behind its end the option is full. */
bool pointer_is_right(Bytes option, u32 first, u32 entry)
{
	const u32 pointer = option[2];
	return pointer >= first && (pointer > option.size() || pointer - 1 + entry <= option.size());
}

bool record_route_is_right(Bytes option) { return option.size() >= 3 && pointer_is_right(option, 4, sizeof(be32)); }

bool timestamp_is_right(Bytes option)
{
	if (option.size() < 4)
		return false;
	const u8 flag = option[3] & 15, missed = option[3] >> 4;
	const bool addresses = flag == kTimesAndAddresses || flag == kTimesOfThese;
	if (!pointer_is_right(option, 5, addresses ? 8 : 4))
		return false;
	/* RFC 791, 3.1: we are one more that finds no room, and this cannot be said any more. */
	const bool full = option[2] > option.size();
	return !full || missed != 15 || flag == kTimesOfThese;
}

/* What __ip_options_compile() of Linux refuses. A security label is not looked into: it would mean nothing here. */
bool option_is_right(Bytes option)
{
	switch (option[0]) {
	/* RFC 7126, 4.3 and 4.4: the sender must not choose the way. */
	case kOptionLooseRoute:
	case kOptionStrictRoute: return false;
	case kOptionRecordRoute: return record_route_is_right(option);
	case kOptionTimestamp: return timestamp_is_right(option);
	case kOptionRouterAlert: return option.size() >= 4;
	}
	return true;
}

/* RFC 791, 3.1: "appears at most once in a datagram". A bit for each such option, 0 for any other. */
u8 once(u8 kind)
{
	switch (kind) {
	case kOptionRecordRoute: return 1;
	case kOptionTimestamp: return 2;
	case kOptionSecurityLabel: return 4;
	}
	return 0;
}

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
	u8 seen = 0;

	while (!options.empty() && options[0] != kOptionEnd) {
		if (options[0] == kOptionNop) {
			options = options.after(1);
			continue;
		}
		if (options.size() < 2 || options[1] < 2 || options[1] > options.size())
			return Drop::IpOption;
		const Bytes option = options.first(options[1]);
		if (!option_is_right(option) || seen & once(option[0]))
			return Drop::IpOption;
		seen |= once(option[0]);
		options = options.after(option.size());
	}
	return Drop::None;
}

} // namespace tcpxx
