# SPDX-License-Identifier: GPL-2.0
"""Runs programs that end with a line "N passed, N failed", and adds them up."""

import contextlib
import re
import signal
import subprocess
import sys
import threading
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


def _wait(process, on_line):
    """The exit status; whoever does not wait to the end ends the process, which cleans up."""
    try:
        for line in process.stdout:
            on_line(line)
        return process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _start(command, **options):
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            text=True, errors="replace", **options)


@contextlib.contextmanager
def stoppable():
    """Being asked to stop leaves the block by an exception. In the main thread."""
    def stop(number, _):
        sys.exit(128 + number)

    before = {number: signal.signal(number, stop)
              for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def follow(command, on_line, **options):
    """Runs COMMAND, gives each line of its output to ON_LINE as it comes; its exit status. In the
    main thread. Being asked to stop asks the command to stop, and waits until it has cleaned up."""
    with stoppable():
        return _wait(_start(command, **options), on_line)


def _judge(counts, status):
    """A suite that says nothing, has no case, or ends badly without a failed case, has failed."""
    if counts is None:
        return Counts(failed=1), "no result line"
    if not counts.failed and status:
        return counts + Counts(failed=1), f"status {status}"
    if not counts.failed and not counts.passed:
        return counts + Counts(failed=1), "no case"
    return counts, ""


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


def _run(title, command, run, show):
    """The Row of one suite, which RUN(COMMAND, on_line) runs; SHOW gets its output by lines."""
    counts, start = None, time.monotonic()

    def on_line(line):
        nonlocal counts
        show(line)
        match = COUNTS.match(line.rstrip("\n"))
        if match:
            counts = Counts(*(int(number or 0) for number in match.groups()))

    show(f"==== {title}\n")
    try:
        status = run(command, on_line)
        counts, remark = _judge(counts, status)
    except OSError as error:
        counts, remark = Counts(failed=1), str(error)
    return Row(title, counts, time.monotonic() - start, remark)


class _Pool:
    """Suites that several workers take one after another. What the main thread runs is shown as it
    comes, what the others run when it has ended."""

    def __init__(self, suites):
        self._waiting = list(enumerate(suites))
        self._rows = {}
        self._processes = set()
        self._stopping = False
        self._lock = threading.Lock()

    def run(self, workers):
        """The Rows, in the order of the suites. In the main thread."""
        others = [threading.Thread(target=self._work, args=(self._follow, False))
                  for _ in range(workers - 1)]
        for thread in others:
            thread.start()
        try:
            self._work(follow, True)
        except BaseException:
            self._stop()
            raise
        finally:
            for thread in others:
                thread.join()
        return [self._rows[number] for number in sorted(self._rows)]

    def _take(self):
        with self._lock:
            return self._waiting.pop(0) if self._waiting and not self._stopping else None

    def _work(self, run, live):
        while taken := self._take():
            number, (title, command) = taken
            lines = []
            self._rows[number] = _run(title, command, run, self._show if live else lines.append)
            if not self._stopping:
                self._show("".join(lines))

    def _show(self, text):
        with self._lock:
            print(text, end="", flush=True)

    def _follow(self, command, on_line):
        """As follow(), outside of the main thread."""
        with self._lock:
            if self._stopping:
                return 0
            process = _start(command)
            self._processes.add(process)
        try:
            return _wait(process, on_line)
        finally:
            with self._lock:
                self._processes.remove(process)

    def _stop(self):
        with self._lock:
            self._stopping = True
            for process in self._processes:
                process.terminate()


def run_suites(suites, workers=1, alone=(), record=lambda rows: None):
    """Runs (title, command) pairs, as many at once as there are workers, and then those of ALONE one
    by one; prints a table and the total line; the total Counts. RECORD gets the Rows before that."""
    with stoppable():
        rows = _Pool(suites).run(workers) + _Pool(alone).run(1)
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
