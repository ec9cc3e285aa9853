"""What a fault is, and what is to follow from it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hil.faults.rules import rules
from hil.rig import Rig
from ionto import faults as f

REST = ("IDLE", "CONFIRM", "DONE")
PROBE = ("ARMING", "ARMED", "PAUSED")
FLOW = ("RAMP_UP", "HOLD", "RAMP_DOWN", "REVERSING")
TEST = ("SELF_TEST",)
SESSION = (*TEST, "IDLE", "CONFIRM", "ARMING", "ARMED", "RAMP_UP", "HOLD", "RAMP_DOWN", "PAUSED", "REVERSING", "DONE")
BENCH = ("SERVICE",)  # a technician's host drives a dummy load
LATCHED = ("FAULT",)  # another fault is there already
STATES = (*SESSION, *BENCH, *LATCHED)
_GROUPS = {"REST": REST, "PROBE": PROBE, "FLOW": FLOW, "TEST": TEST}

FIRMWARE_MS = 100.0  # a fault that firmware detects ends the output by then, whatever its rule says
HARDWARE_MS = 10.0  # one with the firmware dead
OFF_UA = 50.0
K1_MS = 0.5
PHASE_MS = 1.2  # from any instant to the next tick, the tick's own time, and one sample of the truth

NOW = "now"  # seen wherever it strikes
FLOWING = "flowing"  # seen once enough current flows, or once the DAC has to move
NEXT_TEST = "next test"  # silent: seen by the self-test before the next session
RESET = "reset"  # the chip starts again
ENDS = "ends"  # the session ends by a normal ramp, and none begins while it is there
PRESSED = "pressed"  # it does what the button does, and STOP ends it
BORNE = "borne"  # nothing is to happen: the session goes on as if nothing were
UNSEEN = "unseen"  # no rule can see it; `why` says what makes it bearable

Apart = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Expect:
    """What is right after a fault.

    Attributes:
        seen: one of the words above.
        codes: faults or cuts that may be told first; with BORNE and UNSEEN those that may be told at all.
        final: faults that may stand at the end, where they are not the faults among `codes`.
        ms: time to off where no trip rule tells it, or it comes and goes; with ENDS that of the ramp.
        late_ms: what a rule may take longer than it says, because the violation is not there in every tick.
        rule: the code whose rule ends the output where nobody is left to tell it.
        apart: from the time since the fault in us and the true current in uA (arrays), by how much A and B read
            differently beyond what they may: from above 0 on it is a violation.
        delay_ms: after which it is one.
        astray: it is one once the amplifier's output is not what the DAC's code asks for.
        dark: no current flows from 10 ms after the fault on, whatever is done.
        begins: a session may begin with it.
        comes_and_goes: from tick to tick, by chance; it may be quiet for as long as START has to be held.
        is_transient: over by itself; after a cut the session goes on.
        restarts: the watchdog starts the chip again after the fault is told.
        shown: a fault that the panel shows until the chip starts again.
        ends: messages.END_* of which one ends a session under way.
        why: what mitigates a fault that is not seen, or why it is borne.
        above_ua: by how much the true current may exceed the level meanwhile.
        rise_ua: by how much it may rise within 100 ms, besides the ramp, where no rule ends it.
        probe_ua: once the output has ended, a probe's current below this is no violation.
        rise_share: by what share of the level besides.
        jump_codes: by so many the DAC may jump under current: no more than that adds is allowed either.
    """

    seen: str
    codes: tuple[int, ...] = ()
    final: tuple[int, ...] = ()
    ms: float = FIRMWARE_MS
    late_ms: float = 0.0
    rule: int = 0
    apart: Apart | None = None
    delay_ms: float = 0.0
    astray: bool = False
    dark: bool = False
    begins: bool = True
    comes_and_goes: bool = False
    is_transient: bool = False
    restarts: bool = False
    shown: int = 0
    ends: tuple[int, ...] = ()
    why: str = ""
    above_ua: float = 60.0
    rise_ua: float = 60.0
    rise_share: float = 0.0
    jump_codes: int = 0
    probe_ua: float = 0.0

    def bound_ms(self, code: int = 0) -> float:
        """How long after the violation the output may still be on, if this is what is told: its own rule's time."""
        rule = rules().get(code or self.rule)
        if rule is None or self.comes_and_goes:
            return min(FIRMWARE_MS, self.ms)
        return min(FIRMWARE_MS, rule.ms + self.late_ms + K1_MS + PHASE_MS)

    def finals(self) -> tuple[int, ...]:
        """Faults that may stand at the end."""
        return self.final or tuple(code for code in self.codes if code < f.CUT_OPEN)


Inject = Callable[[Rig, random.Random], None]
Mend = Callable[[Rig], None]


def over(_rig: Rig) -> None:
    """A mend of nothing: the cause is over by itself, or mended by what follows from it."""


@dataclass(frozen=True)
class Fault:
    """A part that breaks.

    Attributes:
        name: unique.
        breaks: what is physically so, in words.
        inject: breaks it now. Time does not pass.
        mend: repairs it; None where only a restart does.
        expect: by state, or by one of the groups above as "REST", "PROBE", "FLOW", "TEST", or "*" (all states of a
            session; SERVICE as in HOLD, if it is not named). With a person's name behind a slash for that person.
        states: in which it can strike.
        program: "" the firmware as it is; "variables", "statements": beside it a program of this folder.
        persons: whom it can strike; empty: everybody.
        deaf: parts that it keeps from telling: "panel", "link", "log".
        is_driving: it may raise the current: in HOLD it strikes everybody near the modes' maximum too.
        is_service: it strikes in SERVICE too.
        is_twice: it strikes in FAULT too, where nothing is to follow.
        errors: texts of the simulated board that it explains.
        times: so many boards, chances and instants at least.
    """

    name: str
    breaks: str
    inject: Inject
    mend: Mend | None
    expect: dict[str, Expect]
    states: tuple[str, ...] = SESSION
    program: str = ""
    deaf: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    is_driving: bool = False
    is_service: bool = False
    is_twice: bool = False
    errors: tuple[str, ...] = ()
    times: int = 1

    def all_states(self) -> tuple[str, ...]:
        """Where it can strike, SERVICE and FAULT included."""
        return self.states + BENCH * self.is_service + LATCHED * self.is_twice

    def expected(self, state: str, person: str = "") -> Expect:
        """What is right if it strikes in this state."""
        if state in LATCHED:
            own = self.expect.get("FAULT")
            return own or Expect(BORNE, dark=True, why="the output is off, and stays off")
        like = "HOLD" if state in BENCH and state not in self.expect else state
        groups = [name for name, group in _GROUPS.items() if like in group]
        for name in (f"{like}/{person}", like, *(f"{one}/{person}" for one in groups), *groups, f"*/{person}", "*"):
            if name in self.expect:
                return self.expect[name]
        raise KeyError(f"{self.name}: nothing is expected in {state}")


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
