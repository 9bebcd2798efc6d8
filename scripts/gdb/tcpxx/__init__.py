# SPDX-License-Identifier: GPL-2.0
"""The part of the debugging tools that runs inside gdb, on gdb's own Python.

symbols      knows where the guest has put tcpxx.ko, and tells gdb
machine      the connection to the guest, and running it with a deadline
frames       a backtrace as data
cases        the backtraces that are expected
printers     the module's own types, as a reader thinks of them
prompt       what "make gdb" begins with
backtraces   what "make gdb-test" does
"""
