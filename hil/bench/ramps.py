"""The slope of the true current while it ramps up and down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hil.bench.experiment import Experiment, Outcome, Trial, worst_figure
from hil.bench.figures import Figure
from hil.bench.loads import random_load
from hil.bench.treatment import Treatment, ramp_ms
from ionto import states
from ionto.limits import MODES

_FROM = 0.2  # of the level
_TO = 0.9
_VOLTAGE_SHARE = 0.7  # a load that needs more of the voltage limit is drawn again
_NOTE = "slope from 20 to 90 % of the level, against the mode's own; persons and dummy loads; boards spread by 1 sigma"


def slope_ua_per_s(samples: np.ndarray, level_ua: float) -> float:
    """Slope of the current between 20 and 90 % of `level_ua`, by least squares. Raises ValueError without samples."""
    current_ua = samples["current_ua"]
    inside = samples[(current_ua > _FROM * level_ua) & (current_ua < _TO * level_ua)]
    if len(inside) < 10:
        raise ValueError(f"the current does not ramp: {len(inside)} samples between 20 and 90 % of {level_ua:g} µA")
    seconds = (inside["time_us"] - inside["time_us"][0]) / 1e6
    return float(np.polyfit(seconds, inside["current_ua"].astype(float), 1)[0])


def _needs_mv(arguments: dict[str, Any], level_ua: float) -> float:
    """About what a load needs; a person's skin falls while the current rises."""
    ohm = arguments["rs_ohm"] + arguments.get("rp_ohm", 0.0)
    return ohm * level_ua / 1000


def run(trial: Trial) -> list[dict[str, Any]]:
    """One session: up, a second of hold, down."""
    mode = MODES[trial.index % len(MODES)]
    kind, arguments = random_load(trial.random, mode)
    while _needs_mv(arguments, mode.default_ua) > _VOLTAGE_SHARE * mode.max_electrode_mv:
        kind, arguments = random_load(trial.random, mode)
    level_ua = mode.default_ua
    with Treatment(trial.seed, mode, kind, arguments, record_truth=1) as treatment:
        rig = treatment.rig
        treatment.arm()
        treatment.treat()
        up_us = rig.now_us
        rig.advance(ramp_ms(mode, 0, level_ua) + 1_000)
        down_us = rig.now_us
        treatment.press("START")
        treatment.wait_state(states.DONE, timeout_ms=ramp_ms(mode, level_ua, 0) * 1.3 + 2_000)
        treatment.finish()
        up = slope_ua_per_s(rig.truth.between(up_us, down_us), level_ua)
        down = -slope_ua_per_s(rig.truth.between(down_us, rig.now_us), level_ua)
    rows = []
    for way, slope, nominal in (("up", up, mode.ramp_up_ua_per_s), ("down", down, mode.ramp_down_ua_per_s)):
        error = abs(slope / nominal - 1) * 100
        rows.append({"mode": mode.name, "load": arguments, "way": way, "ua_per_s": slope, "error_percent": error})
    return rows


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """The worst slope."""
    return [worst_figure("ramp_slope_error_percent", "error_percent", "%", 5, outcomes, seed, note=_NOTE)]


EXPERIMENT = Experiment("ramps", ("ramp_slope_error_percent",), 24, run, judge)
