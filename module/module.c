// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <linux/net.h>

int tcpxx_init(void);
void tcpxx_exit(void);

static int __init load(void)
{
	return tcpxx_init();
}

static void __exit unload(void)
{
	tcpxx_exit();
}

module_init(load);
module_exit(unload);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A second TCP/IP stack");
MODULE_ALIAS_NETPROTO(19);
