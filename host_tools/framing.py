"""Frames of the link, the host's side: the `cobs` and `crcmod` packages rather than the device's own code.

A frame is `type, sequence, body, CRC-32 (little endian)` in COBS, ended by a zero byte, at most 128 bytes on the wire.
"""

from typing import NamedTuple

import crcmod.predefined
from cobs import cobs

from host_tools.errors import FrameError
from ionto.messages import MAX_FRAME_BYTES

_HEAD_BYTES = 2
_CRC_BYTES = 4
MAX_BODY_BYTES = MAX_FRAME_BYTES - 2 - _HEAD_BYTES - _CRC_BYTES

_crc32 = crcmod.predefined.mkCrcFun("crc-32")


class Frame(NamedTuple):
    """One frame that was received whole and true."""

    type: int
    sequence: int
    body: bytes


def encode(message_type: int, sequence: int, body: bytes) -> bytes:
    """The frame as it goes on the wire, with its closing zero. Raises FrameError if the body is too long."""
    if len(body) > MAX_BODY_BYTES:
        raise FrameError(f"a body has at most {MAX_BODY_BYTES} bytes, not {len(body)}")
    raw = bytes((message_type, sequence)) + body
    return cobs.encode(raw + _crc32(raw).to_bytes(_CRC_BYTES, "little")) + b"\0"


def decode(wire: bytes) -> Frame:
    """The frame in `wire`, given without its closing zero. Raises FrameError that says what is wrong."""
    if len(wire) >= MAX_FRAME_BYTES:
        raise FrameError(f"a frame has at most {MAX_FRAME_BYTES} bytes, not {len(wire) + 1}")
    try:
        raw = cobs.decode(wire)
    except cobs.DecodeError as error:
        raise FrameError(f"not COBS: {error}") from error
    if len(raw) < _HEAD_BYTES + _CRC_BYTES:
        raise FrameError(f"a frame holds at least {_HEAD_BYTES + _CRC_BYTES} bytes, not {len(raw)}")
    content, crc = raw[:-_CRC_BYTES], int.from_bytes(raw[-_CRC_BYTES:], "little")
    if _crc32(content) != crc:
        raise FrameError(f"CRC-32 is {crc:08x}, should be {_crc32(content):08x}")
    return Frame(content[0], content[1], content[_HEAD_BYTES:])


class Decoder:
    """Finds frames in a stream of bytes; `bad_frames` counts those that were not whole and true."""

    def __init__(self) -> None:
        self.bad_frames = 0
        self._held = b""

    def feed(self, data: bytes) -> list[Frame]:
        """The good frames that end within `data`. Zeros in a row are no frames and no error."""
        *ended, held = (self._held + data).split(b"\0")
        self._held = held[:MAX_FRAME_BYTES]  # one byte too many is enough to know that it is oversize
        frames: list[Frame] = []
        for wire in filter(None, ended):
            try:
                frames.append(decode(wire))
            except FrameError:
                self.bad_frames += 1
        return frames
