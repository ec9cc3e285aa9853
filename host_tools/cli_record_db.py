"""`ionto record --into db`: a recording into the bench database, which outlasts a pulled cable."""

import json
import shutil
import sys
from contextlib import suppress
from pathlib import Path

import typer

from host_tools import describe
from host_tools.bench_connect import note_connection
from host_tools.bench_db import BenchDb, BenchDbError
from host_tools.bench_recorder import BenchRecorder
from host_tools.cli_context import INTERRUPTED, CliError, Tools, connect
from host_tools.cli_db import open_db
from host_tools.errors import IontoError, NoReplyError, PortError
from host_tools.feed import Feed, SilentError
from host_tools.interrupts import Interrupts
from host_tools.record import Ended, Limits, SessionEnd, record
from host_tools.records import Telemetry

_AGAIN_S = 0.5  # between two attempts to find a device that is gone
_AWAY = (PortError, NoReplyError, SilentError)


class _Job:
    """One recording under way: connects, records, and waits for a device that went away."""

    def __init__(self, tools: Tools, bench: BenchDb, port: str | None, rate_hz: int, limits: Limits) -> None:
        self.recorder = BenchRecorder(bench, tools.clock, tools.now)
        self.board_id = ""
        self._tools = tools
        self._bench = bench
        self._port = port
        self._rate_hz = rate_hz
        self._limits = limits
        self._end = SessionEnd()
        self._began_s = tools.clock()

    def run(self, interrupts: Interrupts) -> Ended:
        """Records until it is over. Raises what the first connection raises; later ones are waited for."""
        while not interrupts.seen:
            left_s = self._left_s()
            if left_s is not None and left_s <= 0:
                return Ended.DURATION
            try:
                return self._connected(interrupts, left_s)
            except (*_AWAY, CliError) as error:
                if self.recorder.id is None:
                    raise
                self.recorder.leave()
                _show(f"waiting for the device ({error}); Ctrl-C ends")
                self._tools.sleep(_AGAIN_S)
        return Ended.INTERRUPTED

    def _connected(self, interrupts: Interrupts, left_s: float | None) -> Ended:
        tools = self._tools
        with connect(tools, self._port) as connection:
            if self.board_id not in ("", connection.identity.board_id.hex()):
                raise PortError(f"another device is on {connection.port}")
            client, identity = connection.client, connection.identity
            noted = note_connection(self._bench, client, identity, connection.port, tools.clock, tools.now)
            self.board_id = noted.board_id
            self.recorder.begin_part(client, identity, noted, self._rate_hz)
            feed = Feed(client, self._rate_hz, tools.clock)
            limits = Limits(self._limits.keep_going, left_s)
            return record(feed, self.recorder, limits, interrupts, tools.clock, self._progress, self._end)

    def _left_s(self) -> float | None:
        limit_s = self._limits.duration_s
        return None if limit_s is None else limit_s - (self._tools.clock() - self._began_s)

    def _progress(self, recorder: BenchRecorder, last: Telemetry | None) -> None:
        recorder.step()
        state = f"{describe.state_name(last.state)}, {describe.milliamps(last.current_ua)}, " if last else ""
        lost = recorder.lost["lost_telemetry"]
        _show(f"{state}{describe.count(recorder.rows, 'row')}, {lost:,} lost; Ctrl-C ends")


def record_into_db(
    tools: Tools, port: str | None, db: Path | None, rate_hz: int, limits: Limits, *, as_json: bool
) -> None:
    """Records into the database at `db`, the user's own by default. Raises IontoError, typer.Exit for no data."""
    with open_db(db, must_exist=False) as bench, Interrupts() as interrupts:
        job = _Job(tools, bench, port, rate_hz, limits)
        try:
            try:
                ended = job.run(interrupts).value
            except KeyboardInterrupt:
                ended = Ended.INTERRUPTED.value
        except IontoError as error:
            if job.recorder.id is not None:
                with suppress(BenchDbError):
                    job.recorder.finish(str(error))
            raise
        finally:
            _show("")
        if job.recorder.id is None:
            print("ionto: ended before anything was recorded", file=sys.stderr)
            raise typer.Exit(INTERRUPTED)
        job.recorder.finish(ended)
        _report(job, bench, ended, as_json)


def _report(job: _Job, bench: BenchDb, ended: str, as_json: bool) -> None:
    recorder = job.recorder
    values = {
        "database": str(bench.path),
        "recording": recorder.id,
        "board_id": job.board_id,
        "rows": recorder.rows,
        "events": recorder.events,
        "parts": recorder.parts,
        "ended": ended,
        **recorder.lost,
    }
    if as_json:
        print(json.dumps(values, indent=2))
        return
    rows, events = describe.count(recorder.rows, "row"), describe.count(recorder.events, "event")
    print(f"{rows} and {events} in recording {recorder.id} of {bench.path}")
    words = {"lost_telemetry": "sample", "lost_events": "event", "bad_frames": "damaged frame"}
    lost = [describe.count(recorder.lost[name], noun) for name, noun in words.items() if recorder.lost[name]]
    print(f"Ended: {ended}. " + (f"Lost on the way: {', '.join(lost)}." if lost else "Nothing was lost on the way."))
    if recorder.parts > 1:
        print(f"The device was away {describe.count(recorder.parts - 1, 'time')}; what it did then is not in it.")


def _show(text: str) -> None:
    """One line on a terminal's stderr that is written over; nothing where stderr is no terminal."""
    if sys.stderr.isatty():
        print("\r\x1b[K" + text[: shutil.get_terminal_size().columns - 1], end="", file=sys.stderr, flush=True)
