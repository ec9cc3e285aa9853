"""What the matrix came to, as JSON and as one page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hil.faults.model import BORNE, PRESSED, STATES, UNSEEN, Fault
from hil.faults.registry import FAULTS
from hil.faults.run import Row

_HERE = Path(__file__).parent


def _by_fault(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """One entry a fault, with its cells by state."""
    entries = []
    for fault in FAULTS:
        own = [row for row in rows if row.fault == fault.name]
        if not own:
            continue
        by_state = {state: [row for row in own if row.state == state] for state in STATES}
        entries.append({"fault": fault, "rows": own, "states": by_state, "worst": _worst(own)})
    return entries


def _told(row: Row) -> str:
    """The code that was told first, and the one that stands where it is another."""
    then = f" → {row.final} {row.final_name}" if row.final and row.final != row.code else ""
    return f"{row.code} {row.name}{then}"


def _worst(rows: Sequence[Row]) -> dict[str, Any]:
    times = [row.off_ms for row in rows if row.off_ms is not None]
    return {
        "off_ms": max(times, default=None),
        "peak_ua": max(row.peak_ua for row in rows),
        "above_latch_ms": max(row.above_latch_ms for row in rows),
        "codes": sorted({_told(row) for row in rows if row.code}),
        "failed": sum(not row.passed for row in rows),
    }


def _bearable(*seen: str) -> list[tuple[Fault, str]]:
    found = []
    for fault in FAULTS:
        whys = {one.why for one in fault.expect.values() if one.seen in seen}
        found += [(fault, why) for why in sorted(whys)]
    return found


def unseen() -> list[tuple[Fault, str]]:
    """Faults that no rule can see somewhere, with what mitigates them."""
    return _bearable(UNSEEN)


def borne() -> list[tuple[Fault, str]]:
    """Faults that nothing is to follow from somewhere, or only what a press does, with the reason."""
    return _bearable(BORNE, PRESSED)


def write(folder: Path, rows: Sequence[Row], wall_s: float) -> None:
    """faults.json and faults.html; files that are there already are replaced as a whole."""
    folder.mkdir(parents=True, exist_ok=True)
    failed = [row for row in rows if not row.passed]
    data = {
        "cells": len(rows),
        "failed": len(failed),
        "wall_s": round(wall_s, 1),
        "unseen": [{"fault": fault.name, "mitigation": why} for fault, why in unseen()],
        "borne": [{"fault": fault.name, "reason": why} for fault, why in borne()],
        "rows": [row.as_json() for row in rows],
    }
    _replace(folder / "faults.json", json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.get_template("page.html.jinja").render(
        entries=_by_fault(rows),
        states=STATES,
        failed=failed,
        unseen=unseen(),
        borne=borne(),
        cells=len(rows),
        wall_s=wall_s,
    )
    _replace(folder / "faults.html", page)


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
