# SPDX-License-Identifier: GPL-2.0
"""Two runs of a scenario, one of each stack, put beside each other: pure data, nothing is printed here."""

import tomllib
from dataclasses import dataclass, field

STACKS = ("inkernel", "tcpxx")
# Times are equal within this many milliseconds, or this part of the longer one.
TOLERANCE_MS, TOLERANCE = 2, 0.05
# Rows are put beside each other so that as little as possible differs; a row alone costs as much as this.
ALONE = 2.5
NEVER = 1e6


@dataclass(frozen=True)
class Run:
    """What one stack did."""

    packets: list
    calls: list


@dataclass(frozen=True)
class Difference:
    """One field that differs, as texts. KIND is "packet" or "call", NUMBER the row's, from 1."""

    kind: str
    number: int
    field: str
    inkernel: str
    tcpxx: str

    @property
    def place(self):
        return f"{self.kind} {self.number}"


@dataclass
class Row:
    """One line of the comparison; a side that has nothing there is None."""

    inkernel: object
    tcpxx: object
    differences: list = field(default_factory=list)


@dataclass
class Comparison:
    """One scenario: the rows, and what of their differences is declared."""

    name: str
    title: str
    packets: list
    calls: list
    declared: list = field(default_factory=list)        # (Difference, Declaration)
    undeclared: list = field(default_factory=list)
    stale: list = field(default_factory=list)           # Declarations of what is not so

    @property
    def passed(self):
        return not self.undeclared and not self.stale


# ---- putting rows beside each other

def align(left, right, cost):
    """Pairs with the least sum of COST(a, b); (a, None) and (None, b) cost ALONE."""
    best = [[(0, None)] + [((j + 1) * ALONE, (0, 1)) for j in range(len(right))]]
    for i, a in enumerate(left):
        best.append([((i + 1) * ALONE, (1, 0))])
        for j, b in enumerate(right):
            best[-1].append(min((best[i][j][0] + cost(a, b), (1, 1)),
                                (best[i][j + 1][0] + ALONE, (1, 0)),
                                (best[i + 1][j][0] + ALONE, (0, 1)), key=lambda choice: choice[0]))
    i, j, pairs = len(left), len(right), []
    while i or j:
        di, dj = best[i][j][1]
        pairs.append((left[i - 1] if di else None, right[j - 1] if dj else None))
        i, j = i - di, j - dj
    return pairs[::-1]


def packet_key(packet):
    """What a packet is, whenever it comes."""
    return (packet.sender, packet.connection, packet.flags, packet.seq, packet.ack, packet.length)


def call_key(call):
    return (call.who, call.call)


def packet_cost(a, b):
    if (a.sender, a.connection) != (b.sender, b.connection):
        return NEVER
    return sum(x != y for x, y in zip(packet_key(a), packet_key(b)))


def call_cost(a, b):
    return 0 if call_key(a) == call_key(b) else NEVER


# ---- fields

def close(a, b):
    return abs(a - b) <= max(TOLERANCE_MS, TOLERANCE * max(abs(a), abs(b)))


def stamps_close(a, b):
    return all((x is None) == (y is None) and (x is None or close(x, y)) for x, y in zip(a, b))


def value_of(option):
    return lambda packet: dict(packet.options).get(option)


def equal(a, b):
    return a == b


def milliseconds(value):
    return f"{value:.1f} ms"


def stamp_text(stamps):
    return "/".join("-" if stamp is None else str(stamp) for stamp in stamps)


def option_names(packet):
    """Their order, without the values that have fields of their own."""
    return tuple(name if name in ("mss", "wscale") else f"{name} {value}".rstrip()
                 for name, value in packet.options)


# Name, what is compared, how, and as which text.
PACKET_FIELDS = (
    ("flags", lambda p: p.flags, equal, str),
    ("seq", lambda p: p.seq, equal, str),
    ("ack", lambda p: p.ack, equal, str),
    ("length", lambda p: p.length, equal, str),
    ("window", lambda p: p.window, equal, str),
    ("options", option_names, equal, ",".join),
    ("mss", value_of("mss"), equal, str),
    ("wscale", value_of("wscale"), equal, str),
    ("timestamps", lambda p: p.stamps, stamps_close, stamp_text),
    ("TTL", lambda p: p.ttl, equal, str),
    ("TOS", lambda p: p.tos, equal, str),
    ("DF", lambda p: p.df, equal, str),
    ("interval", lambda p: p.interval, close, milliseconds),
)
CALL_FIELDS = (
    ("result", lambda c: c.result, equal, str),
    ("errno", lambda c: c.errno, equal, str),
    ("poll", lambda c: c.poll, equal, str),
    ("value", lambda c: c.value, equal, str),
    ("state", lambda c: c.state, equal, str),
    ("duration", lambda c: c.duration, close, milliseconds),
)


