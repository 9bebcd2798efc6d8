# SPDX-License-Identifier: GPL-2.0
"""Differences that are planted into what tcpxx did, one at a time: scripts/compare must find each of them."""

import struct
from dataclasses import dataclass, replace
from typing import Callable

from guestlib.capture import Frame

# Of a frame: behind the Ethernet header, and behind an IPv4 header without options.
IP, TCP = 14, 34
IP_LENGTH, TTL = IP + 2, IP + 8
FLAGS, WINDOW, OPTIONS = TCP + 13, TCP + 14, TCP + 20
PSH = 0x08


@dataclass(frozen=True)
class Plant:
    """FIELD is what the comparison must call it."""

    title: str
    scenario: str
    field: str
    change: Callable

    def apply(self, inputs):
        """Frames and calls with the difference; it must be one."""
        changed = self.change(*inputs)
        assert changed != inputs, self.title
        return changed


def _patched(frame, offset, data):
    return replace(frame, data=frame.data[:offset] + data + frame.data[offset + len(data):])


def _in_frame(number, edit):
    """A change of one frame."""
    def change(frames, calls):
        return [*frames[:number], edit(frames[number]), *frames[number + 1:]], calls
    return change


def _flag(frame):
    return _patched(frame, FLAGS, bytes([frame.data[FLAGS] ^ PSH]))


def _window(frame):
    window, = struct.unpack_from(">H", frame.data, WINDOW)
    return _patched(frame, WINDOW, struct.pack(">H", window + 1))


def _ttl(frame):
    return _patched(frame, TTL, bytes([frame.data[TTL] - 1]))


def _option_order(frame):
    """SACK permitted (2 bytes) before the MSS (4 bytes), not behind it."""
    first = frame.data[OPTIONS:OPTIONS + 6]
    return _patched(frame, OPTIONS, first[4:] + first[:4])


def _length(frame):
    """A byte less of text."""
    size, = struct.unpack_from(">H", frame.data, IP_LENGTH)
    return Frame(frame.time, _patched(frame, IP_LENGTH, struct.pack(">H", size - 1)).data[:-1])


def _extra_ack(frames, calls):
    again = replace(frames[-1], time=frames[-1].time + 10)
    return [*frames, again], calls


def _without_retransmission(frames, calls):
    return [frames[0], *frames[2:]], calls


def _exchanged(frames, calls):
    """The last two packets, at each other's time."""
    a, b = frames[-2:]
    return [*frames[:-2], replace(b, time=a.time), replace(a, time=b.time)], calls


def _in_calls(old, new):
    """A change of the first place in the log that has these words."""
    return lambda frames, calls: (frames, calls.replace(old, new, 1))


PLANTS = (
    Plant("flag", "message", "flags", _in_frame(3, _flag)),
    Plant("window", "message", "window", _in_frame(4, _window)),
    Plant("option order", "message", "options", _in_frame(0, _option_order)),
    Plant("extra ACK", "message", "extra packet", _extra_ack),
    Plant("missing retransmission", "syn-lost", "missing packet", _without_retransmission),
    Plant("errno", "refused", "errno", _in_calls("ECONNREFUSED", "ETIMEDOUT")),
    Plant("poll bit", "connect-poll", "poll", _in_calls("\tPOLLOUT\t", "\tPOLLOUT|POLLERR\t")),
    Plant("length", "message", "length", _in_frame(3, _length)),
    Plant("TTL", "message", "TTL", _in_frame(1, _ttl)),
    Plant("order", "message", "order", _exchanged),
)


def scenarios(names):
    """Those that the plants need besides NAMES."""
    return [name for name in dict.fromkeys(plant.scenario for plant in PLANTS) if name not in names]
