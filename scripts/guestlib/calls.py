# SPDX-License-Identifier: GPL-2.0
"""What the programs saw: the log of tools/compare, a line for each call."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """One call. Times are milliseconds since the run began; "-" is what does not apply."""

    time: float
    duration: float
    who: str
    call: str
    result: str
    errno: str
    poll: str
    value: str
    state: str          # of the socket, afterwards


def read_calls(text):
    """The Calls of a log, and when the run began, in microseconds of the capture's clock."""
    rows = [line.split("\t") for line in text.splitlines()]
    if not rows or any(len(row) != 9 for row in rows):
        raise ValueError("the log of the calls is broken")
    start = int(rows[0][0])
    calls = [Call((int(begin) - start) / 1e6, (int(end) - int(begin)) / 1e6, *rest)
             for begin, end, *rest in rows]
    return calls, start // 1000
