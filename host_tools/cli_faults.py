"""`ionto faults`: what every fault means, without a device."""

import json
import textwrap
from typing import Annotated

import typer

from host_tools.cli_context import USAGE, CliError, JsonOption
from host_tools.fault_notes import FaultNote, find, notes

FaultArgument = Annotated[
    str | None, typer.Argument(metavar="[FAULT]", help="Number or name, as 5 or sense-mismatch; without it, all.")
]
_WIDTH = 96


def faults(fault: FaultArgument = None, as_json: JsonOption = False) -> None:
    """Say what a fault means, what to do, what it mostly comes from, and what to measure.

    Needs no device. Numbers from 64 on are cuts: they end the output, not the session.

    Example: ionto faults 5
    """
    chosen = notes() if fault is None else (_known(fault),)
    if as_json:
        values = [note.values() for note in chosen]
        print(json.dumps(values if fault is None else values[0], indent=2, ensure_ascii=False))
    elif fault is None:
        width = max(len(note.name) for note in chosen)
        for note in chosen:
            print(f"{note.number:3}  {note.name:{width}}  {note.advice}")
    else:
        print("\n".join(_lines(chosen[0])))


def _known(fault: str) -> FaultNote:
    note = find(fault)
    if note is None:
        raise CliError(f"no fault is called {fault}; `ionto faults` lists them", USAGE)
    return note


def _lines(note: FaultNote) -> list[str]:
    unit = f" in {note.unit}" if note.unit else ""
    lines = [f"{note.kind} {note.number}  {note.name}", "", *textwrap.wrap(note.means, _WIDTH), ""]
    lines += [f"What to do:  {note.advice}", f"Its value:   {note.channel}{unit}", ""]
    for title, items in (("Likely causes", note.causes), ("What to measure", note.measure)):
        lines += [f"{title}:"]
        for item in items:
            lines += textwrap.wrap(item, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
    return lines
