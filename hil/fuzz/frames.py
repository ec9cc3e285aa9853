"""Random and mutated frames for the link: much that is nearly right, and some that is right."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from hil.fuzz.bodies import Bodies
from host_tools.framing import encode
from ionto import messages, messages_service

REQUESTS = tuple(row.type for row in messages_service.ALL if row.type < messages.OK)
# In SERVICE: with these, no current is ever reached.
DRIVING_WITHOUT = (messages.STOP, messages_service.SERVICE_OFF, messages_service.SERVICE_LEAVE)


class Frames:
    """The same frames for the same seed.

    without: types that are never sent whole.
    seldom: types that are sent once where others are sent ten times.
    values: of a calibration that is this board's own, in the order of SERVICE_SAVE.
    """

    def __init__(
        self, seed: int, without: Sequence[int] = (), seldom: Sequence[int] = (), values: Sequence[int] | None = None
    ) -> None:
        self._dice = random.Random(seed)
        self._bodies = Bodies(self._dice, values)
        self.limit(without, seldom)

    def limit(self, without: Sequence[int] = (), seldom: Sequence[int] = ()) -> None:
        """From now on without these types, and with those less often."""
        self._without = tuple(without)
        self._kinds = [one for one in REQUESTS if one not in without]
        self._weights = [1 if one in seldom else 10 for one in self._kinds]
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

    def _good_frame(self) -> bytes:
        (kind,) = self._dice.choices(self._kinds, self._weights)
        return encode(kind, self._dice.getrandbits(8), self._bodies.body(kind))

    def _any_frame(self) -> bytes:
        """Whole, of any type that may be sent, with a body of any length."""
        kind = self._dice.choice((self._dice.getrandbits(8), *self._kinds))
        while kind in self._without:
            kind = self._dice.getrandbits(8)
        return encode(kind, self._dice.getrandbits(8), self._dice.randbytes(self._dice.choice((1, 2, 4, 6, 20, 60))))

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
