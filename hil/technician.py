"""A technician on the simulated bench: connects loads, reads a meter that sees the physical truth."""

from __future__ import annotations

from hil.rig import Rig
from hil.sim import facts
from host_tools.calibrate import Bench, Step, check_of
from host_tools.calibration_fit import Check, Point
from ionto.states import SERVICE

LOAD = "hil.dummy:Dummy"
AREA = {"1 kΩ": 1.0, "2 kΩ": 0.5, "10 kΩ": 0.1}
WINDOW_US = 100_000  # a meter integrates over some cycles of the mains
SIGMAS = 3


class TruthMeter:
    """A perfect meter; `wrong` is a factor on what it says."""

    name = "simulated meter"
    readings = 5
    is_slow = False  # it reads in the rig's time

    def __init__(self, rig: Rig, wrong: float = 1.0) -> None:
        self._rig = rig
        self.wrong = wrong

    def read(self, kind: str) -> float:
        """The mean of the last 100 ms, in V or A."""
        samples = self._rig.truth.between(self._rig.now_us - WINDOW_US, self._rig.now_us)
        if kind == "voltage":
            return float(samples["electrode_mv"].mean()) / 1e3 * self.wrong
        return float(samples["current_ua"].mean()) / 1e6 * self.wrong


def set_spread(rig: Rig, source) -> None:
    """Draws every part of the nominal board anew, evenly within its tolerance of 3 sigma."""
    for name, one in facts.SPREAD.items():
        rig.board.fault(name, 1 + SIGMAS * one * source.uniform(-1, 1))
    for name, one in facts.SPREAD_OFFSETS_LSB.items():
        rig.board.fault(name, SIGMAS * one * source.uniform(-1, 1))


def enter_service(rig: Rig) -> None:
    """Power-on with MODE and DOWN held."""
    rig.buttons.hold("MODE", "DOWN", bounce=False)
    rig.board.await_start()
    rig.advance_until(lambda: rig.host.status().state == SERVICE, 4000, step_ms=20)
    rig.buttons.release("MODE", "DOWN")
    rig.advance(200)
    rig.host.hello()


def connect(rig: Rig, step: Step) -> None:
    """Puts the load of a step across the electrodes, or takes it away."""
    name = next((name for name in AREA if name in step.connect), "")
    rig.person.contact(AREA.get(name, 0.0))


def measure(rig: Rig, meter: TruthMeter, steps: tuple[Step, ...]) -> tuple[list[Point], list[Check]]:
    """Every point of these steps, and what the device said of each."""
    bench = Bench(rig.host, meter)
    points: list[Point] = []
    checks: list[Check] = []
    for step in steps:
        connect(rig, step)
        for range_ in step.ranges:
            for part in step.parts:
                point, after = bench.measure(step.kind, range_, part)
                points.append(point)
                checks.append(check_of(point, after))
    bench.rest()
    rig.person.lift()
    return points, checks
