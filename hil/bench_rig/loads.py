"""Which of the box's resistors stands for what a test puts at the electrodes."""

from __future__ import annotations

import math
from typing import Any

from hil.bench_rig.lacking import lacking

# A whole electrode on wet skin under current, in ohm; a smaller area has more.
WHOLE_OHM = {"FACE": 4700, "UNDERARMS": 4700, "HANDS": 2200, "FEET": 2200}
RESISTOR_OHM = 4700
_NEAR = 1.2  # a person differs more than that from day to day
_EXACT = 1.1


class BoxLoad:
    """The load of a test, `module:Class` with its arguments, by the resistances that the box has."""

    def __init__(self, load: str, arguments: dict[str, Any], loads_ohm: tuple[int, ...]):
        self._loads_ohm = loads_ohm
        arguments = dict(arguments)
        self._is_person = load == "hil.person:Person"
        if self._is_person:
            self._whole_ohm = WHOLE_OHM[arguments.pop("site", "FACE")]
        elif load == "hil.person:Resistor":
            self._whole_ohm = arguments.pop("ohm", RESISTOR_OHM)
        else:
            lacking(f"its box is resistors, no {load}")
        if arguments:
            lacking(f"its box has nothing to set {', '.join(arguments)}")

    def ohm(self, area: float) -> int | None:
        """The box's load for a contact area; None: open. Raises ValueError outside 0 to 1."""
        if not 0 <= area <= 1:
            raise ValueError(f"contact area is {area!r}, must be 0 to 1")
        if area == 0:
            return None
        wanted_ohm = self._whole_ohm / area if self._is_person else self._whole_ohm
        best_ohm = min(self._loads_ohm, key=lambda ohm: abs(math.log(ohm / wanted_ohm)))
        near = _NEAR if self._is_person else _EXACT
        if not 1 / near <= best_ohm / wanted_ohm <= near:
            lacking(f"its box has no load near {wanted_ohm:.0f} ohm")
        return best_ohm
