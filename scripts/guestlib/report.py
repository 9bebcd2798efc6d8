# SPDX-License-Identifier: GPL-2.0
"""Finds what a kernel complains about in its console log."""

import re

# One of these in a line is a report. The kernel's own words, so that nothing else matches.
COMPLAINTS = re.compile("|".join((
    r"Kernel panic - not syncing",
    r"\bOops\b",
    r"\bBUG:? ",
    r"\bWARNING: ",
    r"general protection fault",
    r"unable to handle (page fault|kernel)",
    r"\b(KASAN|KFENCE|KCSAN|UBSAN|ODEBUG): ",
    r"DEBUG_LOCKS_WARN_ON",
    r"possible (circular|recursive|irq lock inversion|deadlock)",
    r"inconsistent lock state",
    r"suspicious RCU usage",
    r"INFO: task .* blocked for more than",
    r"INFO: trying to register non-static key",
    r"detected( expedited)? stalls?\b",
    r"self-detected stall",
    r"soft lockup",
    r"unreferenced object 0x",
    r"new suspected memory leaks",
    r"kmemleak: (Cannot allocate a kmemleak_object|Memory pool empty|Kmemleak disabled)",
    r"Kernel memory leak detector disabled",
    r"unregister_netdevice: waiting for .* to become free",
    r"ref_tracker: .* has ",
    r"leaked reference",
    r"still has objects",
    r"Objects remaining in",
    r"(list_add|list_del) corruption",
    r"Call Trace:",
)))

# Prologue lines that belong to the report whose first complaint follows at once.
PROLOGUE = re.compile(r"-+\[ cut here \]-+|={20,}")
TIMESTAMP = re.compile(r"\[ *(\d+\.\d+)\]")
LAST_LINE = re.compile(r"---\[ end (trace|Kernel panic)")
NO_REPORT = re.compile(r"guest-test: begin |reboot: |ACPI: PM: Preparing to enter")
TEST_NAME = re.compile(r"guest-test: begin (\S+)")
LINES_MAX = 150
QUIET_AFTER = 2.0  # seconds of silence that end a report without a last line


def _seconds(line):
    match = TIMESTAMP.match(line)
    return float(match.group(1)) if match else None


def _first_line(lines, index):
    return index - 1 if index and PROLOGUE.search(lines[index - 1]) else index


def _last_line(lines, first):
    """The index of the report's last line: its own end mark, a silence, or LINES_MAX."""
    begun = _seconds(lines[first])
    for index in range(first, min(first + LINES_MAX, len(lines))):
        if LAST_LINE.search(lines[index]):
            return index
        now = _seconds(lines[index])
        ended = NO_REPORT.search(lines[index]) or (
            begun is not None and now is not None and now - begun > QUIET_AFTER)
        if ended:
            return index - 1
        begun = now if now is not None else begun
    return min(first + LINES_MAX, len(lines)) - 1


def find_reports(text):
    """The reports in a console log, each the list of its lines, in order."""
    lines = text.replace("\r", "").splitlines()
    reports, index = [], 0
    while index < len(lines):
        if COMPLAINTS.search(lines[index]):
            first, last = _first_line(lines, index), _last_line(lines, index)
            reports.append(lines[first:last + 1])
            index = max(index, last)
        index += 1
    return reports


def test_during(text, report):
    """The name of the guest test that was running when the report came, or None."""
    before = text.replace("\r", "").partition(report[0])[0]
    names = TEST_NAME.findall(before)
    return names[-1] if names else None
