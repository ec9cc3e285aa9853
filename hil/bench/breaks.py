"""How soon a break of the circuit is answered: drive at zero, K1 open. [design: within 1.5 ms and 5 ms]"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from hil.bench.experiment import Experiment, Outcome, Trial, worst_figure
from hil.bench.figures import Figure
from hil.bench.loads import log_uniform, random_load
from hil.bench.treatment import Treatment, ramp_ms
from hil.truth import Truth
from ionto import states
from ionto.limits import MAX_SELF_RECONNECTS, MODES

BREAKS = 8  # in a session: the first three returns resume by themselves, the others by START
_AFTER_MS = 12
_NOTE = "from the µs at which the circuit opens with K1 closed under current; boards spread by 1 sigma"


def answer_us(truth: Truth, break_us: int, name: str) -> float:
    """Time from a break to the next event `name`; infinite if there is none before the circuit is closed again."""
    makes = truth.times_us("make", break_us)
    until_us = makes[0] if makes else math.inf
    times = [time_us for time_us in truth.times_us(name, break_us) if time_us <= until_us]
    return times[0] - break_us if times else math.inf


def was_closed(truth: Truth, time_us: int) -> bool:
    """Whether K1 was closed just before `time_us`; a break with K1 open asks for no answer."""
    moves = [event for event in truth.events if event.time_us < time_us and event.name in ("k1_open", "k1_closed")]
    return bool(moves) and moves[-1].name == "k1_closed"


def _approach(treatment: Treatment, trial: Trial, is_deep: bool, is_last: bool) -> tuple[str, float]:
    """Lets the treatment go to a random place. Returns its name and how many ms after now the break shall be."""
    source, mode = trial.random, treatment.mode
    full_ms = ramp_ms(mode, 0, treatment.level_ua)
    if is_deep:
        return "hold", full_ms + source.uniform(500, 1000)
    place = source.choices(("ramp_up", "hold", "up", "down", "ramp_down"), (6, 3, 2, 2, 8 if is_last else 0))[0]
    if place == "ramp_up" or (place == "hold" and full_ms > 12_000):
        return "ramp_up", min(6_000, full_ms) * source.random() ** 2
    if place == "hold":
        return place, full_ms + source.uniform(300, 800)
    treatment.rig.advance(min(4_000, full_ms) * source.random() ** 2)
    if place == "ramp_down":
        treatment.press("START")
        return place, source.uniform(0, 0.8) * min(ramp_ms(mode, treatment.rig.truth.current_ua, 0), 5_000)
    treatment.step_level(source.randint(1, 3) * (1 if place == "up" else -1))
    return place, source.uniform(0, 1_500)


def _break(treatment: Treatment, trial: Trial, number: int, is_deep: bool) -> tuple[dict[str, Any], float]:
    """One break, and what followed it. Returns the row, and after how many ms the circuit is to be closed again."""
    place, after_ms = _approach(treatment, trial, is_deep and number == 0, number == BREAKS - 1)
    return_ms = log_uniform(trial.random, 300, 2000)
    break_us = treatment.contact_at(after_ms, 0.0)
    treatment.rig.advance(after_ms + _AFTER_MS)
    truth = treatment.rig.truth
    found = [event.value for event in truth.named("break", break_us)]
    is_driven = was_closed(truth, break_us)
    row = {
        "number": number,
        "place": place,
        "at_us": break_us,
        "current_ua": found[0] if found else None,
        "to_zero_us": answer_us(truth, break_us, "drive_at_zero") if is_driven else None,
        "to_k1_open_us": answer_us(truth, break_us, "k1_open") if is_driven else None,
    }
    return row, return_ms - _AFTER_MS


def _resume(treatment: Treatment, number: int, return_ms: float) -> None:
    treatment.contact_at(return_ms, 1.0)
    treatment.rig.advance(return_ms + 1200)
    if number >= MAX_SELF_RECONNECTS:
        treatment.press("START")
    treatment.wait_state(states.RAMP_UP, states.HOLD, timeout_ms=3000)


def run(trial: Trial) -> list[dict[str, Any]]:
    """One session with its breaks."""
    source = trial.random
    mode = source.choice(MODES)
    kind, arguments = random_load(source, mode)
    is_deep = source.random() < 0.1
    top = (mode.max_ua - mode.default_ua) // mode.step_ua
    steps = source.randint(top - 3, top) if is_deep else source.randint(1 - mode.default_ua // mode.step_ua, 3)
    rows = []
    with Treatment(trial.seed, mode, kind, arguments) as treatment:
        treatment.arm(steps)
        treatment.treat()
        for number in range(BREAKS):
            row, return_ms = _break(treatment, trial, number, is_deep)
            rows.append({"mode": mode.name, "level_ua": treatment.level_ua, "load": arguments} | row)
            if number < BREAKS - 1:
                _resume(treatment, number, return_ms)
        treatment.finish()
    return rows


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """The worst break."""
    return [
        worst_figure("break_to_zero_us", "to_zero_us", "µs", 1500, outcomes, seed, note=_NOTE),
        worst_figure("break_to_k1_open_us", "to_k1_open_us", "µs", 5000, outcomes, seed, note=_NOTE),
    ]


EXPERIMENT = Experiment("breaks", ("break_to_zero_us", "break_to_k1_open_us"), 250, run, judge)
