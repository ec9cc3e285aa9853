"""One cell of the matrix: a fault, a state, a person, a board. What happened, and whether the promise was kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from hil.faults import log
from hil.faults.journey import Journey
from hil.faults.model import BORNE, FLOWING, NEXT_TEST, NOW, OFF_UA, RESET, UNSEEN, Cell, Expect, Fault
from hil.faults.programs import program
from hil.faults.registry import fault_named, person_named
from hil.faults.watch import Current, Watch
from hil.process import RigError
from hil.rig import Rig, RigFailure
from hil.sim import facts
from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import closings_us
from ionto import faults, limits

_OBSERVE_MS = 300.0
_SETTLE_MS = 250.0  # a screen and a record take that
_LATCH_MAX_MS = 2.0
_PROOF_MV = 750.0  # half a volt and what a part may be off; a probe has 1.5 V after a tenth of a second
_HOLD_MS = 3300
_DARK_MS = 10.0
_END_US = 50_000


@dataclass
class Row:
    """What a cell came to. `problems` is empty if it passed."""

    fault: str
    state: str
    person: str
    seed: int
    seen: str  # what was expected
    code: int = 0  # first fault or cut that was told
    name: str = ""
    off_ms: float | None = None
    bound_ms: float | None = None
    peak_ua: float = 0.0
    back_ua: float = 0.0
    above_latch_ms: float = 0.0
    charge_uc: float = 0.0
    why: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Nothing is wrong with it."""
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "pass": self.passed}


