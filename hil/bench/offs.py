"""The time from a violation to the output's end, for every trip rule: HOLD, random boards, persons and instants.

A defect breaks one rule, and that rule's own code must be told. The output has ended when K1 is open, its request is
low, and less than 50 uA flow. An open circuit has figures of its own (breaks.py): there the current ends by itself.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hil.bench.experiment import Experiment, Outcome, Trial, worst_figure
from hil.bench.figures import Figure
from hil.faults.journey import Journey
from hil.faults.log import Log
from hil.faults.model import K1_MS, PHASE_MS
from hil.faults.persons import PERSONS, Person
from hil.faults.programs import program
from hil.faults.registry import fault_named
from hil.faults.watch import Watch
from hil.rig import Rig, RigFailure
from ionto import faults as f
from tools.requirements.numbers import worst_cases_ms

Break = Callable[[Rig, random.Random], None]
_FULL = 4095
_EACH = 10
_SEEN_MS = 200.0
_RAMP_MS = 70_000
_RESET_CAUSE = 3  # by the watchdog
# At the mode's maximum: there a reading may pass the limit without a fall of the resistance by a fifth.
_FULL_FACE = Person("mask at 3 mA", "FACE", 3000, "hil.person:RC", {"rs_ohm": 500, "rp_ohm": 1500, "cp_f": 1e-6})
_TRIP_A_CODE = 2720  # 3.4 mA in FACE range, above 110 % of 3 mA + 50 uA on every board
_NOTE = "K1 open and less than 50 uA; from {since}. {requirement}: {ms} ms, and K1's delay, the way to a tick, a sample"


@dataclass(frozen=True)
class Rule:
    """A trip rule.

    Attributes:
        codes: one of these must be told, of faults.py; none: nothing can be, as the main loop is dead, and the watchdog
            must reset it.
        requirement: whose time holds.
        breaks: breaks this rule and no other.
        persons: whom it strikes.
        event: of the truth, from which the violation counts; "": from the defect on.
        program: as of hil/faults.
    """

    codes: tuple[int, ...]
    requirement: str
    breaks: Break
    persons: tuple[Person, ...] = PERSONS
    event: str = ""
    program: str = ""

    def bound_ms(self) -> float:
        """The requirement's time, and what the truth adds to it."""
        return float(worst_cases_ms()[self.requirement]) + K1_MS + PHASE_MS


def _as(name: str) -> Break:
    """The defect of the fault matrix."""
    return fault_named(name).inject


def _one_of(*defects: tuple[str, Any]) -> Break:
    def put(rig: Rig, source: random.Random) -> None:
        rig.board.fault(*source.choice(defects))

    return put


def _held_above(rig: Rig, source: random.Random) -> None:
    """The amplifier stays above what it is asked for, and its sense at 0.1 V: so that only the current tells.

    Of this nothing else but a double fault can be made: whatever single part drives too much, the regulator takes it
    back, or the amplifier is seen not to follow.
    """
    rig.board.fault("stuck", [5, source.randint(5, 15)])
    rig.board.fault("amplifier_held_v", rig.truth.amplifier_mv / 1000 * source.uniform(1.9, 2.4))


RULES = {
    "limits": Rule((f.LIMITS_CORRUPT,), "REQ-TRP-1", _as("bit flips in the limits"), program="variables"),
    "state": Rule((f.STATE_CORRUPT,), "REQ-TRP-14", _as("bit flips in the drive"), program="variables"),
    "late": Rule((f.TICK_LATE,), "REQ-TRP-2", _as("timer late"), event="tick_late"),
    "latch": Rule((f.LATCH,), "REQ-TRP-3", _as("latch always tripped")),
    "main_loop": Rule((), "REQ-TRP-16", _as("main loop hangs"), event="hang"),
    "overcurrent_a": Rule((f.OVERCURRENT_A,), "REQ-TRP-4", _one_of(("stuck", [0, _TRIP_A_CODE])), (_FULL_FACE,)),
    "contact_changed": Rule((f.CUT_CONTACT_CHANGE,), "REQ-TRP-4", _as("glitch of A upwards")),
    "overcurrent_b": Rule((f.OVERCURRENT_B,), "REQ-TRP-5", _one_of(("stuck", [4, _FULL]))),
    "overvoltage": Rule((f.OVERVOLTAGE,), "REQ-TRP-7", _as("voltage stuck high")),
    "excess": Rule((f.EXCESS_CURRENT,), "REQ-TRP-8", _held_above),
    # What A reads is not there: the drive is taken back, the true current with it, and the count rests meanwhile.
    "false_excess": Rule((f.EXCESS_CURRENT, f.SENSE_MISMATCH), "REQ-TRP-9", _as("sense A stuck")),
    "mismatch": Rule((f.SENSE_MISMATCH,), "REQ-TRP-9", _one_of(("stuck", [4, 0]), ("b_gain", 0.05))),
    "reference": Rule((f.REFERENCE,), "REQ-TRP-10", _one_of(("reference_gain", 0.95), ("stuck", [2, 1950]))),
    "ground": Rule((f.GROUND,), "REQ-TRP-11", _as("ground lifted")),
    "amplifier": Rule((f.AMPLIFIER,), "REQ-TRP-12", _one_of(("stuck", [5, 0]), ("amplifier_sense_gain", 0.5))),
    "stuck": Rule((f.STUCK_SENSE,), "REQ-TRP-13", _as("voltage stuck at zero")),
    "rate": Rule((f.TICK_RATE,), "REQ-TRP-15", _one_of(("timer_twice", 1), ("timer_us", 570), ("timer_us", 900))),
}


