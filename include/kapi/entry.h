/* SPDX-License-Identifier: GPL-2.0 */
/* Between module.c, which is C because of the macros of <linux/module.h>, and the C++ of the stack. */
#ifndef KAPI_ENTRY_H
#define KAPI_ENTRY_H

#ifdef __cplusplus
extern "C" {
#endif
/* Registers everything, or nothing and returns a negative errno. `family`: socket family number; the
 * ethertypes, of datagrams and of address resolution, in host order. Process context. */
int tcpxx_init(int family, unsigned int ethertype, unsigned int arp_ethertype);
void tcpxx_exit(void);
/* Whether only CAP_NET_RAW may open a socket; may change at any time. */
extern bool tcpxx_privileged;
/* How many connections without a user there may be; 0 until tcpxx_init(): as many as in Linux. */
extern unsigned int tcpxx_max_orphans;
#ifdef __cplusplus
}
#endif

#endif
