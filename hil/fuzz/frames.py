"""Random and mutated frames for the link: much that is nearly right, and some that is right."""

from __future__ import annotations

import random
from collections.abc import Iterator

from host_tools.framing import encode
from ionto import messages

_REQUESTS = (messages.HELLO, messages.STATUS, messages.SUBSCRIBE, messages.STOP, messages.LOWER_LEVEL)
_SELDOM = (0x10, 0x11)  # what the device learns by the first of them


class Frames:
    """The same frames for the same seed; the types of `without` are never sent whole."""

    def __init__(self, seed: int, without: tuple[int, ...] = ()) -> None:
        self._dice = random.Random(seed)
        self._without = without
        self._good = self._good_frame()

    def chunks(self, frames: int, chunk_bytes: int) -> Iterator[tuple[bytes, int]]:
        """All of them, in pieces of about so many bytes: (bytes, frames in them)."""
        piece, count = bytearray(), 0
        for _ in range(frames):
            piece += self._frame()
            count += 1
            if len(piece) >= chunk_bytes:
                yield bytes(piece), count
                piece, count = bytearray(), 0
        yield bytes(piece), count

    def _frame(self) -> bytes:
        choice = self._dice.random()
        if choice < 0.35:
            self._good = self._good_frame()
            return self._good
        if choice < 0.75:
            return self._mutated(self._good)
        if choice < 0.9:
            return self._any_frame()
        return self._dice.randbytes(self._dice.randrange(1, 24)) + b"\0"

    def _body(self, message_type: int) -> bytes:
        row = messages.message(message_type)
        size = messages.body_size(row) if row else self._dice.randrange(6)
        return bytes(self._dice.choice((0, 0, 1, 255, self._dice.getrandbits(8))) for _ in range(size))

    def _good_frame(self) -> bytes:
        kind = self._dice.choice([one for one in _REQUESTS + _SELDOM if one not in self._without])
        body = self._body(kind)
        if kind == messages.HELLO and self._dice.random() < 0.5:
            body = messages.TABLE_HASH.to_bytes(4, "little") + bytes(messages.VERSION)
        return encode(kind, self._dice.getrandbits(8), body)

    def _any_frame(self) -> bytes:
        """Whole, of any type that may be sent, with a body of any length."""
        kind = self._dice.getrandbits(8)
        while kind in self._without:
            kind = self._dice.getrandbits(8)
        return encode(kind, self._dice.getrandbits(8), self._dice.randbytes(self._dice.choice((0, 1, 2, 5, 20, 60))))

    def _mutated(self, frame: bytes) -> bytes:
        data = bytearray(frame)
        at = self._dice.randrange(len(data))
        match self._dice.randrange(5):
            case 0:
                data[at] ^= 1 << self._dice.randrange(8)
            case 1:
                del data[at]
            case 2:
                data.insert(at, self._dice.getrandbits(8))
            case 3:
                del data[at:]
            case _:
                data += data[at:]
        return bytes(data)
