"""All faults, and the cells of the matrix."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

from hil.faults import buttons, glitches, hardware, pairs, parts, program, sense
from hil.faults.model import BENCH, LATCHED, Cell, Fault
from hil.faults.persons import DUMMY, FULL, PERSONS, Person
from ionto import limits

FAULTS: tuple[Fault, ...] = (
    *sense.FAULTS,
    *glitches.FAULTS,
    *hardware.FAULTS,
    *buttons.FAULTS,
    *parts.FAULTS,
    *program.FAULTS,
    *pairs.FAULTS,
)
_EVERYBODY = "HOLD"  # where the current is: there every fault strikes every person


def fault_named(name: str) -> Fault:
    """Raises ValueError for a name that is not in the registry."""
    for fault in FAULTS:
        if fault.name == name:
            return fault
    raise ValueError(f"no fault named {name!r}; LIST=1 lists them")


def fits(person: Person, state: str) -> bool:
    """Whether this person comes to this state: only some modes reverse."""
    return state != "REVERSING" or limits.mode_named(person.mode).can_reverse


def _struck(fault: Fault, state: str) -> list[Person]:
    """Whom it strikes there: everybody in HOLD, one near a mode's maximum too, or all of them; else one, by chance."""
    if state in BENCH:
        return [DUMMY]
    able = [one for one in PERSONS if fits(one, state) and (not fault.persons or one.name in fault.persons)]
    full = [one for one in FULL if not fault.persons or one.name in fault.persons]
    at = zlib.crc32(f"{fault.name} {state}".encode())  # the same from run to run, whatever else there is
    if state == _EVERYBODY:
        return able + (full if fault.is_driving else [full[at % len(full)]])
    return [able[at % len(able)]] if able else []


def cells(faults: Sequence[Fault] = FAULTS, states: Sequence[str] = (), seeds: int = 1) -> Iterator[Cell]:
    """Every fault in every state that it can strike, on `seeds` boards, or as many as the fault wants at least."""
    for fault in faults:
        for state in fault.all_states():
            if states and state not in states:
                continue
            people = _struck(fault, state)
            if state in LATCHED:
                people = people[:1]
            for number, person in enumerate(people):
                times = 1 if number else fault.times
                for seed in range(1, max(seeds, times) + 1):
                    yield Cell(fault.name, state, person.name, seed)
