/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Result<T, E>: a value, or the reason why there is none. It cannot be ignored, and the value
 * cannot be had without having asked.
 *
 *	auto route = ip_route_output(net, flow);
 *	if (!route)
 *		return -to_int(route.error());
 *	use(*route);
 */
#pragma once
#include "base/types.h"

namespace tcpxx {

/* The errors that tcpxx reports to programs, with Linux's numbers (positive). */
enum class Errno : int {
	NoEntry = 2, Interrupted = 4, Again = 11, NoMemory = 12, Access = 13, Fault = 14, Exists = 17,
	Invalid = 22, Pipe = 32, NoNetwork = 64, Protocol = 71, MessageSize = 90, NoProtocolOption = 92,
	NotSupported = 95, AddressFamily = 97, AddressInUse = 98,
	AddressNotAvailable = 99, NetUnreachable = 101, ConnectionReset = 104, NoBuffers = 105,
	IsConnected = 106, NotConnected = 107, TimedOut = 110, ConnectionRefused = 111,
	HostDown = 112, HostUnreachable = 113, Already = 114, InProgress = 115,
};
constexpr int to_int(Errno e) { return static_cast<int>(e); }

template <class T, class E = Errno> class [[nodiscard]] Result {
	bool ok_;
	union {
		T value_;
		E error_;
	};
	static_assert(__is_trivially_copyable(T) && __is_trivially_copyable(E),
		      "a Result is copied like an integer; return owners by move-only types of their own");

public:
	constexpr Result(T value) : ok_(true), value_(value) {}
	constexpr Result(E error) : ok_(false), error_(error) {}

	explicit constexpr operator bool() const { return ok_; }
	constexpr E error() const { return error_; }
	constexpr T &operator*() { return value_; }
	constexpr const T &operator*() const { return value_; }
	constexpr T *operator->() { return &value_; }
	constexpr const T *operator->() const { return &value_; }
};

} // namespace tcpxx
