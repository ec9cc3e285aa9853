"""Records telemetry and events into the bench database, a second at a time. [REQ-HST-1]

Rows of the last second wait in memory and are then written at once, for good: that is what a crash can lose.
"""

from collections.abc import Callable
from dataclasses import astuple, fields
from datetime import datetime
from typing import Any

from host_tools import describe
from host_tools.bench_connect import Noted
from host_tools.bench_db import BenchDb, utc_text
from host_tools.client import Client
from host_tools.records import Event, Identity, Telemetry

WRITE_S = 1.0
_SAMPLE_COLUMNS = ("recording_id", "row", "part", *(field.name for field in fields(Telemetry)))
_EVENT_COLUMNS = ("recording_id", "row", "part", *(field.name for field in fields(Event)))


class BenchRecorder:
    """One recording in the database; it has a part for each time that the device is connected or begins anew.

    `begin_part` comes first. Every method may raise BenchDbError; what was written before stays.
    """

    def __init__(self, db: BenchDb, clock: Callable[[], float], now: Callable[[], datetime]) -> None:
        self.rows = self.events = self.parts = 0
        self.id: int | None = None
        self.lost = {"lost_telemetry": 0, "lost_events": 0, "bad_frames": 0}
        self._db = db
        self._clock = clock
        self._now = now
        self._client: Client | None = None
        self._seen: dict[str, int] = {}
        self._samples: list[tuple[Any, ...]] = []
        self._waiting: list[tuple[Any, ...]] = []
        self._gaps: list[tuple[Any, ...]] = []
        self._written_s = clock()
        self._left_s: float | None = None

    def begin_part(self, client: Client, identity: Identity, noted: Noted, rate_hz: int) -> None:
        """The device is connected; the first time, the recording begins."""
        if self.id is None:
            mode = describe.mode_name(client.status().mode)
            with self._db.transaction():
                self.id = self._db.insert(
                    "recordings",
                    board_id=noted.board_id,
                    started_utc=utc_text(self._now()),
                    rate_hz=rate_hz,
                    mode=mode,
                    calibration=describe.calibration_name(identity.calibration),
                    firmware=f"{identity.major}.{identity.minor}.{identity.patch}",
                )
        if self._left_s is not None:
            self._gaps.append((self.id, self.rows, "away", round((self._clock() - self._left_s) * 1000)))
        self._left_s = None
        values = {"recording_id": self.id, "part": self.parts, "connection_id": noted.id}
        with self._db.transaction():
            self._db.insert("recording_parts", **values)
        self.parts += 1
        self._client = client
        self._seen = dict.fromkeys(self.lost, 0)

    def leave(self) -> None:
        """The device is gone; what came is written."""
        self.count_losses()
        self.write()
        if self._left_s is None:
            self._left_s = self._clock()
        self._client = None

    def telemetry(self, telemetry: Telemetry) -> None:
        """Keeps one sample."""
        self._samples.append((self.id, self.rows, self.parts - 1, *astuple(telemetry)))
        self.rows += 1

    def event(self, event: Event) -> None:
        """Keeps one event."""
        self._waiting.append((self.id, self.events, self.parts - 1, *astuple(event)))
        self.events += 1

    def step(self) -> None:
        """After each batch: counts what got lost, and writes once a second."""
        self.count_losses()
        if self._clock() - self._written_s >= WRITE_S:
            self.write()

    def count_losses(self) -> None:
        """Notes what the client counted since the last time, with where in the recording that was."""
        if self._client is None:
            return
        kinds = {"lost_telemetry": "telemetry", "lost_events": "events"}
        for name in self.lost:
            count = getattr(self._client, name) - self._seen[name]
            if count:
                self._seen[name] += count
                self.lost[name] += count
                if name in kinds:
                    self._gaps.append((self.id, self.rows, kinds[name], count))

    def write(self) -> None:
        """Writes what waits, for good."""
        self._written_s = self._clock()
        if not (self._samples or self._waiting or self._gaps):
            return
        with self._db.transaction():
            self._db.insert_many("samples", _SAMPLE_COLUMNS, self._samples)
            self._db.insert_many("recording_events", _EVENT_COLUMNS, self._waiting)
            self._db.insert_many("gaps", ("recording_id", "sample_row", "kind", "count"), self._gaps)
            losses = ", ".join(f"{name} = ?" for name in self.lost)
            self._db.execute(f"UPDATE recordings SET {losses} WHERE id = ?", *self.lost.values(), self.id)
        for rows in (self._samples, self._waiting, self._gaps):
            rows.clear()

    def finish(self, ended: str) -> None:
        """Writes the rest, and how the recording ended."""
        self.count_losses()
        self.write()
        with self._db.transaction():
            self._db.execute("UPDATE recordings SET ended = ? WHERE id = ?", ended, self.id)
