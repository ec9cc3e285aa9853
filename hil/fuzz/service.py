"""A device in SERVICE: its own session and requests, a drive and a dummy load as simple as can be.

Whatever is asked: no treatment, no current beyond the limits of HANDS nor beyond what was granted, and off once the
host has been silent for as long as the keep-alive and the ramp of STOP take.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hil.fuzz import memory
from hil.fuzz.answers import Answers
from hil.fuzz.bodies import BOARD_ID
from hil.fuzz.device import Line, OnBench
from hil.fuzz.frames import DRIVING_WITHOUT, Frames
from host_tools.framing import encode
from host_tools.records import row_of_type
from ionto import faults, limits, messages, states
from ionto import messages_service as ms
from ionto import session_table as t
from ionto.service import RESTART_ROUNDS, AppService
from ionto.session_service import KEEP_ALIVE_MS, VOLTAGE
from ionto.store import StoredCalibrationError
from tests.test_session_support import OPEN, ROUND_MS, Bench

_HANDS = limits.MODES[limits.HANDS]
_BATCH = 900  # frames from one power-on to the next
_DUMMY_OHM = 2000
_RAMP_MS = 1000
_ROUNDS_EACH = 16  # after each piece: so a current is reached


class _Drive:
    """What AppService asks of the drive, checked against the limits; the Bench's plant does it."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._row: Any = None
        self._is_on = False
        self.copy = [0] * 128

    def is_on(self) -> bool:
        return self._is_on and not self._bench.cut

    def is_tripped(self) -> bool:
        return self._bench.cut != 0

    def off(self) -> None:
        self._is_on = False

    def arm(self, row: Any, calibration: Any, *voltage: Any) -> None:
        assert not self.is_on(), "armed while on"
        assert row.max_ua <= _HANDS.max_ua, row
        assert row.max_electrode_mv <= _HANDS.max_electrode_mv, row
        if voltage:
            value_mv, build = voltage
            build(row, calibration, value_mv)  # raises for a voltage that is none of the row's
        self._row = row

    def probe(self, level_ua: int) -> None:
        self._check(level_ua)
        self._is_on = True

    def current(self, target_ua: int, _up: int, _down: int) -> None:
        self._check(target_ua)

    def _check(self, ua: int) -> None:
        assert self._row is not None, "not armed"
        assert 0 <= ua <= self._row.max_ua, ua


class InService(OnBench):
    """A Board that has just been powered on with MODE and DOWN held."""

    round_ms = ROUND_MS

    def __init__(self, kind: str) -> None:
        self.memory, self.store = memory.store(kind)
        self.bench = Bench()
        self.bench.inputs.is_service = True
        self.bench.until("SERVICE", 100)
        self.bench.ohm = _DUMMY_OHM
        self.has_restarted = False
        self.highest_ua = 0  # current that the host was granted since the output was last off
        self.silent_ms = 0
        self.most_ua = 0  # that has flowed by the ramp
        self.host: Any = None

    def attach(self, line: Line) -> None:
        """The rest of the app, as AppService sees it."""
        bench = self.bench
        app = SimpleNamespace(
            session=bench.session, inputs=bench.inputs, view=bench.view, store=self.store, link=line.link,
            calibration=None, source=0, bad_zero_raw=0, obey=None, drive=_Drive(bench), keeper=self,
            zero=SimpleNamespace(zeros=lambda: (0, 0), reset=lambda: None),
            board=SimpleNamespace(board_id=BOARD_ID, restart=self._restart, select_range=lambda *_: None),
            uptime_ms=line.uptime_ms, request_stop=line.request_stop,
        )  # fmt: skip
        self.host = AppService(app)

    def reload(self) -> Any:
        """As of the app's keeper."""
        try:
            return self.store.load()
        except StoredCalibrationError:
            return None

    def _restart(self) -> None:
        assert not self.host.app.drive.is_on(), "restarts under current"
        self.has_restarted = True

    def granted(self, request: int, value: int) -> None:
        """What the host was told that it gets."""
        if request in (ms.SERVICE_CURRENT, ms.SERVICE_VOLTAGE, ms.SERVICE_READ):
            self.silent_ms = 0
        if request == ms.SERVICE_CURRENT:
            self.highest_ua = max(self.highest_ua, value)

    def round(self, elapsed_ms: int) -> None:
        bench = self.bench
        bench.round(())
        self.host.obey(bench.outputs)
        self.silent_ms += ROUND_MS
        said = f"{bench.state} after {elapsed_ms} ms"
        assert bench.view.state in (states.SERVICE, states.FAULT), said
        current_ua = bench.inputs.current_ua
        assert current_ua <= _HANDS.max_ua, f"{current_ua} uA, {said}"
        if bench.outputs.drive == t.DRIVE_CURRENT:
            assert (bench.outputs.target_ua or 0) <= self.highest_ua, f"{bench.outputs.target_ua} uA, {said}"
            self.most_ua = max(self.most_ua, current_ua)
        elif bench.outputs.drive == t.DRIVE_OFF and not self.host.service.is_on():
            self.highest_ua = 0
        ramp_ms = 0 if self.host.service.kind == VOLTAGE else _RAMP_MS
        if self.silent_ms > KEEP_ALIVE_MS + ramp_ms + 3 * ROUND_MS:
            assert bench.outputs.drive == t.DRIVE_OFF, f"on {self.silent_ms} ms after the last sign of life, {said}"


