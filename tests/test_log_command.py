"""`ionto log`: what it reads, that it reads it once, and what it says of what is not there."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from typer.testing import Result

from host_tools.bench_db import BenchDb
from host_tools.bench_log import logs_of
from host_tools.cli_context import Tools
from host_tools.client import Client
from host_tools.errors import PortError
from host_tools.memory_image import read_image
from host_tools.transport import Port
from ionto import faults
from ionto.states import STATES
from tests.cli_fakes import error_line, run
from tests.support.logged import BEGAN, TRACE_RECORDS, LoggedBench, LoggedTransport

SMALL = ("--only", "sessions,events,trace,counters")


def read(path: Path, transport: LoggedTransport, *more: str) -> Result:
    ports = lambda: [Port("/dev/fake", "a bridge")]  # noqa: E731
    reached = Tools(lambda _: transport, ports, transport.clock, transport.now)
    return run(["log", "--db", str(path), *more], reached)


def summary(path: Path, transport: LoggedTransport, *more: str) -> dict[str, Any]:
    result = read(path, transport, "--json", *more)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bench.sqlite3"


@pytest.mark.requirement("REQ-HST-4")
def test_everything_is_read_once_and_more_is_added(path: Path) -> None:
    bench = LoggedBench(sessions=3, events=20)
    first = summary(path, LoggedTransport(bench))
    assert first["added"] == 3 + 20 + 3 * TRACE_RECORDS
    assert first["rings"]["events"] == {"oldest": 0, "newest": 19, "added": 20, "missing": 0, "overwritten": 0}
    again = LoggedTransport(bench)
    assert summary(path, again)["added"] == 0
    bench.add(sessions=1, events=2)
    assert summary(path, LoggedTransport(bench))["added"] == 1 + 2 + TRACE_RECORDS
    with BenchDb(path) as db:
        (log,) = logs_of(db)
        assert [session.record.number for session in log.sessions] == [1, 2, 3, 4]
        assert [sample.current_ua for sample in log.trace_of(log.sessions[1])] == [5, 6, 6, 7, 7, 8, 8, 9, 9, 10]
        assert [row.sessions for row in log.counters] == [3, 4]


@pytest.mark.requirement("REQ-HST-4")
@pytest.mark.parametrize("frames", [1, 4, 9, 14, 17, 22])
def test_cable_pulled_at_any_frame_keeps_what_came_and_goes_on_from_there(path: Path, frames: int) -> None:
    transport = LoggedTransport(LoggedBench(sessions=3, events=40))
    transport.failure, transport.fail_after = PortError("the port was lost"), frames
    result = read(path, transport, *SMALL)
    assert result.exit_code == 3, result.output
    with BenchDb(path) as db:
        kept = db.value("SELECT count(*) FROM log_records")
    assert summary(path, LoggedTransport(transport.bench), *SMALL)["added"] == 3 + 40 + 3 * TRACE_RECORDS - kept
    with BenchDb(path) as db:
        assert db.value("SELECT count(*) FROM log_records") == 3 + 40 + 3 * TRACE_RECORDS
        assert db.value("SELECT count(*) FROM downloads WHERE finished_utc IS NOT NULL") == 1


@pytest.mark.requirement("REQ-HST-4")
def test_wrapped_ring_and_damaged_record_are_said_plainly(path: Path) -> None:
    bench = LoggedBench(sessions=0, events=300)
    bench.fram.bytes[0x2000 + (290 % 256) * 32 + 9] ^= 1
    result = read(path, LoggedTransport(bench), "--only", "events")
    assert "events: 255 new, up to number 299" in result.stdout
    assert "44 older ones were overwritten before they were read; 1 are not there" in result.stdout
    bench.add(events=300)
    assert "44 older ones were overwritten" in read(path, LoggedTransport(bench), "--only", "events").stdout
    with BenchDb(path) as db:
        (log,) = logs_of(db)
        positions = [event.position for event in log.events]
        assert positions == [*range(44, 290), *range(291, 300), *range(344, 600)]


@pytest.mark.requirement("REQ-HST-4")
def test_memory_that_was_replaced_is_kept_apart(path: Path) -> None:
    summary(path, LoggedTransport(LoggedBench(sessions=3, events=20, power_on=7)))
    result = read(path, LoggedTransport(LoggedBench(sessions=1, events=30, power_on=7)))
    assert "has another memory than before" in result.stdout
    assert "31 new" not in result.stdout
    result = read(path, LoggedTransport(LoggedBench(sessions=1, events=5, power_on=2)))
    assert "power-ons began anew" in result.stdout
    with BenchDb(path) as db:
        logs = logs_of(db)
        assert [(len(log.sessions), len(log.events)) for log in logs] == [(3, 20), (1, 30), (1, 5)]


@pytest.mark.requirement("REQ-HST-4")
def test_device_time_becomes_wall_time_with_its_uncertainty(path: Path) -> None:
    bench = LoggedBench(sessions=1, events=2, power_on=1)
    bench.step(20)  # 100 ms
    summary(path, LoggedTransport(bench))
    bench.add(events=1, power_on=2)
    bench.add(events=1, power_on=3)
    transport = LoggedTransport(bench)
    bench.step(20_000)  # 100 s later
    bench.restart()
    summary(path, transport)
    with BenchDb(path) as db:
        (log,) = logs_of(db)
        own = log.times.wall(1, 1000)
        assert own is not None
        assert own.uncertainty_ms <= 6
        assert abs(own.unix_ms / 1000 - BEGAN.timestamp() - 1) <= own.uncertainty_ms / 1000  # it began at its power-on
        between = log.times.wall(2, 2000)
        assert between is not None
        assert 45_000 < between.uncertainty_ms < 50_000  # 100 s between two connections
        assert log.times.wall(4, 0) is None


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_files_of_the_whole_log(path: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / "files"
    values = summary(path, LoggedTransport(LoggedBench()), "--out", str(out), "--format", form)
    assert values["files"] == [str(out / f"{name}.{form}") for name in ("sessions", "events", "trace", "counters")]
    readers = {
        "csv": lambda file: list(csv.DictReader(file.read_text().splitlines())),
        "json": lambda file: json.loads(file.read_text()),
        "parquet": lambda file: parquet.read_table(file).to_pylist(),
    }
    rows = readers[form](out / f"sessions.{form}")
    assert [str(row["session"]) for row in rows] == ["1", "2", "3"]
    assert rows[0]["end"] == "time over"
    assert rows[0]["utc"].startswith("2025-03-04T05:07:08")
    assert len(readers[form](out / f"trace.{form}")) == 3 * 2 * TRACE_RECORDS
    result = read(path, LoggedTransport(LoggedBench()), "--out", str(out), "--format", form)
    assert result.exit_code == 5
    assert "exists already; --force replaces it" in error_line(result)


def test_session_under_way_refuses_and_changes_nothing(path: Path) -> None:
    bench = LoggedBench()
    bench.show(state=STATES.index("HOLD"))
    result = read(path, LoggedTransport(bench))
    assert result.exit_code == 1
    assert "HOLD" in error_line(result)
    with BenchDb(path) as db:
        assert db.value("SELECT count(*) FROM log_records") == 0
        assert db.value("SELECT power_on IS NULL FROM connections") == 1


def test_list_show_and_export(path: Path, tmp_path: Path) -> None:
    transport = LoggedTransport(LoggedBench())
    summary(path, transport)
    listed = run(["db", "list", "--db", str(path), "--json"], Tools())
    assert json.loads(listed.stdout) | {"sessions": 3, "events": 20, "devices": 1} == json.loads(listed.stdout)
    assert "time over" in run(["db", "list", "sessions", "--db", str(path)], Tools()).stdout
    shown = run(["db", "show", "sessions", "2", "--db", str(path)], Tools())
    assert "min_resistance_ohm  3002" in shown.stdout
    out = tmp_path / "events.csv"
    assert "20 rows" in run(["db", "export", "events", str(out), "--db", str(path)], Tools()).stdout
    assert error_line(run(["db", "show", "sessions", "9", "--db", str(path)], Tools())).endswith("among the sessions")


@pytest.mark.requirement("REQ-MEM-8")
def test_raw_keeps_the_whole_memory_of_a_device_that_does_not_use_it(path: Path, tmp_path: Path) -> None:
    bench = LoggedBench()
    bench.device.store.refusal = (faults.MEMORY_BOARD, 0)
    assert "the memory cannot be used" in read(path, LoggedTransport(bench)).stderr
    file = tmp_path / "kept" / "memory.bin"
    result = raw(bench, str(file))
    assert result.exit_code == 0, result.output
    assert file.read_bytes() == bytes(bench.fram.bytes)
    assert "32,768 bytes, the memory of board" in result.stdout
    assert "exists already" in raw(bench, str(file)).stderr
    bench.fram.bytes[9] ^= 1
    assert raw(bench, str(file), "--force").exit_code == 0
    assert file.read_bytes() == bytes(bench.fram.bytes)
    for more in (["--only", "events"], ["--out", "x"], ["--json"], ["--db", str(path)]):
        assert "--raw keeps the whole memory" in raw(bench, str(file), *more).stderr


@pytest.mark.requirement("REQ-MEM-8")
def test_raw_that_is_broken_off_leaves_no_file(tmp_path: Path) -> None:
    transport = LoggedTransport(LoggedBench())
    transport.failure, transport.fail_after = PortError("the port was lost"), 30
    result = raw(transport.bench, str(tmp_path / "memory.bin"), transport=transport)
    assert result.exit_code == 3
    assert list(tmp_path.iterdir()) == []
    client = Client(LoggedTransport(LoggedBench()), lambda: 0.0)
    assert read_image(client, stopped=lambda: True) is None


def raw(bench: LoggedBench, file: str, *more: str, transport: LoggedTransport | None = None) -> Result:
    transport = transport or LoggedTransport(bench)
    reached = Tools(lambda _: transport, lambda: [Port("/dev/fake", "a bridge")], transport.clock, transport.now)
    return run(["log", "--raw", file, *more], reached)
