# SPDX-License-Identifier: GPL-2.0
"""A backtrace as data: functions, places in the source, and the variables that can be read."""

import os
from dataclasses import dataclass, field

import gdb

DEEPEST = 64
LONGEST = 60  # characters of a value that are shown
ANONYMOUS = "(anonymous namespace)::"
NAMESPACE = "tcpxx::"


@dataclass
class Frame:
    function: str
    file: str = ""
    line: int = 0
    ours: bool = False
    # Those that can be read here, name and value; and the names of those that cannot.
    readable: list = field(default_factory=list)
    unreadable: list = field(default_factory=list)

    def place(self):
        return f"{self.file}:{self.line}" if self.file else "no line"

    def __str__(self):
        values = ", ".join(f"{name}={value[:LONGEST]}" for name, value in self.readable)
        name = (NAMESPACE if self.ours else "") + self.function
        return f"{name} at {self.place()}" + (f"  [{values}]" if values else "")


def backtrace(root, is_ours):
    """The frames of the selected thread, innermost first. File names are relative to ROOT where they
    are below it; IS_OURS says whether an address is the module's."""
    return [_describe(frame, root, is_ours(frame.pc())) for frame in _frames(is_ours)]


def innermost(is_ours):
    frame = gdb.newest_frame()
    return Frame(function_name(frame), ours=is_ours(frame.pc()))


def _frames(is_ours):
    """Until the kernel's entry code: what gdb finds beyond it are registers of a process, not frames."""
    frame = gdb.newest_frame()
    for _ in range(DEEPEST):
        if frame is None or not (has_line(frame) or is_ours(frame.pc())):
            return
        yield frame
        try:
            frame = frame.older()
        except gdb.error:
            return


def has_line(frame):
    place = frame.find_sal()
    return bool(place.symtab and place.line)


def function_name(frame):
    """Without namespace: what both stacks call it. Without debug information a name has parameters."""
    name = frame.name() or f"{frame.pc():#x}"
    return name.replace(ANONYMOUS, "").removeprefix(NAMESPACE).partition("(")[0]


def _describe(frame, root, ours):
    described = Frame(function_name(frame), ours=ours)
    if has_line(frame):
        place = frame.find_sal()
        described.file = _short_name(place.symtab.fullname(), root)
        described.line = place.line
    if ours:
        _add_variables(described, frame)
    return described


def _short_name(path, root):
    """Relative to the checkout, or to the kernel's source, which has a directory of its own."""
    if path.startswith(root + os.sep):
        return os.path.relpath(path, root)
    before, _, after = path.partition("/source-")
    return after.partition("/")[2] if before and after else path


def _add_variables(described, frame):
    for symbol in _variables(frame):
        text = _value(symbol, frame)
        if text is None:
            described.unreadable.append(symbol.print_name)
        else:
            described.readable.append((symbol.print_name, text))


def _variables(frame):
    """Arguments and locals of the frame's function, those of inner blocks first; a local whose line
    has not been reached has no value yet."""
    try:
        block = frame.block()
    except RuntimeError:  # no debug information
        return
    line = frame.find_sal().line
    while block is not None:
        for symbol in block:
            if symbol.is_argument or symbol.is_variable and symbol.needs_frame and symbol.line < line:
                yield symbol
        if block.function is not None:
            return
        block = block.superblock


def _value(symbol, frame):
    """As text, or None if it has been optimised out or its memory is not there."""
    try:
        value = symbol.value(frame)
        if value.is_optimized_out:
            return None
        if value.type.strip_typedefs().code == gdb.TYPE_CODE_REF:
            value.referenced_value().fetch_lazy()
        text = value.format_string(max_depth=1, max_elements=16, symbols=False, pretty_structs=False)
    except gdb.error:
        return None
    text = " ".join(text.split())
    return None if "<optimized out>" in text else text
