"""Frames of the link: COBS around `type, sequence, body, CRC-32`, from and into buffers made once.

On the wire a frame holds no zero but its last byte, so a receiver that lost its place finds it again at the next zero.
host_tools/framing.py is written independently, and tests hold them together.
"""

import struct
from binascii import crc32

import micropython

from ionto.messages import MAX_FRAME_BYTES

_HEAD_BYTES = 2  # type, sequence
_CRC_BYTES = 4
_RAW_BYTES = MAX_FRAME_BYTES - 2  # without the COBS code byte and the closing zero
MAX_BODY_BYTES = _RAW_BYTES - _HEAD_BYTES - _CRC_BYTES

_raw = bytearray(_RAW_BYTES)
_wire = bytearray(MAX_FRAME_BYTES)
# Views are made once: a slice of a view copies nothing.
_raw_view = memoryview(_raw)
_wire_view = memoryview(_wire)
body_view = _raw_view[_HEAD_BYTES:]  # `finish` makes a frame of what stands here


@micropython.viper
def cobs_encode(source: ptr8, n: int, target: ptr8) -> int:
    """Encode the first `n` (at most 253) bytes of `source` into `target`; returns how many bytes that took.

    The closing zero is the caller's. At most 253, because no frame needs the longer form of COBS.
    """
    code_at = 0
    index = 0
    while index < n:
        value = source[index]
        index += 1
        target[index] = value
        if value == 0:
            target[code_at] = index - code_at
            code_at = index
    target[code_at] = index + 1 - code_at
    return index + 1


def cobs_decode(source, n, target):
    """Decode the first `n` bytes of `source` into `target`; returns how many came out, or -1 if it is not COBS."""
    at = 0
    size = 0
    while at < n:
        code = source[at]
        block_end = at + code
        if code == 0 or block_end > n:
            return -1
        target[size : size + code - 1] = source[at + 1 : block_end]
        size += code - 1
        at = block_end
        if at < n:
            target[size] = 0
            size += 1
    return size


def encode(message_type, sequence, body):
    """The frame as it goes on the wire, with its closing zero. Raises ValueError if the body is too long."""
    if len(body) > MAX_BODY_BYTES:
        raise ValueError("a body has at most %d bytes, not %d" % (MAX_BODY_BYTES, len(body)))
    body_view[: len(body)] = body
    return bytes(finish(message_type, sequence, len(body)))


def finish(message_type, sequence, body_bytes):
    """The frame of the first `body_bytes` of `body_view`, as a view that holds until the next frame is made."""
    crc_at = _HEAD_BYTES + body_bytes
    _raw[0] = message_type
    _raw[1] = sequence
    struct.pack_into("<I", _raw, crc_at, crc32(_raw_view[:crc_at]))
    end = cobs_encode(_raw, crc_at + _CRC_BYTES, _wire)
    _wire[end] = 0
    return _wire_view[: end + 1]


class Decoder:
    """Finds frames in a stream of bytes. `bad_frames` counts those that were not whole and true. [REQ-LNK-3]"""

    def __init__(self):
        self.bad_frames = 0
        self._held = bytearray(MAX_FRAME_BYTES - 1)  # what came since the last zero
        self._held_bytes = 0
        self._oversize = False
        self._raw = bytearray(_RAW_BYTES)
        # Views are made once: a slice of a view copies nothing.
        self._held_view = memoryview(self._held)
        self._raw_view = memoryview(self._raw)

    def feed(self, chunk, n):
        """Yield (type, sequence, body) of every good frame that ends within the first `n` bytes of `chunk`.

        `chunk` is bytes or a bytearray, left alone until the generator has ended. The body is a memoryview that holds
        only until the next frame is asked for. Zeros in a row are no frames and no error.
        """
        view = memoryview(chunk)
        at = 0
        while at < n:
            zero_at = chunk.find(b"\0", at, n)
            end = n if zero_at < 0 else zero_at
            self._hold(view[at:end])
            at = end + 1
            if zero_at >= 0:
                frame = self._finish()
                if frame is not None:
                    yield frame

    def _hold(self, piece):
        end = self._held_bytes + len(piece)
        if end > len(self._held):
            self._oversize = True  # nothing more is kept until the zero that ends it
        else:
            self._held_view[self._held_bytes : end] = piece
            self._held_bytes = end

    def _finish(self):
        """The frame that a zero has just ended, or None if it is empty or bad."""
        held_bytes, oversize = self._held_bytes, self._oversize
        self._held_bytes = 0
        self._oversize = False
        if held_bytes == 0 and not oversize:
            return None
        size = -1 if oversize else cobs_decode(self._held_view, held_bytes, self._raw_view)
        crc_at = size - _CRC_BYTES
        if crc_at < _HEAD_BYTES or crc32(self._raw_view[:crc_at]) != struct.unpack_from("<I", self._raw, crc_at)[0]:
            self.bad_frames += 1
            return None
        return self._raw[0], self._raw[1], self._raw_view[_HEAD_BYTES:crc_at]
