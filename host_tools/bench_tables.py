"""What the bench database holds, as tables of plain values with words and wall times: to list, show and export."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from host_tools import describe
from host_tools.bench_db import BenchDb
from host_tools.bench_log import Event, Log, Session, logs_of
from host_tools.bench_times import Anchor

Row = dict[str, Any]

_TIME = ("utc", "uncertainty_s")


@dataclass(frozen=True)
class Kind:
    """A table: its name, what is in it, its columns, how its rows are made of a database and a board (None: all)."""

    name: str
    meaning: str
    columns: tuple[str, ...]
    rows: Callable[[BenchDb, str | None], Iterator[Row]]


def _stored(table: str, columns: tuple[str, ...], expressions: str = "") -> Callable[..., Iterator[Row]]:
    """Rows as they stand in a table."""

    def rows(db: BenchDb, board_id: str | None) -> Iterator[Row]:
        query = f"SELECT {expressions or ', '.join(columns)} FROM {table} AS t WHERE ?1 IS NULL OR board_id = ?1"
        return (dict(zip(columns, row, strict=True)) for row in db.each(query, board_id))

    return rows


def _logged(rows_of: Callable[[Log], Iterator[Row]]) -> Callable[..., Iterator[Row]]:
    def rows(db: BenchDb, board_id: str | None) -> Iterator[Row]:
        for log in logs_of(db, board_id):
            for row in rows_of(log):
                yield {"board_id": log.board_id, **row}

    return rows


def _session_rows(log: Log) -> Iterator[Row]:
    return (session_row(log, session) for session in log.sessions)


def session_row(log: Log, session: Session) -> Row:
    """A session in words, with the units in the names."""
    record = session.record
    return {
        "session": record.number,
        **_time(log, record),
        "mode": describe.mode_name(record.mode),
        "end": describe.end_text(record.end),
        "fault": describe.fault_name(record.fault),
        "level_ua": record.level_ua,
        "end_level_ua": _or_none(record.end_level_ua, 0xFFFF),
        "minutes": record.minutes,
        "treated_s": record.treated_s,
        "charge_ua_s": record.charge_ua_s,
        "max_current_ua": record.max_current_ua,
        "max_voltage_mv": record.max_voltage_mv,
        "min_resistance_ohm": _or_none(record.min_resistance_ohm, 0xFFFFFFFF),
        "max_resistance_ohm": _or_none(record.max_resistance_ohm, 0xFFFFFFFF),
        "cuts": record.cuts,
        "reconnects": record.reconnects,
        "reasons": describe.reasons_text(record.reasons),
        "is_reversed": record.is_reversed,
        "fault_value": record.fault_value if record.fault else None,
        "fault_limit": record.fault_limit if record.fault else None,
        "power_on": record.power_on,
        "time_ms": record.time_ms,
        "firmware": f"{record.major}.{record.minor}.{record.patch}",
    }


def _sample_rows(db: BenchDb, board_id: str | None) -> Iterator[Row]:
    """Samples of recordings, each with the wall time that its part's connection tells."""
    query = (
        "SELECT r.board_id, s.*, c.power_on, c.uptime_ms, c.unix_ms, c.uncertainty_ms FROM recordings AS r "
        "JOIN samples AS s ON s.recording_id = r.id "
        "JOIN recording_parts AS p ON p.recording_id = r.id AND p.part = s.part "
        "JOIN connections AS c ON c.id = p.connection_id "
        "WHERE ?1 IS NULL OR r.board_id = ?1 ORDER BY r.id, s.row"
    )
    for sample in db.each(query, board_id):
        row = dict(sample)
        anchor = Anchor(0, row["uptime_ms"], row["unix_ms"], row["uncertainty_ms"])
        wall = anchor.wall(row["time_ms"])
        row.update(recording=row["recording_id"], utc=wall.utc, uncertainty_s=wall.uncertainty_ms / 1000)
        row.update(state=describe.state_name(row["state"]), reasons=describe.reasons_text(row["reasons"]))
        row.update(fault=describe.fault_name(row["fault"]))
        yield {name: row[name] for name in _SAMPLES}


def _event_rows(log: Log) -> Iterator[Row]:
    return (event_row(log, event) for event in log.events)


def event_row(log: Log, event: Event) -> Row:
    """An event in words."""
    record = event.record
    return {
        "position": event.position,
        **_time(log, record),
        "kind": describe.event_name(record.kind),
        "text": describe.event_text(record.kind, record.a, record.b),
        "a": record.a,
        "b": record.b,
        "state": describe.state_name(record.state),
        "mode": describe.mode_name(record.mode),
        "fault": describe.fault_name(record.fault),
        "reasons": describe.reasons_text(record.reasons),
        "current_ua": record.current_ua,
        "voltage_mv": record.voltage_mv,
        "lost_before": record.lost,
        "power_on": record.power_on,
        "time_ms": record.time_ms,
    }


def _trace_rows(log: Log) -> Iterator[Row]:
    for session in log.sessions:
        for sample in log.trace_of(session):
            wall = log.times.wall(session.record.power_on, session.record.time_ms + round(sample.time_s * 1000))
            yield {
                "session": session.record.number,
                "utc": wall.utc if wall else None,
                "uncertainty_s": wall.uncertainty_ms / 1000 if wall else None,
                "time_s": sample.time_s,
                "state": describe.state_name(sample.state),
                "reasons": describe.reasons_text(sample.reasons),
                "current_ua": sample.current_ua,
                "voltage_mv": sample.voltage_mv,
            }


