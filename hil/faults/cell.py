"""One cell of the matrix: a fault, a state, a person, a board. What happened, and whether the promise was kept."""

from __future__ import annotations

from dataclasses import asdict

from hil.faults import back, ends
from hil.faults.log import Log
from hil.faults.measure import measure
from hil.faults.model import BORNE, ENDS, FLOWING, LATCHED, NEXT_TEST, NOW, PRESSED, RESET, Cell
from hil.faults.persons import person_named
from hil.faults.programs import program
from hil.faults.registry import fault_named
from hil.faults.run import Row, Run, name_of
from hil.faults.watch import Watch
from hil.process import RigError
from hil.rig import Rig, RigFailure
from hil.tests.firmware.screen import shows
from ionto import faults

_EARLY_MS = 135.0  # after the first 15
_OBSERVE_MS = 150.0
_SETTLE_MS = 250.0  # a screen and a record take that


class CellRun(Run):
    """Runs one cell on a rig that has been made for it."""

    def run(self) -> Row:
        """To the state, the fault, what follows, and back."""
        rig, source = self.rig, self.cell.random()
        self.journey.reach(self.cell.state)
        rig.advance(source.uniform(0, 12) if self.cell.state != "SELF_TEST" else source.uniform(20, 500))
        self.log = Log(rig)
        # Waiting for the answer of a chip that is dead would take the time in which it is looked at.
        is_heard = self.cell.state == "SERVICE" and self.expect.seen != RESET
        self.watch = Watch(rig, self.journey.keep) if is_heard else Watch(rig)
        self.fault.inject(rig, source)
        self.watch.closely()
        self.watch.on(_EARLY_MS)
        if self.expect.seen != RESET and self.cell.state not in LATCHED:
            back.look_early(self)
        if self.expect.shown and not shows(rig, f"FAULT {self.expect.shown}", name_of(self.expect.shown)):
            self.wrong(f"the panel does not show fault {self.expect.shown}")
        self.watch.on(_OBSERVE_MS)
        if self.cell.state in LATCHED:
            ends.in_fault(self)
        elif self.expect.seen == RESET:
            if not back.after_a_restart(self):
                self.wrong("the chip was not started again")
        elif self.expect.restarts:
            self._told_and_restarted()
        elif self.expect.seen == ENDS:
            ends.after_an_end(self)
        elif self.expect.seen == PRESSED:
            ends.after_a_button(self)
        else:
            self._after()
        measure(self)
        return self.row

    def _told_and_restarted(self) -> None:
        """The fault is told; then, nobody feeding it, the watchdog starts the chip again."""
        self._judge(self.told())
        if not back.after_a_restart(self):
            self.wrong("the chip was not started again")

    def _after(self) -> None:
        """A fault that the firmware lives through: wait for it to be told, as long as the journey goes."""
        told = self.told()
        seen = self.expect.seen
        is_complete = False
        if not told or (told >= faults.CUT_OPEN and seen != BORNE):
            is_complete = self.journey.go_on(is_touching=seen == NEXT_TEST)
            told = self.told()
        is_lasting = not self.expect.is_transient and seen in (NOW, FLOWING)
        if is_complete and is_lasting and told >= faults.CUT_OPEN:
            self.wrong(f"{name_of(told)}, and then a session as if nothing were wrong")
        self.watch.on(_SETTLE_MS)
        self.end_us = self.rig.now_us
        self._judge(told)
        if seen == BORNE and not is_complete and not told:
            self.wrong(f"the session did not go on: it is in {self.journey.state()!r}")
        ends.stays(self)

    def _judge(self, told: int) -> None:
        """What was told first and last, against what may be."""
        row, expect = self.row, self.expect
        row.code, row.name = told, name_of(told)
        row.final = next(iter(reversed(self.faults())), 0)
        row.final_name = name_of(row.final)
        if told and told not in expect.codes:
            nothing = ", which nothing was to tell" if expect.seen == BORNE else " first"
            self.wrong(f"told {told} {row.name}{nothing}")
        elif row.final and row.final not in expect.finals():
            self.wrong(f"told {row.final} {row.final_name} at the end")
        if not told and expect.seen in (NOW, FLOWING, NEXT_TEST):
            self.wrong("never told")
        if not expect.begins and self.log.begun():
            self.wrong("a session began")


def run_cell(cell: Cell) -> Row:
    """Runs a cell on a rig of its own; what goes wrong on the way is among its problems."""
    person = person_named(cell.person)
    fault = fault_named(cell.fault)
    row = Row(**asdict(cell), seen=fault.expected(cell.state, cell.person).seen)
    try:
        with Rig(cell.seed, load=person.load, load_arguments=person.arguments, program=program(fault.program)) as rig:
            rig.is_firmware = True
            for text in fault.errors:
                rig.expect_error(text)
            row = CellRun(cell, rig).run()
    except (RigFailure, RigError) as error:
        row.problems.append(f"{type(error).__name__}: {str(error).splitlines()[0]}")
    return row
