"""Frames at the whole firmware on the simulated board: judged by the physical truth, and by what the board says."""

from __future__ import annotations

from collections.abc import Callable

from hil.fuzz.answers import Answers
from hil.fuzz.frames import Frames
from hil.rig import Rig
from hil.tests.firmware import steps
from ionto import limits, messages, states

_ROUND_BYTES = 240  # a round of the main loop reads up to 256
_ROUND_MS = 10
_BATCH = 25  # rounds between two looks
SPARE_UA = 60  # noise, and what the board's parts are off
SPARE = 1.03  # the same, of what flows
_PER_RIG = 100_000  # frames to one board: a session of ten minutes is not over by then
_DRAIN_MS = 300
_LEVEL_UA = 1000


Part = Callable[[int, int, Answers], dict[str, int]]


class Bench:
    """A rig and the host's end of its cable."""

    def __init__(self, rig: Rig, answers: Answers) -> None:
        self.rig = rig
        self.answers = answers
        answers.restart()  # of the board before
        rig.advance(_DRAIN_MS)  # what was asked before is answered, so that a frame begins with the first byte
        rig.uart_sinks.append(answers.feed)

    def send(self, source: Frames, frames: int, look: Callable[[], None], round_ms: float = _ROUND_MS) -> None:
        """So many frames, as fast as a round takes them; `look` is called every `_BATCH` rounds, and at the end."""
        for number, (piece, _) in enumerate(source.chunks(frames, _ROUND_BYTES)):
            self.rig.transport.write(piece)
            self.rig.advance(round_ms)
            if number % _BATCH == 0:
                self.rig.transport.read(0)  # nobody asks the rig's own client for these
                look()
        self.rig.transport.write(b"\0")  # ends what the last frame left open
        self.rig.advance(_DRAIN_MS)
        self.rig.transport.read(0)
        look()

    def end(self) -> dict[str, int]:
        """What is told of a run. Raises RigFailure if the device no longer answers, AssertionError for a fault."""
        assert not self.rig.errors, self.rig.errors
        status = self.rig.host.status()
        assert status.fault == 0, f"fault {status.fault}"
        return {"bad_frames": status.bad_frames, "virtual_s": self.rig.now_us // 1_000_000}


def _over_boards(work: Callable[[int, int, Answers], dict[str, int]]) -> Part:
    """The part that does `work` with one board after the other: what a board counts has an end."""

    def part(frames: int, seed: int, answers: Answers) -> dict[str, int]:
        figures: dict[str, int] = {}
        for first in range(0, frames, _PER_RIG):
            share = min(_PER_RIG, frames - first)
            for name, value in work(share, seed + first, answers).items():
                figures[name] = figures.get(name, 0) + value
        return figures

    part.__doc__ = work.__doc__
    return part


@_over_boards
def idle(frames: int, seed: int, answers: Answers) -> dict[str, int]:
    """In IDLE with a hand in the water: K1 never closes and no current flows. Raises AssertionError, RigFailure."""
    rig = Rig(seed, record_truth=0)
    try:
        rig.advance(2500)
        since_us = rig.now_us
        rig.person.contact(1.0)
        answers.states.clear()
        bench = Bench(rig, answers)

        def look() -> None:
            assert not rig.truth.times_us("k1_closed", since_us), "K1 has closed"
            assert rig.truth.max_current_ua() < SPARE_UA, f"{rig.truth.max_current_ua()} uA have flowed"
            only(answers, states.IDLE)

        bench.send(Frames(seed), frames, look)
        return {"frames": frames} | bench.end()
    finally:
        rig.close()


def only(answers: Answers, *allowed: int) -> None:
    """The device has told no other states than these."""
    assert answers.states <= set(allowed), [states.STATES[one] for one in answers.states]


class Ceiling:
    """How much may flow: the level in force, and what is left of the ramp down to it. It never rises."""

    def __init__(self, level_ua: int, slope_ua_per_s: int) -> None:
        self.level_ua = level_ua
        self._ua = float(level_ua)
        self._slope_ua_per_s = slope_ua_per_s * 0.95  # a ramp is within 5 % of its slope

    def granted(self, request: int, value: int) -> None:
        """Takes in what the host was granted. Raises AssertionError for a level that was raised."""
        if request == messages.LOWER_LEVEL:
            assert value <= self.level_ua, f"level raised from {self.level_ua} to {value} uA"
            self.level_ua = value

    def ua(self, elapsed_ms: float) -> float:
        """What may flow now, so long after the last call."""
        allowed_ua = self._ua * SPARE + SPARE_UA
        self._ua = max(self.level_ua, self._ua - self._slope_ua_per_s * elapsed_ms / 1000)
        return allowed_ua


@_over_boards
def under_current(frames: int, seed: int, answers: Answers) -> dict[str, int]:
    """In HOLD: the true current never rises above the level in force, which the host lowers for good; then STOP."""
    rig = Rig(seed)
    try:
        steps.hold(rig, "FACE", _LEVEL_UA)
        rig.host.hello()
        answers.states.clear()
        bench = Bench(rig, answers)
        ceiling = Ceiling(_LEVEL_UA, limits.MODES[limits.FACE].ramp_down_ua_per_s)
        answers.granted = ceiling.granted
        seen = len(rig.truth.samples), rig.now_us

        def look() -> None:
            nonlocal seen
            rows, since_us = seen
            new = rig.truth.after(rows)
            seen = rows + len(new), rig.now_us
            most_ua, may_ua = float(new["current_ua"].max()), ceiling.ua((rig.now_us - since_us) / 1000)
            assert most_ua <= may_ua, f"{most_ua:.0f} uA at a level of {ceiling.level_ua} uA, allowed {may_ua:.0f}"
            only(answers, states.RAMP_UP, states.HOLD)

        bench.send(Frames(seed, without=(messages.STOP,)), frames, look)
        status = rig.host.status()
        assert status.level_ua == ceiling.level_ua, f"level {status.level_ua}, granted {ceiling.level_ua} uA"
        assert steps.until(rig, "HOLD", timeout_ms=15_000) == "HOLD", "nothing that was granted explains it"
        figures = bench.end()
        rig.host.stop()
        rig.advance(1050)
        steps.assert_off(rig)
        return {"frames": frames, "sessions": 1} | figures
    finally:
        answers.granted = None
        rig.close()