class CellRun:
    """Runs one cell on a rig that has been made for it."""

    def __init__(self, cell: Cell, rig: Rig):
        self.cell, self.rig = cell, rig
        self.fault: Fault = fault_named(cell.fault)
        self.person = person_named(cell.person)
        self.expect: Expect = self.fault.expected(cell.state)
        self.journey = Journey(rig, self.person)
        self.row = Row(**asdict(cell), seen=self.expect.seen, why=self.expect.why)
        self.end_us = 0.0
        self.is_fault = False

    def wrong(self, text: str) -> None:
        """Notes what was not as promised."""
        self.row.problems.append(text)

    def run(self) -> Row:
        """To the state, the fault, what follows, and back."""
        rig, source = self.rig, self.cell.random()
        self.journey.reach(self.cell.state)
        rig.advance(source.uniform(0, 12) if self.cell.state != "SELF_TEST" else source.uniform(20, 500))
        self.log = log.Log(rig)
        watch = Watch(rig)
        self.fault.inject(rig, source)
        watch.closely()
        watch.on(_OBSERVE_MS)
        if self.expect.seen == RESET:
            self._after_a_reset(watch)
        else:
            self._after(watch)
        self._measure(watch)
        return self.row

    # -- what followed ----------------------------------------------------------------------------------------------

    def _after(self, watch: Watch) -> None:
        """A fault that the firmware lives through: wait for it to be told, as long as the journey goes."""
        told = self._told()
        is_complete = False
        if not told or (told >= faults.CUT_OPEN and self.expect.seen != BORNE):
            is_complete = self.journey.go_on()
            told = self._told()
        is_lasting = not self.expect.is_transient and self.expect.seen in (NOW, FLOWING)
        if is_complete and is_lasting and told >= faults.CUT_OPEN:
            self.wrong(f"{self._name(told)}, and then a session as if nothing were wrong")
        watch.on(_SETTLE_MS)
        self.end_us = self.rig.now_us
        self.row.code, self.row.name = told, self._name(told)
        expect = self.expect
        if expect.seen == BORNE:
            if told:
                self.wrong(f"told {told} {self._name(told)}, which nothing was to tell")
            elif not is_complete:
                self.wrong(f"the session did not go on: it is in {self.journey.state()!r}")
        elif expect.seen == UNSEEN:
            if told and told not in expect.codes:
                self.wrong(f"told {told} {self._name(told)}")
        elif not told:
            self.wrong("never told")
        elif told not in expect.codes:
            self.wrong(f"told {told} {self._name(told)} first")
        self.is_fault = self.journey.state() == "FAULT"
        if self.is_fault:
            self._look_at_fault()
            self._try_to_get_back()

    def _told(self) -> int:
        """The first fault or cut since the fault was put in; 0: none."""
        first = self.log.first()
        return first or self.journey.fault()

    @staticmethod
    def _name(number: int) -> str:
        if not number:
            return ""
        if number >= faults.CUT_OPEN:
            return dict(faults.CUTS).get(number, f"cut {number}")
        return faults.fault(number).name

    def _look_at_fault(self) -> None:
        """Panel, link and log say the same."""
        number = self.journey.fault()
        deaf = self.fault.deaf
        if "panel" not in deaf and not shows(self.rig, f"FAULT {number}", faults.fault(number).name):
            self.wrong(f"the panel does not show fault {number}")
        if "log" not in deaf and number not in self.log.faults():
            self.wrong(f"fault {number} is not in the memory's events")

    def _try_to_get_back(self) -> None:
        """No press leads out of a fault; START held does, with the cause gone; and nothing begins by itself."""
        rig, journey = self.rig, self.journey
        since_us = rig.now_us
        rig.person.contact(1.0)
        for name in ("START", "MODE", "UP"):
            journey.tap(name)
        if journey.state() != "FAULT":
            self.wrong("a press led out of the fault")
        rig.buttons.press("START", ms=_HOLD_MS, settle_ms=300)
        if self.fault.mend is None:
            return
        self.fault.mend(rig)
        rig.advance(400)
        if journey.state() == "FAULT":
            rig.buttons.press("START", ms=_HOLD_MS, settle_ms=300)
            if journey.until("IDLE", timeout_ms=2500) != "IDLE":
                self.wrong(f"START held did not lead to IDLE but to {journey.state()!r}, fault {journey.fault()}")
        rig.advance(300)
        if any(self._drives(at_us) for at_us in closings_us(rig, since_us)):
            self.wrong("K1 closed after the fault without a new session")

    def _drives(self, closed_us: int) -> bool:
        """Whether more than a self-test's half a volt followed; one that fails ends without the latch's reset."""
        return float(self.rig.truth.between(closed_us, closed_us + 500_000)["electrode_mv"].max()) > _PROOF_MV

    def _after_a_reset(self, watch: Watch) -> None:
        """The chip starts again: off, in IDLE, nothing resumed though the circuit is closed."""
        rig, journey = self.rig, self.journey
        end_us = rig.now_us + 1_500_000
        while not self._restarts(watch) and rig.now_us < end_us:
            watch.on(50)
        self.end_us = rig.now_us
        if not self._restarts(watch):
            self._after(watch)
            if self.expect.codes and self.row.code in self.expect.codes:
                return
            self.wrong("the chip was not started again")
            return
        rig.person.contact(1.0)
        self.row.code, self.row.name = 0, "restart"
        state = journey.until("IDLE", "FAULT", timeout_ms=4000)
        if state == "FAULT" and journey.fault() in self.expect.codes:
            self.row.code, self.row.name = journey.fault(), self._name(journey.fault())
            return
        if state != "IDLE":
            self.wrong(f"after the restart it is in {journey.state()!r}, fault {journey.fault()}")
        watch.on(1500, step_ms=100)
        if closings_us(rig, self._restarts(watch)[0]):
            self.wrong("K1 closed after the restart without a session")
        if "log" not in self.fault.deaf and not self.log.boots():
            self.wrong("the restart is not in the memory's events")
        if self.cell.state in ("RAMP_UP", "HOLD", "PAUSED", "REVERSING") and not self.log.interrupted():
            self.wrong("the session that the restart ended is not in the memory's events")

    def _restarts(self, watch: Watch) -> list[int]:
        return self.rig.truth.times_us("chip_start", watch.start_us)

    # -- what was physically so ---------------------------------------------------------------------------------------

    def _measure(self, watch: Watch) -> None:
        row, expect = self.row, self.expect
        mode = limits.mode_named(self.person.mode)
        current = watch.current(self.end_us)
        row.peak_ua = round(watch.peak_ua(), 1)
        row.back_ua = round(current.back_ua(), 1)
        row.charge_uc = round(current.charge_uc(), 3)
        threshold_ua = mode.latch_ua
        row.above_latch_ms = current.longest_above_us(threshold_ua) / 1000
        if row.above_latch_ms > _LATCH_MAX_MS:
            self.wrong(f"{row.above_latch_ms:.1f} ms above the latch's threshold")
        # Charging the skin as a contact is made, or as the stage jumps, lasts less than a tick: not counted here.
        lasting_ua = current.lasting_ua()
        above_ua = expect.above_ua
        if expect.jump_codes:
            above_ua = min(above_ua, self.person.jump_ua(expect.jump_codes))
        allowed_ua = self.person.level_ua * 1.1 + above_ua
        if lasting_ua > allowed_ua:
            self.wrong(f"a true current of {lasting_ua:.0f} uA, allowed {allowed_ua:.0f}")
        dark_us = watch.start_us + _DARK_MS * 1000
        if expect.dark and (last_us := current.last_on_us()) > dark_us:
            self.wrong(f"a current {(last_us - watch.start_us) / 1000:.0f} ms after the fault")
        if self.is_fault and current.last_on_us() > self.end_us - _END_US:
            self.wrong(f"in FAULT, and {OFF_UA:.0f} uA or more to the end")
        if not expect.dark and expect.seen in (NOW, FLOWING, RESET) and (row.code or row.name):
            self._off(current, watch)
        elif expect.seen == NEXT_TEST and row.code and self.cell.state != "SELF_TEST":
            row.off_ms = 0.0

    def _since_us(self, current: Current, watch: Watch) -> float | None:
        """When it became a violation; None if that cannot be told, or it never did."""
        expect = self.expect
        truth = self.rig.truth
        named = truth.times_us("statement", watch.start_us) or truth.times_us("hang", watch.start_us)
        if named:
            return named[0]
        if expect.beyond_tolerance:
            return current.first_above_us(self.person.level_ua * 1.03 + 230)
        if expect.astray:
            mode = limits.mode_named(self.person.mode)
            mv_per_code = facts.DAC_V_PER_CODE * facts.AMPLIFIER_GAIN[mode.range] * 1000
            return watch.first_ignored_us(mv_per_code) or watch.first_astray_us(mv_per_code)
        if expect.from_ua:
            return current.first_above_us(expect.from_ua)
        return watch.start_us + expect.delay_ms * 1000

    def _off(self, current: Current, watch: Watch) -> None:
        """The time from the violation to the output's end."""
        row, expect = self.row, self.expect
        row.bound_ms = expect.bound_ms()
        since_us = self._since_us(current, watch)
        if since_us is None:
            return
        off_us = current.off_us(since_us)
        if off_us is None:
            self.wrong(f"{OFF_UA:.0f} uA or more to the end")
            return
        row.off_ms = round(off_us / 1000, 3)
        if row.off_ms > row.bound_ms:
            self.wrong(f"off after {row.off_ms:.2f} ms, allowed {row.bound_ms:.2f}")


def run_cell(cell: Cell) -> Row:
    """Runs a cell on a rig of its own; what goes wrong on the way is among its problems."""
    person = person_named(cell.person)
    fault = fault_named(cell.fault)
    row = Row(**asdict(cell), seen=fault.expected(cell.state).seen)
    try:
        with Rig(cell.seed, load=person.load, load_arguments=person.arguments, program=program(fault.program)) as rig:
            rig.is_firmware = True
            rig.expect_error("")
            row = CellRun(cell, rig).run()
    except (RigFailure, RigError) as error:
        row.problems.append(f"{type(error).__name__}: {str(error).splitlines()[0]}")
    return row
