"""Undisturbed sessions on boards at the corners of their tolerances: nothing may trip."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from hil.bench.experiment import Experiment, Outcome, Trial, failures_of, rows_of
from hil.bench.figures import Figure
from hil.bench.loads import random_load
from hil.bench.treatment import Treatment, ramp_ms
from hil.sim import facts
from ionto import states
from ionto.limits import MODES, Mode

SIGMA = 3.0
_BODY_MS = 1_000
_NOTE = (
    "sessions in which K1 opened before its time, that ended early, or with a fault, by events and relays. Every "
    "factor and offset of the board is at + or - 3 sigma (its sign is drawn): harder than draws that end at 3 sigma; "
    "the firmware has the nominal calibration"
)


def corner(source: random.Random) -> dict[str, float]:
    """A board with every factor and offset of the simulated parts at 3 sigma, one way or the other."""
    spread = {name: 1 + SIGMA * one * source.choice((-1, 1)) for name, one in facts.SPREAD.items()}
    return spread | {name: SIGMA * one * source.choice((-1, 1)) for name, one in facts.SPREAD_OFFSETS_LSB.items()}


def _session(treatment: Treatment, minutes: int, reverse: bool) -> dict[str, Any]:
    """Runs to the end of the time. Returns what the relay did."""
    rig, mode = treatment.rig, treatment.mode
    treatment.treat()
    made_us = treatment.contact_times_us[0]
    ramps_ms = ramp_ms(mode, treatment.level_ua, 0) * (2.6 if reverse else 1.3)
    treatment.wait_state(states.DONE, timeout_ms=minutes * 60_000 + ramps_ms + 5_000, step_ms=_BODY_MS)
    opened_us = rig.truth.times_us("k1_open", made_us)
    lasted_s = (opened_us[-1] - made_us) / 1e6 if opened_us else 0.0
    trips = len(rig.truth.named("latch_trip", made_us))
    return {
        "openings_us": opened_us,
        "lasted_s": round(lasted_s, 2),
        "latch_trips": trips,
        "is_false": int(len(opened_us) != 1 + reverse or lasted_s < minutes * 60 or trips > 0),
    }


def _minutes(source: random.Random, mode: Mode) -> int:
    return min(mode.max_min, source.choices((1, 2, 3), (85, 12, 3))[0])


def run(trial: Trial) -> list[dict[str, Any]]:
    """One undisturbed session."""
    source = trial.random
    mode = MODES[trial.index % len(MODES)]
    kind, arguments = random_load(source, mode)
    minutes = _minutes(source, mode)
    reverse = mode.can_reverse and source.random() < 0.3
    spread = corner(source)
    top = (mode.max_ua - mode.default_ua) // mode.step_ua
    steps = source.choice((top, source.randint(0, top), source.randint(-4, 3)))
    with Treatment(trial.seed, mode, kind, arguments, tolerance_sigma=0) as treatment:
        for name, value in spread.items():
            treatment.rig.board.fault(name, value)
        treatment.arm(steps, minutes, reverse)
        row = _session(treatment, minutes, reverse)
        treatment.finish()
    signs = {name: f"{value:.4g}" for name, value in spread.items()}
    about = {"mode": mode.name, "level_ua": treatment.level_ua, "minutes": minutes, "reverse": reverse}
    return [about | {"kind": kind, "load": arguments, "spread": signs} | row]


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """How many sessions were disturbed; a session that did not end as it should counts among them."""
    rows = rows_of(outcomes)
    failures = failures_of(outcomes)
    disturbed = [row for row in rows if row["is_false"]]
    count = float(len(disturbed) + len(failures))
    worst = disturbed[0] if disturbed else {}
    figure = Figure(
        "false_trips", count, "", 0, len(outcomes), seed, failures=failures, note=_NOTE, worst=worst
    )  # fmt: skip
    return [figure]


EXPERIMENT = Experiment("trips", ("false_trips",), 100, run, judge)