def run(frames: int, seed: int, answers: Answers) -> dict[str, int]:
    """Figures, with the number of power-ons, and of those in which a current was reached."""
    figures = {"frames": 0, "bad_frames": 0, "power_ons": 0, "driven": 0}
    source = Frames(seed + 2)
    while figures["frames"] < frames:
        number = figures["power_ons"]
        board = InService(memory.KINDS[number % len(memory.KINDS)])
        answers.granted = board.granted
        line = Line(board, answers)
        board.attach(line)
        share = min(_BATCH, frames - figures["frames"])
        other = ms.SERVICE_VOLTAGE if number % 3 else ms.SERVICE_CURRENT  # what comes first keeps the other away
        source.limit(without=(*DRIVING_WITHOUT, other))
        line.send(source, share * 2 // 3, _ROUNDS_EACH)
        if board.bench.outputs.drive != t.DRIVE_OFF:  # with the output off it would be granted
            line.uart.waiting += b"\0" + encode(ms.SERVICE_LEAVE, 1, b"")
        source.limit(seldom=DRIVING_WITHOUT)
        _disturb(board, number % 5)
        line.send(source, share - share * 2 // 3, _ROUNDS_EACH)
        _leave(board, line)
        figures["frames"] += line.sent
        figures["bad_frames"] += line.link._decoder.bad_frames
        figures["power_ons"] += 1
        figures["driven"] += board.most_ua > 0
    answers.granted = None
    return figures


def _disturb(board: InService, kind: int) -> None:
    """STOP, the service USB, a memory that is gone, a load that is, or a fault; one after the other."""
    inputs = board.bench.inputs
    if kind == 0:
        inputs.stop_pressed = True
    elif kind == 1:
        inputs.vbus = True
    elif kind == 2:
        board.memory.is_absent = True
    elif kind == 3:
        board.bench.ohm = OPEN
    else:
        inputs.fault = faults.OVERVOLTAGE
        board.bench.round(())
        inputs.fault = 0


def _leave(board: InService, line: Line) -> None:
    """Silence, in which the output ends; then a restart, which alone leads out."""
    line.end_frame()
    line.rounds((KEEP_ALIVE_MS + _RAMP_MS) // ROUND_MS + 20)
    assert board.bench.outputs.drive == t.DRIVE_OFF
    if board.memory.is_absent:  # by chance it is seldom asked with the output off
        for number, values in ((ms.SERVICE_ADOPT, (BOARD_ID,)), (ms.SERVICE_SETTINGS, (0, 500, 10, 0))):
            line.uart.waiting += encode(number, number, messages.pack(row_of_type(number), values))
        line.rounds(2)
    line.uart.waiting += encode(messages.STATUS, 1, b"") + encode(ms.SERVICE_LEAVE, 2, b"")
    line.rounds(RESTART_ROUNDS + 2)
    assert board.has_restarted or board.bench.state == "FAULT", "it did not restart"
