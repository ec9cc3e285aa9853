"""Whether the current overshoots later than 10 ms after a change of contact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hil.bench.experiment import Experiment, Outcome, Trial, worst_figure
from hil.bench.figures import Figure
from hil.bench.loads import random_load
from hil.bench.treatment import Treatment, ramp_ms
from ionto import states
from ionto.limits import MODES, Mode

_LATE_US = 10_000
_PERCENT = 5.0
_FLOOR_UA = 50.0
_WATCH_MS = 1_500
_CHANGES = (("sinks", 0.3, 1.0), ("lifts", 1.0, 0.5))
_NOTE = (
    "true current above what it may be, in shares of 5 % or 50 µA (the larger), later than 10 ms after the area went "
    "0.3 to 1.0 or 1.0 to 0.5 within 1 ms, or the contact returned. It may be what it was before and from there on "
    "rise by the mode's ramp, up to the level; after a return: up to the level"
)


def overshoot(samples: np.ndarray, start_us: int, mode: Mode, from_ua: float, level_ua: float) -> float:
    """The largest excess later than 10 ms after `start_us`, in shares of what is allowed; negative: there was none."""
    late = samples[samples["time_us"] > start_us + _LATE_US]
    risen_ua = (late["time_us"] - start_us) * (mode.ramp_up_ua_per_s / 1e6)
    may_ua = np.minimum(level_ua, from_ua + risen_ua)
    allowed_ua = np.maximum(_FLOOR_UA, may_ua * _PERCENT / 100)
    return float(((np.abs(late["current_ua"]) - may_ua) / allowed_ua).max())


def _change(treatment: Treatment, trial: Trial, name: str, start: float, end: float) -> dict[str, Any]:
    """One change of area under current, and what came of it."""
    rig = treatment.rig
    before_us = rig.now_us
    rig.advance(20)
    before_ua = float(np.median(rig.truth.between(before_us, rig.now_us)["current_ua"]))
    over_us = treatment.sink(trial.random.uniform(0, 1), start, end)
    rig.advance(_WATCH_MS)
    samples = rig.truth.between(over_us, rig.now_us)
    share = overshoot(samples, over_us, treatment.mode, before_ua, treatment.level_ua)
    return {"change": name, "at_us": over_us, "before_ua": before_ua, "overshoot": share}


def _return(treatment: Treatment, trial: Trial) -> dict[str, Any]:
    """The circuit opens, and comes back as a whole contact; the treatment goes on by itself or by START."""
    rig = treatment.rig
    gone_ms = trial.random.uniform(20, 600)
    treatment.contact_at(0, 0.0)
    made_us = treatment.contact_at(gone_ms, 1.0)
    rig.advance(gone_ms + 1_700)
    if treatment.state() == states.PAUSED:
        treatment.press("START")
    treatment.wait_state(states.RAMP_UP, states.HOLD, timeout_ms=4_000)
    rig.advance(min(4_000, ramp_ms(treatment.mode, 0, treatment.level_ua) + 1_000))
    samples = rig.truth.between(made_us, rig.now_us)
    share = overshoot(samples, made_us, treatment.mode, treatment.level_ua, treatment.level_ua)
    return {"change": "returns", "at_us": made_us, "before_ua": None, "overshoot": share}


def run(trial: Trial) -> list[dict[str, Any]]:
    """One session: sinks in, lifts, returns."""
    source = trial.random
    mode = MODES[trial.index % len(MODES)]
    kind, arguments = random_load(source, mode)
    arguments["rs_ohm"] = min(arguments["rs_ohm"], 400)
    top = (mode.max_ua - mode.default_ua) // mode.step_ua
    steps = source.choice((top, -2, -1, 0, 0, 1, 2, 3))
    rows = []
    with Treatment(trial.seed, mode, kind, arguments, record_truth=1) as treatment:
        treatment.arm(steps)
        treatment.treat(_CHANGES[0][1])
        treatment.rig.advance(ramp_ms(mode, 0, treatment.level_ua) * source.uniform(0.3, 1.1) + 500)
        for name, start, end in _CHANGES:
            rows.append(_change(treatment, trial, name, start, end))
            if treatment.state() not in (states.RAMP_UP, states.HOLD):
                break
            treatment.rig.advance(500)
        rows.append(_return(treatment, trial))
        treatment.finish()
    return [{"mode": mode.name, "level_ua": treatment.level_ua, "load": arguments} | row for row in rows]


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """The worst overshoot."""
    return [worst_figure("late_overshoot_of_allowed", "overshoot", "×", 1.0, outcomes, seed, note=_NOTE)]


EXPERIMENT = Experiment("overshoot", ("late_overshoot_of_allowed",), 64, run, judge)
