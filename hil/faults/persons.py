"""Who is treated: modes, levels and loads. Some at a level that is reached soon, some near their mode's maximum."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hil.person import SITES
from hil.sim import facts
from ionto import limits

_PERSON, _RC, _RESISTOR = "hil.person:Person", "hil.person:RC", "hil.person:Resistor"


@dataclass(frozen=True)
class Person:
    """Who is treated: a mode, a level, and a load. `is_full`: near the mode's maximum, after a ramp of a minute."""

    name: str
    mode: str
    level_ua: int
    load: str
    arguments: dict[str, Any] = field(default_factory=dict)
    is_full: bool = False

    def jump_ua(self, codes: int) -> float:
        """What a jump of the DAC adds at first: it meets the series resistor and the water, the skin not yet."""
        reach = limits.mode_named(self.mode).range
        water = SITES[self.arguments["site"]] if "site" in self.arguments else self.arguments
        jump_v = codes * facts.DAC_V_PER_CODE * facts.AMPLIFIER_GAIN[reach]
        return 1e6 * jump_v / (facts.SERIES_OHM[reach] + water.get("rs_ohm", water.get("ohm", 0.0)))

    def ramp_ms(self, is_up: bool) -> float:
        """The longest that a ramp takes, with room for contact and limits."""
        mode = limits.mode_named(self.mode)
        slope = mode.ramp_up_ua_per_s if is_up else mode.ramp_down_ua_per_s
        return max(25_000.0 if is_up else 15_000.0, 1300.0 * self.level_ua / slope)


PERSONS = (
    Person("mask", "FACE", 400, _PERSON, {"site": "FACE"}),
    Person("hands", "HANDS", 1000, _PERSON, {"site": "HANDS"}),
    Person("capacitive mask", "FACE", 500, _RC, {"rs_ohm": 500, "rp_ohm": 4500, "cp_f": 2e-6}),
    Person("underarms", "UNDERARMS", 600, _PERSON, {"site": "UNDERARMS"}),
)
# The mask of a person whose skin conducts well: 10 V would not drive 2.9 mA through the other.
FULL = (
    Person("mask, full", "FACE", 2900, _PERSON, {"site": "FACE", "rp_min_ohm": 1000.0, "rp_ohm": 6000.0}, True),
    Person("hands, full", "HANDS", 14_000, _PERSON, {"site": "HANDS"}, True),
    Person("underarms, full", "UNDERARMS", 4800, _PERSON, {"site": "UNDERARMS"}, True),
    Person("feet, full", "FEET", 19_000, _PERSON, {"site": "FEET"}, True),
)
DUMMY = Person("dummy load", "HANDS", 10_000, _RESISTOR, {"ohm": 1000.0})  # in SERVICE
EVERYBODY = (*PERSONS, *FULL, DUMMY)


def person_named(name: str) -> Person:
    """Raises ValueError for one that nobody knows."""
    for person in EVERYBODY:
        if person.name == name:
            return person
    raise ValueError(f"no person named {name!r}; there are {', '.join(one.name for one in EVERYBODY)}")
