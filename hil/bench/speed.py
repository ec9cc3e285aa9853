"""How much faster than real time the whole firmware runs on the simulated board."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Sequence
from typing import Any

from hil.bench.experiment import Experiment, Outcome, Trial, failures_of, rows_of
from hil.bench.figures import Figure
from hil.bench.treatment import Treatment
from ionto.limits import FACE, MODES

_SESSION_S = 120
_TELEMETRY_HZ = 10
_POLL_MS = 500
_BOUND = 30.0


def _child_cpu_s() -> float:
    """CPU time of all processes that this one has ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(trial: Trial) -> list[dict[str, Any]]:
    """Two minutes of a FACE session, from power-on, with telemetry and display, every tick recorded."""
    before_s = _child_cpu_s()
    start_s = time.monotonic()
    with Treatment(trial.seed, MODES[FACE], "Person", {"site": "FACE"}, record_truth=1) as treatment:
        rig = treatment.rig
        treatment.arm()
        rig.host.hello()
        rig.host.subscribe(_TELEMETRY_HZ)
        treatment.treat()
        records = 0
        while rig.now_us < _SESSION_S * 1_000_000:
            rig.advance(_POLL_MS)
            records += len(rig.host.poll())
        wall_s = time.monotonic() - start_s
        simulated_s = rig.now_us / 1e6
        treatment.require_no_fault()
    cpu_s = _child_cpu_s() - before_s
    row = {"wall": simulated_s / wall_s, "cpu": simulated_s / cpu_s, "records": records, "wall_s": round(wall_s, 2)}
    return [row]


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """Medians of the runs."""
    rows = rows_of(outcomes)
    wall = statistics.median([row["wall"] for row in rows]) if rows else None
    cpu = statistics.median([row["cpu"] for row in rows]) if rows else 0.0
    note = (
        f"simulated time over wall time, median of {len(rows)} sessions of 2 minutes, start of the process included, "
        f"rig and host client in it; over the simulator's own CPU time: {cpu:.1f}"
    )
    failures = failures_of(outcomes)
    worst = min(rows, key=lambda row: row["wall"], default={})
    return [
        Figure(
            "speed_ratio", wall, "×", _BOUND, len(rows), seed, at_least=True, failures=failures, note=note, worst=worst
        )
    ]


EXPERIMENT = Experiment("speed", ("speed_ratio",), 3, run, judge, alone=True, scales=False)
