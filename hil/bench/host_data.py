"""A bench database with a device's sessions of years, made up: for what the host's figures are measured on."""

from __future__ import annotations

import functools
import operator
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from host_tools.bench_connect import begin_memory
from host_tools.bench_db import BenchDb, utc_text
from ionto import faults, limits, messages, states, store_map
from ionto import store_records as records

BOARD_ID = "494f4e544f2d3120"
BEGAN = datetime(2024, 1, 8, 18, 0, tzinfo=UTC)
_COLUMNS = ("memory_id", "region", "position", "layout", "payload", "download_id")
_EVERY_H = 27
_SAMPLES = 600


def _trace(
    source: random.Random, level_ua: int, ohm: float, pause_s: int | None
) -> Iterator[tuple[int, int, int, int]]:
    """State, reasons, current, voltage of each second of a session; a contact loss at `pause_s`."""
    skin_ohm = ohm * 2.2
    target_ua = 0.0
    for second in range(_SAMPLES):
        is_away = pause_s is not None and pause_s <= second < pause_s + 12
        target_ua = 0.0 if is_away else min(level_ua, target_ua + 50.0)
        is_ramping = target_ua < level_ua and not is_away
        skin_ohm += (ohm - skin_ohm) / 90
        at_limit = target_ua * skin_ohm / 1e6 > 10
        current_ua = int(min(target_ua, 10e6 / skin_ohm)) + source.randrange(-4, 5) if target_ua else 0
        state = states.PAUSED if is_away else states.RAMP_UP if is_ramping else states.HOLD
        reasons = faults.V_LIMIT * at_limit | faults.RAMPING * is_ramping
        yield state, reasons, max(0, current_ua), int(max(0, current_ua) * skin_ohm / 1000)


def _session(number: int, samples: list[tuple[int, int, int, int]], level_ua: int, cuts: int, fault: int) -> bytes:
    ohms = [row[3] * 1000 // row[2] for row in samples if row[2] > 50]
    values: dict[str, Any] = {
        "number": number, "power_on": number, "time_ms": 40_000, "mode": limits.FACE, "minutes": 10,
        "end": messages.END_FAULT if fault else messages.END_TIME, "fault": fault, "level_ua": level_ua,
        "end_level_ua": level_ua, "treated_s": len(samples), "max_current_ua": max(row[2] for row in samples),
        "max_voltage_mv": max(row[3] for row in samples), "trace": (number - 1) * (_SAMPLES // 2) % 65536,
        "trace_records": len(samples) // 2, "cuts": cuts, "reconnects": cuts,
        "reasons": functools.reduce(operator.or_, (row[1] for row in samples)),
        "is_reversed": 0, "charge_ua_s": sum(row[2] for row in samples), "min_resistance_ohm": min(ohms),
        "max_resistance_ohm": max(ohms), "fault_value": 412 * bool(fault), "fault_limit": 200 * bool(fault),
        "reset_cause": 1, "major": 0, "minor": 1, "patch": 0,
    }  # fmt: skip
    return records.SESSION.pack(list(values.values()))


def _event(number: int, time_s: int, kind: int, a: int, b: int) -> bytes:
    return records.EVENT.pack(
        (number, 40_000 + time_s * 1000, kind, 0, a, b, states.HOLD, limits.FACE, 0, 0, 500, 4000)
    )


def fill(path: Path, sessions: int, seed: int) -> None:
    """Writes so many sessions of a device, each in a power-on of its own, with their traces and events."""
    source = random.Random(seed)
    with BenchDb(path) as db, db.transaction():
        db.see_device(BOARD_ID, BEGAN)
        memory_id = begin_memory(db, BOARD_ID, BEGAN, "made up")
        download_id = 0
        events = 0
        for number in range(1, sessions + 1):
            at = BEGAN + timedelta(hours=_EVERY_H * number)
            if number == 1 or number % 7 == 0:  # read once a week
                download_id = _connect(db, memory_id, number, at)
            level_ua = min(1500, 500 + 100 * (number // 9))
            pause_s = source.randrange(60, 500) if number % 4 == 0 else None
            fault = faults.SENSE_MISMATCH if number % 97 == 0 else 0
            samples = list(_trace(source, level_ua, 4200 + 900 * source.random() - number % 300 * 4, pause_s))
            cuts = int(pause_s is not None)
            found = [(store_map.SESSIONS, number - 1, _session(number, samples, level_ua, cuts, fault))]
            for index in range(0, len(samples), 2):
                row = records.TRACE.pack((*samples[index], *samples[index + 1][2:]))
                found.append((store_map.TRACE, (number - 1) * (_SAMPLES // 2) + index // 2, row))
            happened = [(messages.EVENT_END, 600, messages.END_TIME, sum(row[2] for row in samples))]
            if pause_s is not None:
                happened.insert(0, (messages.EVENT_CUT, pause_s, faults.CUT_OPEN, level_ua))
            for kind, time_s, a, b in happened:
                found.append((store_map.EVENTS, events, _event(number, time_s, kind, a, b)))
                events += 1
            rows = [(memory_id, *key, store_map.LAYOUT, payload, download_id) for *key, payload in found]
            db.insert_many("log_records", _COLUMNS, rows)


def _connect(db: BenchDb, memory_id: int, power_on: int, at: datetime) -> int:
    """A connection and a download at this time."""
    connection_id = db.insert(
        "connections", board_id=BOARD_ID, port="/dev/ttyUSB0", firmware="0.1.0", table_hash="0" * 8,
        calibration="stored", reset_cause=1, memory_id=memory_id, power_on=power_on, uptime_ms=30_000,
        unix_ms=round(at.timestamp() * 1000), uncertainty_ms=6,
    )  # fmt: skip
    values = {"board_id": BOARD_ID, "memory_id": memory_id, "connection_id": connection_id, "started_utc": utc_text(at)}
    return db.insert("downloads", **values, finished_utc=utc_text(at))
