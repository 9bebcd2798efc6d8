# SPDX-License-Identifier: GPL-2.0
"""The backtraces that are expected: those of the classic walks through a connection, in both stacks."""

from dataclasses import dataclass

KERNEL, TCPXX = "in-kernel", "tcpxx"
STACKS = (KERNEL, TCPXX)
SHALLOWEST = 4


@dataclass(frozen=True)
class Case:
    """A stop at FUNCTION of STACK. CALLERS are among its callers in this order, innermost first; there
    may be others between them, because compilers and versions of the kernel differ in what is inlined.
    SHOWN are (function, variable, text): what can be read in the frame of a caller, with TEXT in it.
    THROUGH is for a function that others call too, or that is not STACK's own: meant is a stop with
    this function of STACK, and it is the last frame of which something is asked."""

    stack: str
    function: str
    callers: tuple
    shown: tuple = ()
    through: str = ""

    @property
    def name(self):
        return f"{self.stack} {self.function}"

    def is_at(self, frame):
        if frame.function != self.function:
            return False
        return bool(self.through) or self._is_of_stack(frame)

    def is_this(self, frames):
        """Whether a stop at the function, with this backtrace, is the one that is meant."""
        return self._frames_asked(frames) is not None

    def _is_of_stack(self, frame):
        return frame.ours == (self.stack == TCPXX)

    def _frames_asked(self, frames):
        """Up to THROUGH; None if that is not there."""
        if not self.through:
            return frames
        for number, frame in enumerate(frames, 1):
            if frame.function == self.through and self._is_of_stack(frame):
                return frames[:number]
        return None

    def problem(self, frames):
        """What is wrong with this backtrace, or nothing."""
        functions = [frame.function for frame in frames]
        came = " < ".join(functions) or "no frame at all"
        if not frames or not self.is_at(frames[0]) or not self.is_this(frames):
            return f"expected the frame {self.name}, came {came}"
        rest, before = iter(functions[1:]), self.function
        for caller in self.callers:
            if caller not in rest:
                return f"expected the frame {caller} above {before}, came {came}"
            before = caller
        if len(frames) < SHALLOWEST:
            return f"expected {SHALLOWEST} frames, came {came}"
        for function, variable, text in self.shown:
            values = [dict(frame.readable).get(variable) for frame in frames
                      if frame.function == function]
            if not any(value and text in value for value in values):
                return f"expected {variable} of {function} with {text} in it, came {values}"
        return "; ".join(filter(None, map(_frame_problem, self._frames_asked(frames))))


def _frame_problem(frame):
    """A frame of the module must say where it is and show something. One without variables cannot, and
    what is inlined from the kernel's headers is not the module's."""
    if not frame.ours or frame.file.startswith(("include/linux/", "include/net/")):
        return ""
    if not frame.line:
        return f"frame {frame.function} has no file and line"
    if frame.unreadable and not frame.readable:
        names = ", ".join(frame.unreadable)
        return f"frame {frame.function} ({frame.place()}): all of {names} is optimized out"
    return ""


# The road to the prompt: the kernel's start, the in-kernel stack's initcall, the module's.
# (The assembly that calls x86_64_start_kernel() has another name in each version.)
START = Case(KERNEL, "start_kernel", ("x86_64_start_reservations", "x86_64_start_kernel"))
INITCALL = Case(KERNEL, "inet_init", ("do_one_initcall", "do_initcalls", "kernel_init_freeable",
                                      "kernel_init", "ret_from_fork"))
INSERTED = Case(TCPXX, "tcpxx_init", ("do_one_initcall", "do_init_module", "load_module"))

# A connection, in the order in which it reaches them.
CONNECTION = (
    Case(TCPXX, "inet_csk_accept", ("inet_accept", "do_accept", "__sys_accept4")),
    Case(TCPXX, "tcp_v4_connect", ("begin_connect", "inet_stream_connect", "__sys_connect")),
    Case(TCPXX, "tcp_transmit_skb", ("tcp_connect", "tcp_v4_connect", "inet_stream_connect",
                                     "__sys_connect")),
    Case(TCPXX, "tcp_conn_request", ("segment_for_listener", "tcp_v4_rcv", "ip_rcv", "process_backlog")),
    Case(TCPXX, "tcp_check_req", ("segment_for_entry", "tcp_v4_rcv", "ip_rcv", "process_backlog")),
    Case(KERNEL, "inet_csk_accept", ("inet_accept", "do_accept", "__sys_accept4")),
    Case(KERNEL, "tcp_v4_connect", ("__inet_stream_connect", "inet_stream_connect", "__sys_connect")),
    Case(KERNEL, "tcp_transmit_skb", ("tcp_connect", "tcp_v4_connect", "inet_stream_connect",
                                      "__sys_connect")),
    Case(KERNEL, "tcp_conn_request", ("tcp_rcv_state_process", "tcp_v4_do_rcv", "tcp_v4_rcv",
                                      "ip_local_deliver_finish")),
    Case(KERNEL, "tcp_check_req", ("tcp_v4_rcv", "ip_local_deliver_finish", "ip_local_deliver",
                                   "process_backlog")),
)
FUNCTIONS = tuple(dict.fromkeys(case.function for case in CONNECTION))

# A send(), down to the device, with the route and the neighbour that it used, and up again to its receiver.
TRAFFIC = (
    Case(TCPXX, "dev_hard_start_xmit",
         ("__dev_queue_xmit", "neigh_output", "ip_queue_xmit", "tcp_transmit_skb", "tcp_write_xmit",
          "tcp_push_pending_frames", "tcp_sendmsg"),
         shown=(("ip_queue_xmit", "route", "via 10.0.0.2 "),
                ("neigh_output", "next_hop", "10.0.0.2 "),
                ("cached_output", "mac", "02:00:00:00:00:02")),
         through="tcp_sendmsg"),
    Case(TCPXX, "tcp_rcv_established",
         ("tcp_v4_do_rcv", "segment_for_sock", "tcp_v4_rcv", "ip_rcv", "datagram_received",
          "__netif_receive_skb_one_core", "process_backlog"),
         through="ip_rcv"),
)


def break_name(function):
    """The name of the case that an unqualified name is a breakpoint in both stacks."""
    return f"break {function}"


def all_names():
    walk = [case.name for case in (START, INITCALL, INSERTED, *CONNECTION, *TRAFFIC)]
    return walk + [break_name(function) for function in FUNCTIONS]
