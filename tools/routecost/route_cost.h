/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/net/tcpxx_route_cost of the first namespace (route_cost.cc). */
#ifndef TCPXX_ROUTE_COST_H
#define TCPXX_ROUTE_COST_H

#ifdef __cplusplus
extern "C" {
#endif
/* 0 or a negative errno. Process context. */
int route_cost_init(void);
void route_cost_exit(void);
#ifdef __cplusplus
}
#endif

#endif
