# SPDX-License-Identifier: GPL-2.0
"""The module's small types as a reader thinks of them: numbers, addresses, a value or an error."""

import gdb
import gdb.printing


class _Printer:
    def __init__(self, value):
        self._value = value


class Seq32(_Printer):
    def to_string(self):
        return str(int(self._value["v_"]))


class Be16(_Printer):
    def to_string(self):
        high, low = (int(self._value["b"][place]) for place in range(2))
        return str(high << 8 | low)


def _address(value):
    return ".".join(str(int(value["b"][place])) for place in range(4))


class Be32(_Printer):
    """Both ways of reading it: an address, or a number in a header."""

    def to_string(self):
        octets = bytes(int(self._value["b"][place]) for place in range(4))
        return f"{_address(self._value)} ({int.from_bytes(octets, 'big'):#010x})"


class MacAddress(_Printer):
    def to_string(self):
        return ":".join(f"{int(self._value['b'][place]):02x}" for place in range(6))


class Route(_Printer):
    def to_string(self):
        hop, source = (_address(self._value[name]) for name in ("next_hop", "saddr"))
        return f"via {hop} dev {int(self._value['ifindex'])} src {source} mtu {int(self._value['mtu'])}"


class SkbPtr(_Printer):
    def to_string(self):
        return f"skb {int(self._value['skb_']):#x}" if self._value["skb_"] else "no skb"


class Result(_Printer):
    def to_string(self):
        return self._value["value_"] if self._value["ok_"] else self._value["error_"]


TYPES = {r"Seq32": Seq32, r"be16": Be16, r"be32": Be32, r"MacAddress": MacAddress, r"Route": Route,
         r"SkbPtr": SkbPtr, r"Result<.*>": Result}


def register():
    collection = gdb.printing.RegexpCollectionPrettyPrinter("tcpxx")
    for pattern, printer in TYPES.items():
        collection.add_printer(pattern, rf"^tcpxx::{pattern}$", printer)
    gdb.printing.register_pretty_printer(None, collection, replace=True)
