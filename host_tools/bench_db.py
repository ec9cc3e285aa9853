"""The bench database: one SQLite file of devices, connections, recordings, logs, calibrations and certificates.

Any number of programs may have it open at once. What is in a transaction is there whole or not at all, also when the
program, the disk or the power fails. [REQ-HST-3]
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import typer

from host_tools.bench_schema import APPLICATION_ID, MIGRATIONS, VERSION
from host_tools.errors import IontoError

BUSY_S = 10.0  # how long another program may write before this one gives up


class BenchDbError(IontoError):
    """The database cannot be opened, read or written; says which file and why. What stood in it still does."""


def default_path() -> Path:
    """Where the database is if nobody says otherwise."""
    return Path(typer.get_app_dir("ionto")) / "bench.sqlite3"


def utc_text(moment: datetime) -> str:
    """A time as the database has it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


class BenchDb:
    """An open bench database. Every method may raise BenchDbError.

    It is made, and brought to the present version, when it is opened; one of a newer version, or of another program,
    is left as it is. With `must_exist` a file that is not there is an error.
    """

    def __init__(self, path: Path, *, must_exist: bool = False) -> None:
        self.path = path
        if must_exist and not path.exists():
            raise BenchDbError(f"there is no database {path} yet: `ionto log` and `ionto record` make it")
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = _connect(path)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written within is kept at the end, or nothing of it if an error leaves."""
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._explained():
            return self._connection.execute(query, values).fetchall()

    def each(self, query: str, *values: Any) -> Iterator[sqlite3.Row]:
        """The rows of a query one by one, for those that may be many."""
        with self._explained():
            yield from self._connection.execute(query, values)

    def value(self, query: str, *values: Any) -> Any:
        """The first value of the first row, or None."""
        row = next(iter(self.rows(query, *values)), None)
        return None if row is None else row[0]

    def insert(self, table: str, **values: Any) -> int:
        """Adds a row; its number."""
        with self._explained():
            return self._connection.execute(_insert(table, values), tuple(values.values())).lastrowid or 0

    def insert_new(self, table: str, **values: Any) -> bool:
        """Adds a row unless its key is there already; whether it did."""
        with self._explained():
            return self._connection.execute(_insert(table, values, "OR IGNORE "), tuple(values.values())).rowcount > 0

    def insert_many(self, table: str, names: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> None:
        """Adds rows of these columns."""
        with self._explained():
            self._connection.executemany(_insert(table, dict.fromkeys(names)), rows)

    def execute(self, statement: str, *values: Any) -> None:
        """Any other statement."""
        with self._explained():
            self._connection.execute(statement, values)

    def backup(self, target: Path) -> None:
        """A whole copy of the database as it is now, while others may go on writing; it replaces no file."""
        if target.exists():
            raise BenchDbError(f"{target} exists already: a backup replaces nothing")
        part = target.with_name(target.name + ".part")
        with self._explained(target):
            part.unlink(missing_ok=True)
            copy = sqlite3.connect(part)
            try:
                self._connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
            finally:
                copy.close()
            part.replace(target)

    def see_device(self, board_id: str, at: datetime) -> None:
        """Notes that this device was there."""
        self.execute(
            "INSERT INTO devices (board_id, first_seen_utc, last_seen_utc) VALUES (?1, ?2, ?2) "
            "ON CONFLICT (board_id) DO UPDATE SET last_seen_utc = max(last_seen_utc, ?2)",
            board_id,
            utc_text(at),
        )

    def add_document(self, table: str, content: str, at: datetime, **values: Any) -> int:
        """Keeps a calibration or a certificate with its JSON `content`, once; its number.

        `values` are the table's other columns (host_tools/bench_schema.py). The hash is the SHA-256 of `content`.
        """
        digest = hashlib.sha256(content.encode()).hexdigest()
        with self.transaction():
            self.see_device(values["board_id"], at)
            self.insert_new(table, made_utc=utc_text(at), content=content, sha256=digest, **values)
            return int(self.value(f"SELECT id FROM {table} WHERE sha256 = ?", digest))

    def _prepare(self) -> None:
        """Checks whose database it is, and brings it to the present version."""
        version = self._version()
        if version == VERSION:
            return
        self._connection.execute("PRAGMA journal_mode = WAL")
        with self.transaction():
            # Another program may have done it while this one waited.
            for number in range(self._version(), VERSION):
                for statement in MIGRATIONS[number]:
                    self._connection.execute(statement)
            self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self._connection.execute(f"PRAGMA user_version = {VERSION}")

    def _version(self) -> int:
        version = int(self.value("PRAGMA user_version"))
        is_empty = self.value("SELECT count(*) FROM sqlite_master") == 0
        if self.value("PRAGMA application_id") != APPLICATION_ID and not (is_empty and version == 0):
            raise BenchDbError(f"{self.path} is another program's database: name another file")
        if version > VERSION:
            raise BenchDbError(
                f"{self.path} is of version {version}, these tools know up to {VERSION}: "
                "update the tools; the database is as it was"
            )
        return version

    @contextmanager
    def _explained(self, path: Path | None = None) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise BenchDbError(f"{path or self.path}: {_why(error, path or self.path)}") from error
        except OSError as error:
            raise BenchDbError(f"{path or self.path}: {error.strerror or error}") from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    # Each commit reaches the disk: a power cut of the computer loses what came since, and no more.
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _insert(table: str, values: Mapping[str, Any], how: str = "") -> str:
    return f"INSERT {how}INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"


_REASONS = {
    "FULL": "the disk is full; what stood in the database still does",
    "BUSY": f"another program has been writing for {BUSY_S:.0f} s: try again, or end that one",
    "LOCKED": f"another program has been writing for {BUSY_S:.0f} s: try again, or end that one",
    "NOTADB": "is no database: name another file",
    "CORRUPT": "is damaged: `ionto db check` says where; go back to a backup",
}


def _why(error: sqlite3.Error, path: Path) -> str:
    name = getattr(error, "sqlite_errorname", "").removeprefix("SQLITE_").split("_")[0]
    if name in ("READONLY", "CANTOPEN", "IOERR", "PERM"):
        place = path.parent if not os.access(path.parent, os.W_OK) else path
        return f"{place} cannot be written ({error}): name another file with --db or IONTO_DB"
    return _REASONS.get(name, str(error))
