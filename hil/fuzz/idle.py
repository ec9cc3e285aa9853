"""A device in IDLE whose circuit is closed: it answers, reads its memory out, and never asks for a drive."""

from __future__ import annotations

from typing import Any

from hil.fuzz import memory
from hil.fuzz.answers import Answers
from hil.fuzz.device import Line, dice
from hil.fuzz.frames import Frames
from ionto import messages, states
from ionto.session import Inputs, Session
from ionto.session_table import DRIVE_OFF
from ionto.view import View

_BATCH = 400  # frames with a memory


class Idle:
    """A Board that has passed its self-test."""

    round_ms = 10

    def __init__(self) -> None:
        self.view: Any = View()
        self.session: Any = Session(self.view)
        self.inputs: Any = Inputs()
        self.inputs.self_test = 0
        self.inputs.calibration = messages.CALIBRATION_BUILTIN
        self.inputs.cause_gone = self.inputs.output_open = True
        self.memory, self.store = memory.store("filled")
        for elapsed_ms in range(0, 100, self.round_ms):
            self.session.step(elapsed_ms, self.inputs)
        assert self.view.state == states.IDLE

    def round(self, elapsed_ms: int) -> None:
        outputs = self.session.step(100 + elapsed_ms, self.inputs)
        self.inputs.host_stop, self.inputs.host_level_ua = False, None
        assert outputs.drive == DRIVE_OFF, f"drive {outputs.drive} after {elapsed_ms} ms"
        assert self.view.state == states.IDLE, f"state {self.view.state} after {elapsed_ms} ms"


def run(frames: int, seed: int, answers: Answers) -> dict[str, int]:
    """Figures. The memory is a whole one, a blank one, another board's, or gone."""
    board, chance = Idle(), dice(seed, "idle")
    line = Line(board, answers)
    source = Frames(seed)
    while line.sent < frames:
        board.memory, board.store = memory.store(chance.choice(memory.KINDS))
        board.memory.is_absent = chance.random() < 0.2
        line.send(source, min(_BATCH, frames - line.sent))
    line.end_frame()
    return {"frames": line.sent, "bad_frames": line.link._decoder.bad_frames}
