# SPDX-License-Identifier: GPL-2.0
"""Tests in a guest that print their results as they come: running them, and judging the whole."""

import re
import subprocess
import sys

from guestlib.initramfs import TOP
from guestlib.suites import Counts, follow

RESULT = re.compile(r"^(?:ok|not ok) \d+ - (\S+(?: [^#\s]\S*)?)")
REPORTED = 125


def build_directory(options):
    """Where module, logs and results of this kernel and flavour are."""
    directory = TOP / "build" / f"{options.kernel}-{options.flavour}"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def build_module(options):
    """True if it builds; for Debian's kernel against the headers that scripts/setup installs."""
    if options.kernel == "debian":
        release = subprocess.run([TOP / "scripts/debian-kernel", "release"], check=True, text=True,
                                 stdout=subprocess.PIPE).stdout.strip()
        target = ["--kdir", f"/lib/modules/{release}/build"]
    else:
        target = ["--kernel", options.kernel, "--flavour", options.flavour]
    return subprocess.run([TOP / "scripts/module", *target], stdout=sys.stderr,
                          check=False).returncode == 0


def run_guest(command, tap_file, shown=lambda line: line):
    """Runs COMMAND and shows its lines, as SHOWN changes them; TAP_FILE keeps them. The results by
    name (the word or two behind the dash), and the guest's exit status."""
    results = {}
    with open(tap_file, "w", encoding="utf-8") as tap:
        def on_line(line):
            line = shown(line)
            print(line, end="", flush=True)
            tap.write(line)
            match = RESULT.match(line)
            if match:
                results[match.group(1)] = line.startswith("ok")

        status = follow(command, on_line)
    return results, status


def count(expected, results, status):
    """The Counts: a name without a result has failed, and so has a guest with a report."""
    for name in expected:
        if name not in results:
            print(f"not run: {name}")
    passed = sum(results.get(name, False) for name in expected)
    counts = Counts(passed, len(expected) - passed)
    if status == REPORTED:
        print("not ok - the kernel's log has a report, see above")
        counts.failed += 1
    elif status and not counts.failed:
        print(f"not ok - the guest ended with status {status}")
        counts.failed += 1
    return counts
