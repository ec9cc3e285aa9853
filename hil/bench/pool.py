"""Runs the trials of an experiment in several processes. The outcomes do not depend on how many."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from typing import Any, NoReturn

from hil.bench.experiment import Experiment, Outcome, Trial
from hil.process import RigError
from hil.rig import RigFailure


def run_trial(experiment: Experiment, seed: int, index: int) -> Outcome:
    """One trial. Whatever it raises becomes the outcome's error."""
    trial = Trial.of(experiment.name, seed, index)
    try:
        return Outcome(index, trial.seed, rows=experiment.run(trial))
    except (RigFailure, RigError) as error:
        return Outcome(index, trial.seed, error=f"{type(error).__name__}: {_short(str(error))}")
    except Exception as error:
        return Outcome(index, trial.seed, error=f"the trial itself raised {error!r}")


def run_trials(
    experiment: Experiment, seed: int, count: int, jobs: int, done: Callable[[Outcome], Any] = lambda outcome: None
) -> list[Outcome]:
    """The outcomes of trials 0 to count - 1, in order; `done` is called with each as it comes.

    When this is interrupted, no process is left behind.
    """
    outcomes: list[Outcome] = []
    if jobs == 1 or experiment.alone or count == 1:
        for index in range(count):
            outcomes.append(run_trial(experiment, seed, index))
            done(outcomes[-1])
        return outcomes
    pool = multiprocessing.get_context("spawn").Pool(jobs, _prepare, (experiment.name, seed))
    try:
        for outcome in pool.imap_unordered(_run_index, range(count)):
            outcomes.append(outcome)
            done(outcome)
        pool.close()  # and let them end by themselves: a signal that comes while one is ending is told on the terminal
    except BaseException:
        pool.terminate()
        raise
    finally:
        pool.join()
    return sorted(outcomes, key=lambda outcome: outcome.index)


_own: list[Any] = []


def _prepare(name: str, seed: int) -> None:
    """A worker leaves Ctrl-C to its parent, and ends its rig when the parent ends it."""
    from hil.bench.registry import experiment_named

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    _own[:] = [experiment_named(name), seed]


def _end(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(1)


def _run_index(index: int) -> Outcome:
    experiment, seed = _own
    return run_trial(experiment, seed, index)


def _short(text: str) -> str:
    """The first lines of a rig's message, and the last of its events."""
    lines = text.splitlines()
    return "\n    ".join(lines[:2] + [line for line in lines[2:] if " s " in line][-8:])
