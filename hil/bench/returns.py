"""What current a contact that returns or bounces meets, between ticks too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hil.bench import records
from hil.bench.experiment import Experiment, Outcome, Trial, worst_figure
from hil.bench.figures import Figure
from hil.bench.loads import random_load
from hil.bench.treatment import Treatment, ramp_ms
from ionto import states
from ionto.limits import MAX_SELF_RECONNECTS, MODES, RANGE_FACE

RETURNS = 6  # in a session
_FIRST_US = 20_000
_WATCHED_US = 400_000  # long enough for the probe that comes back onto the closed circuit
_SHORTEST_US = 2_000  # of an opening that counts
_SERIES_OHM = 500.0  # least series part of a load
_NOTE = (
    "largest current, either way and at every step of the plant, in the first 20 ms after a make that follows an "
    "opening of 2 ms or more; loads with 500 ohm or more in series and up to 2 µF; boards spread by 1 sigma"
)
_LATER_NOTE = "as above, from 20 to 400 ms after the last make: K1 closes again onto a circuit that is closed"


def _openings(treatment: Treatment, trial: Trial) -> tuple[float, list[dict[str, Any]]]:
    """Schedules a bounce, or a break and return. Returns when it is over, in ms from now, and a row for every make."""
    source = trial.random
    is_bounce = source.random() < 0.75
    rows = []
    at_ms = 0.0
    for _ in range(source.randint(1, 8) if is_bounce else 1):
        open_ms = source.uniform(2, 50) if source.random() < 0.7 else source.uniform(2, 4)
        open_ms = open_ms if is_bounce else source.uniform(300, 1500)
        break_us = treatment.contact_at(at_ms, 0.0)
        make_us = treatment.contact_at(at_ms + open_ms, 1.0)
        if make_us - break_us >= _SHORTEST_US:
            rows.append({"at_us": make_us, "contact": len(treatment.contact_times_us), "open_us": make_us - break_us})
        at_ms += open_ms + source.choice((source.uniform(0.1, 3), source.uniform(3, 60)))
    return at_ms, rows


def _add_peaks(rows: list[dict[str, Any]], found: np.ndarray, last: int) -> None:
    for row in rows:
        row["peak_ua"] = records.peak_ua(found, row["contact"], _FIRST_US)
        row["later_ua"] = None
        if row["contact"] == last:
            own = found[(found["contact"] == last) & (found["since_us"] > _FIRST_US)]
            row["later_ua"] = float(np.abs(own["current_na"]).max()) / 1000 if len(own) else 0.0


def run(trial: Trial) -> list[dict[str, Any]]:
    """One session with its returns."""
    source = trial.random
    mode = source.choice(MODES)
    kind, arguments = random_load(source, mode, _SERIES_OHM)
    rows = []
    with Treatment(trial.seed, mode, kind, arguments, watch={"window_us": _WATCHED_US}) as treatment:
        treatment.arm(source.randint(-3, 3))
        treatment.treat()
        for number in range(RETURNS):
            is_long = number == 0 and source.random() < 0.5
            full_ms = ramp_ms(mode, 0, treatment.level_ua) + 500
            treatment.rig.advance(full_ms if is_long else source.uniform(0, 3_000))
            before_ua = treatment.rig.truth.current_ua
            over_ms, made = _openings(treatment, trial)
            treatment.rig.advance(over_ms + 500)
            set_up = {"mode": mode.name, "is_face": mode.range == RANGE_FACE, "load": arguments, "before_ua": before_ua}
            rows.append((set_up, made, len(treatment.contact_times_us)))
            treatment.rig.advance(1_000)
            if number >= MAX_SELF_RECONNECTS:
                treatment.press("START")
            treatment.wait_state(states.RAMP_UP, states.HOLD, timeout_ms=3000)
        treatment.finish()
        found = records.steps(treatment.log)
    for _, made, last in rows:
        _add_peaks(made, found, last)
    return [set_up | row for set_up, made, _ in rows for row in made]


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """The highest currents, by range."""
    figures = []
    for name, is_face, bound in (("face", True, 600), ("body", False, 1600)):
        figures.append(
            worst_figure(
                f"return_current_{name}_ua", "peak_ua", "µA", bound, outcomes, seed,
                note=_NOTE, where=lambda row, is_face=is_face: row["is_face"] == is_face,
            )
        )  # fmt: skip
    for name, is_face in (("face", True), ("body", False)):
        figures.append(
            worst_figure(
                f"reclose_current_{name}_ua", "later_ua", "µA", None, outcomes, seed,
                note=_LATER_NOTE, where=lambda row, is_face=is_face: row["is_face"] == is_face,
            )
        )  # fmt: skip
    return figures


EXPERIMENT = Experiment(
    "returns",
    ("return_current_face_ua", "return_current_body_ua", "reclose_current_face_ua", "reclose_current_body_ua"),
    120,
    run,
    judge,
)
