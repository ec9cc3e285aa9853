"""A session in every state of a treatment, with the simple circuit of its tests: a host may stop or lower, no more."""

from __future__ import annotations

from typing import Any

from hil.fuzz import memory
from hil.fuzz.answers import Answers
from hil.fuzz.device import Line, OnBench, dice
from hil.fuzz.frames import Frames
from ionto import limits, messages
from ionto.session_table import DRIVE_CURRENT, DRIVE_OFF
from tests.test_session_support import BODY_OHM, OPEN, ROUND_MS, bench_in

STATES = ("CONFIRM", "ARMING", "ARMED", "RAMP_UP", "HOLD", "RAMP_DOWN", "PAUSED", "REVERSING", "DONE", "FAULT")
_BATCH = 150  # frames in a state
_STOP_MS = 1000
_REST_ROUNDS = 210  # after the frames: a ramp that STOP has asked for is over
_SELDOM = (messages.STOP,)  # with every one of them the session is over


class Treatment(OnBench):
    """A Board in a state. `round` compares with what the host was granted."""

    round_ms = ROUND_MS

    def __init__(self) -> None:
        self.memory, self.store = memory.store("filled")
        self.begin("HOLD", limits.FACE)

    def begin(self, state: str, mode: int) -> None:
        """Another session, in this state."""
        self.bench: Any = bench_in(state, mode)
        self.level_ua: int = self.bench.view.level_ua  # granted last
        self._shown_ua = self._in_force_ua = self.level_ua
        self.stopped_ms: int | None = None
        self._current_ua = max(self.bench.setpoint_na // 1000, self.bench.inputs.current_ua)

    def granted(self, request: int, value: int) -> None:
        """What the host was told that it gets."""
        if request == messages.LOWER_LEVEL:
            assert value <= self.level_ua, f"level raised from {self.level_ua} to {value} uA"
            self.level_ua = value
        elif request == messages.STOP and self.stopped_ms is None:
            self.stopped_ms = self.bench.elapsed_ms

    def round(self, elapsed_ms: int) -> None:
        bench = self.bench
        bench.round(())
        said = f"in {bench.state} after {elapsed_ms} ms"
        # STOP or an end that comes in the same round is first: a lower level that was granted then counts no more.
        assert bench.view.level_ua <= self._shown_ua, f"level {bench.view.level_ua}, was {self._shown_ua} uA {said}"
        self._shown_ua = bench.view.level_ua
        outputs = bench.outputs
        if outputs.drive == DRIVE_CURRENT:
            assert outputs.target_ua <= self.level_ua, f"target {outputs.target_ua} uA {said}"
        current_ua = max(bench.setpoint_na // 1000, bench.inputs.current_ua)  # a ramp begins where the probe is
        if outputs.drive == DRIVE_CURRENT:
            assert current_ua <= max(self._in_force_ua, self._current_ua), f"{current_ua} uA {said}"
        self._current_ua, self._in_force_ua = current_ua, self.level_ua  # the plant hears of a level a round later
        if self.stopped_ms is not None and bench.elapsed_ms - self.stopped_ms > _STOP_MS:
            assert outputs.drive == DRIVE_OFF, f"not off a second after STOP, {said}"


def run(frames: int, seed: int, answers: Answers) -> dict[str, int]:
    """Figures, with the number of sessions and of those that the host has stopped."""
    chance = dice(seed, "treatments")
    board = Treatment()
    answers.granted = board.granted
    line = Line(board, answers)
    source = Frames(seed + 1, seldom=_SELDOM)
    sessions = stopped = 0
    while line.sent < frames:
        state = chance.choice(STATES)
        mode = chance.choice([row.number for row in limits.MODES if row.can_reverse or state != "REVERSING"])
        board.begin(state, mode)
        line.send(source, min(_BATCH, frames - line.sent))
        board.bench.ohm = chance.choice((OPEN, BODY_OHM))
        line.end_frame()
        line.rounds(_REST_ROUNDS)
        sessions += 1
        stopped += board.stopped_ms is not None
    answers.granted = None
    return {"frames": line.sent, "bad_frames": line.link._decoder.bad_frames, "sessions": sessions, "stopped": stopped}
