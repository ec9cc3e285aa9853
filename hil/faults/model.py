"""What a fault is, what is to follow from it, and whom it strikes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hil.person import SITES
from hil.rig import Rig
from hil.sim import facts
from ionto import limits
from tools.requirements.numbers import worst_cases_ms

REST = ("IDLE", "CONFIRM", "DONE")
PROBE = ("ARMING", "ARMED", "PAUSED")
FLOW = ("RAMP_UP", "HOLD", "RAMP_DOWN", "REVERSING")
TEST = ("SELF_TEST",)
STATES = (*TEST, "IDLE", "CONFIRM", "ARMING", "ARMED", "RAMP_UP", "HOLD", "RAMP_DOWN", "PAUSED", "REVERSING", "DONE")

FIRMWARE_MS = 100.0  # a fault that firmware detects ends the output by then, whatever its rule says
HARDWARE_MS = 10.0  # one with the firmware dead
OFF_UA = 50.0
K1_MS = 0.5
PHASE_MS = 1.2  # from any instant to the next tick, the tick's own time, and one sample of the truth

NOW = "now"  # seen wherever it strikes
FLOWING = "flowing"  # seen once enough current flows: `from_ua`
NEXT_TEST = "next test"  # silent: seen by the self-test before the next session
RESET = "reset"  # the chip starts again
BORNE = "borne"  # nothing is to happen: the session goes on as if nothing were
UNSEEN = "unseen"  # no rule can see it; `why` says what makes it bearable


@dataclass(frozen=True)
class Expect:
    """What is right after a fault.

    Attributes:
        seen: one of the words above.
        codes: faults or cuts that may be told first; empty with BORNE and UNSEEN.
        rules: requirements whose time holds; the longest counts. Empty: `ms`.
        ms: time to off for what no trip rule sees.
        from_ua: true current from which on it is a violation.
        dark: no current flows from 10 ms after the fault on, whatever is done.
        delay_ms: after which it is one.
        astray: it is one once the amplifier's output is not what the DAC's code asks for.
        beyond_tolerance: it is one once the current is above the level by more than A and B may differ.
        is_transient: over by itself; after a cut the session goes on.
        why: what mitigates a fault that is not seen, or why it is borne.
        above_ua: by how much the true current may exceed the level meanwhile.
        jump_codes: by so many the DAC may jump under current: no more than that adds is allowed either.
    """

    seen: str
    codes: tuple[int, ...] = ()
    rules: tuple[str, ...] = ()
    ms: float = FIRMWARE_MS
    from_ua: float = 0.0
    dark: bool = False
    delay_ms: float = 0.0
    astray: bool = False
    beyond_tolerance: bool = False
    is_transient: bool = False
    why: str = ""
    above_ua: float = 60.0
    jump_codes: int = 0

    def bound_ms(self) -> float:
        """How long after the violation the output may still be on."""
        if not self.rules:
            return self.ms
        worst = worst_cases_ms()
        return min(FIRMWARE_MS, max(float(worst[rule]) for rule in self.rules) + K1_MS + PHASE_MS)


Inject = Callable[[Rig, random.Random], None]
Mend = Callable[[Rig], None]


@dataclass(frozen=True)
class Fault:
    """A part that breaks.

    Attributes:
        name: unique.
        breaks: what is physically so, in words.
        inject: breaks it now. Time does not pass.
        mend: repairs it; None where only a restart does.
        expect: by state, or by one of the groups above as "REST", "PROBE", "FLOW", "TEST", or "*".
        states: in which it can strike.
        program: "" the firmware as it is; "variables", "statements": beside it a program of this folder.
        persons: whom it can strike; empty: everybody.
        deaf: parts that it keeps from telling: "panel", "link", "log".
    """

    name: str
    breaks: str
    inject: Inject
    mend: Mend | None
    expect: dict[str, Expect]
    states: tuple[str, ...] = STATES
    program: str = ""
    deaf: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()

    def expected(self, state: str) -> Expect:
        """What is right if it strikes in this state."""
        groups = {"REST": REST, "PROBE": PROBE, "FLOW": FLOW, "TEST": TEST}
        for name, group in ((state, (state,)), *groups.items(), ("*", STATES)):
            if name in self.expect and state in group:
                return self.expect[name]
        raise KeyError(f"{self.name}: nothing is expected in {state}")


@dataclass(frozen=True)
class Person:
    """Who is treated: a mode, a level that is reached soon, and a load."""

    name: str
    mode: str
    level_ua: int
    load: str
    arguments: dict[str, Any] = field(default_factory=dict)

    def jump_ua(self, codes: int) -> float:
        """What a jump of the DAC adds at first: it meets the series resistor and the water, the skin not yet."""
        reach = limits.mode_named(self.mode).range
        water = SITES[self.arguments["site"]] if "site" in self.arguments else self.arguments
        jump_v = codes * facts.DAC_V_PER_CODE * facts.AMPLIFIER_GAIN[reach]
        return 1e6 * jump_v / (facts.SERIES_OHM[reach] + water["rs_ohm"])


PERSONS = (
    Person("mask", "FACE", 300, "hil.person:Person", {"site": "FACE"}),
    Person("hands", "HANDS", 1000, "hil.person:Person", {"site": "HANDS"}),
    Person("capacitive mask", "FACE", 400, "hil.person:RC", {"rs_ohm": 500, "rp_ohm": 4500, "cp_f": 2e-6}),
    Person("underarms", "UNDERARMS", 500, "hil.person:Person", {"site": "UNDERARMS"}),
)


@dataclass(frozen=True)
class Cell:
    """One run: which fault strikes whom, when, on which board."""

    fault: str
    state: str
    person: str
    seed: int

    def random(self) -> random.Random:
        """Its own source of chance."""
        return random.Random(f"{self.fault} {self.state} {self.person} {self.seed}")

    def __str__(self) -> str:
        return f"{self.fault} / {self.state} / {self.person} / seed {self.seed}"
