"""What a report shows: sessions with their samples, put together from the log or from a recording."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np

from host_tools import describe
from host_tools.bench_db import BenchDb, BenchDbError
from host_tools.bench_log import Log, Session, logs_of
from host_tools.bench_tables import Row, event_row, session_row
from ionto import messages, states

MOST_POINTS = 4000  # of a curve; a longer one keeps the lowest and the highest of each piece
_LEAST_UA = 50  # a resistance from less says nothing
_SHOWN_KINDS = {
    messages.EVENT_CUT,
    messages.EVENT_FAULT,
    messages.EVENT_REASON,
    messages.EVENT_LEVEL,
    messages.EVENT_END,
}


@dataclass
class SessionView:
    """One session, or one recording, as curves over seconds."""

    title: str
    facts: list[tuple[str, str]]
    source: str
    time_s: np.ndarray
    current_ua: np.ndarray
    voltage_mv: np.ndarray
    resistance_ohm: np.ndarray  # NaN where there is none
    spans: list[tuple[float, float, str]] = field(default_factory=list)  # states and limits worth seeing
    marks: list[tuple[float, str]] = field(default_factory=list)


@dataclass
class DeviceReport:
    """A device's sessions, oldest first, and the newest of them in detail."""

    title: str
    facts: list[tuple[str, str]]
    sessions: list[Row]
    faults: list[tuple[str, int]]
    details: list[SessionView]
    notes: list[str]


def device_report(db: BenchDb, board_id: str | None, details: int, number: int | None = None) -> DeviceReport:
    """The report of a board, or of its session `number` alone. Raises BenchDbError if there is nothing to report."""
    board = board_id or _only_board(db)
    logs = logs_of(db, board)
    pairs = [(log, session) for log in logs for session in log.sessions]
    if number is not None:
        pairs = [pair for pair in pairs if pair[1].record.number == number]
    if not pairs:
        what = "no session" if number is None else f"no session {number}"
        raise BenchDbError(f"{db.path} has {what} of board {board}: read them with `ionto log`")
    rows = [session_row(log, session) for log, session in pairs]
    views = [session_view(log, session) for log, session in pairs[-details:]] if details else []
    title = f"Board {board}" if number is None else f"Session {number} of board {board}"
    notes = [f"The board's memory was replaced or begun anew {len(logs) - 1} times; numbers may come twice."]
    faults = Counter(row["fault"] for row in rows if row["fault"])
    return DeviceReport(title, _totals(rows), rows, faults.most_common(), views, notes if len(logs) > 1 else [])


def session_view(log: Log, session: Session) -> SessionView:
    """A session's record with its trace, which has a sample a second."""
    row = session_row(log, session)
    samples = log.trace_of(session)
    current_ua = np.array([sample.current_ua for sample in samples], float)
    voltage_mv = np.array([sample.voltage_mv for sample in samples], float)
    time_s = np.array([sample.time_s for sample in samples], float)
    resistance = np.where(current_ua >= _LEAST_UA, voltage_mv / np.maximum(current_ua, 1) * 1000, np.nan)
    view = SessionView(
        f"Session {row['session']}", _facts(row), "the device's own trace, a sample a second", time_s, current_ua,
        voltage_mv, resistance,
    )  # fmt: skip
    view.spans = _spans([(sample.time_s, sample.state, sample.reasons) for sample in samples])
    begin_ms = session.record.time_ms
    until_ms = begin_ms + (time_s[-1] + 2 if len(samples) else session.record.treated_s + 60) * 1000
    for event in log.events:
        at = event.record
        if at.power_on == session.record.power_on and begin_ms <= at.time_ms <= until_ms and at.kind in _SHOWN_KINDS:
            view.marks.append(((at.time_ms - begin_ms) / 1000, event_row(log, event)["text"]))
    return view


def recording_view(db: BenchDb, number: int) -> SessionView:
    """A recording of the database. Raises BenchDbError if there is none of this number, or none with samples."""
    recording = next(iter(db.rows("SELECT * FROM recordings WHERE id = ?", number)), None)
    query = (
        "SELECT part, time_ms, state, reasons, current_ua, voltage_mv, resistance_ohm FROM samples "
        "WHERE recording_id = ? ORDER BY row"
    )
    values = np.array([tuple(row) for row in db.each(query, number)], float)
    if recording is None or not len(values):
        raise BenchDbError(f"{db.path} has no recording {number} with samples: see `ionto db list recordings`")
    time_s = _continued(values[:, 0], values[:, 1]) / 1000
    keep = thinned(values[:, 4])
    lost = recording["lost_telemetry"]
    facts = [
        ("Began", recording["started_utc"]),
        ("Mode", recording["mode"]),
        ("Ended", recording["ended"] or "not said: its program ended early"),
        ("Samples", f"{len(values):,} at {recording['rate_hz']} Hz, {lost:,} lost"),
        ("Calibration", recording["calibration"]),
        ("Firmware", recording["firmware"]),
    ]
    view = SessionView(
        f"Recording {number} of board {recording['board_id']}", facts, "telemetry", time_s[keep], values[keep, 4],
        values[keep, 5], values[keep, 6],
    )  # fmt: skip
    view.spans = _spans(zip(time_s, values[:, 2].astype(int), values[:, 3].astype(int), strict=True))
    for kind, a, b, part, time_ms in db.rows(
        "SELECT kind, a, b, part, time_ms FROM recording_events WHERE recording_id = ?", number
    ):
        at = np.flatnonzero((values[:, 0] == part) & (values[:, 1] >= time_ms))
        if kind in _SHOWN_KINDS and len(at):
            view.marks.append((float(time_s[at[0]]), describe.event_text(kind, a, b)))
    return view


