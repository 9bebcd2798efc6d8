# SPDX-License-Identifier: GPL-2.0
"""An initramfs archive ("newc" cpio), written without being root and the same for the same input."""

import os
import re
import stat
import subprocess
from pathlib import Path

# In the guest all programs are in /bin; a directory in the archive must not replace these links.
PROGRAM_DIRECTORIES = ("/sbin", "/usr/bin", "/usr/sbin")


def canonical(path):
    """The absolute guest path with the links of PROGRAM_DIRECTORIES followed."""
    path = os.path.normpath("/" + str(path).lstrip("/"))
    for directory in PROGRAM_DIRECTORIES:
        if path.startswith(directory + "/"):
            return "/bin" + path[len(directory):]
    return path


class Archive:
    """Files by guest path; content is bytes, or a Path that is read when the archive is written."""

    def __init__(self):
        self._entries = {}

    def add_directory(self, path, mode=0o755):
        self._add(path, stat.S_IFDIR | mode, b"")

    def add_bytes(self, path, data, mode=0o644):
        self._add(path, stat.S_IFREG | mode, data)

    def add_symlink(self, path, target):
        self._add(path, stat.S_IFLNK | 0o777, os.fsencode(target))

    def add_character_device(self, path, major, minor, mode=0o600):
        self._add(path, stat.S_IFCHR | mode, b"", (major, minor))

    def add_file(self, path, source, mode=None):
        """Adds a host file; a program brings the shared libraries it is linked with."""
        source = Path(source)
        if mode is None:
            mode = stat.S_IMODE(source.stat().st_mode)
        self._add(path, stat.S_IFREG | mode, source)
        if mode & 0o111:
            for library in shared_libraries(source):
                self._add(library, stat.S_IFREG | 0o755, Path(library))

    def add_tree(self, path, source):
        """Adds a host file, or a directory with all that is in it."""
        source = Path(source)
        if not source.is_dir():
            self.add_file(path, source)
            return
        self.add_directory(path)
        for child in source.iterdir():
            self.add_tree(f"{path}/{child.name}", child)

    def sources(self):
        """The host files that the archive is made of."""
        return sorted({data for _, data, _ in self._entries.values() if isinstance(data, Path)})

    def write(self, stream):
        for path, (mode, data, device) in sorted(self._entries.items()):
            content = data.read_bytes() if isinstance(data, Path) else data
            _write_entry(stream, path, mode, content, device)
        _write_entry(stream, "/TRAILER!!!", 0, b"", (0, 0))

    def _add(self, path, mode, data, device=(0, 0)):
        path = canonical(path)
        if path == "/":
            return
        parent = os.path.dirname(path)
        if parent not in self._entries:
            self.add_directory(parent)
        self._entries[path] = (mode, data, device)


def _write_entry(stream, path, mode, content, device):
    name = os.fsencode(path[1:]) + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    fields = (0, mode, 0, 0, links, 0, len(content), 0, 0, *device, len(name), 0)
    header = b"070701" + b"".join(b"%08x" % field for field in fields)
    stream.write(_padded(header + name))
    stream.write(_padded(content))


def _padded(data):
    return data + bytes(-len(data) % 4)


def shared_libraries(program):
    """The libraries (with the dynamic linker) of an ELF program; none for anything else."""
    with open(program, "rb") as file:
        if file.read(4) != b"\x7fELF":
            return []
    result = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)
    if "not found" in result.stdout:
        raise OSError(f"{program}: a shared library is missing:\n{result.stdout.rstrip()}")
    return re.findall(r"(/\S+) \(0x", result.stdout)
