"""`ionto record --into db`: into the bench database, over a pulled cable, a crash and a lost frame."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from host_tools.bench_db import BenchDb
from host_tools.cli_context import Tools
from host_tools.errors import PortError
from ionto.messages import STATES
from tests.cli_fakes import SHORT, Script, SessionTransport, error_line, run, tools

LONG: Script = ((0, "IDLE"), (1, "RAMP_UP"), (3, "HOLD"), (20, "RAMP_DOWN"), (21, "DONE"))


class Cable:
    """Tools whose cable is out in these spans of seconds; sleeping moves the bench."""

    def __init__(self, script: Script, *spans: tuple[float, float]) -> None:
        self.transport = SessionTransport(script)
        self.spans = spans

    def is_out(self) -> bool:
        return any(begin <= self.transport.clock() < end for begin, end in self.spans)

    def open(self, _: str) -> SessionTransport:
        if self.is_out():
            raise PortError("no such port")
        return self.transport

    def read(self, timeout_s: float) -> bytes:
        if self.is_out():
            self.transport.bench.uart.to_host.clear()
            raise PortError("the port was lost")
        return SessionTransport.read(self.transport, timeout_s)

    def sleep(self, seconds: float) -> None:
        self.transport.bench.step(round(seconds * 200))
        self.transport.bench.uart.to_host.clear()

    def tools(self) -> Tools:
        self.transport.read = self.read
        return replace(tools(self.transport), open_transport=self.open, sleep=self.sleep)


def arguments(path: Path, *more: str) -> list[str]:
    return ["record", "--into", "db", "--db", str(path), "--rate", "100", "--json", *more]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bench.sqlite3"


@pytest.mark.requirement("REQ-HST-1")
def test_whole_session_is_in_the_database(path: Path) -> None:
    result = run(arguments(path), tools(SessionTransport(SHORT)))
    assert result.exit_code == 0, result.output
    values = json.loads(result.stdout)
    assert (values["ended"], values["lost_telemetry"], values["parts"]) == ("session over", 0, 1)
    with BenchDb(path) as db:
        rows = db.rows("SELECT row, time_ms, state FROM samples ORDER BY row")
        assert len(rows) == values["rows"] > 800
        times = [row["time_ms"] for row in rows]
        assert {after - before for before, after in pairwise(times)} == {10}
        assert rows[-1]["state"] == STATES.index("DONE")
        assert db.value("SELECT count(*) FROM recording_events") == values["events"] > 0
        assert db.value("SELECT ended FROM recordings") == "session over"
    out = path.with_suffix(".csv")
    run(["db", "export", "samples", str(out), "--db", str(path)], Tools())
    lines = out.read_text().splitlines()
    assert len(lines) == values["rows"] + 1
    assert ",HOLD," in lines[500]


@pytest.mark.requirement("REQ-HST-1")
def test_pulled_cable_is_waited_for_and_said(path: Path) -> None:
    cable = Cable(LONG, (5.0, 8.0), (10.0, 11.0))
    result = run(arguments(path), cable.tools())
    assert result.exit_code == 0, result.output
    values = json.loads(result.stdout)
    assert (values["parts"], values["ended"]) == (3, "session over")
    with BenchDb(path) as db:
        away = [row["count"] for row in db.rows("SELECT count FROM gaps WHERE kind = 'away'")]
        assert len(away) == 2
        assert 3000 <= away[0] < 4000 <= away[0] + away[1] < 6000
        assert db.value("SELECT count(*) FROM samples WHERE part = 2 AND state = ?", STATES.index("DONE")) > 90
        assert db.value("SELECT max(row) + 1 = count(*) FROM samples")


@pytest.mark.requirement("REQ-HST-1")
def test_crash_of_the_program_loses_the_last_second_at_most(path: Path) -> None:
    class CrashError(Exception):
        pass

    transport = SessionTransport(LONG)
    transport.failure, transport.at_s = CrashError(), 9.0
    assert isinstance(run(arguments(path), tools(transport)).exception, CrashError)
    with BenchDb(path) as db:
        assert db.value("SELECT max(time_ms) FROM samples") > 7900
        assert db.value("SELECT ended FROM recordings") is None


@pytest.mark.requirement("REQ-HST-1")
def test_lost_frames_are_counted_and_placed(path: Path) -> None:
    transport = SessionTransport(SHORT)

    def read(timeout_s: float) -> bytes:
        data = SessionTransport.read(transport, timeout_s)
        return b"" if 4.0 <= transport.clock() < 4.1 else data

    transport.read = read
    values = json.loads(run(arguments(path), tools(transport)).stdout)
    assert 9 <= values["lost_telemetry"] <= 11
    with BenchDb(path) as db:
        (gap,) = db.rows("SELECT sample_row, count FROM gaps WHERE kind = 'telemetry'")
        assert gap["count"] == values["lost_telemetry"]
        assert abs(gap["sample_row"] - 400) < 30
        assert db.value("SELECT count(*) FROM samples") == values["rows"]


def test_full_disk_ends_the_recording_and_keeps_what_was_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = BenchDb.transaction

    def small(db: BenchDb) -> object:
        db.execute("PRAGMA max_page_count = 40")
        return begin(db)

    with BenchDb(path):
        monkeypatch.setattr(BenchDb, "transaction", small)
    result = run(arguments(path), tools(SessionTransport(LONG)))
    assert result.exit_code == 5
    assert "the disk is full" in error_line(result)
    monkeypatch.undo()
    with BenchDb(path) as db:
        assert db.value("SELECT count(*) FROM samples") > 100
        assert db.value("PRAGMA integrity_check") == "ok"


def test_no_device_at_the_beginning_is_an_error_as_ever(path: Path) -> None:
    result = run(arguments(path), Cable(SHORT, (0, 99)).tools())
    assert result.exit_code == 3
    assert "no such port" in error_line(result)
