"""The time of the self-test at power-on, by the simulated board's clock: boards at random, nothing wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hil.bench.experiment import Experiment, Outcome, Trial, worst_figure
from hil.bench.figures import Figure
from hil.rig import Rig, RigFailure
from ionto import states

_BOUND_MS = 1500.0
_STEP_MS = 5
_LONGEST_US = 4_000_000
_NOTE = (
    "from the chip's start to IDLE, without the firmware's own statements (`make bench RIG=emu`, power_on, has these)"
)


def run(trial: Trial) -> list[dict[str, Any]]:
    """One power-on."""
    with Rig(trial.seed) as rig:
        rig.board.await_start()
        start_us = rig.truth.times_us("chip_start")[-1]
        while (state := rig.host.status().state) != states.IDLE:
            if rig.now_us - start_us > _LONGEST_US:
                raise RigFailure(f"in {states.STATES[state]}, not IDLE\n{rig.describe()}")
            rig.advance(_STEP_MS)
        return [{"self_test_ms": (rig.now_us - start_us) / 1000}]


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """The longest."""
    return [worst_figure("self_test_ms", "self_test_ms", "ms", _BOUND_MS, outcomes, seed, note=_NOTE)]


EXPERIMENT = Experiment("self_tests", ("self_test_ms",), 12, run, judge)
