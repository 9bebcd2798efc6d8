# SPDX-License-Identifier: GPL-2.0
"""Captured TCP packets of either stack, decoded by tshark and freed of what chance has chosen.

Sequence numbers count from the first SYN of each side, time stamps from the first one of each side, ports
are the client's first, second and so on, and times are milliseconds since the run began. Nothing else is
changed, and no packet is left out.
"""

import struct
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ETHERTYPE = "0x88b5"
CLIENT_ADDRESS = "10.0.0.1"
CLIENT, SERVER = "client", "server"
FLAG_LETTERS = "FSRP.UEW"
FIELDS = ("frame.time_epoch", "ip.src", "ip.ttl", "ip.dsfield", "ip.flags.df", "tcp.srcport", "tcp.dstport",
          "tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.window_size_value", "tcp.len", "tcp.options")
SYN, ACK = 0x02, 0x10
SEQUENCE_SPACE = 1 << 32
FILE_HEADER = struct.Struct("<IHHiIII")
RECORD_HEADER = struct.Struct("<IIII")


class CaptureError(Exception):
    """What is wrong with a capture, in words for the user."""


@dataclass(frozen=True)
class Frame:
    """One frame of a capture: its time in microseconds, and its bytes."""

    time: int
    data: bytes


@dataclass(frozen=True)
class Packet:
    """One packet as it can be compared with one of the other stack. Times are milliseconds."""

    time: float
    interval: float             # since the packet before
    sender: str
    connection: int
    flags: str
    seq: int
    ack: int
    length: int
    window: int                 # as in the header, not scaled
    options: tuple              # (name, value) in their order; "" is no value, or one that is apart
    stamps: tuple               # (TSval, TSecr), None for what is not there
    ttl: int
    tos: str
    df: str


# ---- files

def read_pcap(path):
    """The frames of a file as tcpdump writes it on this machine."""
    data = Path(path).read_bytes()
    if len(data) < FILE_HEADER.size or FILE_HEADER.unpack_from(data)[0] != 0xA1B2C3D4:
        raise CaptureError(f"{path} is no capture")
    frames, offset = [], FILE_HEADER.size
    while offset + RECORD_HEADER.size <= len(data):
        seconds, fraction, size, _ = RECORD_HEADER.unpack_from(data, offset)
        offset += RECORD_HEADER.size
        frames.append(Frame(seconds * 1_000_000 + fraction, data[offset:offset + size]))
        offset += size
    return frames


