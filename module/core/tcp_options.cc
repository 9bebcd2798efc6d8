// SPDX-License-Identifier: GPL-2.0
#include "wire/be.h"
#include "wire/options.h"

namespace tcpxx {
namespace {

/* Length bytes of the options of fixed length, kind and length included. */
constexpr u8 kMssLen = 4;
constexpr u8 kWindowScaleLen = 3;
constexpr u8 kSackPermittedLen = 2;
constexpr u8 kTimestampLen = 10;
constexpr u8 kSackBaseLen = 2;
constexpr u8 kSackBlockLen = 8;
/* Before a Fast Open cookie. */
constexpr u8 kFastOpenBaseLen = 2;
constexpr u8 kExpFastOpenBaseLen = 4;

u16 read16(const u8 *p) { return static_cast<u16>(p[0] << 8 | p[1]); }
u32 read32(const u8 *p) { return be32{{p[0], p[1], p[2], p[3]}}.host(); }

void read_mss(TcpOptions &o, Bytes option, bool syn)
{
	/* RFC 9293, 3.7.1: only in a segment with SYN. An MSS of 0 would allow nothing to be
	 * sent. */
	if (!syn || option.size() != kMssLen || read16(option.data() + 2) == 0)
		return;
	o.has_mss = true;
	o.mss = read16(option.data() + 2);
}

void read_window_scale(TcpOptions &o, Bytes option, bool syn)
{
	/* RFC 7323, 2.2: not an error elsewhere, but ignored. */
	if (!syn || option.size() != kWindowScaleLen)
		return;
	o.has_wscale = true;
	/* RFC 7323, 2.3: a larger shift is used as 14. */
	o.wscale.shift = min_of(option[2], kMaxWindowScale);
}

void read_timestamps(TcpOptions &o, Bytes option)
{
	if (option.size() != kTimestampLen)
		return;
	o.has_timestamps = true;
	o.ts = {read32(option.data() + 2), read32(option.data() + 6)};
}

void read_sack(TcpOptions &o, Bytes option)
{
	/* RFC 2018, 3: length is 8 n + 2. */
	const u32 bytes = option.size() - kSackBaseLen;
	if (bytes == 0 || bytes % kSackBlockLen != 0 || bytes > kMaxSackBlocks * kSackBlockLen)
		return;
	o.sack_count = static_cast<u8>(bytes / kSackBlockLen);
	for (u32 i = 0; i < o.sack_count; i++) {
		const u8 *block = option.data() + kSackBaseLen + i * kSackBlockLen;
		o.sack[i] = {Seq32(read32(block)), Seq32(read32(block + 4))};
	}
}

/* RFC 7413, 2: "the length MUST be even". A cookie that is too short or too long is none. */
void read_fast_open(TcpOptions &o, Bytes cookie, bool syn, bool exp)
{
	const u32 len = cookie.size();
	if (!syn || len % 2)
		return;
	const bool valid = !len || (len >= kMinFastOpenCookie && len <= kMaxFastOpenCookie);
	o.fastopen = {cookie.data(), static_cast<s8>(valid ? len : -1), exp};
}

void read_experimental(TcpOptions &o, Bytes option, bool syn)
{
	if (option.size() >= kExpFastOpenBaseLen && read16(option.data() + 2) == kExperimentalFastOpen)
		read_fast_open(o, option.after(kExpFastOpenBaseLen), syn, true);
}

/* One option with its kind and length bytes, the length known to be right for the list. */
void read_option(TcpOptions &o, Bytes option, bool syn)
{
	switch (TcpOptionKind{option[0]}) {
	case TcpOptionKind::End:
	case TcpOptionKind::Nop: return;
	case TcpOptionKind::Mss: return read_mss(o, option, syn);
	case TcpOptionKind::WindowScale: return read_window_scale(o, option, syn);
	case TcpOptionKind::SackPermitted:
		/* RFC 2018, 2: never on a segment without SYN. */
		o.sack_permitted |= syn && option.size() == kSackPermittedLen;
		return;
	case TcpOptionKind::Sack: return read_sack(o, option);
	case TcpOptionKind::Timestamp: return read_timestamps(o, option);
	case TcpOptionKind::FastOpen: return read_fast_open(o, option.after(kFastOpenBaseLen), syn, false);
	case TcpOptionKind::Experimental: return read_experimental(o, option, syn);
	}
	/* RFC 9293, 3.2, MUST-6: a kind that is not known is skipped. */
}

struct AlignedTimestamps {
	be32 head; /* NOP, NOP, kind, length */
	be32 tsval;
	be32 tsecr;
};

/* The list, if it is nothing but two NOPs and the timestamps; else nullptr. */
const AlignedTimestamps *aligned_timestamps(Bytes list)
{
	constexpr be32 kHead = be32::from_host(0x0101080a);
	const auto *t = list.as<AlignedTimestamps>();
	return t && list.size() == sizeof(*t) && t->head == kHead ? t : nullptr;
}

} // namespace

Result<TcpOptions, Drop> parse_tcp_options(Bytes list, bool syn)
{
	TcpOptions o;
	/* What nearly every segment carries, laid out as RFC 7323, appendix A has it. */
	if (const AlignedTimestamps *only = aligned_timestamps(list)) {
		o.has_timestamps = true;
		o.ts = {only->tsval.host(), only->tsecr.host()};
		return o;
	}
	while (!list.empty() && list[0] != static_cast<u8>(TcpOptionKind::End)) {
		if (list[0] == static_cast<u8>(TcpOptionKind::Nop)) {
			list = list.after(1);
			continue;
		}
		/* RFC 9293, 3.2, MUST-7: an illegal length must not be a way out of the header. */
		if (list.size() < 2 || list[1] < 2 || list[1] > list.size())
			return Drop::TcpOption;
		read_option(o, list.first(list[1]), syn);
		list = list.after(list[1]);
	}
	return o;
}

/* The next `n` bytes, or nullptr if there is no room for them. */
u8 *OptionWriter::reserve(u32 n)
{
	if (n > room())
		return nullptr;
	u8 *at = buf_ + len_;
	len_ += n;
	return at;
}

void OptionWriter::put32(u8 *at, u32 v)
{
	const be32 wire = be32::from_host(v);
	__builtin_memcpy(at, wire.b, sizeof(wire.b));
}

bool OptionWriter::mss(u16 bytes)
{
	u8 *at = reserve(kMssLen);
	if (!at)
		return false;
	at[0] = static_cast<u8>(TcpOptionKind::Mss);
	at[1] = kMssLen;
	at[2] = static_cast<u8>(bytes >> 8);
	at[3] = static_cast<u8>(bytes);
	return true;
}

bool OptionWriter::window_scale(WindowScale scale)
{
	u8 *at = reserve(kWindowScaleLen);
	if (!at)
		return false;
	at[0] = static_cast<u8>(TcpOptionKind::WindowScale);
	at[1] = kWindowScaleLen;
	at[2] = scale.shift;
	return true;
}

bool OptionWriter::sack_permitted()
{
	u8 *at = reserve(kSackPermittedLen);
	if (!at)
		return false;
	at[0] = static_cast<u8>(TcpOptionKind::SackPermitted);
	at[1] = kSackPermittedLen;
	return true;
}

bool OptionWriter::timestamps(Timestamps ts)
{
	u8 *at = reserve(kTimestampLen);
	if (!at)
		return false;
	at[0] = static_cast<u8>(TcpOptionKind::Timestamp);
	at[1] = kTimestampLen;
	put32(at + 2, ts.tsval);
	put32(at + 6, ts.tsecr);
	return true;
}

bool OptionWriter::nop()
{
	u8 *at = reserve(1);
	if (!at)
		return false;
	*at = static_cast<u8>(TcpOptionKind::Nop);
	return true;
}

bool OptionWriter::fast_open(const FastOpenCookie &cookie)
{
	const u32 base = cookie.exp ? kExpFastOpenBaseLen : kFastOpenBaseLen;
	const u32 cookie_len = static_cast<u32>(cookie.len), len = base + cookie_len, padded = (len + 3) & ~3u;
	u8 *at = reserve(padded);
	if (!at)
		return false;
	at[0] = static_cast<u8>(cookie.exp ? TcpOptionKind::Experimental : TcpOptionKind::FastOpen);
	at[1] = static_cast<u8>(len);
	if (cookie.exp) {
		at[2] = static_cast<u8>(kExperimentalFastOpen >> 8);
		at[3] = static_cast<u8>(kExperimentalFastOpen);
	}
	__builtin_memcpy(at + base, cookie.val, cookie_len);
	__builtin_memset(at + len, static_cast<int>(TcpOptionKind::Nop), padded - len);
	return true;
}

u32 OptionWriter::sack(const SackBlock *blocks, u32 count)
{
	const u32 fit = room() < kSackBaseLen ? 0 : (room() - kSackBaseLen) / kSackBlockLen;
	const u32 n = min_of(count, fit);
	if (n == 0)
		return 0;
	u8 *at = reserve(kSackBaseLen + n * kSackBlockLen);
	at[0] = static_cast<u8>(TcpOptionKind::Sack);
	at[1] = static_cast<u8>(kSackBaseLen + n * kSackBlockLen);
	for (u32 i = 0; i < n; i++) {
		put32(at + kSackBaseLen + i * kSackBlockLen, blocks[i].start.raw());
		put32(at + kSackBaseLen + i * kSackBlockLen + 4, blocks[i].end.raw());
	}
	return n;
}

Bytes OptionWriter::finish()
{
	while (len_ % 4 != 0)
		buf_[len_++] = static_cast<u8>(TcpOptionKind::End);
	return Bytes(buf_, len_);
}

} // namespace tcpxx
