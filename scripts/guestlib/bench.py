# SPDX-License-Identifier: GPL-2.0
"""What scripts/bench and scripts/profile have in common: tcpbench, the module and the kernel."""

import os
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BUILD = TOP / "build"
SOURCES = TOP / "tools" / "tcpbench"
COMPILER = ("gcc", "-O2", "-static", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
            "-I", str(TOP / "include"))


class BenchError(Exception):
    """Why there are no figures, in words for the user."""


def compile_program(arguments=()):
    """The path of tcpbench, a static program."""
    program = BUILD / "tcpbench"
    temporary = BUILD / f"tcpbench.{os.getpid()}"
    BUILD.mkdir(exist_ok=True)
    sources = sorted(str(path) for path in SOURCES.glob("*.c"))
    result = subprocess.run([*COMPILER, *arguments, *sources, "-o", temporary], check=False,
                            capture_output=True, text=True)
    if result.returncode:
        raise BenchError(f"{SOURCES} does not compile:\n{result.stderr.rstrip()}")
    os.replace(temporary, program)
    return program


def build_module(options, *arguments):
    """The path of tcpxx.ko; ARGUMENTS go to make."""
    command = [TOP / "scripts" / "module", "--kernel", options.kernel, "--flavour", options.flavour,
               *arguments]
    result = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if result.returncode:
        raise BenchError("there is no module to measure")
    return Path(result.stdout.split()[-1]) / "tcpxx.ko"


def kernel_directory(options):
    command = [TOP / "scripts" / "kernel", "--kernel", options.kernel,
               "--flavour", options.flavour, "path"]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return Path(result.stdout.strip())
