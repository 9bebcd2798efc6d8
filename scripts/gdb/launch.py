# SPDX-License-Identifier: GPL-2.0
"""What scripts/gdb-run and scripts/gdb-test share: a module built for a debugger, a guest that waits
for one, and gdb's command line."""

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SCRIPTS = TOP / "scripts"
PR_SET_PDEATHSIG = 1


class LaunchError(Exception):
    """Why there is nothing to debug, in words for the user."""


class Stopped(Exception):
    """A signal asked to stop; its number is the argument."""


def add_kernel_arguments(parser):
    parser.add_argument("--kernel", choices=("6.12", "6.1"), default="6.12")
    parser.add_argument("--flavour", choices=("release", "debug"), default="release")
    parser.add_argument("--module", type=Path, metavar="FILE",
                        help="load this tcpxx.ko (default: one built with -Og)")


def stop_on_signals(*numbers):
    """Makes these signals the exception Stopped, so that every "with" block cleans up."""
    def stop(number, _):
        raise Stopped(number)

    for number in numbers:
        signal.signal(number, stop)


def _last_line(command, failure):
    result = subprocess.run(command, check=False, text=True, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE)
    lines = result.stdout.split()
    if result.returncode or not lines:
        raise LaunchError(failure)
    return lines[-1]


def guest_kernel(options):
    """The build directory of the guest's kernel, which has vmlinux and vmlinux-gdb.py."""
    path = _last_line([SCRIPTS / "kernel", "--kernel", options.kernel, "--flavour", options.flavour],
                      f"there is no kernel {options.kernel} {options.flavour}")
    return Path(path)


def guest_module(options):
    """The tcpxx.ko to load, built if the user has not named one."""
    module = options.module
    if not module:
        command = [SCRIPTS / "module", "--og", "--no-suites",
                   "--kernel", options.kernel, "--flavour", options.flavour]
        module = Path(_last_line(command, "the module does not build with -Og")) / "tcpxx.ko"
    if not module.is_file():
        raise LaunchError(f"there is no module {module}")
    return module.resolve()


def _end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Guest:
    """A running scripts/guest; leaving the "with" block ends it, and its qemu, whatever happened."""

    def __init__(self, options, module, arguments, directory, scenario):
        self.output = directory / "guest.out"
        self.errors = directory / "guest.err"
        self.log = directory / "console.log"
        # One processor: a step stays on it.
        command = [SCRIPTS / "guest", "--kernel", options.kernel, "--flavour", options.flavour,
                   "--smp", "1", "--module", module, "--log", self.log, *arguments,
                   "--", "bash", "-c", scenario]
        with open(self.output, "wb") as output, open(self.errors, "wb") as errors:
            # Its own session: Ctrl-C in gdb is for gdb.
            self.process = subprocess.Popen(  # pylint: disable=subprocess-popen-preexec-fn
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                start_new_session=True, preexec_fn=_end_with_parent)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()

    def ended(self):
        return self.process.poll() is not None

    def complaint(self):
        """What it said last, when it should not have ended."""
        lines = self.errors.read_text(errors="replace").strip().splitlines()
        return "\n".join(lines[-20:]) or f"it ended with status {self.process.returncode}"


def gdb_command(kernel, *arguments, entry, last=()):
    """ENTRY is the call, as Python, of a function in scripts/gdb/tcpxx; LAST are arguments behind it."""
    index = TOP / "build/gdb-index"
    module = entry.partition(".")[0]
    start = f"import sys; sys.dont_write_bytecode = True; sys.path.insert(0, {str(SCRIPTS / 'gdb')!r})"
    return ["gdb", "-q", "-nx", "-iex", f"set index-cache directory {index}",
            "-iex", "set index-cache enabled on", *arguments, "-ex", f"python {start}",
            "-ex", f"python from tcpxx import {module}; {entry}", *last, str(kernel / "vmlinux")]


def fail(name, error):
    print(f"scripts/{name}: {error}", file=sys.stderr)
    return 128 + error.args[0] if isinstance(error, Stopped) else 2


def make_directory(name):
    directory = TOP / "build" / name
    os.makedirs(directory, exist_ok=True)
    return directory
