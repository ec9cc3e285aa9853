"""What a technician needs to know of each fault and cut: what it means, likely causes, what to measure."""

import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ionto import faults

CUT_ADVICE = "Nothing: the session waits, and goes on when contact returns."


@dataclass(frozen=True)
class FaultNote:
    """One row of the fault table with what is known beside it."""

    number: int
    name: str
    kind: str  # "fault" or "cut"
    advice: str
    channel: str
    unit: str  # of the value and the limit that come with it
    means: str
    causes: tuple[str, ...]
    measure: tuple[str, ...]

    def values(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return asdict(self)


@cache
def notes() -> tuple[FaultNote, ...]:
    """Every fault and every cut, by number."""
    known = tomllib.loads((files("host_tools") / "data" / "faults.toml").read_text(encoding="utf-8"))
    found = [
        FaultNote(row.number, row.name, "fault", row.advice, row.channel, row.unit, **_lists(known, row.number))
        for row in faults.FAULTS
    ]
    found += [
        FaultNote(number, name, "cut", CUT_ADVICE, "current before the cut", "uA", **_lists(known, number))
        for number, name in faults.CUTS
    ]
    return tuple(found)


def find(wanted: str) -> FaultNote | None:
    """The fault or cut with this number or name, in any case, with dashes or underscores for blanks; None for none."""
    words = " ".join(wanted.replace("-", " ").replace("_", " ").upper().split())
    for note in notes():
        if words in (str(note.number), " ".join(note.name.replace("-", " ").split())):
            return note
    return None


def _lists(known: dict[str, Any], number: int) -> dict[str, Any]:
    row = known[str(number)]
    return {"means": row["means"], "causes": tuple(row["causes"]), "measure": tuple(row["measure"])}
