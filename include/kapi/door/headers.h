/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel headers behind the door. The C half of the layout guard reads the same list, so it
 * holds nothing but includes.
 */
#pragma once

#include <linux/module.h>
#include <linux/version.h>

/* The machine: memory, processors, time, locks, processes. */
#include <asm/ioctls.h>
#include <linux/bitops.h>
#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/highmem.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/jump_label.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/poll.h>
#include <linux/random.h>
#include <linux/refcount.h>
#include <linux/sched/clock.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/seqlock.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/splice.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/user_namespace.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

/* Lists and hashes. */
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/list.h>
#include <linux/list_sort.h>
#include <linux/rbtree.h>
#include <linux/rculist.h>
#include <linux/rculist_nulls.h>

/* Files in /proc and /proc/sys. */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/sysctl.h>

/* Packets, devices, sockets. */
#include <linux/errqueue.h>
#include <linux/etherdevice.h>
#include <linux/icmp.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/in.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/sock_diag.h>
#include <linux/socket.h>
#include <linux/tcp.h>

/* The in-kernel network stack, of which ours uses routes, namespaces and accounting. */
#include <net/arp.h>
#include <net/busy_poll.h>
#include <net/checksum.h>
#include <net/dst.h>
#include <net/fib_notifier.h>
#include <net/gro.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>
#endif
#include <net/inet_common.h>
#include <net/inet_ecn.h>
#include <net/inet_frag.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ip_fib.h>
#include <net/l3mdev.h>
#include <net/neighbour.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/netevent.h>
#include <net/nexthop.h>
#include <net/protocol.h>
#include <net/request_sock.h>
#include <net/route.h>
#include <net/snmp.h>
#include <net/sock.h>
#include <net/tcp_states.h>
#include <net/timewait_sock.h>
