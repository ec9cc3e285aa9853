"""A report as PDF, A4 pages to print or to file."""

from datetime import datetime
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from host_tools import describe
from host_tools.recording_info import RecordingError
from host_tools.report_data import DeviceReport, SessionView, when_text

_A4 = (8.27, 11.69)
_BLUE, _VERMILION, _GREEN = "#0072B2", "#D55E00", "#007A5A"
_SPANS = {"PAUSED": "#E69F00", "REVERSING": "#CC79A7", "FAULT": "#D55E00"}
_LIMIT = "#56B4E9"
_TABLE_ROWS = 48
_WARNING = "Not a medical device: for development and for dummy loads."


def device_pdf(report: DeviceReport, path: Path) -> None:
    """Writes the PDF of a device or of one of its sessions. Raises RecordingError if it cannot be written."""
    pages: list[Figure] = []
    if len(report.sessions) > 1:
        pages += [_overview(report), _table_page(report)]
    pages += [_session_page(view, report.title) for view in reversed(report.details)]
    _write(path, pages, report.title)


def view_pdf(view: SessionView, path: Path) -> None:
    """Writes the PDF of one recording. Raises RecordingError if it cannot be written."""
    _write(path, [_session_page(view, "")], view.title)


def _write(path: Path, pages: list[Figure], title: str) -> None:
    part = path.with_name(path.name + ".part")
    try:
        with PdfPages(part, metadata={"Title": title, "Creator": "ionto report"}) as pdf:
            for number, page in enumerate(pages, 1):
                page.text(
                    0.95, 0.025, f"{title}, page {number} of {len(pages)}", ha="right", fontsize=8, color="#555555"
                )
                page.text(0.09, 0.025, _WARNING, fontsize=8, color="#555555")
                pdf.savefig(page)
        part.replace(path)
    except OSError as error:
        raise RecordingError(f"cannot write {path}: {error.strerror or error}") from error


def _heading(figure: Figure, title: str, facts: list[tuple[str, str]], subtitle: str = "") -> None:
    figure.text(0.09, 0.955, title, fontsize=16, weight="bold")
    if subtitle:
        figure.text(0.09, 0.937, subtitle, fontsize=9, color="#555555")
    half = (len(facts) + 1) // 2
    for index, (name, text) in enumerate(facts):
        left, row = (0.09, index) if index < half else (0.53, index - half)
        figure.text(left, 0.912 - 0.018 * row, name, fontsize=9, color="#555555")
        figure.text(left + 0.15, 0.912 - 0.018 * row, text, fontsize=9)


def _overview(report: DeviceReport) -> Figure:
    figure = Figure(figsize=_A4)
    _heading(figure, report.title, report.facts, " ".join(report.notes))
    axes = figure.subplots(3, 1, sharex=True)
    figure.subplots_adjust(left=0.11, right=0.95, top=0.80, bottom=0.10, hspace=0.1)
    rows = report.sessions
    dated = all(row["utc"] for row in rows)
    x = [datetime.fromisoformat(row["utc"]) if dated else row["session"] for row in rows]
    curves = (
        ("level (mA)", [row["level_ua"] / 1000 for row in rows], _BLUE),
        ("charge (mA·min)", [row["charge_ua_s"] / 60000 for row in rows], _VERMILION),
        ("lowest resistance (kΩ)", [(row["min_resistance_ohm"] or np.nan) / 1000 for row in rows], _GREEN),
    )
    for one, (name, values, color) in zip(axes, curves, strict=True):
        one.plot(x, values, color=color, marker="o", markersize=2.5, linewidth=0.7)
        one.set_ylabel(name)
        one.set_ylim(bottom=0)
        one.grid(True, color="#dddddd", linewidth=0.5)
    faulty = [(at, row["level_ua"] / 1000) for at, row in zip(x, rows, strict=True) if row["fault"]]
    if faulty:
        axes[0].plot(*zip(*faulty, strict=True), "kx", markersize=7, label="ended by a fault")
        axes[0].legend(loc="upper left", fontsize=8)
    axes[-1].set_xlabel("time (UTC)" if dated else "session")
    if dated:
        figure.autofmt_xdate(rotation=0, ha="center")
    faults = ", ".join(f"{name} {count:,}" for name, count in report.faults) or "none"
    figure.text(0.09, 0.052, f"Faults that ended a session: {faults}", fontsize=9, wrap=True)
    return figure


def _table_page(report: DeviceReport) -> Figure:
    figure = Figure(figsize=_A4)
    shown = report.sessions[-_TABLE_ROWS:]
    rest = len(report.sessions) - len(shown)
    title = f"The last {len(shown)} sessions" if rest else "Sessions"
    _heading(figure, title, [], f"{rest:,} older ones are in the HTML report." if rest else "")
    columns = ((0.09, "session"), (0.16, "began (UTC)"), (0.37, "mode"), (0.46, "end"), (0.67, "level"),
               (0.76, "treated"), (0.84, "charge"))  # fmt: skip
    for left, name in columns:
        figure.text(left, 0.915, name, fontsize=8, weight="bold")
    for index, row in enumerate(reversed(shown)):
        cells = (str(row["session"]), when_text(row), row["mode"],
                 row["fault"] or row["end"], describe.milliamps(row["level_ua"]),
                 describe.minutes_seconds(row["treated_s"]), describe.charge(row["charge_ua_s"]))  # fmt: skip
        for (left, _), text in zip(columns, cells, strict=True):
            figure.text(left, 0.898 - 0.0174 * index, text, fontsize=8)
    return figure


def _session_page(view: SessionView, subtitle: str) -> Figure:
    figure = Figure(figsize=_A4)
    _heading(figure, view.title, view.facts, subtitle)
    if not len(view.time_s):
        figure.text(0.09, 0.75, "Its trace was overwritten before it was read.", fontsize=10)
        return figure
    axes = figure.subplots(3, 1, sharex=True)
    figure.subplots_adjust(left=0.11, right=0.95, top=0.78, bottom=0.12, hspace=0.1)
    minutes = view.time_s / 60
    curves = (
        ("current (mA)", view.current_ua / 1000, _BLUE),
        ("voltage (V)", view.voltage_mv / 1000, _VERMILION),
        ("resistance (kΩ)", view.resistance_ohm / 1000, _GREEN),
    )
    for one, (name, values, color) in zip(axes, curves, strict=True):
        one.plot(minutes, values, color=color, linewidth=1)
        one.set_ylabel(name)
        one.set_ylim(bottom=0)
        one.grid(True, color="#dddddd", linewidth=0.5)
    named: set[str] = set()
    for begin_s, end_s, name in view.spans:
        color = _SPANS.get(name, _LIMIT)
        label = name if name not in named else None
        named.add(name)
        axes[0].axvspan(begin_s / 60, max(end_s, begin_s + 1) / 60, color=color, alpha=0.25, linewidth=0, label=label)
    if view.marks:
        x = [time_s / 60 for time_s, _ in view.marks]
        axes[0].plot(x, [0] * len(x), "v", color="#9B5283", clip_on=False, markersize=5, label="events")
    if named or view.marks:
        axes[0].legend(loc="lower right", fontsize=8)
    axes[-1].set_xlabel("minutes since the first ramp began")
    figure.text(0.09, 0.06, f"Drawn from {view.source}.", fontsize=9, color="#555555")
    return figure
