"""`python -m hil.faults`: the fault matrix; writes faults.json and faults.html; 1 when a cell fails."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hil.faults import report
from hil.faults.cell import run_cell
from hil.faults.model import STATES, Cell, Fault
from hil.faults.registry import FAULTS, cells
from hil.faults.run import Row

_INTERRUPTED = 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hil.faults", description=__doc__)
    parser.add_argument("--only", metavar="TEXT", default="", help="faults whose names contain one of these, by commas")
    parser.add_argument("--states", metavar="NAMES", default="", help="these states only, by commas")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="boards and chances for every cell (1)")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="so many cells, drawn from all of them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (one a core)")
    parser.add_argument("--out", type=Path, default=Path("build"), metavar="FOLDER", help="build")
    parser.add_argument("--list", action="store_true", help="list the faults, and end")
    return parser


def _chosen(only: str, parser: argparse.ArgumentParser) -> list[Fault]:
    words = [word.strip() for word in only.split(",") if word.strip()]
    for word in words:
        if not any(word.lower() in fault.name.lower() for fault in FAULTS):
            parser.error(f"no fault's name contains {word!r}; --list (LIST=1) lists them")
    return [fault for fault in FAULTS if not words or any(word.lower() in fault.name.lower() for word in words)]


def _states(names: str, parser: argparse.ArgumentParser) -> list[str]:
    states = [name.strip().upper() for name in names.split(",") if name.strip()]
    for name in states:
        if name not in STATES:
            parser.error(f"no state {name!r}; there are {', '.join(STATES)}")
    return states


def _run(chosen: Sequence[Cell], jobs: int, console: Console) -> tuple[list[Row], bool]:
    """All rows that were done, in order, and whether it was interrupted. Leaves no process behind."""
    rows: dict[Cell, Row] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    pool = multiprocessing.get_context("spawn").Pool(jobs, signal.signal, (signal.SIGINT, signal.SIG_IGN))
    is_interrupted = False
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("faults", total=len(chosen))
        try:
            for row in pool.imap_unordered(run_cell, chosen):
                rows[Cell(row.fault, row.state, row.person, row.seed)] = row
                progress.advance(task)
                if not row.passed:
                    console.print(f"{row.fault} / {row.state} / {row.person} / {row.seed}: {'; '.join(row.problems)}")
            pool.close()
        except KeyboardInterrupt:
            is_interrupted = True
        finally:
            pool.terminate()
            pool.join()
    return [rows[cell] for cell in chosen if cell in rows], is_interrupted


def main(argv: Sequence[str] | None = None) -> int:
    """0: every cell passed; 1: one failed; 130: interrupted, what was done is written."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.seeds < 1 or arguments.jobs < 1 or arguments.sample < 0:
        parser.error("--seeds and --jobs must be above 0, --sample not below")
    faults = _chosen(arguments.only, parser)
    states = _states(arguments.states, parser)
    if arguments.list:
        print("\n".join(f"{fault.name:42} {fault.breaks}" for fault in faults))
        return 0
    chosen = list(cells(faults, states, arguments.seeds))
    if 0 < arguments.sample < len(chosen):
        drawn = random.Random(arguments.seeds).sample(range(len(chosen)), arguments.sample)
        chosen = [chosen[index] for index in sorted(drawn)]
    if not chosen:
        parser.error("none of these faults can strike in these states")
    console = Console()
    start_s = time.monotonic()
    rows, is_interrupted = _run(chosen, arguments.jobs, console)
    wall_s = time.monotonic() - start_s
    report.write(arguments.out, rows, wall_s)
    failed = sum(not row.passed for row in rows)
    console.print(f"{len(rows)} cells in {wall_s:.0f} s, {failed} failed; {arguments.out / 'faults.html'}")
    if is_interrupted:
        return _INTERRUPTED
    return 1 if failed else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does: nothing is left running
    sys.exit(main())
