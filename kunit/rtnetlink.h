/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses and routes of init_net, set as a program would. 0 or a negative errno. */
#pragma once
#include "kapi/linux.h"
#include "wire/be.h"

namespace tcpxx::testing {

int add_address(int ifindex, be32 address, u8 prefix_len);
int delete_address(int ifindex, be32 address, u8 prefix_len);

/* A route of the main table; `type` is RTN_*. No gateway: 0.0.0.0; no device: 0. */
struct RouteSpec {
	be32 destination;
	u8 prefix_len;
	be32 gateway;
	int oif;
	u8 type;
};
int add_route(const RouteSpec &route);
int delete_route(const RouteSpec &route);

} // namespace tcpxx::testing
