# SPDX-License-Identifier: GPL-2.0
"""What a user of "make gdb" finds: a guest at start_kernel(), and breakpoints in both stacks."""

import gdb
from gdb.FrameDecorator import FrameDecorator

from tcpxx import frames, machine, printers, symbols

BOTH_STACKS = ("tcp_v4_connect", "inet_csk_accept")
WELCOME = """
The guest stands at start_kernel(). It will load tcpxx.ko, whose symbols come by themselves, and then
send a message from a client to a server, over tcpxx and over the in-kernel TCP in turns.

  breakpoints   tcp_v4_connect and inet_csk_accept, in both stacks; tcpxx::NAME is one of them alone
  continue      to the next of them; Ctrl-C stops the guest wherever it is
  backtrace     info locals    finish    as in any program
  lx-dmesg      the kernel's log; "apropos lx" lists the kernel's other commands
  quit          ends the guest, too
"""


class ShortFrame(FrameDecorator):
    """A function without the types of its parameters, which are there with their values anyway."""

    def function(self):
        frame = self.inferior_frame()
        return frame.name().replace(frames.ANONYMOUS, "") if frame.name() else frame.pc()


class KernelFrames:
    """Ends a backtrace at the kernel's entry code. What gdb takes for frames beyond it are registers of
    a process."""

    def __init__(self):
        self.name = "kernel-frames"
        self.priority = 100
        self.enabled = True
        gdb.frame_filters[self.name] = self

    def filter(self, iterator):
        for decorated in iterator:
            frame = decorated.inferior_frame()
            if frame.level() and not frames.has_line(frame):
                return
            yield ShortFrame(decorated)


def start(target, module):
    machine.connect(target)
    machine.break_before_boot("start_kernel")
    gdb.execute("continue", to_string=True)
    symbols.watch(module)
    for function in BOTH_STACKS:
        machine.break_at(function)
    KernelFrames()
    printers.register()
    # A socket is several screens long in full, which "print -max-depth -1 -- tp" shows.
    gdb.execute("set print max-depth 1")
    gdb.execute("set pagination on")
    gdb.write(WELCOME)