def field_differences(kind, number, row, fields):
    for name, get, same, text in fields:
        a, b = get(row.inkernel), get(row.tcpxx)
        if not same(a, b):
            yield Difference(kind, number, name, text(a), text(b))


def summary(item):
    """A packet or a call in a few words, for a row that only one side has."""
    if hasattr(item, "flags"):
        return f"{item.sender} {item.flags} {item.seq}:{item.seq + item.length} ack {item.ack}"
    return f"{item.who} {item.call}"


def alone(kind, number, row, moved):
    item = row.inkernel or row.tcpxx
    name = "order" if moved else f"missing {kind}" if row.inkernel else f"extra {kind}"
    sides = [summary(item) if side else "-" for side in (row.inkernel, row.tcpxx)]
    return Difference(kind, number, name, *sides)


def compare_rows(kind, left, right, key, cost, fields):
    """The Rows. What both sides have, but at another place, is a difference of order."""
    rows = [Row(a, b) for a, b in align(left, right, cost)]
    only = [{key(row.inkernel) for row in rows if row.tcpxx is None},
            {key(row.tcpxx) for row in rows if row.inkernel is None}]
    for number, row in enumerate(rows, 1):
        if row.inkernel is None or row.tcpxx is None:
            moved = key(row.inkernel or row.tcpxx) in only[0] & only[1]
            row.differences.append(alone(kind, number, row, moved))
        else:
            row.differences.extend(field_differences(kind, number, row, fields))
    return rows


def compare(name, title, runs, declarations=()):
    """The Comparison of RUNS, a Run by stack."""
    a, b = (runs[stack] for stack in STACKS)
    result = Comparison(
        name, title,
        compare_rows("packet", a.packets, b.packets, packet_key, packet_cost, PACKET_FIELDS),
        compare_rows("call", a.calls, b.calls, call_key, call_cost, CALL_FIELDS))
    for row in (*result.packets, *result.calls):
        for difference in row.differences:
            reason = next((each for each in declarations if each.explains(name, difference)), None)
            if reason:
                result.declared.append((difference, reason))
            else:
                result.undeclared.append(difference)
    used = [reason for _, reason in result.declared]
    result.stale = [each for each in declarations if name in each.scenarios and each not in used]
    return result


# ---- declared differences

@dataclass(frozen=True)
class Declaration:
    """One entry of tools/compare/differences.toml. PAIRS are (in-kernel, tcpxx); none is any."""

    scenarios: tuple            # none is every
    field: str
    kind: str                   # "intended" or "known"
    reason: str
    pairs: tuple = ()
    places: tuple = ()          # none is any

    def explains(self, scenario, difference):
        return ((not self.scenarios or scenario in self.scenarios)
                and self.field == difference.field
                and (not self.places or difference.place in self.places)
                and (not self.pairs or (difference.inkernel, difference.tcpxx) in self.pairs))

    def __str__(self):
        return f"{self.kind}: {self.reason}"


def check_entry(entry, scenarios):
    unknown = set(entry) - {"scenarios", "fields", "kind", "reason", "pairs", "places"}
    unknown |= set(entry.get("scenarios", ())) - set(scenarios)
    if unknown or entry.get("kind") not in ("intended", "known") or not entry.get("reason"):
        raise ValueError(f"the declaration of {entry.get('fields')} is wrong: "
                         f"{' '.join(sorted(unknown)) or 'kind and reason'}")


def read_declarations(text, scenarios):
    """The Declarations of a file. Each pair and each field is one of its own, so that each must be needed."""
    found = []
    for entry in tomllib.loads(text).get("difference", []):
        check_entry(entry, scenarios)
        pairs = [(tuple(pair),) for pair in entry.get("pairs", ())] or [()]
        found += [Declaration(tuple(entry.get("scenarios", ())), name, entry["kind"], entry["reason"],
                              pair, tuple(entry.get("places", ())))
                  for name in entry["fields"] for pair in pairs]
    return found


def unused(declarations, comparisons):
    """Those for every scenario that explain nothing in any of them."""
    used = {reason for each in comparisons for _, reason in each.declared}
    return [each for each in declarations if not each.scenarios and each not in used]
