"""The time from a defect to the output's end, for every trip rule: HOLD, random boards, persons and instants.

An open circuit has figures of its own (breaks.py): there the current ends by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hil.bench.experiment import Experiment, Outcome, Trial, worst_figure
from hil.bench.figures import Figure
from hil.faults.journey import Journey
from hil.faults.log import Log
from hil.faults.model import PERSONS
from hil.faults.programs import program
from hil.faults.registry import fault_named
from hil.faults.watch import Watch
from hil.rig import Rig, RigFailure

# What the rule is called in the figure's name, and the fault that breaks it at once; its bound stands in the registry.
RULES = {
    "limits": "bit flips in the limits",
    "state": "bit flips in drive or setpoint",
    "late": "timer late",
    "latch": "latch always tripped",
    "main_loop": "main loop hangs",
    "overcurrent_a": "glitch of A upwards",
    "overcurrent_b": "sense B stuck at full scale",
    "overvoltage": "voltage stuck high",
    "excess": "sense A stuck",
    "mismatch": "sense B stuck",
    "reference": "reference off",
    "ground": "ground lifted",
    "amplifier": "amplifier at zero",
    "stuck": "voltage stuck at zero",
    "rate": "timer twice",
}
_EACH = 4
_SEEN_MS = 200.0
_NOTE = "from the defect to less than 50 uA; bound: the rule's time, K1's delay, the way to the next tick and a sample"


def run(trial: Trial) -> list[dict[str, Any]]:
    """One defect under current."""
    source = trial.random
    rule = tuple(RULES)[trial.index % len(RULES)]
    fault = fault_named(RULES[rule])
    person = source.choice(PERSONS)
    with Rig(trial.seed, load=person.load, load_arguments=person.arguments, program=program(fault.program)) as rig:
        rig.is_firmware = True
        rig.expect_error("")
        Journey(rig, person).reach("HOLD")
        rig.advance(source.uniform(0, 12))
        log, watch = Log(rig), Watch(rig)
        fault.inject(rig, source)
        watch.closely()
        watch.on(_SEEN_MS)
        expect = fault.expected("HOLD")
        code, off_us = log.first(), watch.current().off_us(watch.start_us)
        if off_us is None or (code and code not in expect.codes):
            raise RigFailure(f"{fault.name}: told {code}, off after {off_us} us")
    return [{"rule": rule, f"{rule}_ms": round(off_us / 1000, 3), "person": person.name, "code": code}]


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """The worst time of every rule."""
    return [
        worst_figure(
            f"off_{rule}_ms", f"{rule}_ms", "ms", fault_named(name).expected("HOLD").bound_ms(), outcomes, seed,
            note=_NOTE,
        )
        for rule, name in RULES.items()
    ]  # fmt: skip


EXPERIMENT = Experiment("offs", tuple(f"off_{rule}_ms" for rule in RULES), _EACH * len(RULES), run, judge)
