/* SPDX-License-Identifier: GPL-2.0 */
/* Ports, for the suites of those who give them out. */
#pragma once
#include "peer.h"

namespace tcpxx::testing {

/* While it lives, net.ipv4.ip_local_port_range is so many ports from kPort on. */
class PortRange {
public:
	explicit PortRange(u16 count) { range() = make(count); }
	PortRange(const PortRange &) = delete;
	~PortRange() { range() = old_; }

private:
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	using Range = u32; /* first and last in one word */
	static Range make(u16 count) { return kPort | static_cast<u32>(kPort + count - 1) << 16; }
	static Range &range() { return init_net.ipv4.ip_local_ports.range; }
#else
	struct Range {
		int first, last;
	};
	static Range make(u16 count) { return {kPort, kPort + count - 1}; }
	static Range &range() { return reinterpret_cast<Range &>(init_net.ipv4.ip_local_ports.range); }
#endif
	const Range old_ = range();
};

inline u16 port_of(const Socket &sock) { return sock.tp().entry.key.num; }

} // namespace tcpxx::testing
