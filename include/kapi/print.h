/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pr_err() and friends. g++ gives no warning where a macro of a system header is the format string or
 * a part of it, so these spell out KERN_ERR ("\0013") and -Wformat checks every call.
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
#define pr_emerg(fmt, ...)  \
	tcpxx_printk("\001" \
		     "0",   \
		     fmt __VA_OPT__(, ) __VA_ARGS__)
#define pr_alert(fmt, ...)  \
	tcpxx_printk("\001" \
		     "1",   \
		     fmt __VA_OPT__(, ) __VA_ARGS__)
#define pr_crit(fmt, ...)   \
	tcpxx_printk("\001" \
		     "2",   \
		     fmt __VA_OPT__(, ) __VA_ARGS__)
#define pr_err(fmt, ...)    \
	tcpxx_printk("\001" \
		     "3",   \
		     fmt __VA_OPT__(, ) __VA_ARGS__)
#define pr_warn(fmt, ...)   \
	tcpxx_printk("\001" \
		     "4",   \
		     fmt __VA_OPT__(, ) __VA_ARGS__)
#define pr_notice(fmt, ...) \
	tcpxx_printk("\001" \
		     "5",   \
		     fmt __VA_OPT__(, ) __VA_ARGS__)
#define pr_info(fmt, ...)   \
	tcpxx_printk("\001" \
		     "6",   \
		     fmt __VA_OPT__(, ) __VA_ARGS__)
