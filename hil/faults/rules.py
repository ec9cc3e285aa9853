"""Which trip rule tells a fault or a cut, and how long it may take: the table of docs/trip-rules.md, by code."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from tools.requirements.numbers import TRIP_RULES

_COLUMNS = 7


class Rule(NamedTuple):
    """A row of the table."""

    ms: float  # worst case, from the violation to the tick that cuts
    requirement: str


@cache
def rules() -> dict[int, Rule]:
    """The rules by the code that they tell. Raises ValueError if there are none: the table has lost its shape."""
    found: dict[int, Rule] = {}
    for line in TRIP_RULES.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == _COLUMNS and cells[2].isdigit():
            found[int(cells[2])] = Rule(float(cells[5]), cells[6])
    if not found:
        raise ValueError(f"{TRIP_RULES} has no table of rules with their codes")
    return found
