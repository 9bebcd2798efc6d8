# SPDX-License-Identifier: GPL-2.0
"""Makes the guest's initramfs: the cached archive of Debian's programs, and the project's own.

The kernel unpacks archives that stand behind one another, so only the second is made for each run.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from guestlib.cpio import Archive
from guestlib.distribution import InitramfsError, distribution_archive

TOP = Path(__file__).resolve().parents[2]
ROOTFS = TOP / "rootfs"
PROGRAMS = TOP / "build" / "rootfs"

COMPILER = ("gcc", "-O2", "-g0", "-static", "-pthread", "-D_GNU_SOURCE", "-Wall", "-Wextra",
            "-Werror", "-I", str(TOP / "include"), "-I", str(ROOTFS))


def _program_key(source):
    key = hashlib.sha256(" ".join(COMPILER).encode())
    headers = (*TOP.glob("include/uapi/*.h"), *ROOTFS.rglob("*.h"))
    for path in (source, *sorted(headers)):
        key.update(path.read_bytes())
    return key.hexdigest()


def compiled(source):
    """The static program made from a C file of rootfs/."""
    program = PROGRAMS / source.stem
    stamp = program.with_suffix(".key")
    key = _program_key(source)
    if program.exists() and stamp.exists() and stamp.read_text() == key:
        return program
    PROGRAMS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=PROGRAMS) as directory:
        output = Path(directory) / source.stem
        result = subprocess.run([*COMPILER, str(source), "-o", str(output)], check=False,
                                capture_output=True, text=True)
        if result.returncode:
            raise InitramfsError(f"{source} does not compile:\n{result.stderr.rstrip()}")
        os.replace(output, program)
    stamp.write_text(key)
    return program


def project_archive():
    """init, the commands and the tests of rootfs/. A .c file becomes a command."""
    archive = Archive()
    for source in sorted((*ROOTFS.glob("*.c"), *ROOTFS.glob("tests/*.c"))):
        archive.add_file(f"/bin/{source.stem}", compiled(source), 0o755)
    for path in sorted(ROOTFS.iterdir()):
        if path.is_file() and path.suffix not in (".c", ".h"):
            place = "/init" if path.name == "init" else f"/bin/{path.name}"
            archive.add_file(place, path, 0o755)
    archive.add_tree("/etc", ROOTFS / "etc")
    for path in sorted((ROOTFS / "tests").iterdir()):
        if path.is_file() and path.suffix not in (".c", ".h"):
            archive.add_file(f"/tests/{path.name}", path, 0o755)
    return archive


def add_user_file(archive, specification):
    """Adds HOST[:GUEST]. Programs go to /bin by default, anything else to root's home."""
    host, _, guest = specification.partition(":")
    source = Path(host)
    if not source.exists():
        raise InitramfsError(f"--file {specification}: there is no file '{host}'")
    name = source.resolve().name if source.name in ("", ".", "..") else source.name
    if not guest:
        program = source.is_file() and os.access(source, os.X_OK)
        guest = f"/bin/{name}" if program else f"/root/{name}"
    elif not guest.startswith("/"):
        raise InitramfsError(f"--file {specification}: the guest path must begin with '/'")
    elif guest.endswith("/"):
        guest += name
    archive.add_tree(guest, source)


def write_initramfs(path, archive):
    """Writes the whole initramfs: the distribution's archive and ARCHIVE behind it."""
    with open(path, "wb") as file:
        with open(distribution_archive(), "rb") as base:
            shutil.copyfileobj(base, file, 1 << 20)
        archive.write(file)
