"""Reading recordings back: `load_recording` gives columns as arrays, events as rows, what is known of the device."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from host_tools.recording_columns import (
    COLUMNS,
    EVENT_COLUMNS,
    EVENTS_CSV,
    INFO_JSON,
    TELEMETRY_CSV,
    TELEMETRY_PARQUET,
)
from host_tools.recording_info import RecordingError, RecordingInfo, info_from

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class RecordedEvent:
    """One event of a recording; `a` and `b` mean what `ionto.messages` says for the kind, `text` says it in words."""

    number: int
    time_s: float
    kind: str
    a: int
    b: int
    text: str


@dataclass(frozen=True)
class Recording:
    """A recording in memory.

    `numbers` holds the numeric columns by name, NaN where there is no value; `texts` the others, "" for none.
    """

    path: Path
    info: RecordingInfo
    numbers: "Mapping[str, NDArray[np.float64]]"
    texts: Mapping[str, Sequence[str]]
    events: Sequence[RecordedEvent]

    @property
    def rows(self) -> int:
        """How many samples there are."""
        return len(self.numbers["time_s"])


def load_recording(path: Path | str) -> Recording:
    """Reads a recording: its folder, or one of its telemetry files. Parquet is preferred where both exist.

    Raises RecordingError if there is no recording or it cannot be read. A last row that was cut off while it was
    written (the power went) is left out.
    """
    path = Path(path)
    file = _telemetry_file(path)
    try:
        info = _read_info(file.parent / INFO_JSON)
        if file.suffix == ".parquet":
            columns, info = _read_parquet(file, info)
        else:
            columns = _read_csv(file)
        events = _read_events(file.parent / EVENTS_CSV)
        numbers = {c.name: _floats(columns[c.name]) for c in COLUMNS if c.kind != "text"}
        texts = {c.name: [str(value or "") for value in columns[c.name]] for c in COLUMNS if c.kind == "text"}
    except KeyError as error:
        raise RecordingError(f"{file} is not a recording: it has no column {error}") from error
    except (OSError, ValueError) as error:
        raise RecordingError(f"cannot read {file}: {str(error).splitlines()[0]}") from error
    return Recording(path, info, numbers, texts, events)


def _telemetry_file(path: Path) -> Path:
    if path.is_file():
        return path
    for name in (TELEMETRY_PARQUET, TELEMETRY_CSV):
        if (path / name).is_file():
            return path / name
    if not path.exists():
        raise RecordingError(f"there is no {path}")
    raise RecordingError(f"no recording in {path}: neither {TELEMETRY_PARQUET} nor {TELEMETRY_CSV}")


def _read_info(file: Path) -> RecordingInfo:
    if not file.is_file():
        return RecordingInfo()
    values = json.loads(file.read_text(encoding="utf-8"))
    return info_from(values) if isinstance(values, dict) else RecordingInfo()


def _read_parquet(file: Path, info: RecordingInfo) -> tuple[Mapping[str, Sequence], RecordingInfo]:
    # Imported here: reading CSV needs none of it, and it is slow to load.
    from pyarrow import parquet

    table = parquet.read_table(file)
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    metadata = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    return columns, info_from(metadata) if metadata else info


def _read_csv(file: Path) -> dict[str, list[str]]:
    header, rows = _whole_rows(file)
    return {name: [row[index] for row in rows] for index, name in enumerate(header)}


def _whole_rows(file: Path) -> tuple[list[str], list[list[str]]]:
    text = file.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    header, *rows = csv.reader(whole.splitlines()) if whole else [[]]
    return header, [row for row in rows if len(row) == len(header)]


def _read_events(file: Path) -> list[RecordedEvent]:
    if not file.is_file():
        return []
    header, rows = _whole_rows(file)
    if tuple(header) != EVENT_COLUMNS:
        raise ValueError(f"{file.name} has the columns {', '.join(header)}")
    return [RecordedEvent(int(n), float(t), kind, int(a), int(b), text) for n, t, kind, a, b, text in rows]


def _floats(values: Sequence) -> "NDArray[np.float64]":
    import numpy as np  # when it is needed: writing recordings needs none of it

    return np.array([np.nan if value in (None, "") else float(value) for value in values], dtype=np.float64)
