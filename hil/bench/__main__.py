"""`python -m hil.bench`: measures the figures, writes bench.json, prints a table; 1 when a bound is missed."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hil.bench.experiment import Experiment, Trial
from hil.bench.figures import Figure, show, write_json
from hil.bench.pool import run_trials
from hil.bench.registry import EXPERIMENTS, figure_names

_INTERRUPTED = 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hil.bench", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", default=[], help="measure these figures only")
    parser.add_argument("--trials-scale", type=float, default=1.0, metavar="X", help="X times as many trials (1)")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), metavar="N", help="processes (2)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of everything random (1)")
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"), metavar="FILE", help="build/bench.json")
    parser.add_argument("--trial", type=int, metavar="N", help="run this trial of one figure, print its rows, and end")
    parser.add_argument("--list", action="store_true", help="list the figures, and end")
    return parser


def _chosen(only: Sequence[str], parser: argparse.ArgumentParser) -> list[Experiment]:
    names = figure_names()
    for name in only:
        if name not in names:
            parser.error(f"no figure named {name!r}; there are: {', '.join(names)}")
    return [one for one in EXPERIMENTS if not only or set(only) & set(one.figures)]


def _measure(experiment: Experiment, arguments: argparse.Namespace, progress: Progress) -> list[Figure]:
    """The figures of one experiment, those that were asked for."""
    count = experiment.count(arguments.trials_scale)
    task = progress.add_task(experiment.name, total=count)
    start_s = time.monotonic()
    outcomes = run_trials(experiment, arguments.seed, count, arguments.jobs, lambda _: progress.advance(task))
    wall_s = time.monotonic() - start_s
    progress.remove_task(task)
    figures = experiment.judge(outcomes, arguments.seed)
    failed = sum(bool(outcome.error) for outcome in outcomes)
    progress.console.print(f"{experiment.name}: {count} trials in {wall_s:.0f} s, {failed} failed")
    return [figure for figure in figures if not arguments.only or figure.name in arguments.only]


def _rerun(experiment: Experiment, arguments: argparse.Namespace) -> int:
    """One trial again: prints its rows, lets what it raises through."""
    for row in experiment.run(Trial.of(experiment.name, arguments.seed, arguments.trial)):
        print(json.dumps(row, ensure_ascii=False))
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """0: every bound holds; 1: one is missed; 130: interrupted, what was done is written."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.trials_scale <= 0 or arguments.jobs < 1:
        parser.error("--trials-scale and --jobs must be above 0")
    experiments = _chosen(arguments.only, parser)
    if arguments.list:
        print("\n".join(figure_names()))
        return 0
    if arguments.trial is not None:
        if len(experiments) != 1:
            parser.error("--trial needs --only with the figure that it belongs to")
        return _rerun(experiments[0], arguments)
    figures: list[Figure] = []
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    is_interrupted = False
    with Progress(*columns, console=console, transient=True) as progress:
        try:
            for experiment in experiments:
                figures += _measure(experiment, arguments, progress)
                write_json(arguments.out, figures)
        except KeyboardInterrupt:
            is_interrupted = True
    write_json(arguments.out, figures)
    show(figures, console)
    if is_interrupted:
        console.print(f"interrupted; the figures that were done are in {arguments.out}")
        return _INTERRUPTED
    return 0 if all(figure.passed for figure in figures) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does: nothing is left running
    sys.exit(main())
