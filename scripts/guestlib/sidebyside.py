# SPDX-License-Identifier: GPL-2.0
"""A Comparison as text: both stacks side by side, and what differs is marked."""

from guestlib.capture import CLIENT
from guestlib.comparison import stamp_text

MARK = "*"
# Heading, the fields that mark it, and its text.
PACKET_COLUMNS = (
    ("time/ms", ("interval",), lambda p: f"{p.time:.3f}"),
    ("flags", ("flags",), lambda p: p.flags),
    ("seq", ("seq",), lambda p: str(p.seq)),
    ("ack", ("ack",), lambda p: str(p.ack)),
    ("len", ("length",), lambda p: str(p.length)),
    ("win", ("window",), lambda p: str(p.window)),
    ("options", ("options", "mss", "wscale", "timestamps"), lambda p: option_text(p)),
)
CALL_COLUMNS = (
    ("ms", ("duration",), lambda c: f"{c.duration:.0f}"),
    ("result", ("result", "errno", "value", "poll"), lambda c: outcome(c)),
    ("state", ("state",), lambda c: c.state),
)
LEFT = {"flags", "options", "result", "state"}


def option_text(packet):
    names = []
    for name, value in packet.options:
        if name == "TS":
            value = stamp_text(packet.stamps)
        names.append(f"{name} {value}".rstrip())
    return ",".join(names)


def outcome(call):
    words = [call.result if call.errno == "-" else call.errno]
    words += [text for text in (call.poll, call.value) if text != "-"]
    return " ".join(words)


def direction(packet, several):
    number = f" {packet.connection}" if several else ""
    return f"{packet.sender[0].upper()}{number} {'->' if packet.sender == CLIENT else '<-'}"


def cells(item, columns, differing):
    if item is None:
        return [""] * len(columns)
    return [get(item) + (MARK if differing & set(fields) else "") for _, fields, get in columns]


def table(headings, rows, left):
    """Lines of columns; those whose heading is in LEFT are flush left."""
    lines = [headings, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    for line in lines:
        yield "  ".join(cell.ljust(width) if heading in left else cell.rjust(width)
                        for cell, width, heading in zip(line, widths, headings)).rstrip()


def side_by_side(rows, columns, lead_headings, lead):
    """LEAD(item) is what both sides have in common."""
    names = [heading for heading, _, _ in columns]
    body = []
    for number, row in enumerate(rows, 1):
        differing = {difference.field for difference in row.differences}
        flag = MARK if row.inkernel is None or row.tcpxx is None else ""
        body.append([f"{flag}{number}", *lead(row.inkernel or row.tcpxx), "|",
                     *cells(row.inkernel, columns, set()), "|", *cells(row.tcpxx, columns, differing)])
    yield from table(["#", *lead_headings, "|", *names, "|", *names], body, LEFT | set(lead_headings))


def packet_lines(comparison):
    rows = comparison.packets
    several = any((row.inkernel or row.tcpxx).connection > 1 for row in rows)
    yield from side_by_side(rows, PACKET_COLUMNS, ["direction"],
                            lambda packet: [direction(packet, several)])


def call_lines(comparison):
    yield from side_by_side(comparison.calls, CALL_COLUMNS, ["who", "call"],
                            lambda call: [call.who, call.call])


def difference_line(difference):
    return f"{difference.place}: {difference.field} is {difference.inkernel} / {difference.tcpxx}"


def declared_lines(comparison):
    """A line for each reason, with all that it explains."""
    reasons = {}
    for difference, reason in comparison.declared:
        reasons.setdefault((reason.field, reason.kind, reason.reason), []).append(difference)
    for (name, kind, reason), differences in reasons.items():
        pairs = dict.fromkeys(f"{each.inkernel} / {each.tcpxx}" for each in differences)
        yield f"  {kind}: {name} is {', '.join(pairs)}: {reason}"


def stale_line(declaration):
    what = " / ".join(declaration.pairs[0]) if declaration.pairs else "something else"
    where = ", ".join(declaration.places) or "any place"
    return f"declared but not so: {declaration.field} is {what} at {where}: {declaration.reason}"


def verdict(comparison):
    if comparison.passed:
        declared = len(comparison.declared)
        return f"ok - {comparison.name}" + (f" # {declared} declared differences" if declared else "")
    return f"not ok - {comparison.name} # {len(comparison.undeclared)} differences" + (
        f", {len(comparison.stale)} declarations too many" if comparison.stale else "")


def show(comparison, brief):
    """The whole as lines; BRIEF leaves out the tables of what is as it should be."""
    if not brief or not comparison.passed:
        yield f"==== {comparison.name}: {comparison.title}"
        yield f"(in-kernel | tcpxx; {MARK} differs)"
        yield from packet_lines(comparison)
        yield ""
        yield from call_lines(comparison)
        yield ""
        yield from declared_lines(comparison)
        for difference in comparison.undeclared:
            yield "  " + difference_line(difference)
        for declaration in comparison.stale:
            yield "  " + stale_line(declaration)
    yield verdict(comparison)
