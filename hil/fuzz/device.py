"""Frames at link, session and memory on CPython: nothing may raise, and nothing drives that the host may not drive.

Three devices in turn: one in IDLE whose circuit is closed, one in every state of a treatment, and one in SERVICE.
"""

from __future__ import annotations

import random
from typing import Any, Protocol

from hil.fuzz.answers import Answers
from hil.fuzz.bodies import BOARD_ID
from hil.fuzz.frames import Frames
from ionto import messages
from ionto.link import Link

CHUNK_BYTES = 240  # a round of the main loop reads up to 256
_CLOCK_MASK = 0x3FFFFFFF
_BEFORE_WRAP_MS = 20_000


class Uart:
    """What the host has sent; what is answered goes to `answers`."""

    def __init__(self, answers: Answers) -> None:
        self.waiting = bytearray()
        self.answers = answers

    def any(self) -> int:
        return len(self.waiting)

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), len(self.waiting))
        buffer[:count] = self.waiting[:count]
        del self.waiting[:count]
        return count

    def write(self, data: bytes) -> int:
        self.answers.feed(bytes(data))
        return len(data)


class Board(Protocol):
    """What is fuzzed: a session and what is around it. `store` is what the link reads."""

    round_ms: int
    store: Any

    @property
    def view(self) -> Any: ...

    @property
    def session(self) -> Any: ...

    @property
    def inputs(self) -> Any: ...

    def round(self, elapsed_ms: int) -> None:
        """One round of the session. Raises AssertionError if something is wanted that must not be."""
        ...


class OnBench:
    """The part of a Board that is the same for every session with the circuit of its tests, `bench`."""

    bench: Any

    @property
    def view(self) -> Any:
        return self.bench.view

    @property
    def session(self) -> Any:
        return self.bench.session

    @property
    def inputs(self) -> Any:
        return self.bench.inputs


class Line:
    """A Link on a Board, and the host's end of it; it is the link's `device`."""

    def __init__(self, board: Board, answers: Answers) -> None:
        self.board = board
        self.uart = Uart(answers)
        self.link = Link(self.uart, self)
        self.elapsed_ms = 0
        self.sent = 0

    # What the link may see and ask.

    @property
    def view(self) -> Any:
        return self.board.view

    @property
    def store(self) -> Any:
        return self.board.store

    def identity(self) -> tuple[bytes, int, int]:
        return BOARD_ID, messages.CALIBRATION_BUILTIN, 1

    def ticks(self) -> int:
        return self.elapsed_ms * 2

    def uptime_ms(self) -> int:
        return self.elapsed_ms

    def request_stop(self) -> Any:
        refusal = self.board.session.would_stop()
        self.board.inputs.host_stop |= refusal is None
        return refusal

    def request_level(self, level_ua: int) -> Any:
        refusal = self.board.session.would_lower(level_ua, self.board.inputs.host_level_ua)
        if refusal is None:
            self.board.inputs.host_level_ua = level_ua
        return refusal

    # What the host does.

    def rounds(self, count: int) -> None:
        """Time passes."""
        for _ in range(count):
            self.board.round(self.elapsed_ms)
            self.link.step((_CLOCK_MASK - _BEFORE_WRAP_MS + self.elapsed_ms) & _CLOCK_MASK)
            self.elapsed_ms += self.board.round_ms

    def send(self, source: Frames, frames: int, rounds: int = 1) -> None:
        """So many frames, in pieces with so many rounds after each, until all have been read."""
        for piece, count in source.chunks(frames, CHUNK_BYTES):
            self.uart.waiting += piece
            self.sent += count
            self.rounds(rounds)
            while self.uart.waiting:
                self.rounds(1)

    def end_frame(self) -> None:
        """Ends what the last frame left open, and lets all be answered."""
        self.uart.waiting += b"\0"
        self.rounds(20)


def run(frames: int, seed: int, answers: Answers) -> dict[str, int]:
    """Figures of a run, a third of it at each. Raises what the firmware raises, and AssertionError for a drive."""
    from hil.fuzz import idle, service, treatments

    third = frames // 3
    figures: dict[str, int] = {}
    for work, share in ((idle.run, third), (treatments.run, third), (service.run, frames - 2 * third)):
        for name, value in work(share, seed, answers).items():
            figures[name] = figures.get(name, 0) + value
    return figures


def dice(seed: int, part: str) -> random.Random:
    """A source of chance of a part's own."""
    return random.Random(f"{part} {seed}")
