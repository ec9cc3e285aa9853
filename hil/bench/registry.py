"""All experiments of the bench, in the order in which they run."""

from __future__ import annotations

from hil.bench import (
    breaks,
    calibrations,
    host_link,
    host_log,
    host_record,
    host_report,
    hour,
    jolts,
    misfits,
    offs,
    overlimit,
    overshoot,
    ramps,
    returns,
    self_tests,
    speed,
    steady,
    trips,
)
from hil.bench.experiment import Experiment

_BOARD = (
    speed,
    breaks,
    returns,
    overlimit,
    steady,
    ramps,
    overshoot,
    jolts,
    trips,
    offs,
    self_tests,
    hour,
    calibrations,
    misfits,
)
_HOST = (host_link, host_log, host_record, host_report)
EXPERIMENTS = tuple(module.EXPERIMENT for module in _BOARD + _HOST)


def experiment_named(name: str) -> Experiment:
    """The experiment of that name. Raises KeyError."""
    return {one.name: one for one in EXPERIMENTS}[name]


def figure_names() -> list[str]:
    """Names of all figures."""
    return [name for one in EXPERIMENTS for name in one.figures]
