"""An hour of sessions back to back (`hil/soak.py`): what is left of the heap, what was written into the memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hil import soak
from hil.bench.experiment import Experiment, Outcome, Trial, worst_figure
from hil.bench.figures import Figure
from hil.rig import RigFailure

_HOURS = 1.0
_UNIX = "bytes, unix build"  # stands beside the figure: the chip's heap is another
_HEAP = (
    "after a collection, at the end of an hour of sessions; MicroPython's unix build, with the simulator's objects "
    "in it. The chip's own heap: `make bench RIG=emu ONLY=heap`"
)
_GROWTH = "the most in use after any session above what was in use after the second"
_WRITES = "from IDLE to IDLE, any mode, 1 to 15 minutes: transfers to the memory that write, or their bytes; the worst"


def run(trial: Trial) -> list[dict[str, Any]]:
    """The hour, and a row for each of its sessions. What is wrong with it fails the trial."""
    found = soak.run(_HOURS, trial.seed)
    if found.wrong:
        raise RigFailure("\n".join(found.wrong))
    start = found.heap_bytes[1]
    whole = {"free": found.free_bytes[-1], "growth": max(found.heap_bytes[1:]) - start, "sessions": found.sessions}
    rows = [{"minutes": minutes, "writes": writes, "bytes": count} for minutes, writes, count in found.writes]
    return [whole, *rows]


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """The figures of the hour."""
    return [
        worst_figure("heap_free_bytes", "free", _UNIX, None, outcomes, seed, note=_HEAP),
        worst_figure("heap_growth_bytes", "growth", _UNIX, soak.HEAP_BYTES, outcomes, seed, note=_GROWTH),
        worst_figure("store_writes_per_session", "writes", "", None, outcomes, seed, note=_WRITES),
        worst_figure("store_bytes_per_session", "bytes", "bytes", None, outcomes, seed, note=_WRITES),
    ]


EXPERIMENT = Experiment(
    "hour",
    ("heap_free_bytes", "heap_growth_bytes", "store_writes_per_session", "store_bytes_per_session"),
    1, run, judge, scales=False,
)  # fmt: skip
