"""Recordings of a session on disk: `Recorder` writes them, `load_recording` reads them.

A recording is a folder:

    telemetry.csv      one row a sample, written as it arrives, so that nothing recorded is lost
    telemetry.parquet  the same rows, written when the recording is closed
    events.csv         one row an event, written as it arrives
    recording.json     the device, its calibration source, and at the end how much was recorded and lost

While a recording for Parquet alone is under way, `telemetry.csv` is there too; it is removed once the Parquet file
is whole. So whatever ends the program, the rows are on disk. [REQ-HST-1]
"""

import json
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from host_tools import describe
from host_tools.recording_columns import (
    COLUMNS,
    EVENT_COLUMNS,
    EVENTS_CSV,
    INFO_JSON,
    TELEMETRY_CSV,
    TELEMETRY_PARQUET,
    row_of,
)
from host_tools.recording_info import LAYOUT, RecordingError, RecordingInfo, info_of
from host_tools.recording_load import RecordedEvent, Recording, load_recording
from host_tools.recording_tables import CsvTable, ParquetTable
from host_tools.records import Event, Telemetry

__all__ = ["RecordedEvent", "Recorder", "Recording", "RecordingError", "RecordingInfo", "info_of", "load_recording"]

FORMATS = frozenset({"csv", "parquet"})

_OWN_FILES = (TELEMETRY_CSV, TELEMETRY_PARQUET, TELEMETRY_PARQUET + ".part", EVENTS_CSV, INFO_JSON)
_RESTART_MS = 1000  # device time that goes back by more than this is a restart, not a late message


class Recorder:
    """Writes one recording into `directory`; usable as a context manager.

    `formats` names "csv", "parquet" or both. `info` says where the rows come from. A directory that already holds a
    recording is refused unless `force` is set. Every file is opened here, so what cannot be written fails here.
    Raises RecordingError; ValueError for an unknown format.
    """

    def __init__(
        self,
        directory: Path | str,
        formats: Collection[str] = ("csv",),
        info: RecordingInfo | None = None,
        *,
        force: bool = False,
    ) -> None:
        if not formats or not FORMATS.issuperset(formats):
            raise ValueError(f"formats are {', '.join(sorted(FORMATS))}; not {', '.join(formats) or 'none'}")
        self.directory = Path(directory)
        self.info = info or RecordingInfo()
        self.rows = 0
        self.events = 0
        self.duration_s = 0.0
        self._formats = frozenset(formats)
        self._closed = False
        self._offset_ms = 0
        self._last_ms: int | None = None
        self._first_s: float | None = None
        self._made_directory = not self.directory.exists()
        try:
            self._open(force)
        except OSError as error:
            raise RecordingError(f"cannot write to {self.directory}: {_reason(error)}") from error

    def _open(self, force: bool) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        existing = [name for name in _OWN_FILES if (self.directory / name).exists()]
        if existing and not force:
            raise RecordingError(f"{self.directory} already holds a recording ({existing[0]}); --force replaces it")
        for name in existing:
            (self.directory / name).unlink()
        self._write_info({})
        names = [column.name for column in COLUMNS]
        with ExitStack() as opened:
            self._telemetry_csv = CsvTable(self.directory / TELEMETRY_CSV, names)
            opened.callback(self._telemetry_csv.close)
            self._events_csv = CsvTable(self.directory / EVENTS_CSV, EVENT_COLUMNS)
            opened.callback(self._events_csv.close)
            self._parquet = None
            if "parquet" in self._formats:
                self._parquet = ParquetTable(self.directory / TELEMETRY_PARQUET, COLUMNS, self.info.texts())
                opened.callback(self._parquet.close)
            self._tables = opened.pop_all()

    def telemetry(self, telemetry: Telemetry) -> None:
        """Appends one row. Raises RecordingError if it cannot be written; the rows before it are kept."""
        time_s = self._time_s(telemetry.time_ms)
        row = row_of(telemetry, time_s)
        self._append(self._telemetry_csv, row)
        if self._parquet:
            self._append(self._parquet, row)
        self.rows += 1
        if self._first_s is None:
            self._first_s = time_s
        self.duration_s = round(time_s - self._first_s, 3)

    def event(self, event: Event) -> None:
        """Appends one event. Raises RecordingError if it cannot be written."""
        text = describe.event_text(event.kind, event.a, event.b)
        row = [event.number, self._time_s(event.time_ms), describe.event_name(event.kind), event.a, event.b, text]
        self._append(self._events_csv, row)
        self.events += 1

    def close(self, summary: Mapping[str, object] | None = None) -> None:
        """Finishes every file; `summary` is added to recording.json. Closing again does nothing.

        Raises RecordingError if something cannot be written; telemetry.csv is kept then, with all its rows.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self._tables.close()  # every table, also when one of them fails
            if "csv" not in self._formats:
                (self.directory / TELEMETRY_CSV).unlink()
            counts = {"finished": True, "rows": self.rows, "events": self.events, "duration_s": self.duration_s}
            self._write_info({**counts, **(summary or {})})
        except OSError as error:
            raise self._failure(error) from error

    def discard(self) -> None:
        """Closes and removes what this Recorder made: for a recording that stayed empty."""
        self.close()
        for name in _OWN_FILES:
            (self.directory / name).unlink(missing_ok=True)
        if self._made_directory:
            self.directory.rmdir()

    @property
    def files(self) -> list[str]:
        """The names of the files that the recording consists of now, without recording.json."""
        names = (TELEMETRY_CSV, TELEMETRY_PARQUET, EVENTS_CSV)
        return [name for name in names if (self.directory / name).exists()]

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self, table: CsvTable | ParquetTable, row: list) -> None:
        try:
            table.append(row)
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: OSError) -> RecordingError:
        kept = describe.count(self.rows, "row")
        return RecordingError(f"cannot write to {self.directory}: {_reason(error)}; {kept} kept")

    def _time_s(self, time_ms: int) -> float:
        # A device that restarts counts from zero again; the recording's time goes on from where it was.
        if self._last_ms is not None and time_ms < self._last_ms - _RESTART_MS:
            self._offset_ms += self._last_ms
            self._last_ms = time_ms
        self._last_ms = time_ms if self._last_ms is None else max(self._last_ms, time_ms)
        return (self._offset_ms + time_ms) / 1000

    def _write_info(self, more: Mapping[str, object]) -> None:
        values = {"layout": LAYOUT, **asdict(self.info), "finished": False, **more}
        part = self.directory / (INFO_JSON + ".part")
        part.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(self.directory / INFO_JSON)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
