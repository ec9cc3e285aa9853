"""Guides a technician through the steps: what to connect, each point, undo of a step, and where it was left."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from host_tools import describe
from host_tools.calibrate import Bench, Step, title
from host_tools.calibration_errors import CalibrationRefused, MeterError
from host_tools.calibration_fit import Point
from host_tools.calibration_session import Row, Session
from host_tools.cli_context import INTERRUPTED, CliError
from host_tools.records import Readings

Keep = Callable[[Point, Readings], Row]
"""What is kept of a point."""


def ask(prompt: str) -> str:
    """A line that is typed. Raises Abort at the end of the input."""
    print(prompt, end="", flush=True)
    # From a terminal past Python's own buffer: a reading that nobody waits for any more must not hold up the end.
    is_terminal = sys.stdin.isatty()
    line = os.read(sys.stdin.fileno(), 4096).decode(errors="replace") if is_terminal else sys.stdin.readline()
    if not line:
        raise typer.Abort
    return line.strip()


def begin(path: Path, key: str, row: type[Row]) -> Session[Row]:
    """The points in this file, if they are of the same key and are wanted."""
    session = Session(path, key, row)
    if session.load():
        done = ", ".join(name for name, some in session.points.items() if some)
        if ask(f"Points from before: {done}. Enter goes on with them, n begins anew: ") == "n":
            session.points.clear()
    session.save()  # what cannot be kept is said before anything is measured
    return session


def run(bench: Bench, session: Session[Row], steps: Sequence[Step], keep: Keep[Row]) -> None:
    """Every step: connect, measure, and go on or do it again. Raises CliError when it is interrupted."""
    try:
        _run(bench, session, steps, keep)
    except (KeyboardInterrupt, typer.Abort) as error:
        print()
        raise CliError(
            f"interrupted; what was measured is kept in {session.path}: the same command goes on with it", INTERRUPTED
        ) from error


def _run(bench: Bench, session: Session[Row], steps: Sequence[Step], keep: Keep[Row]) -> None:
    for number, step in enumerate(steps, 1):
        plan = [(range_, part) for range_ in step.ranges for part in step.parts]
        while True:
            if len(session.points.get(step.name, [])) < len(plan):
                print(f"\nStep {number} of {len(steps)}: {step.connect}")
                ask("Enter when it is connected: ")
                _measure(bench, session, step, plan, keep)
                bench.rest()
            if ask("Enter goes on, u measures this step again: ") != "u":
                break
            session.undo(step.name)


def _measure(bench: Bench, session: Session[Row], step: Step, plan: list[tuple[int, float]], keep: Keep[Row]) -> None:
    done = session.points.setdefault(step.name, [])
    for number, (range_, part) in enumerate(plan[len(done) :], len(done) + 1):
        print(f"  {number} of {len(plan)}: {title(step, range_, part)}")
        while True:
            try:
                point, after = bench.measure(step.kind, range_, part)
                break
            except (CalibrationRefused, MeterError) as error:
                if ask(f"    {error}\n    Enter measures the point again, q leaves: ") == "q":
                    raise
        done.append(keep(point, after))
        session.save()
        print(f"    measured {describe.reading(point.kind, point.meter)}")
