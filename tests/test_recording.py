"""Recorder and load_recording: what goes in comes out, in both formats, whatever happens in between."""

import errno
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from host_tools.recording import Recorder, Recording, RecordingError, RecordingInfo, load_recording
from host_tools.recording_tables import CsvTable, ParquetTable
from host_tools.records import Event, Record, Telemetry
from ionto import messages
from tests.cli_fakes import SHORT, sample, session

BOTH = ("csv", "parquet")
INFO = RecordingInfo("2025-03-04T05:06:07+00:00", "0.1.0", "494f4e54", "1234abcd", "built-in", 10, "FACE")


def write(directory: Path, records: Sequence[Record], formats: tuple[str, ...] = BOTH, close: bool = True) -> Recorder:
    recorder = Recorder(directory, formats, INFO)
    for record in records:
        if isinstance(record, Telemetry):
            recorder.telemetry(record)
        else:
            recorder.event(record)
    if close:
        recorder.close()
    return recorder


def assert_same(one: Recording, other: Recording) -> None:
    assert one.texts == other.texts
    assert one.numbers.keys() == other.numbers.keys()
    for name in one.numbers:
        np.testing.assert_array_equal(one.numbers[name], other.numbers[name], err_msg=name)
    assert one.events == other.events


def test_recording_in_both_formats_reads_back_equal(tmp_path: Path) -> None:
    write(tmp_path, session(SHORT))
    from_csv = load_recording(tmp_path / "telemetry.csv")
    from_parquet = load_recording(tmp_path / "telemetry.parquet")
    assert from_csv.rows == 100
    assert from_csv.info == from_parquet.info == INFO
    assert_same(from_csv, from_parquet)
    assert_same(load_recording(tmp_path), from_parquet)


def test_columns_carry_units_and_none_becomes_nan(tmp_path: Path) -> None:
    write(tmp_path, [sample(SHORT, 0.5), sample(SHORT, 5.0)])
    recording = load_recording(tmp_path)
    assert list(recording.texts["state"]) == ["IDLE", "HOLD"]
    assert recording.numbers["time_s"].tolist() == [0.5, 5.0]
    assert np.isnan(recording.numbers["resistance_ohm"][0])
    assert np.isnan(recording.numbers["setpoint_ua"][0])
    assert recording.numbers["level_ua"].tolist() == [500, 500]


def test_parquet_metadata_says_where_the_rows_come_from(tmp_path: Path) -> None:
    write(tmp_path, session(SHORT))
    schema = parquet.read_schema(tmp_path / "telemetry.parquet")
    assert schema.metadata is not None
    assert schema.metadata[b"ionto.firmware_version"] == b"0.1.0"
    assert schema.metadata[b"ionto.board_id"] == b"494f4e54"
    assert schema.metadata[b"ionto.message_table_hash"] == b"1234abcd"
    assert schema.metadata[b"ionto.calibration"] == b"built-in"
    assert schema.field("resistance_ohm").metadata == {b"meaning": b"resistance between the electrodes"}


def test_events_are_recorded_with_words(tmp_path: Path) -> None:
    event = Event(7, 1500, messages.EVENT_FAULT, 5, 812)
    write(tmp_path, [sample(SHORT, 1.0), event])
    (read,) = load_recording(tmp_path).events
    assert (read.number, read.time_s, read.kind, read.a, read.b) == (7, 1.5, "FAULT", 5, 812)
    assert read.text == "SENSE MISMATCH: sense A minus B 812 uA"


@pytest.mark.requirement("REQ-HST-1")
def test_rows_are_on_disk_before_anything_is_closed(tmp_path: Path) -> None:
    recorder = write(tmp_path, session(SHORT), ("parquet",), close=False)
    recording = load_recording(tmp_path)  # as after a kill: no Parquet yet, but the rows
    assert recording.rows == recorder.rows == 100
    assert len(recording.events) == recorder.events > 0
    assert recording.info == INFO
    recorder.close()
    assert recorder.files == ["telemetry.parquet", "events.csv"]
    assert_same(load_recording(tmp_path), recording)


@pytest.mark.requirement("REQ-HST-1")
def test_row_cut_off_by_a_power_loss_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, session(SHORT), ("csv",))
    file = tmp_path / "telemetry.csv"
    whole = file.read_bytes()
    end = whole.rstrip(b"\n").rfind(b"\n") + 1
    for size in range(end, len(whole)):
        file.write_bytes(whole[:size])
        assert load_recording(tmp_path).rows == 99


def test_more_rows_than_a_row_group_are_all_there(tmp_path: Path) -> None:
    rows = [replace(sample(SHORT, 5.0), time_ms=index * 10) for index in range(6003)]
    write(tmp_path, rows, ("parquet",))
    assert parquet.ParquetFile(tmp_path / "telemetry.parquet").num_row_groups == 2
    assert load_recording(tmp_path).numbers["time_s"][-1] == 60.02


