"""Numbers in texts: {NAME|unit} from ionto/limits.py, {REQ-TRP-4.ms} from docs/trip-rules.md."""

import re
from functools import cache
from pathlib import Path

from ionto import limits

TRIP_RULES = Path(__file__).parents[2] / "docs" / "trip-rules.md"

_PLACE = re.compile(r"\{([^{}]*)\}")
# What the end of a name says, as the unit of the number, and what that is in the units that a text may ask for.
_UNITS = {
    "ua_ms": {"mA·min": 60_000_000},
    "ua_per_s": {"mA/s": 1000},
    "ua": {"µA": 1, "mA": 1000},
    "mv": {"mV": 1, "V": 1000},
    "ohm": {"Ω": 1, "kΩ": 1000},
    "ms": {"ms": 1, "s": 1000, "min": 60000},
    "us": {"µs": 1, "ms": 1000},
    "min": {"min": 1},
    "s": {"s": 1, "h": 3600},
    "percent": {"%": 1},
    "raw": {"": 1},
}
_MODES = {mode.name: mode for mode in limits.MODES}


def filled(text: str) -> str:
    """`text` with numbers in the places of their names. Raises ValueError for a name or a unit that is not there."""
    return _PLACE.sub(lambda match: _number(match[1]), text)


def in_unit(name: str, value: int, unit: str) -> str:
    """A number whose unit stands in its name, in another unit; a count in none. Raises ValueError if it cannot be."""
    for ending, units in _UNITS.items():
        if name.lower().endswith(f"_{ending}"):
            if unit not in units:
                raise ValueError(f"{name} cannot be told in {unit or 'no unit'!r}")
            return f"{value / units[unit]:g} {unit}".strip()
    if unit:
        raise ValueError(f"{name} has no unit in its name")
    return str(value)


def _number(place: str) -> str:
    if place.startswith("REQ-"):
        requirement, _, unit = place.partition(".")
        if unit != "ms" or requirement not in worst_cases_ms():
            raise ValueError(f"{place} stands in no row of docs/trip-rules.md")
        return worst_cases_ms()[requirement]
    name, _, unit = place.partition("|")
    mode, _, field = name.rpartition(".")
    value = getattr(_MODES.get(mode) if mode else limits, field, None)
    if not isinstance(value, int):
        raise ValueError(f"{name} is no number of ionto/limits.py")
    return in_unit(name, value, unit)


@cache
def worst_cases_ms() -> dict[str, str]:
    """The worst case of every trip rule by its requirement; the longest, where several rules share one."""
    found: dict[str, str] = {}
    for line in TRIP_RULES.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[-1].startswith("REQ-"):
            found[cells[-1]] = max(found.get(cells[-1], "0"), cells[-2], key=float)
    return found
