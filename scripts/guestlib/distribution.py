# SPDX-License-Identifier: GPL-2.0
"""The part of the guest's initramfs that is Debian's: busybox, and real programs where they matter.

It is made once, kept in the cache, and made anew when one of the programs has changed.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from guestlib.cpio import Archive

# The real ones, which replace busybox's applets of the same name.
HOST_PROGRAMS = ("bash", "ip", "tc", "ss", "ethtool", "tcpdump", "ping")
WEEK = 7 * 24 * 3600


class InitramfsError(Exception):
    """What is missing or does not compile, in words for the user."""


def cache_directory():
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tcpxx"


def replace_file(path, write):
    """Writes PATH whole or not at all: another guest may be starting at the same moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name + ".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            write(file)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _host_program(name):
    found = shutil.which(name, path="/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin")
    if not found:
        raise InitramfsError(f"the program '{name}' is not installed: run scripts/setup")
    return Path(found)


def _distribution_archive():
    archive = Archive()
    for directory in ("/bin", "/dev", "/etc", "/guest", "/proc", "/root", "/run", "/sys", "/tmp",
                      "/usr", "/var"):
        archive.add_directory(directory)
    for link in ("sbin", "usr/bin", "usr/sbin"):
        archive.add_symlink(f"/{link}", "/bin")
    archive.add_symlink("/var/run", "/run")
    archive.add_character_device("/dev/console", 5, 1)
    archive.add_character_device("/dev/null", 1, 3, 0o666)
    busybox = _host_program("busybox")
    archive.add_file("/bin/busybox", busybox)
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True)
    for applet in applets.stdout.split():
        if applet != "busybox":
            archive.add_symlink(f"/bin/{applet}", "busybox")
    for name in HOST_PROGRAMS:
        archive.add_file(f"/bin/{name}", _host_program(name))
    archive.add_symlink("/bin/sh", "bash")
    return archive


def _stamp(path):
    status = os.stat(path)
    return [str(path), status.st_size, status.st_mtime_ns]


def _manifest_is_current(manifest, recipe):
    try:
        recorded = json.loads(manifest.read_text())
        return recorded["recipe"] == recipe and all(
            _stamp(stamp[0]) == stamp for stamp in recorded["files"])
    except (OSError, ValueError, KeyError):
        return False


def distribution_archive():
    """The path of the archive of Debian's programs; made anew when one of them has changed."""
    sources = (Path(__file__), Path(__file__).with_name("cpio.py"))
    recipe = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    image = cache_directory() / f"initramfs-{recipe}.cpio"
    manifest = image.with_suffix(".json")
    if image.exists() and _manifest_is_current(manifest, recipe):
        return image
    archive = _distribution_archive()
    stamps = [_stamp(path) for path in archive.sources()]
    for old in cache_directory().glob("initramfs-*"):
        if old.stat().st_mtime < time.time() - WEEK:
            old.unlink(missing_ok=True)
    replace_file(image, archive.write)
    text = json.dumps({"recipe": recipe, "files": stamps})
    replace_file(manifest, lambda file: file.write(text.encode()))
    return image
