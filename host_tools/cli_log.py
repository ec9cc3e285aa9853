"""`ionto log`: what a device has written down, into the bench database and into files."""

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from host_tools import describe
from host_tools.bench_connect import note_connection
from host_tools.bench_db import BenchDb
from host_tools.bench_tables import KINDS
from host_tools.cli_context import INTERRUPTED, USAGE, CliError, JsonOption, PortOption, Tools, connect, tools_of
from host_tools.cli_db import DbOption, open_db
from host_tools.errors import IontoError
from host_tools.extras import need
from host_tools.interrupts import Interrupts
from host_tools.log_download import RINGS, SLOTS, Download, Result, RingResult
from host_tools.memory_image import check_free, read_image, save_image
from host_tools.table_files import TableFormat, write_table
from ionto.faults import MEMORY_REFUSED

ALL = (*SLOTS, *RINGS)
_FILES = ("sessions", "events", "trace", "counters")


def log(
    context: typer.Context,
    port: PortOption = None,
    db: DbOption = None,
    only: Annotated[
        str | None, typer.Option("--only", metavar="NAMES", help=f"Of these only, with commas: {', '.join(ALL)}.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Also write the board's whole log to files here.")
    ] = None,
    form: Annotated[TableFormat, typer.Option("--format", "-f", help="Of these files.")] = TableFormat.CSV,
    raw: Annotated[
        Path | None,
        typer.Option("--raw", metavar="FILE", help="Only keep the whole memory as it stands here, whoever wrote it."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files in DIR, or FILE.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Read sessions, events, trace and counters from the device into the bench database.

    What is in the database already is not read again; a download that was broken off goes on where it ended. The
    device allows it only while no session is under way, and is not changed by it. A memory that the device does not
    use, as another board's, has no log that could be read: --raw keeps its 32 KiB.

    Example: ionto log --out tuesday --format parquet
    """
    if raw:
        if only or out or as_json or db:
            raise CliError("--raw keeps the whole memory in one file: no --only, --out, --db or --json", USAGE)
        _keep_raw(tools_of(context), port, raw, force)
        return
    names = _names(only)
    if out and form is TableFormat.PARQUET:
        need("pyarrow")
    tools = tools_of(context)
    with open_db(db, must_exist=False) as bench, Interrupts() as interrupts, connect(tools, port) as connection:
        noted = note_connection(bench, connection.client, connection.identity, connection.port, tools.clock, tools.now)
        with _Display() as show:
            download = Download(
                bench, connection.client, noted, tools.now, progress=show, stopped=lambda: interrupts.seen
            )
            try:
                result = download.run(names)
            except IontoError as error:
                _say_broken_off(download.result, error)
                raise
        files = _write(bench, out, form, noted.board_id, force) if out and result.is_finished else []
        _report(bench, noted.board_id, result, files, as_json)
    if not result.is_finished:
        raise typer.Exit(0 if result.added else INTERRUPTED)


def _keep_raw(tools: Tools, port: str | None, path: Path, force: bool) -> None:
    check_free(path, force=force)
    with Interrupts() as interrupts, connect(tools, port) as connection, _Display() as show:
        image = read_image(connection.client, progress=show, stopped=lambda: interrupts.seen)
    if image is None:
        raise typer.Exit(INTERRUPTED)
    save_image(path, image, force=force)
    print(f"{path}: {describe.count(len(image), 'byte')}, the memory of board {connection.identity.board_id.hex()}")


def _names(only: str | None) -> list[str]:
    names = list(ALL) if only is None else [name.strip() for name in only.split(",")]
    for name in names:
        if name not in ALL:
            raise CliError(f"no region {name!r}; there are: {', '.join(ALL)}", USAGE)
    return names


class _Shown:
    """The progress of each region on a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, name: str, done: int, total: int) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=total)
        self._progress.update(self._tasks[name], completed=done, total=total)


class _Display:
    """Progress on stderr where that is a terminal; nothing elsewhere."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description:<8}"), BarColumn(), MofNCompleteColumn())
        console = Console(stderr=True)
        self._progress = Progress(*columns, console=console, transient=True) if sys.stderr.isatty() else None
        self._context = self._progress or nullcontext()

    def __enter__(self) -> Any:
        self._context.__enter__()
        return _Shown(self._progress) if self._progress else (lambda *_: None)

    def __exit__(self, *error: Any) -> None:
        self._context.__exit__(*error)


def _write(bench: BenchDb, out: Path, form: TableFormat, board_id: str, force: bool) -> list[str]:
    files: list[str] = []
    for name in _FILES:
        path = out / f"{name}.{form.value}"
        write_table(path, form, KINDS[name].columns, KINDS[name].rows(bench, board_id), force=force)
        files.append(str(path))
    return files


def _say_broken_off(result: Result, error: IontoError) -> None:
    if getattr(error, "code", None) == MEMORY_REFUSED or not result.rings:
        return
    kept = describe.count(result.added, "new record")
    print(f"Broken off with {kept}, which are kept: run it again to go on from there.", file=sys.stderr)


def _report(bench: BenchDb, board_id: str, result: Result, files: list[str], as_json: bool) -> None:
    if as_json:
        rings = {ring.name: {**vars(ring), "name": None} for ring in result.rings}
        for ring in rings.values():
            del ring["name"]
        values = {
            "database": str(bench.path),
            "board_id": board_id,
            "download": result.id,
            "finished": result.is_finished,
            "new_memory": result.new_memory or None,
            "added": result.added,
            "rings": rings,
            "regions": result.slots,
            "files": files,
        }
        print(json.dumps(values, indent=2, ensure_ascii=False))
        return
    if result.new_memory:
        print(f"Board {board_id} has another memory than before ({result.new_memory}); its log is kept apart.")
    for ring in result.rings:
        print(_ring_text(ring))
    for name, verdict in result.slots.items():
        if verdict:
            what = "never written" if verdict < 0 else describe.fault_name(verdict)
            print(f"{name}: {what}")
    ended = "" if result.is_finished else " Ended before the end: run it again to go on from there."
    print(f"{describe.count(result.added, 'new record')} of board {board_id} in {bench.path}.{ended}")
    for file in files:
        print(file)


def _ring_text(ring: RingResult) -> str:
    if ring.newest < 0:
        return f"{ring.name}: none yet"
    text = f"{ring.name}: {ring.added:,} new, up to number {ring.newest:,}"
    if ring.overwritten:
        text += f"; {ring.overwritten:,} older ones were overwritten before they were read"
    if ring.missing:
        text += f"; {ring.missing:,} are not there: damaged, or lost when they were written"
    return text
