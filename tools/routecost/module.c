// SPDX-License-Identifier: GPL-2.0
/* tcpxx_cost.ko: the stack with its usual numbers, and the file that measures its routes. */
#include <linux/module.h>
#include "kapi/entry.h"
#include "route_cost.h"
#include "uapi/tcpxx.h"

static int __init load(void)
{
	int error = tcpxx_init(AF_TCPXX, ETH_P_TCPXX, ETH_P_TCPXX_ARP);

	if (error)
		return error;
	error = route_cost_init();
	if (error)
		tcpxx_exit();
	return error;
}

static void __exit unload(void)
{
	route_cost_exit();
	tcpxx_exit();
}

module_init(load);
module_exit(unload);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("What a route costs, tcpxx beside the kernel");
