# SPDX-License-Identifier: GPL-2.0
"""Runs programs that end with a line "N passed, N failed", and adds them up."""

import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

COUNTS = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")


@dataclass
class Counts:
    """How many cases passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other):
        return Counts(self.passed + other.passed, self.failed + other.failed,
                      self.skipped + other.skipped)

    def __str__(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def follow(command, on_line, **options):
    """Runs COMMAND, gives each line of its output to ON_LINE as it comes; its exit status.

    Being asked to stop asks the command to stop, and waits until it has cleaned up.
    """
    def stop(number, _):
        sys.exit(128 + number)

    before = {number: signal.signal(number, stop)
              for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               text=True, errors="replace", **options)
    try:
        for line in process.stdout:
            on_line(line)
        return process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
        for number, handler in before.items():
            signal.signal(number, handler)


def _judge(counts, status):
    """A suite that says nothing, has no case, or ends badly without a failed case, has failed."""
    if counts is None:
        return Counts(failed=1), "no result line"
    if not counts.failed and status:
        return counts + Counts(failed=1), f"status {status}"
    if not counts.failed and not counts.passed:
        return counts + Counts(failed=1), "no case"
    return counts, ""


def run_suite(title, command):
    """Runs one suite and shows its output; (Counts, remark)."""
    counts = None

    def on_line(line):
        nonlocal counts
        print(line, end="", flush=True)
        match = COUNTS.match(line.rstrip("\n"))
        if match:
            counts = Counts(*(int(number or 0) for number in match.groups()))

    print(f"==== {title}", flush=True)
    try:
        status = follow(command, on_line)
    except OSError as error:
        return Counts(failed=1), str(error)
    return _judge(counts, status)


@dataclass
class Row:
    """What became of one suite."""

    title: str
    counts: Counts
    seconds: float
    remark: str

    @property
    def result(self):
        return f"{self.counts}  ({self.remark})" if self.remark else str(self.counts)


def run_suites(suites, record=lambda rows: None):
    """Runs (title, command) pairs, prints a table and the total line; the total Counts. RECORD gets
    the Rows before the total is printed."""
    rows = []
    for title, command in suites:
        start = time.monotonic()
        counts, remark = run_suite(title, command)
        rows.append(Row(title, counts, time.monotonic() - start, remark))
    print("====")
    width = max(len(row.title) for row in rows)
    for row in rows:
        print(f"{row.title:{width}}  {row.seconds:7.1f} s  {row.result}")
    record(rows)
    total = sum((row.counts for row in rows), Counts())
    if not total.passed and not total.failed:
        total += Counts(failed=1)
    print(total)
    return total
