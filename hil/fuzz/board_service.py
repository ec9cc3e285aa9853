"""Frames at the whole firmware in SERVICE, on the simulated board, with a dummy load; judged by the physical truth."""

from __future__ import annotations

from hil.board_config import draw_spread
from hil.fuzz.answers import Answers
from hil.fuzz.board import SPARE, SPARE_UA, Bench, only
from hil.fuzz.frames import DRIVING_WITHOUT, Frames
from hil.memory import calibration_for
from hil.rig import Rig
from hil.tests.firmware import steps
from host_tools.framing import encode
from ionto import limits, session_service, states
from ionto import messages_service as ms

_PROBE_UA = max(mode.probe_limit_ua for mode in limits.MODES)  # without a current that was granted
_BATCH = 2000  # frames from one power-on to the next
_PER_RIG = 20_000  # frames to a board; the memory of every second one is another board's
_DRIVING_ROUND_MS = 40


class ServiceWatch:
    """What was granted in SERVICE, and when the host gave its last sign of life."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.alive_us = rig.now_us
        self.is_voltage = False
        self.has_driven = False
        self._most_ua = _PROBE_UA  # that may flow

    def granted(self, request: int, value: int) -> None:
        """Takes in what the host was granted."""
        if request in (ms.SERVICE_CURRENT, ms.SERVICE_VOLTAGE):
            self.is_voltage = request == ms.SERVICE_VOLTAGE
        if request == ms.SERVICE_CURRENT:
            self._most_ua = max(self._most_ua, value)
        if request in (ms.SERVICE_CURRENT, ms.SERVICE_VOLTAGE, ms.SERVICE_READ):
            self.alive_us = self._rig.now_us

    def look(self) -> None:
        """Raises AssertionError if more flows than was granted, or than HANDS may have."""
        now_ua = self._rig.truth.current_ua
        self.has_driven |= now_ua > _PROBE_UA
        most_ua = min(self._most_ua, limits.MODES[limits.HANDS].max_ua) * SPARE + SPARE_UA
        assert now_ua <= most_ua, f"{now_ua} uA, granted {self._most_ua}"
        ever_ua, hands_ua = self._rig.truth.max_current_ua(), limits.MODES[limits.HANDS].max_ua
        assert ever_ua <= hands_ua * SPARE + SPARE_UA, f"{ever_ua} uA have flowed"


def run(frames: int, seed: int, answers: Answers) -> dict[str, int]:
    """In SERVICE, into a dummy load: within the limits of HANDS, off when the host falls silent, and no treatment."""
    figures: dict[str, int] = {}
    for number, first in enumerate(range(0, frames, _PER_RIG)):
        share = min(_PER_RIG, frames - first)
        fram = "foreign" if number % 2 else "calibrated"
        for name, value in _one_dummy(share, seed + first, fram, answers).items():
            figures[name] = figures.get(name, 0) + value
    return figures


def _one_dummy(frames: int, seed: int, fram: str, answers: Answers) -> dict[str, int]:
    rig = Rig(seed, load=steps.RESISTOR, load_arguments={"ohm": 2000}, record_truth=0, fram=fram)
    source = Frames(seed, values=[value for row in calibration_for(draw_spread(seed, 1.0)) for value in row])
    figures = {"frames": 0, "bad_frames": 0, "power_ons": 0, "driven": 0}
    try:
        answers.restart()
        rig.buttons.hold("MODE", "DOWN", bounce=False)
        bench = Bench(rig, answers)
        rig.board.await_start()
        while figures["frames"] < frames:
            share = min(_BATCH, frames - figures["frames"])
            figures["driven"] += _one_service(bench, source, share, figures["power_ons"])
            figures["bad_frames"] += bench.end()["bad_frames"]
            figures["frames"] += share
            figures["power_ons"] += 1
            _leave(bench)
        return figures | {"virtual_s": rig.now_us // 1_000_000}
    finally:
        answers.granted = None
        rig.close()


def _one_service(bench: Bench, source: Frames, frames: int, number: int) -> bool:
    """From power-on, its buttons held, to silence. Returns whether a current was driven."""
    rig, answers = bench.rig, bench.answers
    steps.until(rig, "SERVICE", timeout_ms=4000)
    rig.buttons.release("MODE", "DOWN")
    rig.person.contact(1.0)
    answers.states.clear()
    watch = ServiceWatch(rig)
    answers.granted = watch.granted

    def look() -> None:
        watch.look()
        only(answers, states.SERVICE)

    other = ms.SERVICE_CURRENT if number % 2 else ms.SERVICE_VOLTAGE  # what comes first would keep the other away
    source.limit(without=(*DRIVING_WITHOUT, other))
    bench.send(source, frames // 2, look, _DRIVING_ROUND_MS)
    rig.transport.write(encode(ms.SERVICE_LEAVE, 1, b"\1"))
    if rig.truth.k1_closed:  # it would be granted with the output off
        rig.transport.write(encode(ms.SERVICE_LEAVE, 2, b""))
    _press_all(rig)
    _fall_silent(rig, watch)
    _disturb(rig, number, True)
    source.limit(seldom=DRIVING_WITHOUT, without=(ms.SERVICE_LEAVE,))
    bench.send(source, frames - frames // 2, look)
    _disturb(rig, number, False)
    _fall_silent(rig, watch)
    look()
    return watch.has_driven


def _disturb(rig: Rig, number: int, is_there: bool) -> None:
    """STOP, the service USB, a load that is gone, a memory that is, or nothing; one after the other."""
    match number % 5:
        case 1:
            (rig.buttons.stop_press if is_there else rig.buttons.stop_release)()
        case 2:
            rig.board.vbus(is_there)
        case 3:
            rig.person.contact(0.0 if is_there else 1.0)
        case 4:
            rig.board.fault("fram_absent", int(is_there))


def _press_all(rig: Rig) -> None:
    """What begins a treatment elsewhere begins none here."""
    for name in ("START", "START", "MODE"):
        steps.tap(rig, name)


def _fall_silent(rig: Rig, watch: ServiceWatch) -> None:
    """No sign of life: a voltage ends at once, a current by the ramp of STOP, each 500 ms after the last."""
    rig.advance(session_service.KEEP_ALIVE_MS + 1100)
    steps.assert_off(rig)
    opened = rig.truth.times_us("k1_open", round(watch.alive_us))
    if opened:
        within_ms = session_service.KEEP_ALIVE_MS + 50 + (0 if watch.is_voltage else 1000)
        lasted_ms = (opened[-1] - watch.alive_us) / 1000
        assert lasted_ms <= within_ms, f"off {lasted_ms:.0f} ms after the last sign of life, allowed {within_ms}"


def _leave(bench: Bench) -> None:
    """The one way out: a restart, with the buttons held and the circuit open for the next time."""
    rig = bench.rig
    rig.person.lift()
    rig.advance(50)
    bench.answers.granted = None
    rig.buttons.hold("MODE", "DOWN", bounce=False)
    rig.host.service_leave()
    rig.advance(100)
    bench.answers.restart()
