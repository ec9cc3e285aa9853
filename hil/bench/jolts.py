"""The largest change of the true current within 10 ms in normal use: what a person could feel as a jolt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hil.bench.experiment import Experiment, Outcome, Trial, worst_figure
from hil.bench.figures import Figure
from hil.bench.loads import random_load
from hil.bench.treatment import Treatment, ramp_ms
from ionto import states
from ionto.limits import FACE, MODES

_WINDOW_TICKS = 20  # 10 ms
_MAKE_US = 20_000  # the make itself is another figure
_FACE_UA = 50.0
_NOTE = (
    "largest change within 10 ms, up or down, from 20 ms after the circuit closed to the end: ramp, UP, DOWN, time "
    "over or START; persons and dummy loads; boards spread by 1 sigma"
)


def largest_change_ua(current_ua: np.ndarray) -> tuple[float, int]:
    """(largest difference within 10 ms, where the window begins) of currents in µA, one for every tick."""
    if len(current_ua) <= _WINDOW_TICKS:
        return 0.0, 0
    windows = np.lib.stride_tricks.sliding_window_view(current_ua, _WINDOW_TICKS + 1)
    spans = windows.max(axis=1) - windows.min(axis=1)
    at = int(spans.argmax())
    return float(spans[at]), at


def _use(treatment: Treatment, trial: Trial, by_time: bool) -> None:
    """A person's session: a ramp, some presses, an end by time or by START."""
    source, mode, rig = trial.random, treatment.mode, treatment.rig
    rig.advance(ramp_ms(mode, 0, treatment.level_ua) * source.uniform(0.5, 1.1))
    for _ in range(source.randint(2, 4)):
        treatment.step_level(source.choice((-3, -2, -1, 1, 2, 3)))
        rig.advance(source.uniform(200, 4_000))
    if not by_time:
        treatment.press("START")
    left_ms = 62_000 if by_time else 0
    treatment.wait_state(states.DONE, timeout_ms=left_ms + ramp_ms(mode, mode.max_ua, 0) * 1.3 + 2_000, step_ms=200)


def run(trial: Trial) -> list[dict[str, Any]]:
    """One session; half of them in FACE mode."""
    source = trial.random
    mode = MODES[FACE] if trial.index % 2 == 0 else MODES[1 + trial.index // 2 % 3]
    kind, arguments = random_load(source, mode)
    by_time = source.random() < 0.3
    with Treatment(trial.seed, mode, kind, arguments, record_truth=1) as treatment:
        treatment.arm(source.randint(-3, 2), minutes=1 if by_time else None)
        treatment.treat()
        _use(treatment, trial, by_time)
        end_us = treatment.rig.now_us
        treatment.finish()
        made_us = treatment.contact_times_us[0]
        samples = treatment.rig.truth.between(made_us + _MAKE_US, end_us)
        change_ua, at = largest_change_ua(samples["current_ua"])
    at_us = int(samples["time_us"][at])
    return [{"mode": mode.name, "load": arguments, "by_time": by_time, "at_us": at_us, "change_ua": change_ua}]


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """The largest change in every mode; FACE has a bound."""
    return [
        worst_figure(
            name, "change_ua", "µA", _FACE_UA if mode.number == FACE else None, outcomes, seed,
            note=_NOTE, where=lambda row, mode=mode: row["mode"] == mode.name,
        )
        for name, mode in zip(NAMES, MODES, strict=True)
    ]  # fmt: skip


NAMES = tuple(f"largest_step_{mode.name.lower()}_ua_per_10ms" for mode in MODES)
EXPERIMENT = Experiment("jolts", NAMES, 48, run, judge)
