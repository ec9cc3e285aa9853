"""All experiments of the bench, in the order in which they run."""

from __future__ import annotations

from hil.bench import breaks, calibrations, jolts, offs, overlimit, overshoot, ramps, returns, speed, steady, trips
from hil.bench.experiment import Experiment

_MODULES = (speed, breaks, returns, overlimit, steady, ramps, overshoot, jolts, trips, offs, calibrations)
EXPERIMENTS = tuple(module.EXPERIMENT for module in _MODULES)


def experiment_named(name: str) -> Experiment:
    """The experiment of that name. Raises KeyError."""
    return {one.name: one for one in EXPERIMENTS}[name]


def figure_names() -> list[str]:
    """Names of all figures."""
    return [name for one in EXPERIMENTS for name in one.figures]
