"""The two kinds of file that rows are appended to: CSV, whole at any moment, and Parquet, whole once closed."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from host_tools.recording_columns import Column, Value, csv_text

_ROW_GROUP_ROWS = 6000  # one minute at the highest rate


class CsvTable:
    """A CSV file with a header. Every row reaches the operating system before `append` returns.

    Raises OSError.
    """

    def __init__(self, path: Path, names: Iterable[str]) -> None:
        # buffering=1 flushes at each line: at 100 rows a second that costs nothing, and no kill can lose a row.
        self._file = path.open("w", newline="", encoding="utf-8", buffering=1)
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(names)

    def append(self, row: Sequence[Value]) -> None:
        """Writes one row."""
        self._writer.writerow([csv_text(value) for value in row])

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class ParquetTable:
    """A Parquet file, written beside its place in row groups and moved there when it is closed, whole.

    Raises OSError.
    """

    def __init__(self, path: Path, columns: Sequence[Column], metadata: Mapping[str, str]) -> None:
        import pyarrow as pa  # when it is needed: it is large, an extra, and slow to load
        from pyarrow import parquet

        self._path = path
        self._part = path.with_name(path.name + ".part")
        types = {"time": pa.float64(), "text": pa.string(), "count": pa.int64()}
        fields = [pa.field(c.name, types[c.kind], metadata={"meaning": c.meaning}) for c in columns]
        self._schema = pa.schema(fields, metadata=dict(metadata))
        self._rows: list[Sequence[Value]] = []
        self._writer = parquet.ParquetWriter(self._part, self._schema)

    def append(self, row: Sequence[Value]) -> None:
        """Adds one row; it is on disk for good after `close`."""
        self._rows.append(row)
        if len(self._rows) >= _ROW_GROUP_ROWS:
            self._write_group()

    def close(self) -> None:
        """Writes what is left and moves the file to its place."""
        if self._rows:
            self._write_group()
        self._writer.close()
        self._part.replace(self._path)

    def _write_group(self) -> None:
        import pyarrow as pa

        arrays = [
            pa.array(values, type=field.type)
            for values, field in zip(zip(*self._rows, strict=True), self._schema, strict=True)
        ]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._rows.clear()
