# SPDX-License-Identifier: GPL-2.0
"""Goes through a boot and a connection over each stack, and compares the backtraces on the way."""

import re
from pathlib import Path

import gdb

from tcpxx import cases, frames, machine, printers, symbols

# Seconds for one step: the debug flavour on a machine that is busy with something else.
STEP = 180
REST_OF_NAME = re.compile(r"[^a-z0-9_]+")


class Report:
    """TAP on standard output, a file for each backtrace."""

    def __init__(self, directory):
        self._directory = Path(directory)
        self._number = 0

    def case(self, name, problem="", remark=""):
        self._number += 1
        text = problem or remark
        verdict = "not ok" if problem else "ok"
        gdb.write(f"{verdict} {self._number} - {name}" + (f": {text}\n" if text else "\n"))
        gdb.flush()

    def backtrace(self, name, text):
        gdb.write("".join(f"# {line}\n" for line in text.splitlines()))
        file = self._directory / (REST_OF_NAME.sub("-", name.lower()) + ".txt")
        file.write_text(text, encoding="utf-8")


class Walk:
    """The guest, and where we are in it."""

    def __init__(self, report, root):
        self._report = report
        self._root = root

    def stop_at(self, case, breakpoint_):
        """Runs to a breakpoint that only this case has."""
        try:
            machine.resume(STEP)
        except (machine.Overdue, machine.GuestGone) as error:
            self._never_came(case, error)
            raise
        self._judge(case)
        if breakpoint_.is_valid():
            breakpoint_.delete()

    def connections(self):
        """Runs until every case of a connection has come once, in whatever order."""
        missing = [*cases.CONNECTION, *cases.TRAFFIC]
        breakpoints = {case.function: machine.break_at(case.function) for case in cases.CONNECTION}
        self._both_stacks(breakpoints)
        breakpoints |= {case.function: machine.break_at(case.function) for case in cases.TRAFFIC}
        try:
            while missing:
                machine.resume(STEP)
                case = self._case_here(missing)
                if case:
                    self._judge(case)
                    self._silence(breakpoints[case.function])
        except (machine.Overdue, machine.GuestGone) as error:
            for case in missing:
                self._never_came(case, error)

    def _case_here(self, missing):
        """Takes the case that the guest has stopped at out of the list; None if it is none of them."""
        here = frames.innermost(self._is_ours)
        for case in missing:
            if case.is_at(here) and case.is_this(frames.backtrace(self._root, self._is_ours)):
                missing.remove(case)
                return case
        return None

    def _both_stacks(self, breakpoints):
        """An unqualified name is a breakpoint in the kernel and in the module."""
        for name, breakpoint_ in breakpoints.items():
            ours = {self._is_ours(place.address) for place in breakpoint_.locations}
            lacking = [stack for stack, wanted in ((cases.KERNEL, False), (cases.TCPXX, True))
                       if wanted not in ours]
            problem = "expected places in both stacks, came none in " + " and ".join(lacking)
            self._report.case(cases.break_name(name), problem if lacking else "")

    def _silence(self, breakpoint_):
        """No more stops in this stack: such a function goes on being called all the time."""
        here = self._is_ours(gdb.newest_frame().pc())
        for place in breakpoint_.locations:
            if self._is_ours(place.address) == here:
                place.enabled = False

    def _never_came(self, case, error):
        self._report.case(case.name, f"expected the frame {case.name}, it never came: {error}")

    @staticmethod
    def _is_ours(address):
        """Below the module's own addresses there is no other module: the guest has only this one."""
        text = symbols.current and symbols.current.sections.get(".text")
        return bool(text) and address >= text

    def _judge(self, case):
        stack = frames.backtrace(self._root, self._is_ours)
        text = "".join(f"#{number} {frame}\n" for number, frame in enumerate(stack))
        self._report.case(case.name, case.problem(stack), f"{len(stack)} frames")
        self._report.backtrace(case.name, text)


def _walk(walk, target, module):
    machine.connect(target)
    walk.stop_at(cases.START, machine.break_before_boot("start_kernel"))
    walk.stop_at(cases.INITCALL, machine.break_at("inet_init"))
    watched = symbols.watch(module)
    walk.stop_at(cases.INSERTED, machine.break_at("tcpxx_init"))
    walk.connections()
    watched.forget_hooks()


def run(target, module, root, directory):
    """Ends with the guest let go, to finish what it is doing."""
    gdb.execute("set suppress-cli-notifications on")
    printers.register()
    walk = Walk(Report(directory), root)
    try:
        _walk(walk, target, module)
    except (machine.Overdue, machine.GuestGone) as error:
        gdb.write(f"# the walk ends here: {error}\n")
    machine.let_go()
