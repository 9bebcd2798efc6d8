# SPDX-License-Identifier: GPL-2.0
"""The figures of both stacks: as the guest prints them, what is made of them, and their table."""

import statistics
import sys
import time

from guestlib.bench import BenchError

STACKS = ("inkernel", "tcpxx")
WIRE = ("packets", "segments", "options", "bytes", "others")

# An in-kernel sample beside the in-kernel sample after the next: how far apart they may be.
CONTROL_LIMIT = 0.005


def progress(text):
    print(text, file=sys.stderr, flush=True)


# ---- what the guest says

class Figures:
    """Reads the lines of tcpbench as they come, and tells PROGRAM's user."""

    def __init__(self, program, total):
        self._program = program
        self.modes = {}
        self._total = total
        self._start = time.monotonic()

    def line(self, text):
        words = text.split()
        reader = getattr(self, f"_read_{words[0]}", None) if words else None
        if not reader:
            raise BenchError(f"the guest said '{text.rstrip()}'")
        reader(*words[1:])

    def _mode(self, name):
        return self.modes[name]

    def _read_mode(self, name, unit, count, *transaction):
        self.modes[name] = {"transaction": " ".join(transaction), "unit": unit,
                            "units_per_sample": int(count), "kind": "instructions", "idle": None,
                            "samples": {stack: [] for stack in STACKS},
                            "wire": {}, "waits": {stack: [] for stack in STACKS}, "caches": {}}
        elapsed = time.monotonic() - self._start
        progress(f"{self._program}: {len(self.modes)} of {self._total}, {name}: "
                 f"{' '.join(transaction)} ({elapsed:.0f} s so far)")

    def _read_idle(self, name, instructions):
        self._mode(name)["idle"] = float(instructions)

    def _read_wire(self, name, stack, *counts):
        self._mode(name)["wire"][stack] = dict(zip(WIRE, map(float, counts), strict=True))

    def _read_sample(self, name, stack, value):
        self._mode(name)["samples"][stack].append(float(value))

    def _read_waits(self, name, stack, number):
        self._mode(name)["waits"][stack].append(int(number))

    def _read_cache(self, name, stack, cache, objects, size):
        caches = self._mode(name)["caches"].setdefault(stack, {})
        caches[cache] = {"objects": float(objects), "size": int(size)}

    def _read_slab(self, name, stack, value):
        self._mode(name)["kind"] = "bytes of slab"
        self._read_sample(name, stack, value)


def is_complete(mode, pairs):
    """Whether the mode has all of its samples; memory has no A at the end, and fewer."""
    a, b = (len(mode["samples"][stack]) for stack in STACKS)
    return a == b > 0 if mode["kind"] != "instructions" else (a, b) == (pairs + 1, pairs)


def evaluate(mode):
    """Adds the statistics.

    Each B is divided by the A right before it, so that what changes slowly (the layout of memory,
    the age of the guest) is in both; the median lets one pair be disturbed. The control divides
    what should be equal in the same way, over the same distance in time and with a B in between.
    """
    a, b = (mode["samples"][stack] for stack in STACKS)
    ratios = [y / x for x, y in zip(a, b)]
    control = [y / x for x, y in zip(a, a[1:])]
    mode["median"] = {stack: statistics.median(mode["samples"][stack]) for stack in STACKS}
    mode["ratio"] = statistics.median(ratios)
    mode["spread"] = [min(ratios), max(ratios)]
    mode["control"] = statistics.median(control) if control else None
    mode["control_spread"] = [min(control), max(control)] if control else None
    mode["void"] = mode["control"] is None or abs(mode["control"] - 1) > CONTROL_LIMIT


# ---- what is shown

COLUMNS = ("mode", "in-kernel", "tcpxx", "ratio", "spread", "control", "packets", "segments",
           "options B", "bytes")


def number(value):
    return f"{value:,.3f}" if value < 100 else f"{value:,.0f}"


def compared(mode, what):
    """Both stacks' count of a transaction, with a flag unless they are equal."""
    if not mode["wire"]:
        return "-"
    counts = [mode["wire"][stack][what] for stack in STACKS]
    texts = [f"{n:,.0f}" if n >= 100 or n == int(n) else f"{n:.2f}" for n in counts]
    return texts[0] if counts[0] == counts[1] else " / ".join(texts) + " *"


def row(name, mode):
    low, high = mode["spread"]
    control = f"{mode['control']:.4f}" if mode["control"] else "-"
    return (name, number(mode["median"]["inkernel"]), number(mode["median"]["tcpxx"]),
            f"{mode['ratio']:.3f}" + (" VOID" if mode["void"] else ""),
            f"[{low:.3f}, {high:.3f}]", control,
            *(compared(mode, what) for what in WIRE[:-1]))


def table(modes, columns=COLUMNS):
    """COLUMNS, or the first of them."""
    rows = [columns, *(row(name, mode)[:len(columns)] for name, mode in modes.items())]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = []
    for cells in rows:
        first, *rest = (cell.ljust(width) if not i else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(cells, widths)))
        lines.append("  ".join((first, *rest)).rstrip())
    return "\n".join(lines)
