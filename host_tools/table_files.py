"""Tables into files: CSV, JSON or Parquet, each whole or not there."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from host_tools.recording_info import RecordingError


class TableFormat(StrEnum):
    """Files that a table can be written to."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def write_table(
    path: Path, form: TableFormat, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], *, force: bool = False
) -> int:
    """Writes rows to `path`; how many. Raises RecordingError if it cannot, or if the file is there already."""
    if path.exists() and not force:
        raise RecordingError(f"{path} exists already; --force replaces it")
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            count = _WRITERS[form](part, columns, rows)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise RecordingError(f"cannot write {path}: {error.strerror or error}") from error
    return count


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(["" if row[name] is None else row[name] for name in columns])
            count += 1
    return count


def _write_json(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    plain = [{name: row[name] for name in columns} for row in rows]
    path.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return len(plain)


def _write_parquet(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    import pyarrow as pa
    from pyarrow import parquet

    values: dict[str, list[Any]] = {name: [] for name in columns}
    for row in rows:
        for name in columns:
            values[name].append(row[name])
    table = pa.table(values)
    parquet.write_table(table, path)
    return table.num_rows


_WRITERS = {TableFormat.CSV: _write_csv, TableFormat.JSON: _write_json, TableFormat.PARQUET: _write_parquet}
