"""docs/faults.md, from the fault table and what is known beside it."""

from host_tools.fault_notes import FaultNote, notes
from ionto import faults

_HEAD = """# Faults

<!-- Made by `make docs` from firmware/ionto/faults.py and host_tools/data/faults.toml. Do not edit. -->

What every fault means, what a person should do, what it mostly comes from, and what a technician measures. `ionto
faults` says the same in a terminal, `ionto faults 5` of one. How fast each ends the output:
[trip-rules.md](trip-rules.md).

A **fault** ends the output at once and stays until START is held for 3 s with its cause gone. None is kept over
power-off: the self-test at power-on finds again what is still there. A **cut** ends the output at once too, but the
session goes on when contact returns. Value and limit that come with it are in the unit that is named here.

Before a resistance is measured inside: battery out. Under voltage: dummy loads alone at the output, nobody
connected.
"""

_CODES = """
## Refusals

A press or a request that is not granted is answered with one of these. It changes nothing.

| Code | Means |
| --- | --- |
"""

_REASONS = """
## Limiting reasons

Less is delivered than was set, and that is in order. Several can hold at once.

| Bit | Name | Means |
| --- | --- | --- |
"""

_REASON_TEXTS = {
    faults.RAMPING: "the current is on its way up or down",
    faults.V_LIMIT: "the mode's highest voltage is reached: more water, or more skin in it, lowers the resistance",
    faults.PARTIAL_CONTACT: "an electrode has partly lost contact: half the current, until contact is whole again",
    faults.CHARGE_CAP: "the session has delivered the charge that its mode allows, and ends",
}


def fault_page() -> str:
    """The whole page."""
    rows = [note for note in notes() if note.kind == "fault"]
    cuts = [note for note in notes() if note.kind == "cut"]
    parts = [_HEAD, "\n| Number | Name | What to do |\n| --- | --- | --- |\n"]
    parts += [f"| {note.number} | [{note.name}](#{_anchor(note)}) | {note.advice} |\n" for note in notes()]
    parts += ["\n## Each fault\n", *map(_section, rows), "\n## Each cut\n", *map(_section, cuts)]
    parts += [_CODES, *(f"| {code} | {text} |\n" for code, text in faults.REFUSALS)]
    parts += [_REASONS, *(f"| {bit} | {name} | {_REASON_TEXTS[bit]} |\n" for bit, name in faults.REASONS)]
    return "".join(parts)


def _anchor(note: FaultNote) -> str:
    return f"{note.number} {note.name}".lower().replace(" ", "-")


def _section(note: FaultNote) -> str:
    unit = f", {note.unit}" if note.unit else ""
    lines = [f"\n### {note.number} {note.name}\n", note.means, f"\n- What to do: {note.advice}"]
    lines += [f"- Value: {note.channel}{unit}"]
    for title, items in (("Likely causes", note.causes), ("What to measure", note.measure)):
        lines += [f"- {title}:", *(f"  - {item}" for item in items)]
    return "\n".join(lines) + "\n"
