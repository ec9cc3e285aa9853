"""`ionto record`: a session to disk."""

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from host_tools import describe
from host_tools.cli_context import INTERRUPTED, Connection, JsonOption, PortOption, Tools, connect, tools_of
from host_tools.cli_db import DbOption
from host_tools.cli_record_db import record_into_db
from host_tools.errors import IontoError
from host_tools.extras import need
from host_tools.feed import Feed
from host_tools.interrupts import Interrupts
from host_tools.record import Ended, Limits, record
from host_tools.recording import Recorder, RecordingError, info_of
from host_tools.records import Telemetry
from ionto.messages import MAX_TELEMETRY_HZ

_PROGRESS_S = 0.25


class Format(StrEnum):
    """Files to write."""

    CSV = "csv"
    PARQUET = "parquet"
    BOTH = "both"

    @property
    def names(self) -> tuple[str, ...]:
        """The formats as a Recorder names them."""
        return ("csv", "parquet") if self is Format.BOTH else (self.value,)


class Into(StrEnum):
    """Where a recording goes."""

    FILES = "files"
    DB = "db"


def record_command(
    context: typer.Context,
    port: PortOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Folder to write; ionto-DATE-TIME if not given.")
    ] = None,
    rate: Annotated[
        int, typer.Option("--rate", "-r", metavar="HZ", min=1, max=MAX_TELEMETRY_HZ, help="Samples a second.")
    ] = 20,
    file_format: Annotated[Format, typer.Option("--format", "-f", help="Files to write.")] = Format.CSV,
    duration: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=0, help="Record for so long at most.")
    ] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Go on when a session is over, until Ctrl-C.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the recording in DIR.")] = False,
    into: Annotated[Into, typer.Option("--into", help="Files in a folder, or the bench database.")] = Into.FILES,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record telemetry and events until the session is over or Ctrl-C.

    Rows are on disk as soon as they arrive: whatever ends the recording, none of them is lost. Into the database they
    are written once a second, and a device that is unplugged is waited for.

    Example: ionto record --out tuesday --rate 50
    """
    tools = tools_of(context)
    if "parquet" in file_format.names and into is not Into.DB:
        need("pyarrow")
    if into is Into.DB:
        record_into_db(tools, port, db, rate, Limits(keep_going, duration), as_json=as_json)
        return
    with Interrupts() as interrupts, connect(tools, port) as connection:
        recorder = _open_recorder(tools, connection, out, file_format, rate, force)
        job = _Job(tools, connection, recorder, interrupts, as_json)
        job.run(rate, Limits(keep_going, duration))


def _open_recorder(
    tools: Tools, connection: Connection, out: Path | None, file_format: Format, rate_hz: int, force: bool
) -> Recorder:
    """Opens every file, before anything is asked of the device. Raises RecordingError."""
    now = tools.now()
    mode = describe.mode_name(connection.client.status().mode)
    info = info_of(connection.identity, started_utc=now.isoformat(timespec="seconds"), rate_hz=rate_hz, mode=mode)
    directory = out or _free_name(Path(f"ionto-{now.astimezone():%Y%m%d-%H%M%S}"))
    return Recorder(directory, file_format.names, info, force=force)


def _free_name(path: Path) -> Path:
    candidates = (path, *(path.with_name(f"{path.name}-{number}") for number in range(2, 1000)))
    return next((candidate for candidate in candidates if not candidate.exists()), path)


class _Job:
    """One recording under way, and what is said of it at the end."""

    def __init__(
        self, tools: Tools, connection: Connection, recorder: Recorder, interrupts: Interrupts, as_json: bool
    ) -> None:
        self._tools = tools
        self._client = connection.client
        self._recorder = recorder
        self._interrupts = interrupts
        self._as_json = as_json
        self._progress = _Progress(tools.clock, recorder.directory)

    def run(self, rate_hz: int, limits: Limits) -> None:
        """Records; closes the files whatever happens. Raises IontoError, and typer.Exit for Ctrl-C without data."""
        ended = Ended.INTERRUPTED.value
        failure: IontoError | None = None
        try:
            feed = Feed(self._client, rate_hz, self._tools.clock)
            shown = self._progress.show
            ended = record(feed, self._recorder, limits, self._interrupts, self._tools.clock, shown).value
        except KeyboardInterrupt:
            pass  # as when the flag was seen
        except IontoError as error:
            failure, ended = error, str(error)
        except BaseException:
            with suppress(RecordingError):
                self._recorder.close()
            raise
        finally:
            self._progress.clear()
        self._finish(ended, failure)

    def _finish(self, ended: str, failure: IontoError | None) -> None:
        recorder = self._recorder
        if not recorder.rows and not recorder.events:
            with suppress(RecordingError):
                recorder.discard()
            if failure:
                raise failure
            print("ionto: ended before anything was recorded", file=sys.stderr)
            raise typer.Exit(INTERRUPTED)
        losses = {
            "lost_telemetry": self._client.lost_telemetry,
            "lost_events": self._client.lost_events,
            "bad_frames": self._client.bad_frames,
        }
        try:
            recorder.close({"ended": ended, **losses})
        except RecordingError as error:
            failure = failure or error
        self._report(ended, losses, early=failure is not None)
        if failure:
            raise failure

    def _report(self, ended: str, losses: Mapping[str, int], *, early: bool) -> None:
        recorder = self._recorder
        if self._as_json:
            values = {
                "directory": str(recorder.directory),
                "files": recorder.files,
                "rows": recorder.rows,
                "events": recorder.events,
                "duration_s": recorder.duration_s,
                "ended": ended,
                "calibration": recorder.info.calibration,
                **losses,
            }
            print(json.dumps(values, indent=2, ensure_ascii=False))
            return
        rows = describe.count(recorder.rows, "row")
        events = describe.count(recorder.events, "event")
        print(f"{rows} ({recorder.duration_s:.1f} s) and {events} in {recorder.directory}: {', '.join(recorder.files)}")
        note = describe.calibration_note(recorder.info.calibration or "")
        how = "Ended early" if early else f"Ended: {ended}"  # the error itself goes to stderr
        print(f"{how}. {_losses_text(losses)}" + (f" {note[:1].upper()}{note[1:]}." if note else ""))


def _losses_text(losses: Mapping[str, int]) -> str:
    words = {"lost_telemetry": "sample", "lost_events": "event", "bad_frames": "damaged frame"}
    lost = [describe.count(losses[name], noun) for name, noun in words.items() if losses[name]]
    return f"Lost on the way: {', '.join(lost)}." if lost else "Nothing was lost on the way."


class _Progress:
    """One line on a terminal's stderr that is written over; nothing where stderr is no terminal."""

    def __init__(self, clock: Callable[[], float], directory: Path) -> None:
        self._clock = clock
        self._directory = directory
        self._shown_s: float | None = None
        self._enabled = sys.stderr.isatty()

    def show(self, recorder: Recorder, last: Telemetry | None) -> None:
        """Shows how far the recording is, a few times a second at most."""
        now_s = self._clock()
        if not self._enabled or (self._shown_s is not None and now_s - self._shown_s < _PROGRESS_S):
            return
        self._shown_s = now_s
        text = f"{describe.count(recorder.rows, 'row')} in {self._directory}; Ctrl-C ends"
        if last:
            fault = f", {describe.fault_name(last.fault)}" if last.fault else ""
            text = f"{describe.state_name(last.state)}{fault}, {describe.milliamps(last.current_ua)}, {text}"
        width = shutil.get_terminal_size().columns - 1
        print("\r\x1b[K" + text[:width], end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Takes the line away."""
        if self._shown_s is not None:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