def _counter_rows(log: Log) -> Iterator[Row]:
    return (counters._asdict() for counters in log.counters)


def _time(log: Log, record: Any) -> Row:
    wall = log.times.wall(record.power_on, record.time_ms)
    return {"utc": wall.utc if wall else None, "uncertainty_s": wall.uncertainty_ms / 1000 if wall else None}


def _or_none(value: int, nothing: int) -> int | None:
    return None if value == nothing else value


_DEVICES = ("board_id", "first_seen_utc", "last_seen_utc", "note")
_CONNECTIONS = (
    "id", "board_id", "utc", "uncertainty_s", "port", "firmware", "table_hash", "calibration", "reset_cause",
    "power_on", "uptime_ms",
)  # fmt: skip
_CONNECTION_VALUES = (
    "id, board_id, strftime('%Y-%m-%dT%H:%M:%f+00:00', unix_ms / 1000.0, 'unixepoch'), uncertainty_ms / 1000.0, port, "
    "firmware, table_hash, calibration, reset_cause, power_on, uptime_ms"
)
_RECORDINGS = (
    "id", "board_id", "started_utc", "mode", "rate_hz", "rows", "parts", "ended", "lost_telemetry", "lost_events",
    "bad_frames", "calibration", "firmware",
)  # fmt: skip
_RECORDING_VALUES = (
    "id, board_id, started_utc, mode, rate_hz, "
    "(SELECT coalesce(max(row) + 1, 0) FROM samples WHERE recording_id = t.id), "
    "(SELECT count(*) FROM recording_parts WHERE recording_id = t.id), "
    "ended, lost_telemetry, lost_events, bad_frames, calibration, firmware"
)
_SAMPLES = (
    "board_id", "recording", "row", *_TIME, "part", "time_ms", "state", "reasons", "fault", "level_ua", "setpoint_ua",
    "current_ua", "current_b_ua", "voltage_mv", "resistance_ohm", "remaining_s", "charge_ua_s",
)  # fmt: skip
_DOWNLOADS = ("id", "board_id", "started_utc", "finished_utc", "added", "memory_id")
_CALIBRATIONS = ("id", "board_id", "made_utc", "technician", "sha256")
_CERTIFICATES = ("id", "board_id", "kind", "made_utc", "due_utc", "technician", "passed", "sha256")
_LOG_SESSIONS = (
    "board_id", "session", *_TIME, "mode", "end", "fault", "level_ua", "end_level_ua", "minutes", "treated_s",
    "charge_ua_s", "max_current_ua", "max_voltage_mv", "min_resistance_ohm", "max_resistance_ohm", "cuts",
    "reconnects", "reasons", "is_reversed", "fault_value", "fault_limit", "power_on", "time_ms", "firmware",
)  # fmt: skip
_LOG_EVENTS = (
    "board_id", "position", *_TIME, "kind", "text", "a", "b", "state", "mode", "fault", "reasons", "current_ua",
    "voltage_mv", "lost_before", "power_on", "time_ms",
)  # fmt: skip
_LOG_TRACE = ("board_id", "session", *_TIME, "time_s", "state", "reasons", "current_ua", "voltage_mv")
_LOG_COUNTERS = (
    "board_id", "power_ons", "watchdog_resets", "sessions", "interrupted", "faults", "treated_s", "mode", "minutes",
    "level_ua", "trace", "power_on", "time_ms",
)  # fmt: skip

KINDS = {
    kind.name: kind
    for kind in (
        Kind("devices", "boards that were seen", _DEVICES, _stored("devices", _DEVICES)),
        Kind("connections", "times that one was connected", _CONNECTIONS,
             _stored("connections", _CONNECTIONS, _CONNECTION_VALUES)),
        Kind("recordings", "telemetry as it came", _RECORDINGS, _stored("recordings", _RECORDINGS, _RECORDING_VALUES)),
        Kind("samples", "of all recordings", _SAMPLES, _sample_rows),
        Kind("downloads", "readings of the log", _DOWNLOADS, _stored("downloads", _DOWNLOADS)),
        Kind("sessions", "sessions in the log", _LOG_SESSIONS, _logged(_session_rows)),
        Kind("events", "events in the log", _LOG_EVENTS, _logged(_event_rows)),
        Kind("trace", "the log's samples of each session", _LOG_TRACE, _logged(_trace_rows)),
        Kind("counters", "counters, each time that they had changed", _LOG_COUNTERS, _logged(_counter_rows)),
        Kind("calibrations", "calibrations that were made", _CALIBRATIONS, _stored("calibrations", _CALIBRATIONS)),
        Kind("certificates", "certificates", _CERTIFICATES, _stored("certificates", _CERTIFICATES)),
    )
}  # fmt: skip


def document(db: BenchDb, table: str, number: int) -> sqlite3.Row | None:
    """A calibration's or a certificate's row, its JSON in `content`."""
    return next(iter(db.rows(f"SELECT * FROM {table} WHERE id = ?", number)), None)
