/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses and routes of init_net, set as a program would. 0 or a negative errno. */
#pragma once
#include "kapi/linux.h"
#include "wire/be.h"

namespace tcpxx::testing {

int add_address(int ifindex, be32 address, u8 prefix_len);
int delete_address(int ifindex, be32 address, u8 prefix_len);

/* A route; `type` is RTN_*. No gateway or source: 0.0.0.0; what else is not there: 0. */
struct RouteSpec {
	be32 destination;
	u8 prefix_len;
	be32 gateway;
	int oif;
	u8 type;
	u32 table = RT_TABLE_MAIN;
	u8 tos = 0;
	u32 priority = 0;
	u32 mtu = 0;
	bool lock_mtu = false;
	be32 source = {};
	/* A second next hop, of weight 1; the weight of `gateway`. */
	be32 second_gateway = {};
	u8 first_weight = 1;
	u32 advmss = 0;
	u32 window = 0;
	u32 initcwnd = 0;
	u32 features = 0; /* RTAX_FEATURE_* */
	u32 initrwnd = 0;
	u32 fastopen_no_cookie = 0;
};
int add_route(const RouteSpec &route);
int delete_route(const RouteSpec &route);

} // namespace tcpxx::testing
