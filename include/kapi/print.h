/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pr_err() and friends. The kernel's own expand inside its headers, where no warning is given; these
 * expand here, so -Wformat checks every call.
 */
#pragma once

#undef pr_fmt
#define pr_fmt(fmt) "tcpxx: " fmt

#define tcpxx_printk(level, fmt, ...) _printk(level pr_fmt(fmt) __VA_OPT__(, ) __VA_ARGS__)

#undef pr_emerg
#undef pr_alert
#undef pr_crit
#undef pr_err
#undef pr_warn
#undef pr_notice
#undef pr_info
#define pr_emerg(fmt, ...) tcpxx_printk(KERN_EMERG, fmt __VA_OPT__(, ) __VA_ARGS__)
#define pr_alert(fmt, ...) tcpxx_printk(KERN_ALERT, fmt __VA_OPT__(, ) __VA_ARGS__)
#define pr_crit(fmt, ...) tcpxx_printk(KERN_CRIT, fmt __VA_OPT__(, ) __VA_ARGS__)
#define pr_err(fmt, ...) tcpxx_printk(KERN_ERR, fmt __VA_OPT__(, ) __VA_ARGS__)
#define pr_warn(fmt, ...) tcpxx_printk(KERN_WARNING, fmt __VA_OPT__(, ) __VA_ARGS__)
#define pr_notice(fmt, ...) tcpxx_printk(KERN_NOTICE, fmt __VA_OPT__(, ) __VA_ARGS__)
#define pr_info(fmt, ...) tcpxx_printk(KERN_INFO, fmt __VA_OPT__(, ) __VA_ARGS__)
