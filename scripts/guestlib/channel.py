# SPDX-License-Identifier: GPL-2.0
"""The frames on the virtio-serial port between scripts/guest and rootfs/guest-agent.c.

A frame is a type byte, the payload's length in four bytes (big endian) and the payload. One port
carries both directions; its order makes the status arrive after the last byte of output.
"""

import struct

# guest to host
OUTPUT, ERROR, STATUS = b"o", b"e", b"s"
# host to guest; an empty INPUT is the end of standard input, QUIT lets the guest power off
INPUT, WINDOW, QUIT = b"i", b"w", b"q"

HEADER = struct.Struct(">cI")
PAYLOAD_MAX = 32768


def encode(kind, payload=b""):
    return HEADER.pack(kind, len(payload)) + payload


def encode_window(rows, columns):
    return encode(WINDOW, struct.pack(">HH", rows, columns))


class Decoder:
    """Takes bytes as they come, gives whole frames."""

    def __init__(self):
        self._pending = bytearray()

    def feed(self, data):
        self._pending += data
        while len(self._pending) >= HEADER.size:
            kind, length = HEADER.unpack_from(self._pending)
            end = HEADER.size + length
            if len(self._pending) < end:
                return
            payload = bytes(self._pending[HEADER.size:end])
            del self._pending[:end]
            yield kind, payload
