"""How long the report of a device's thousand sessions takes, as HTML and PDF, its plots of the last ten included."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hil.bench.experiment import Experiment, Outcome, Trial, worst_figure
from hil.bench.figures import Figure
from hil.bench.host_data import fill
from host_tools.cli import app

_SESSIONS = 1000
_BOUND_S = 10.0


def run(trial: Trial) -> list[dict[str, Any]]:
    """One report by the command itself."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.sqlite3"
        fill(path, _SESSIONS, trial.seed)
        began_s, began_cpu_s = time.monotonic(), time.process_time()
        app(["report", "--db", str(path), "--out", str(Path(folder) / "report")], standalone_mode=False)
        wall_s, cpu_s = time.monotonic() - began_s, time.process_time() - began_cpu_s
        bytes_ = sum((Path(folder) / f"report.{kind}").stat().st_size for kind in ("html", "pdf"))
    return [{"cpu_s": cpu_s, "wall_s": wall_s, "bytes": bytes_}]


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """The slowest run."""
    note = f"CPU time of {_SESSIONS:,} sessions from the database to both files, libraries' loading included"
    return [worst_figure("report_s", "cpu_s", "s", _BOUND_S, outcomes, seed, note=note)]


EXPERIMENT = Experiment("host_report", ("report_s",), 1, run, judge, alone=True, scales=False)
