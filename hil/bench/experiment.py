"""An experiment: many trials of one kind, each with its own seed, and the figures that come out of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from hil.bench.figures import Figure


@dataclass(frozen=True)
class Trial:
    """One run of a rig: which one it is, and its own source of chance, the same whenever and wherever it runs.

    Attributes:
        index: from 0.
        seed: of the rig.
        random: what the trial chooses.
    """

    index: int
    seed: int
    random: random.Random

    @classmethod
    def of(cls, experiment: str, bench_seed: int, index: int) -> Trial:
        """The trial `index` of an experiment."""
        source = random.Random(f"{experiment} {bench_seed} {index}")
        return cls(index, source.randrange(1, 1 << 30), source)


@dataclass(frozen=True)
class Outcome:
    """What a trial measured, or how it failed."""

    index: int
    seed: int
    rows: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""


class Judge(Protocol):
    """Makes the figures of an experiment from the outcomes of its trials."""

    def __call__(self, outcomes: Sequence[Outcome], seed: int) -> list[Figure]: ...


@dataclass(frozen=True)
class Experiment:
    """Trials and what they are judged by.

    Attributes:
        name: for messages, and part of every trial's seed.
        figures: names of what `judge` returns, in order.
        trials: how many.
        run: one trial; the rows that it returns are plain data. What it raises makes it a failed trial.
        judge: figures from all outcomes.
        alone: trials run one after another, with nothing beside them.
        scales: --trials-scale changes the number of trials.
    """

    name: str
    figures: tuple[str, ...]
    trials: int
    run: Callable[[Trial], list[dict[str, Any]]]
    judge: Judge
    alone: bool = False
    scales: bool = True

    def count(self, scale: float) -> int:
        """Trials at this scale; at least one."""
        return max(1, round(self.trials * scale)) if self.scales else self.trials


def rows_of(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The rows of all trials, each with the number and the seed of its trial."""
    return [{"trial": one.index, "rig_seed": one.seed, **row} for one in outcomes for row in one.rows]


def failures_of(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """A line for every trial that failed, with its seed."""
    return tuple(f"trial {one.index} (rig seed {one.seed}): {one.error}" for one in outcomes if one.error)


def worst_figure(
    name: str,
    key: str,
    unit: str,
    bound: float | None,
    outcomes: Sequence[Outcome],
    seed: int,
    *,
    note: str = "",
    where: Callable[[dict[str, Any]], bool] = lambda row: True,
) -> Figure:
    """The largest `key` of all rows that have one, and `where` it is asked for, with the row that has it."""
    rows = [row for row in rows_of(outcomes) if row.get(key) is not None and where(row)]
    worst = max(rows, key=lambda row: row[key], default={})
    return Figure(
        name=name,
        value=worst.get(key),
        unit=unit,
        bound=bound,
        trials=len(rows),
        seed=seed,
        failures=failures_of(outcomes),
        note=note,
        worst=worst,
    )