def when_text(row: Row) -> str:
    """When a session began, in UTC, as exactly as it is known and no more."""
    if row["utc"] is None:
        return "not known"
    seconds = row["uncertainty_s"]
    shown = row["utc"][: 19 if seconds < 30 else 16].replace("T", " ")
    if seconds < 0.5:
        return shown
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    unit, size = next((unit, size) for unit, size in units if seconds >= size or unit == "s")
    return f"{shown} ± {max(1, math.ceil(seconds / size))} {unit}"


def thinned(values: np.ndarray) -> np.ndarray:
    """The indices of at most MOST_POINTS values, among them the lowest and the highest of each piece."""
    if len(values) <= MOST_POINTS:
        return np.arange(len(values))
    pieces = np.array_split(np.arange(len(values)), MOST_POINTS // 2)
    found = [(piece[values[piece].argmin()], piece[values[piece].argmax()]) for piece in pieces]
    return np.unique(np.array(found))


def _continued(parts: np.ndarray, time_ms: np.ndarray) -> np.ndarray:
    """Time from the first sample on; a device that restarts goes on where it ended."""
    steps = np.diff(time_ms, prepend=time_ms[0])
    restarted = (np.diff(parts, prepend=parts[0]) != 0) & (steps < 0)
    return np.cumsum(np.where(restarted, 0, steps))


def _spans(samples: Iterable[tuple[float, int, int]]) -> list[tuple[float, float, str]]:
    """When the device paused or reversed, and when a limit held."""
    shown = (states.PAUSED, states.REVERSING, states.FAULT)
    spans: list[tuple[float, float, str]] = []
    named = (
        (time_s, describe.state_name(state) if state in shown else _limits(reasons))
        for time_s, state, reasons in samples
    )
    for name, group in groupby(named, lambda item: item[1]):
        times = [time_s for time_s, _ in group]
        if name:
            spans.append((times[0], times[-1], name))
    return spans


def _limits(reasons: int) -> str:
    return " + ".join(name for name in describe.reason_list(reasons) if name != "RAMPING")


def _only_board(db: BenchDb) -> str:
    boards = [row[0] for row in db.rows("SELECT DISTINCT board_id FROM memories ORDER BY board_id")]
    if len(boards) == 1:
        return boards[0]
    if not boards:
        raise BenchDbError(f"{db.path} has no log of any device: read one with `ionto log`")
    raise BenchDbError(f"{db.path} has several boards: {', '.join(boards)}; choose one with --board")


def _facts(row: Row) -> list[tuple[str, str]]:
    low, high = describe.ohms(row["min_resistance_ohm"]), describe.ohms(row["max_resistance_ohm"])
    facts = [
        ("Began", when_text(row)),
        ("Mode", row["mode"]),
        ("End", row["end"]),
        ("Level", f"{describe.milliamps(row['level_ua'])}, at the end {describe.milliamps(row['end_level_ua'])}"),
        ("Treated", f"{describe.minutes_seconds(row['treated_s'])} of {row['minutes']} min"),
        ("Charge", describe.charge(row["charge_ua_s"])),
        ("Highest", f"{describe.milliamps(row['max_current_ua'])}, {describe.volts(row['max_voltage_mv'])}"),
        ("Resistance", f"{low} to {high}"),
        ("Contact lost", describe.count(row["cuts"], "time")),
        ("Limits met", " + ".join(name for name in row["reasons"].split(" + ") if name != "RAMPING") or "none"),
    ]
    if row["fault"]:
        facts.append(("Fault", f"{row['fault']}: value {row['fault_value']}, limit {row['fault_limit']}"))
    return facts


def _totals(rows: list[Row]) -> list[tuple[str, str]]:
    known = [row["utc"] for row in rows if row["utc"]]
    modes = Counter(row["mode"] for row in rows)
    values: dict[str, Any] = {
        "Sessions": f"{len(rows):,}",
        "From": known[0][:16].replace("T", " ") + " UTC" if known else "not known",
        "To": known[-1][:16].replace("T", " ") + " UTC" if known else "not known",
        "Treated": f"{sum(row['treated_s'] for row in rows) / 3600:.1f} h",
        "Charge": describe.charge(sum(row["charge_ua_s"] for row in rows)),
        "Modes": ", ".join(f"{name} {count:,}" for name, count in modes.most_common()),
        "Ended by a fault": f"{sum(bool(row['fault']) for row in rows):,}",
        "Contact lost": describe.count(sum(row["cuts"] for row in rows), "time"),
    }
    return list(values.items())
