"""A figure of the bench: what was measured, its bound, and whether it holds. As JSON and as a table."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        name: unique; `make bench ONLY=name` measures it alone.
        value: the worst of all trials, or None when nothing could be measured.
        unit: of value and bound.
        bound: None: reported only.
        trials: how many measurements stand behind the value.
        seed: of the whole bench.
        at_least: the bound is a lower one.
        failures: trials that ended otherwise than they should have; one is enough to miss the bound.
        note: how it was measured, and what went wrong.
        worst: the worst trial: its number, which runs it again, and its parameters.
    """

    name: str
    value: float | None
    unit: str
    bound: float | None
    trials: int
    seed: int
    at_least: bool = False
    failures: tuple[str, ...] = ()
    note: str = ""
    worst: dict[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """The bound holds, and no trial failed. A figure without a bound may have no value."""
        if self.failures:
            return False
        if self.bound is None:
            return True
        if self.value is None or not math.isfinite(self.value) or self.trials == 0:
            return False
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def as_json(self) -> dict[str, Any]:
        """For bench.json. An infinite value (it never happened) is null there."""
        row = asdict(self)
        row["pass"] = self.passed
        row["failures"] = list(self.failures)
        row["value"] = _plain(self.value)
        row["worst"] = {key: _plain(value) for key, value in self.worst.items()}
        return row


def _plain(value: Any) -> Any:
    """What JSON can hold: a number with at most 3 decimals, None for one that is not finite."""
    if not isinstance(value, float):
        return value
    return round(value, 3) if math.isfinite(value) else None


def write_json(path: Path, figures: Sequence[Figure]) -> None:
    """All figures as a list. A file that is there already is replaced as a whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps([figure.as_json() for figure in figures], indent=2, ensure_ascii=False) + "\n")
    partial.replace(path)


def table(figures: Sequence[Figure]) -> Table:
    """Figures with value, bound and verdict."""
    made = Table(title="Ionto bench: physical truth of the simulated board", box=box.SIMPLE_HEAD, pad_edge=False)
    made.add_column("Figure", no_wrap=True)
    for column in ("Value", "Bound"):
        made.add_column(column, justify="right", no_wrap=True)
    made.add_column("Unit", no_wrap=True)
    made.add_column("Trials", justify="right", no_wrap=True)
    made.add_column("", no_wrap=True)
    for figure in figures:
        made.add_row(
            figure.name, _number(figure.value), _bound(figure), figure.unit, str(figure.trials), _verdict(figure)
        )
    return made


def show(figures: Sequence[Figure], console: Console) -> None:
    """Prints the table, and under it what missed, with the trial that shows it."""
    console.print(table(figures))
    for figure in figures:
        if figure.passed:
            continue
        console.print(Text(f"{figure.name}: missed", style="bold red"), Text(figure.note), sep="\n")
        if figure.worst:
            console.print(Text(f"  worst: {json.dumps(figure.as_json()['worst'], ensure_ascii=False)}"))
        for failure in figure.failures[:5]:
            console.print(Text(f"  {failure}"))
        if len(figure.failures) > 5:
            console.print(Text(f"  … and {len(figure.failures) - 5} more, all of them in the JSON file"))


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    if not math.isfinite(value):
        return "never"
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"


def _bound(figure: Figure) -> str:
    if figure.bound is None:
        return ""
    return f"{'≥' if figure.at_least else '≤'} {_number(figure.bound)}"


def _verdict(figure: Figure) -> Text:
    if not figure.passed:
        return Text("MISSED", style="bold red")
    return Text("ok" if figure.bound is not None else "", style="green")
