# SPDX-License-Identifier: GPL-2.0
"""The connection to the guest, and running it until it stops or time is over."""

import contextlib
import os
import signal
import threading

import gdb


class GuestGone(Exception):
    """The guest has ended."""


class Overdue(Exception):
    """The guest did not stop in time; gdb has stopped it."""


def connect(target):
    """TARGET as qemu's gdb stub listens: the path of a socket, or HOST:PORT, which may come up late."""
    gdb.execute("set pagination off")
    gdb.execute("set confirm off")
    gdb.execute("set breakpoint pending on")
    gdb.execute("set tcp connect-timeout 60")
    gdb.execute(f"target remote {target}", to_string=True)


def break_before_boot(function):
    """A hardware breakpoint: the kernel's text, where a software one would be put, is not there yet."""
    return gdb.Breakpoint(function, type=gdb.BP_HARDWARE_BREAKPOINT, temporary=True, internal=True)


def break_at(function):
    """As the command, but silently. Not an internal one: at those gdb does not show the frame of a
    function that has been inlined."""
    gdb.execute(f"break {function}", to_string=True)
    return max(gdb.breakpoints(), key=lambda breakpoint_: breakpoint_.number)


@contextlib.contextmanager
def _deadline(seconds):
    """Presses Ctrl-C, as it were, after so many seconds; yields whether it did."""
    over = threading.Event()

    def interrupt():
        over.set()
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()


def resume(seconds):
    """Lets the guest run to its next stop at a breakpoint."""
    with _deadline(seconds) as over:
        try:
            gdb.execute("continue", to_string=True)
        except gdb.error:
            if alive():
                raise
    if not alive():
        raise GuestGone("the guest has ended")
    if over.is_set():
        raise Overdue(f"within {seconds} s, the guest is at {gdb.newest_frame().name()}")


def alive():
    return bool(gdb.selected_inferior().pid)


def let_go():
    """The guest goes on without gdb."""
    if alive():
        gdb.execute("delete", to_string=True)
        gdb.execute("detach", to_string=True)
