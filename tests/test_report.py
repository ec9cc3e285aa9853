"""`ionto report`: what is drawn, that the page needs no network, and that both files are whole."""

import re
from pathlib import Path

import numpy as np
import pytest

from host_tools.bench_db import BenchDb
from host_tools.cli_context import Tools
from host_tools.report_data import MOST_POINTS, device_report, recording_view, thinned, when_text
from ionto import faults, messages
from tests.cli_fakes import SHORT, SessionTransport, error_line, run, tools
from tests.support.logged import LoggedBench, LoggedTransport, session_payload
from tests.test_log_command import summary


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a device's log and a recording."""
    path = tmp_path_factory.mktemp("report") / "bench.sqlite3"
    bench = LoggedBench(sessions=3, events=400)
    fault = {"end": messages.END_FAULT, "fault": faults.SENSE_MISMATCH, "fault_value": 900, "fault_limit": 230}
    bench._put("sessions", 2, session_payload(3, **fault))
    bench.reopen()
    summary(path, LoggedTransport(bench))
    run(["record", "--into", "db", "--db", str(path), "--rate", "50"], tools(SessionTransport(SHORT)))
    return path


def test_device_report_has_every_session_and_the_curves_of_the_newest(path: Path) -> None:
    with BenchDb(path) as db:
        report = device_report(db, None, details=2)
    assert [row["session"] for row in report.sessions] == [1, 2, 3]
    assert report.faults == [("SENSE MISMATCH", 1)]
    assert dict(report.facts)["Charge"] == "0.45 mA·min"
    first, second = report.details
    assert (first.title, second.title) == ("Session 2", "Session 3")
    assert list(first.current_ua) == [5, 6, 6, 7, 7, 8, 8, 9, 9, 10]
    assert list(first.time_s) == list(range(1, 11))
    assert np.isnan(first.resistance_ohm).all()  # too little current to tell
    assert [time_s for time_s, _ in second.marks] == list(range(13))  # a change of the level each second
    assert ("Fault", "SENSE MISMATCH: value 900, limit 230") in second.facts


def test_files_are_whole_and_the_page_needs_no_network(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "device"
    result = run(["report", "--db", str(path), "--out", str(out), "--details", "1"], Tools())
    assert result.exit_code == 0, result.output
    page = out.with_suffix(".html").read_text()
    assert page.count("<h2>Session ") == 1
    assert page.count("Plotly.newPlot(") == 2
    assert not re.search(r"<(script|link|img)[^>]*(src|href)=", page)
    assert "SENSE MISMATCH" in page
    pdf = out.with_suffix(".pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") == 3
    again = run(["report", "--db", str(path), "--out", str(out)], Tools())
    assert again.exit_code == 5
    assert "exists already" in error_line(again)


def test_recording_is_reported_with_its_states_and_events(path: Path, tmp_path: Path) -> None:
    with BenchDb(path) as db:
        view = recording_view(db, 1)
    assert view.current_ua.max() > 100
    assert view.time_s[0] == 0
    assert any("time over" in text for _, text in view.marks)
    out = tmp_path / "recording"
    arguments = ["report", "--db", str(path), "--recording", "1", "--out", str(out), "--format", "pdf"]
    assert run(arguments, Tools()).exit_code == 0
    assert [one.name for one in tmp_path.iterdir()] == ["recording.pdf"]


@pytest.mark.parametrize(
    ("uncertainty_s", "text"),
    [
        (0.006, "2025-03-04 05:06:07"),
        (2.0, "2025-03-04 05:06:07 ± 2 s"),
        (400.0, "2025-03-04 05:06 ± 7 min"),
        (90_000.0, "2025-03-04 05:06 ± 2 d"),
    ],
)
def test_time_is_told_as_exactly_as_it_is_known(uncertainty_s: float, text: str) -> None:
    assert when_text({"utc": "2025-03-04T05:06:07.123+00:00", "uncertainty_s": uncertainty_s}) == text
    assert when_text({"utc": None, "uncertainty_s": None}) == "not known"


def test_thinning_keeps_a_single_dip_and_a_single_peak() -> None:
    values = np.full(1_000_000, 500.0)
    values[123_456], values[654_321] = 0.0, 900.0
    kept = thinned(values)
    assert len(kept) <= MOST_POINTS
    assert {123_456, 654_321} <= set(kept)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--session", "9"], "has no session 9 of board"),
        (["--recording", "9"], "has no recording 9"),
        (["--board", "beef"], "has no session of board beef"),
    ],
)
def test_what_is_not_there_is_said(path: Path, tmp_path: Path, more: list[str], words: str) -> None:
    result = run(["report", "--db", str(path), "--out", str(tmp_path / "r"), *more], Tools())
    assert result.exit_code == 5
    assert words in error_line(result)
    assert not list(tmp_path.iterdir())