def test_existing_recording_is_kept_unless_forced(tmp_path: Path) -> None:
    write(tmp_path, session(SHORT))
    before = (tmp_path / "telemetry.csv").read_bytes()
    with pytest.raises(RecordingError, match="already holds a recording"):
        Recorder(tmp_path)
    assert (tmp_path / "telemetry.csv").read_bytes() == before
    Recorder(tmp_path, force=True).close()
    assert load_recording(tmp_path).rows == 0
    assert not (tmp_path / "telemetry.parquet").exists()


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write(tmp_path, session(SHORT)).discard()
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_discard_takes_away_a_folder_that_the_recorder_made(tmp_path: Path) -> None:
    Recorder(tmp_path / "new").discard()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["file/inside", "/proc/ionto-recording"])
def test_folder_that_cannot_be_written_is_an_error_at_once(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordingError, match="cannot write to"):
        Recorder(tmp_path / place)


@pytest.mark.parametrize("formats", [(), ("xml",), ("csv", "xml")])
def test_unknown_format_is_a_value_error(tmp_path: Path, formats: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="formats are csv, parquet"):
        Recorder(tmp_path, formats)


@pytest.mark.requirement("REQ-HST-1")
@pytest.mark.parametrize("table", [CsvTable, ParquetTable])
def test_full_disk_is_said_with_the_rows_that_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: type[CsvTable] | type[ParquetTable]
) -> None:
    recorder = write(tmp_path, session(SHORT), BOTH, close=False)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(table, "append", full)
        with pytest.raises(RecordingError, match="No space left on device; 100 rows kept"):
            recorder.telemetry(sample(SHORT, 9.0))
    recorder.close()
    assert load_recording(tmp_path / "telemetry.csv").rows >= 100


@pytest.mark.requirement("REQ-HST-1")
def test_parquet_that_cannot_be_closed_leaves_the_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = write(tmp_path, session(SHORT), ("parquet",), close=False)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(ParquetTable, "_write_group", full)
    with pytest.raises(RecordingError, match="100 rows kept"):
        recorder.close()
    assert load_recording(tmp_path).rows == 100


def test_closing_twice_does_nothing_more(tmp_path: Path) -> None:
    recorder = write(tmp_path, session(SHORT))
    recorder.close({"ended": "again"})
    assert "ended" not in json.loads((tmp_path / "recording.json").read_text())


@pytest.mark.requirement("REQ-HST-1")
def test_restart_of_the_device_goes_on_in_time(tmp_path: Path) -> None:
    times_ms = (5000, 6000, 100, 1100)
    rows = [replace(sample(SHORT, 5.0), time_ms=time_ms) for time_ms in times_ms]
    write(tmp_path, rows)
    assert load_recording(tmp_path).numbers["time_s"].tolist() == [5.0, 6.0, 6.1, 7.1]


def test_event_that_is_a_little_late_is_no_restart(tmp_path: Path) -> None:
    write(tmp_path, [sample(SHORT, 5.0), Event(0, 4900, messages.EVENT_LEVEL, 400, 500), sample(SHORT, 5.1)])
    recording = load_recording(tmp_path)
    assert recording.events[0].time_s == 4.9
    assert recording.numbers["time_s"].tolist() == [5.0, 5.1]


def test_newer_layout_is_refused(tmp_path: Path) -> None:
    write(tmp_path, session(SHORT), ("csv",))
    values = json.loads((tmp_path / "recording.json").read_text())
    (tmp_path / "recording.json").write_text(json.dumps({**values, "layout": 2}))
    with pytest.raises(RecordingError, match="layout 2"):
        load_recording(tmp_path)


def _telemetry() -> st.SearchStrategy[Telemetry]:
    u8, u16, u32 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32))
    maybe16, maybe32 = st.none() | u16, st.none() | u32
    return st.builds(
        Telemetry, u32, u8, u8, u8, maybe16, maybe16, u16, u16, u16, maybe32, u16, u32
    )  # fmt: skip


@given(st.lists(_telemetry() | st.builds(Event, *(st.integers(0, 255),) * 5), max_size=20))
def test_anything_the_link_can_carry_reads_back_equal(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record]
) -> None:
    directory = tmp_path_factory.mktemp("any")
    write(directory, records)
    from_csv, from_parquet = (load_recording(directory / f"telemetry.{kind}") for kind in BOTH)
    assert_same(from_csv, from_parquet)
    assert from_csv.rows == sum(isinstance(record, Telemetry) for record in records)
    assert (np.diff(from_csv.numbers["time_s"]) > -1.001).all()
