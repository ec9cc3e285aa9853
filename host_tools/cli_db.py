"""`ionto db`: what the bench database holds."""

import hashlib
import json
import sys
from collections import deque
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from host_tools import describe
from host_tools.bench_db import BenchDb, BenchDbError, default_path
from host_tools.bench_tables import KINDS, Kind, document
from host_tools.cli_context import FILES, USAGE, CliError, JsonOption
from host_tools.extras import need
from host_tools.table_files import TableFormat, write_table

DbOption = Annotated[
    Path | None,
    typer.Option("--db", envvar="IONTO_DB", metavar="FILE", help="Bench database; the user's own if not given."),
]
BoardOption = Annotated[str | None, typer.Option("--board", metavar="ID", help="This board only.")]
_KindArgument = Annotated[str, typer.Argument(metavar="KIND", help=f"One of: {', '.join(KINDS)}.")]
_DOCUMENTS = ("calibrations", "certificates")
_KEYS = ("row", "session", "position", "id", "power_ons", "board_id")
_BRIEF = {
    "connections": ("id", "board_id", "utc", "uncertainty_s", "port", "firmware", "power_on"),
    "recordings": ("id", "board_id", "started_utc", "mode", "rate_hz", "rows", "lost_telemetry", "ended"),
    "sessions": (
        "session",
        "utc",
        "uncertainty_s",
        "mode",
        "end",
        "fault",
        "level_ua",
        "treated_s",
        "charge_ua_s",
        "cuts",
    ),
    "events": ("position", "utc", "uncertainty_s", "kind", "text", "state"),
    "counters": ("board_id", "power_ons", "watchdog_resets", "sessions", "interrupted", "faults", "treated_s"),
    "certificates": ("id", "board_id", "kind", "made_utc", "due_utc", "passed"),
}  # the columns that fit a terminal; `show`, `export` and --json have all of them

db_app = typer.Typer(no_args_is_help=True, help="The bench database: list, show, export, check, back up.")


def open_db(path: Path | None, *, must_exist: bool = True) -> BenchDb:
    """The database that was asked for, or the user's own. Raises BenchDbError."""
    return BenchDb(path or default_path(), must_exist=must_exist)


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise CliError(f"no table {name!r}; there are: {', '.join(KINDS)}", USAGE)
    return KINDS[name]


@db_app.command("list")
def list_(
    kind: Annotated[str | None, typer.Argument(metavar="[KIND]", help=f"One of: {', '.join(KINDS)}.")] = None,
    db: DbOption = None,
    board: BoardOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="The last so many rows.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List what is in the database, or the rows of one KIND, the newest last.

    Example: ionto db list sessions --limit 10
    """
    with open_db(db) as bench:
        if kind is None:
            _summarise(bench, board, as_json)
            return
        one = _kind(kind)
        found = deque(enumerate(one.rows(bench, board), 1), limit)
    shown = [row for _, row in found]
    total = found[-1][0] if found else 0
    if as_json:
        print(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    _print_rows(_BRIEF.get(one.name, one.columns), shown)
    if len(shown) < total:
        print(f"the last {len(shown)} of {describe.count(total, 'row')}; --limit shows more")


def _summarise(bench: BenchDb, board: str | None, as_json: bool) -> None:
    counts = {name: sum(1 for _ in one.rows(bench, board)) for name, one in KINDS.items()}
    if as_json:
        print(json.dumps({"database": str(bench.path), **counts}, indent=2))
        return
    print(bench.path)
    rows = [{"kind": name, "rows": counts[name], "holds": one.meaning} for name, one in KINDS.items()]
    _print_rows(("kind", "rows", "holds"), rows)


@db_app.command("show")
def show(
    kind: _KindArgument,
    number: Annotated[str, typer.Argument(metavar="ID", help="Its first number or name in `ionto db list`.")],
    db: DbOption = None,
    board: BoardOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show all of one row: a session, an event, a recording, a certificate.

    Example: ionto db show sessions 17
    """
    one = _kind(kind)
    key = next(name for name in _KEYS if name in one.columns)
    with open_db(db) as bench:
        found = [row for row in one.rows(bench, board) if str(row[key]) == number]
        if not found:
            raise CliError(f"no {key} {number} among the {kind}", FILES)
        for row in found:
            if kind in _DOCUMENTS:
                stored = document(bench, kind, int(number))
                row["content"] = json.loads(stored["content"]) if stored else None
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for row in found:
        width = max(map(len, row))
        for name, value in row.items():
            text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else _text(value)
            print(f"{name:<{width}}  {text}")


@db_app.command("export")
def export(
    kind: _KindArgument,
    out: Annotated[Path, typer.Argument(metavar="FILE", help="To write: .csv, .json or .parquet.")],
    db: DbOption = None,
    board: BoardOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE.")] = False,
) -> None:
    """Write all rows of a KIND to a file.

    Example: ionto db export events events.parquet
    """
    one = _kind(kind)
    try:
        form = TableFormat(out.suffix.removeprefix("."))
    except ValueError as error:
        raise CliError(f"{out}: the name ends in .csv, .json or .parquet", USAGE) from error
    if form is TableFormat.PARQUET:
        need("pyarrow")
    with open_db(db) as bench:
        count = write_table(out, form, one.columns, one.rows(bench, board), force=force)
    print(f"{describe.count(count, 'row')} in {out}")


@db_app.command("check")
def check(db: DbOption = None) -> None:
    """Check the whole file: its pages, its references, and the hash of each calibration and certificate.

    Example: ionto db check
    """
    with open_db(db) as bench:
        problems = [str(row[0]) for row in bench.rows("PRAGMA integrity_check") if row[0] != "ok"]
        problems += [f"{row[0]}: refers to a row of {row[2]} that is not there"
                     for row in bench.rows("PRAGMA foreign_key_check")]  # fmt: skip
        for table in _DOCUMENTS:
            for row in bench.each(f"SELECT id, content, sha256 FROM {table}"):
                if hashlib.sha256(row["content"].encode()).hexdigest() != row["sha256"]:
                    problems.append(f"{table} {row['id']}: its content is not what its hash says")
    if problems:
        for problem in islice(problems, 20):
            print(problem)
        raise BenchDbError(f"{bench.path}: {describe.count(len(problems), 'problem')}; go back to a backup")
    print(f"{bench.path}: whole")


@db_app.command("backup")
def backup(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="To write; must not exist.")], db: DbOption = None
) -> None:
    """Copy the database as it is now, while others may go on writing to it.

    Example: ionto db backup copy.sqlite3
    """
    with open_db(db) as bench:
        bench.backup(out)
    print(out)


def _print_rows(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if _is_number(rows, name) else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_text(row[name]) for name in columns))
    is_terminal = sys.stdout.isatty()
    Console(highlight=False, markup=False, width=None if is_terminal else 400).print(table)


def _is_number(rows: list[dict[str, Any]], name: str) -> bool:
    return any(isinstance(row[name], int | float) for row in rows)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