def write_pcap(path, frames):
    with open(path, "wb") as file:
        file.write(FILE_HEADER.pack(0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for frame in frames:
            size = len(frame.data)
            file.write(RECORD_HEADER.pack(*divmod(frame.time, 1_000_000), size, size) + frame.data)


# ---- decoding

def _run_tshark(path):
    command = ["tshark", "-n", "-r", str(path), "-d", f"ethertype=={ETHERTYPE},ip",
               "-d", "tcp.port==8080,data", "-T", "fields", "-E", "occurrence=f"]
    for name in FIELDS:
        command += ["-e", name]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise CaptureError(f"tshark: {result.stderr.strip()}")
    return [dict(zip(FIELDS, line.split("\t"))) for line in result.stdout.splitlines()]


def decode(captures):
    """The rows of tshark by name, from frames by name. tshark starts slowly, so that it runs once."""
    with tempfile.TemporaryDirectory(prefix="tcpxx-compare.") as directory:
        path = Path(directory) / "all.pcap"
        write_pcap(path, [frame for frames in captures.values() for frame in frames])
        rows = iter(_run_tshark(path))
        decoded = {name: [row for _, row in zip(frames, rows)] for name, frames in captures.items()}
    for name, frames in captures.items():
        if len(decoded[name]) != len(frames) or not all(row["tcp.seq_raw"] for row in decoded[name]):
            raise CaptureError(f"{name}: tshark does not understand every packet")
    return decoded


def option_list(text):
    """(name, value) of each option, from the bytes in hexadecimal; the time stamp's value is apart."""
    data, options, stamps = bytes.fromhex(text), [], None
    while data:
        kind = data[0]
        size = 1 if kind in (0, 1) else data[1] if len(data) > 1 else 0
        if size < (1 if kind in (0, 1) else 2) or size > len(data):
            return [*options, ("broken", data.hex())], stamps
        value = data[2:size]
        options.append(_option(kind, value))
        if kind == 8 and len(value) == 8:
            stamps = struct.unpack(">II", value)
        data = data[size:]
    return options, stamps


def _option(kind, value):
    number = str(int.from_bytes(value, "big"))
    known = {0: ("eol", ""), 1: ("nop", ""), 2: ("mss", number), 3: ("wscale", number), 4: ("sackOK", ""),
             5: ("sack", value.hex()), 8: ("TS", ""), 34: ("cookie", value.hex())}
    return known.get(kind, (f"kind {kind}", value.hex()))


# ---- normalising

@dataclass
class _Side:
    """Where the numbers of one side of a connection begin."""

    isn: int = None
    stamp: int = None


@dataclass
class Normaliser:
    """Turns the rows of one capture into Packets; START is when the run began, in microseconds."""

    start: int
    _last: int = None
    _ports: list = field(default_factory=list)
    _sides: dict = field(default_factory=dict)

    def packet(self, row):
        time = _microseconds(row["frame.time_epoch"])
        sender = CLIENT if row["ip.src"] == CLIENT_ADDRESS else SERVER
        connection = self._connection(int(row["tcp.srcport" if sender == CLIENT else "tcp.dstport"]))
        flags = int(row["tcp.flags"], 16)
        own, peer = self._side(connection, sender), self._side(connection, _other(sender))
        seq, ack = self._numbers(row, flags, own, peer)
        options, stamps = option_list(row["tcp.options"])
        before, self._last = self._last if self._last is not None else self.start, time
        return Packet((time - self.start) / 1000, (time - before) / 1000, sender, connection,
                      flag_letters(flags), seq, ack, int(row["tcp.len"]), int(row["tcp.window_size_value"]),
                      tuple(_with_relative_edges(each, peer) for each in options), _relative_stamps(stamps, own, peer), int(row["ip.ttl"]),
                      row["ip.dsfield"], row["ip.flags.df"])

    def _connection(self, port):
        if port not in self._ports:
            self._ports.append(port)
        return self._ports.index(port) + 1

    def _side(self, connection, side):
        return self._sides.setdefault((connection, side), _Side())

    @staticmethod
    def _numbers(row, flags, own, peer):
        """Relative ones; as they are where nothing has begun, and where ACK is not set."""
        seq, ack = int(row["tcp.seq_raw"]), int(row["tcp.ack_raw"])
        if flags & SYN:
            own.isn = seq
        return (_relative(seq, own.isn), _relative(ack, peer.isn) if flags & ACK else ack)


def _microseconds(text):
    whole, _, fraction = text.partition(".")
    return int(whole) * 1_000_000 + int((fraction + "000000")[:6])


def _other(side):
    return SERVER if side == CLIENT else CLIENT


def _relative(number, base):
    """Numbers a little before their base are negative. 0 is no number: it is what an RST has that answers a
    segment without ACK (RFC 9293, 3.10.7.1)."""
    if base is None or number == 0:
        return number
    difference = (number - base) % SEQUENCE_SPACE
    return difference - SEQUENCE_SPACE if difference >= SEQUENCE_SPACE // 2 else difference


def _relative_stamps(stamps, own, peer):
    if stamps is None:
        return (None, None)
    value, echo = stamps
    if own.stamp is None:
        own.stamp = value
    return (_relative(value, own.stamp), None if not echo else _relative(echo, peer.stamp))


def _with_relative_edges(option, peer):
    """A SACK option's blocks, in the numbers of the side whose text it is about."""
    name, value = option
    if name != "sack" or len(value) % 16:
        return option
    edges = [_relative(edge, peer.isn) for edge, in struct.iter_unpack(">I", bytes.fromhex(value))]
    return name, " ".join(f"{left}:{right}" for left, right in zip(edges[::2], edges[1::2]))


def flag_letters(flags):
    return "".join(letter for bit, letter in enumerate(FLAG_LETTERS) if flags >> bit & 1) or "-"


def packets(rows, start):
    """The Packets of one capture."""
    normaliser = Normaliser(start)
    return [normaliser.packet(row) for row in rows]
