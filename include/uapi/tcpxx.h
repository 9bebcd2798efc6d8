/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* What a program needs to open a tcpxx socket: socket(AF_TCPXX, SOCK_STREAM, 0), struct sockaddr_in. */
#ifndef _UAPI_TCPXX_H
#define _UAPI_TCPXX_H

/* The default family number, AF_ECONET's slot (unused since Linux 3.5); module parameter "family". */
#define AF_TCPXX 19

/* IEEE 802 local experimental ethertypes; module parameters "ethertype" and "arp_ethertype". */
#define ETH_P_TCPXX 0x88B5
#define ETH_P_TCPXX_ARP 0x88B6

#endif
