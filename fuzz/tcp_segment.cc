// SPDX-License-Identifier: GPL-2.0
/* TCP header; input: two bytes of segment length, then the linear part. */
#include "fuzz.h"
#include "wire/options.h"
#include "wire/tcp.h"

using namespace tcpxx;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size)
{
	fuzz::Input input(data, size);
	const u32 segment_len = input.two();
	const auto s = SegmentView::parse(input.rest(), segment_len);
	if (!s) {
		FUZZ_CHECK(s.error() == Drop::Truncated || s.error() == Drop::TcpOffset);
		return 0;
	}
	FUZZ_CHECK(s->header_len() >= kTcpHeaderLen && s->header_len() <= input.rest().size());
	FUZZ_CHECK(s->header_len() + s->text_len() == segment_len);
	FUZZ_CHECK(s->options().size() <= kTcpMaxOptions);
	FUZZ_CHECK(distance(s->seq(), s->end_seq()) == s->seq_len());
	fuzz::touch(s->options());
	(void)parse_tcp_options(s->options(), s->has(kSyn)).error();
	return 0;
}
