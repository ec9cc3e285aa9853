"""All faults, and the cells of the matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hil.faults import glitches, hardware, pairs, parts, program, sense
from hil.faults.model import PERSONS, Cell, Fault, Person
from ionto import limits

FAULTS: tuple[Fault, ...] = (
    *sense.FAULTS,
    *glitches.FAULTS,
    *hardware.FAULTS,
    *parts.FAULTS,
    *program.FAULTS,
    *pairs.FAULTS,
)
_EVERYBODY = ("HOLD",)  # where the current is: there every fault strikes every person


def fault_named(name: str) -> Fault:
    """Raises ValueError for a name that is not in the registry."""
    for fault in FAULTS:
        if fault.name == name:
            return fault
    raise ValueError(f"no fault named {name!r}; LIST=1 lists them")


def person_named(name: str) -> Person:
    """Raises ValueError for one that nobody knows."""
    for person in PERSONS:
        if person.name == name:
            return person
    raise ValueError(f"no person named {name!r}; there are {', '.join(one.name for one in PERSONS)}")


def fits(person: Person, state: str) -> bool:
    """Whether this person comes to this state: only some modes reverse."""
    return state != "REVERSING" or limits.mode_named(person.mode).can_reverse


def cells(faults: Sequence[Fault] = FAULTS, states: Sequence[str] = (), seeds: int = 1) -> Iterator[Cell]:
    """Every fault in every state that it can strike; in HOLD with every person, else with one after the other."""
    turn = 0
    for fault in faults:
        for state in fault.states:
            if states and state not in states:
                continue
            able = [
                person
                for person in PERSONS
                if fits(person, state) and (not fault.persons or person.name in fault.persons)
            ]
            if not able:
                continue
            turn += 1
            chosen = able if state in _EVERYBODY else [able[turn % len(able)]]
            for person in chosen:
                for seed in range(1, seeds + 1):
                    yield Cell(fault.name, state, person.name, seed)