def ended_us(rig: Rig, watch: Watch, since_us: float) -> float:
    """From `since_us` to when K1's request was low, K1 open, and less than 50 uA flowed. RigFailure: it never was."""
    named = [event for event in rig.truth.events if event.time_us >= since_us]
    ends = [next((e.time_us for e in named if (e.name, e.value) == ("k1_request", 0)), None)]
    ends.append(next((e.time_us for e in named if e.name == "k1_open"), None))
    dark_us = watch.current().off_us(since_us)
    if dark_us is None or None in ends:
        raise RigFailure(f"K1's request low and K1 open at {ends}, dark after {dark_us} us\n{rig.describe()}")
    return max(dark_us, *[at_us - since_us for at_us in ends if at_us is not None])


def since_us(rig: Rig, rule: Rule, injected_us: float) -> float:
    """When the violation began."""
    if not rule.event:
        return injected_us
    times = rig.truth.times_us(rule.event, round(injected_us))
    if not times:
        raise RigFailure(f"no {rule.event} after the defect\n{rig.describe()}")
    return float(times[0])


def told(rig: Rig, rule: Rule, log: Log, injected_us: float) -> int:
    """The code that was told; of a dead main loop 0. RigFailure if it is not the rule's own."""
    code = log.first()
    if not rule.codes:
        resets = [event.value for event in rig.truth.named("chip_start", round(injected_us))]
        if resets != [_RESET_CAUSE]:
            raise RigFailure(f"the watchdog has not reset the chip: {resets}\n{rig.describe()}")
    if code not in (rule.codes or (0,)):
        raise RigFailure(f"told {code}, the rule has {rule.codes}\n{rig.describe()}")
    return code


def _hold(rig: Rig, person: Person) -> None:
    """To the person's level, however long the ramp. Raises RigFailure if it is not reached."""
    journey = Journey(rig, person)
    journey.reach("ARMED")
    rig.person.contact(1.0)
    if journey.until("HOLD", timeout_ms=_RAMP_MS) != "HOLD":
        raise RigFailure(f"{journey.state()}, not HOLD\n{rig.describe()}")


def run(trial: Trial) -> list[dict[str, Any]]:
    """One defect under current."""
    source = trial.random
    name = tuple(RULES)[trial.index % len(RULES)]
    rule = RULES[name]
    person = source.choice(rule.persons)
    with Rig(trial.seed, load=person.load, load_arguments=person.arguments, program=program(rule.program)) as rig:
        rig.is_firmware = True
        _hold(rig, person)
        rig.advance(source.uniform(0, 12))
        log, watch = Log(rig), Watch(rig)
        rule.breaks(rig, source)
        watch.closely()
        watch.on(_SEEN_MS)
        off_us = ended_us(rig, watch, since_us(rig, rule, watch.start_us))
        if not rule.codes:
            rig.advance(600)  # the watchdog's time
        code = told(rig, rule, log, watch.start_us)
    return [{"rule": name, f"{name}_ms": round(off_us / 1000, 3), "person": person.name, "code": code}]


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """The worst time of every rule."""
    return [
        worst_figure(
            f"off_{name}_ms", f"{name}_ms", "ms", rule.bound_ms(), outcomes, seed,
            note=_NOTE.format(
                since=f"the event {rule.event}" if rule.event else "the defect",
                requirement=rule.requirement, ms=worst_cases_ms()[rule.requirement],
            ),
        )
        for name, rule in RULES.items()
    ]  # fmt: skip


EXPERIMENT = Experiment("offs", tuple(f"off_{name}_ms" for name in RULES), _EACH * len(RULES), run, judge)
