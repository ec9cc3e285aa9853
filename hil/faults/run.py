"""What the parts of a cell's run share: the rig, the fault, what is expected, and what was found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from hil.faults.journey import Journey
from hil.faults.log import Log
from hil.faults.model import Cell, Expect, Fault
from hil.faults.persons import person_named
from hil.faults.registry import fault_named
from hil.faults.watch import Watch
from hil.rig import Rig
from ionto import faults


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
    final: int = 0  # the fault at the end
    final_name: str = ""
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


def name_of(number: int) -> str:
    """The name of a fault or a cut; "" for none."""
    if not number:
        return ""
    if number >= faults.CUT_OPEN:
        return dict(faults.CUTS).get(number, f"cut {number}")
    return faults.fault(number).name


class Run:
    """A cell on a rig that has been made for it. `watch` and `log` begin with the fault."""

    log: Log
    watch: Watch

    def __init__(self, cell: Cell, rig: Rig):
        self.cell, self.rig = cell, rig
        self.fault: Fault = fault_named(cell.fault)
        self.person = person_named(cell.person)
        self.expect: Expect = self.fault.expected(cell.state, cell.person)
        self.journey = Journey(rig, self.person)
        self.row = Row(**asdict(cell), seen=self.expect.seen, why=self.expect.why)
        self.end_us = 0.0  # of what is judged: from here on somebody tries to get back
        self.restart_us = 0.0  # when the chip started again; 0: it did not
        self.is_fault = False

    def wrong(self, text: str) -> None:
        """Notes what was not as promised."""
        self.row.problems.append(text)

    def told(self) -> int:
        """The first fault or cut since the fault was put in; 0: none."""
        return self.log.first() or self.journey.fault()

    def faults(self) -> list[int]:
        """All faults that were told since, in order."""
        found = self.log.faults()
        if not found and (number := self.journey.fault()):
            found.append(number)
        return found

    def is_latched(self) -> bool:
        """Whether it is in FAULT, as a fault that was told demands; where the link is deaf, the memory says so."""
        return self.journey.state() == "FAULT"
