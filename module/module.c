// SPDX-License-Identifier: GPL-2.0
/* The kernel's view of the module: its parameters, its way in and its way out. */
#include <linux/module.h>
#include <linux/net.h>
#include "kapi/entry.h"
#include "uapi/tcpxx.h"

static int family = AF_TCPXX;
static unsigned int ethertype = ETH_P_TCPXX;
static unsigned int arp_ethertype = ETH_P_TCPXX_ARP;

module_param(family, int, 0444);
MODULE_PARM_DESC(family, "socket family number, 1 to 45 and not taken; a moved one is not autoloaded (default 19)");
module_param(ethertype, uint, 0444);
MODULE_PARM_DESC(ethertype, "ethertype of datagrams, 0x0600 to 0xffff (default 0x88b5)");
module_param(arp_ethertype, uint, 0444);
MODULE_PARM_DESC(arp_ethertype, "ethertype of address resolution, 0x0600 to 0xffff (default 0x88b6)");
module_param_named(privileged, tcpxx_privileged, bool, 0644);
MODULE_PARM_DESC(privileged, "only CAP_NET_RAW may open a socket (default N)");
module_param_named(max_orphans, tcpxx_max_orphans, uint, 0644);
MODULE_PARM_DESC(max_orphans, "connections whose user is gone (default: that of net.ipv4.tcp_max_orphans)");

static int __init load(void)
{
	return tcpxx_init(family, ethertype, arp_ethertype);
}

static void __exit unload(void)
{
	tcpxx_exit();
}

module_init(load);
module_exit(unload);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The tcpxx authors");
MODULE_DESCRIPTION("A second TCP/IP stack, in C++");
MODULE_ALIAS_NETPROTO(AF_TCPXX);
