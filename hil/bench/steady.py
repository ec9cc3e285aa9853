"""How far the current is from the level that was set, once it is steady, on dummy loads of a nominal board."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from hil.bench.experiment import Experiment, Outcome, Trial, worst_figure
from hil.bench.figures import Figure
from hil.bench.treatment import Treatment, ramp_ms
from hil.sim import facts
from ionto.limits import MODES, Mode

_OHMS = (500.0, 1000.0, 2000.0, 5000.0, 10000.0, 20000.0)
_FARADS = (0.0, 0.1e-6, 1e-6, 2e-6)
_HIGHEST_SHARE = 0.9  # of the resistance that counts as contact: 18 kohm in limb modes
_PERCENT = 2.0
_FLOOR_UA = 30.0
_SETTLE_MS = 1_500
_MEASURE_MS = 1_000
_LIMITED = 0.98  # of the voltage limit: from here on the limit may hold the current down
_VOLTAGE_BOUND_PERCENT = 1.0
_FULL_SCALE_V = tuple(4095 * facts.DAC_V_PER_CODE * gain for gain in facts.AMPLIFIER_GAIN)
_NOTE = (
    "|mean true current over 1 s - what is expected|, in shares of 2 % or 30 µA (the larger); nominal board with "
    "noise; 0.5 to 20 kohm (18 kohm where 20 is no contact), 0 to 2 µF, all modes, default and maximum level"
)


def _grid() -> list[tuple[Mode, float, float]]:
    grid = [(mode, ohm, farad) for mode in MODES for ohm in _OHMS for farad in _FARADS]
    random.Random(0).shuffle(grid)  # so that the first few are a fair choice
    return grid


GRID = _grid()


def _load(ohm: float, farad: float) -> tuple[str, dict[str, Any]]:
    if farad == 0.0:
        return "Resistor", {"ohm": ohm}
    rs_ohm = min(500.0, ohm / 2)
    return "RC", {"rs_ohm": rs_ohm, "rp_ohm": ohm - rs_ohm, "cp_f": farad}


def _series_ohm(mode: Mode) -> float:
    return facts.SERIES_OHM[mode.range]


def _measure(treatment: Treatment, ohm: float) -> dict[str, Any]:
    """Waits until the level is there, and measures."""
    mode, rig = treatment.mode, treatment.rig
    limited_ua = min(mode.max_electrode_mv * 1000 / ohm, _FULL_SCALE_V[mode.range] * 1e6 / (ohm + _series_ohm(mode)))
    expected_ua = min(treatment.level_ua, limited_ua)
    rig.advance(max(0.0, ramp_ms(mode, rig.truth.current_ua, expected_ua)) * 1.02 + _SETTLE_MS)
    start_us = rig.now_us
    rig.advance(_MEASURE_MS)
    samples = rig.truth.between(start_us, rig.now_us)
    mean_ua = float(np.mean(samples["current_ua"]))
    allowed_ua = max(_FLOOR_UA, expected_ua * _PERCENT / 100)
    is_limited = treatment.level_ua >= _LIMITED * limited_ua
    voltage_mv = float(np.mean(samples["electrode_mv"]))
    return {
        "level_ua": treatment.level_ua,
        "expected_ua": round(expected_ua, 1),
        "mean_ua": round(mean_ua, 2),
        "ripple_ua": round(float(np.ptp(samples["current_ua"])), 2),
        "is_limited": is_limited,
        "error": abs(mean_ua - expected_ua) / allowed_ua,
        "voltage_mv": round(voltage_mv, 1),
        "over_percent": max(0.0, voltage_mv / mode.max_electrode_mv - 1) * 100 if is_limited else None,
    }


def run(trial: Trial) -> list[dict[str, Any]]:
    """One load at two levels of a mode."""
    mode, ohm, farad = GRID[trial.index % len(GRID)]
    ohm = min(ohm, mode.contact_ohm * _HIGHEST_SHARE)
    kind, arguments = _load(ohm, farad)
    rows = []
    with Treatment(trial.seed, mode, kind, arguments, record_truth=1, tolerance_sigma=0) as treatment:
        treatment.arm()
        treatment.treat()
        rows.append(_measure(treatment, ohm))
        treatment.step_level((mode.max_ua - mode.default_ua) // mode.step_ua)
        rows.append(_measure(treatment, ohm))
        treatment.finish()
    return [{"mode": mode.name, "ohm": ohm, "cp_uf": farad * 1e6} | row for row in rows]


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """The worst error where the level can flow, and where the voltage limit holds it down."""
    unit = "×"
    return [
        worst_figure(
            "steady_error_of_allowed", "error", unit, 1.0, outcomes, seed,
            note=_NOTE + ". Here: where the level can flow", where=lambda row: not row["is_limited"],
        ),
        worst_figure(
            "limited_error_of_allowed", "error", unit, 1.0, outcomes, seed,
            note=_NOTE + ". Here: where the voltage limit or the DAC's full scale (16.4 V, 41 V) holds it down",
            where=lambda row: row["is_limited"],
        ),
        worst_figure(
            "limited_voltage_over_percent", "over_percent", "%", _VOLTAGE_BOUND_PERCENT, outcomes, seed,
            note="mean true electrode voltage above the mode's maximum; the bound is ours: a fifth of the trip's 5 %",
        ),
    ]  # fmt: skip


EXPERIMENT = Experiment(
    "steady",
    ("steady_error_of_allowed", "limited_error_of_allowed", "limited_voltage_over_percent"),
    len(GRID),
    run,
    judge,
)
