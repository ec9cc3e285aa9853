"""How long the true current can stay above a mode's maximum when a contact sinks in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hil.bench import records
from hil.bench.experiment import Experiment, Outcome, Trial, failures_of, rows_of, worst_figure
from hil.bench.figures import Figure
from hil.bench.loads import log_uniform
from hil.bench.treatment import Treatment
from hil.sim import facts
from ionto import faults, limits
from ionto.limits import MODES, Mode

LIMIT_PERCENT = 110
SMALL_AREA = 0.3
_TOP_SHARE = 0.97  # of the DAC's range, on a board whose amplifier gives less
_LATENCY_US = 300
_NOTE = (
    "area 0.3 to 1.0 in 1 ms, in steps of 20 µs, at 35 to 100 % of what can flow before; limit: the mode's maximum "
    "+ 10 %; ticks within the longest unbroken time above it. Where the latch trips counts too. While K1 opens, a "
    "contact that goes on sinking in can bring a second, shorter excess"
)
_TIME_NOTE = (
    f"the same in µs, at every step of the plant. The bound is ours: one tick of {limits.TICK_US} µs until the excess "
    f"is seen, and {_LATENCY_US} µs to read, check, write the DAC and let the amplifier fall"
)


def ticks_within(time_us: np.ndarray, start_us: int, duration_us: int) -> int:
    """How many ticks fall into an unbroken time: those that could have seen it."""
    return int(np.count_nonzero((time_us > start_us) & (time_us <= start_us + duration_us)))


def _load(trial: Trial, mode: Mode) -> tuple[dict[str, Any], float]:
    """A load, and the current in µA that flows through a small contact at most."""
    source = trial.random
    reaches_ohm = mode.max_electrode_mv / mode.max_ua * 1000 * SMALL_AREA
    total_ohm = log_uniform(source, 400, max(600, reaches_ohm * 1.5))
    rs_ohm = total_ohm * source.uniform(0.2, 0.8)
    cp_f = round(log_uniform(source, 0.01, 2.0), 3) * 1e-6
    small_ohm = total_ohm / SMALL_AREA
    top_uv = _TOP_SHARE * 4095 * facts.DAC_V_PER_CODE * facts.AMPLIFIER_GAIN[mode.range] * 1e6
    possible_ua = min(
        mode.max_ua, mode.max_electrode_mv * 1000 / small_ohm, top_uv / (facts.SERIES_OHM[mode.range] + small_ohm)
    )
    return {"rs_ohm": round(rs_ohm), "rp_ohm": round(total_ohm - rs_ohm), "cp_f": cp_f}, possible_ua


def _check_end(treatment: Treatment, has_tripped: bool) -> int:
    """Ends the run. Raises RigFailure for any fault but that of a latch that really tripped. Returns the fault."""
    status = treatment.rig.host.status()
    if status.fault and not (has_tripped and status.fault == faults.LATCH):
        treatment.require_no_fault()
    treatment.end()
    return status.fault


def run(trial: Trial) -> list[dict[str, Any]]:
    """One session at a small contact that becomes a whole one at once."""
    source = trial.random
    mode = MODES[trial.index % len(MODES)]
    arguments, possible_ua = _load(trial, mode)
    limit_ua = mode.max_ua * LIMIT_PERCENT / 100
    start_ua = possible_ua * source.uniform(0.35, 0.99)
    watch = {"over_ua": limit_ua}
    with Treatment(trial.seed, mode, "RC", arguments, watch=watch, record_truth=1) as treatment:
        rig = treatment.rig
        treatment.arm((mode.max_ua - mode.default_ua) // mode.step_ua)
        treatment.treat(SMALL_AREA)
        rig.advance_until(lambda: rig.truth.current_ua >= start_ua, 75_000, step_ms=100)
        before_ua = rig.truth.current_ua
        sink_ms = source.uniform(0, 1)
        start_us = rig.now_us + round(sink_ms * 1000)
        treatment.sink(sink_ms, SMALL_AREA, 1.0)
        rig.advance(500)
        has_tripped = bool(rig.truth.named("latch_trip", start_us))
        is_cut = any(event.value == 0 for event in rig.truth.named("k1_request", start_us))
        fault = _check_end(treatment, has_tripped)
        longest_us, at_us = records.longest_over_us(records.steps(treatment.log), treatment.contact_times_us, limit_ua)
        ticks = ticks_within(rig.truth.samples["time_us"], at_us, longest_us)
        peak_ua = rig.truth.max_current_ua()
    return [
        {
            "mode": mode.name, "load": arguments, "before_ua": before_ua, "sink_us": start_us, "peak_ua": peak_ua,
            "over_ticks": ticks, "over_us": longest_us, "over_at_us": at_us, "cut": int(is_cut),
            "latch": int(has_tripped), "fault": fault,
        }
    ]  # fmt: skip


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """Worst durations; how often it was cut, and how often the hardware was faster."""
    bound_us = limits.TICK_US + _LATENCY_US
    figures = [
        worst_figure("overlimit_ticks", "over_ticks", "ticks", 1, outcomes, seed, note=_NOTE),
        worst_figure("overlimit_us", "over_us", "µs", bound_us, outcomes, seed, note=_TIME_NOTE),
    ]
    rows = rows_of(outcomes)
    for name, key, note in (
        ("overlimit_cuts", "cut", "sessions that were cut, of all that sank in"),
        ("overlimit_latch_trips", "latch", "sessions in which the hardware's own latch tripped, a fault by design"),
    ):
        count = float(sum(row[key] for row in rows))
        failures = failures_of(outcomes)
        figures.append(Figure(name, count, "", None, len(rows), seed, failures=failures, note=note))
    return figures


EXPERIMENT = Experiment(
    "overlimit",
    ("overlimit_ticks", "overlimit_us", "overlimit_cuts", "overlimit_latch_trips"),
    80,
    run,
    judge,
)
