"""`ionto record`: how it ends, what it leaves on disk, what it says."""

import errno
import json
import os
import signal
from pathlib import Path

import pytest

from host_tools.errors import PortError
from host_tools.recording import load_recording
from host_tools.recording_tables import CsvTable
from ionto import messages
from tests.cli_fakes import SHORT, Script, SessionTransport, error_line, in_terminal, run, tools

ENDLESS: Script = ((0, "IDLE"), (2, "RAMP_UP"), (4, "HOLD"))


def test_recording_ends_by_itself_after_the_session(tmp_path: Path) -> None:
    result = run(["record", "--out", str(tmp_path / "r"), "--format", "both"], tools(SessionTransport(SHORT)))
    assert result.exit_code == 0, result.output
    recording = load_recording(tmp_path / "r")
    assert recording.texts["state"][-1] == "DONE"
    assert 9.0 <= recording.numbers["time_s"][-1] < 9.2  # a second more, for the events that come with the end
    assert [event.text for event in recording.events if event.kind == "END"]
    assert "Ended: session over. Nothing was lost on the way. Calibration is built in" in result.stdout
    assert f"in {tmp_path / 'r'}: telemetry.csv, telemetry.parquet, events.csv" in result.stdout


def test_recording_says_where_it_comes_from(tmp_path: Path) -> None:
    run(["record", "-o", str(tmp_path / "r"), "-r", "10"], tools(SessionTransport(SHORT)))
    info = load_recording(tmp_path / "r").info
    assert (info.mode, info.rate_hz, info.calibration) == ("FACE", 10, "built-in")
    assert info.started_utc == "2025-03-04T05:06:07+00:00"
    assert info.message_table_hash == f"{messages.TABLE_HASH:08x}"


@pytest.mark.requirement("REQ-HST-1")
@pytest.mark.parametrize("file_format", ["csv", "parquet", "both"])
def test_ctrl_c_keeps_every_row(tmp_path: Path, file_format: str) -> None:
    transport = SessionTransport(ENDLESS)
    transport.failure, transport.at_s = KeyboardInterrupt(), 6.0
    result = run(["record", "-o", str(tmp_path / "r"), "-f", file_format], tools(transport))
    assert result.exit_code == 0, result.output
    recording = load_recording(tmp_path / "r")
    assert recording.numbers["time_s"][-1] >= 5.9
    assert f"{recording.rows} rows" in result.stdout
    assert "Ended: interrupted." in result.stdout
    names = {"telemetry.csv"} if file_format == "csv" else {"telemetry.parquet"}
    names |= {"telemetry.csv"} if file_format == "both" else set()
    assert {path.name for path in (tmp_path / "r").iterdir()} == names | {"events.csv", "recording.json"}


@pytest.mark.requirement("REQ-HST-1")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_the_recording_between_two_rows(tmp_path: Path, number: signal.Signals) -> None:
    transport = SessionTransport(ENDLESS)

    class Signalled(SessionTransport):
        def read(self, timeout_s: float) -> bytes:
            if self.clock() >= 3.0:
                signal.raise_signal(number)
            return super().read(timeout_s)

    transport = Signalled(ENDLESS)
    before = signal.getsignal(number)
    result = run(["record", "-o", str(tmp_path / "r"), "-f", "both"], tools(transport))
    assert result.exit_code == 0, result.output
    rows = [load_recording(tmp_path / "r" / f"telemetry.{kind}").rows for kind in ("csv", "parquet")]
    assert rows[0] == rows[1] > 0
    assert signal.getsignal(number) is before


def test_ctrl_c_before_the_first_row_leaves_nothing_and_is_130(tmp_path: Path) -> None:
    class Interrupted(SessionTransport):
        def write(self, data: bytes) -> None:
            super().write(data)
            if messages.SUBSCRIBE in self.asked():
                raise KeyboardInterrupt

    result = run(["record", "-o", str(tmp_path / "r")], tools(Interrupted()))
    assert result.exit_code == 130
    assert list(tmp_path.iterdir()) == []


@pytest.mark.requirement("REQ-HST-1")
@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_lost_port_keeps_what_was_recorded(tmp_path: Path, file_format: str) -> None:
    transport = SessionTransport(ENDLESS)
    transport.failure, transport.at_s = PortError("/dev/fake was lost"), 5.0
    result = run(["record", "-o", str(tmp_path / "r"), "-f", file_format, "--json"], tools(transport))
    assert result.exit_code == 3
    assert error_line(result) == "ionto: /dev/fake was lost"
    summary = json.loads(result.stdout)
    recording = load_recording(tmp_path / "r")
    assert summary["rows"] == recording.rows > 0
    assert summary["ended"] == "/dev/fake was lost"
    assert recording.numbers["time_s"][-1] >= 4.9


def test_device_that_falls_silent_is_asked_again_and_then_given_up(tmp_path: Path) -> None:
    transport = SessionTransport(ENDLESS)
    transport.silent, transport.at_s = True, 5.0
    result = run(["record", "-o", str(tmp_path / "r")], tools(transport))
    assert result.exit_code == 4
    assert "sent nothing for" in error_line(result)
    assert transport.asked().count(messages.HELLO) > 3
    assert load_recording(tmp_path / "r").numbers["time_s"][-1] >= 4.9


def test_device_that_comes_back_is_subscribed_again(tmp_path: Path) -> None:
    class Restarting(SessionTransport):
        def read(self, timeout_s: float) -> bytes:
            if 5.0 <= self.clock() < 5.1:
                link = self.bench.link
                link.__init__(self.bench.uart, self.bench.device)  # as after a watchdog reset: nobody is subscribed
            return super().read(timeout_s)

    result = run(["record", "-o", str(tmp_path / "r"), "--keep-going", "--for", "9"], tools(Restarting(ENDLESS)))
    assert result.exit_code == 0, result.output
    times_s = load_recording(tmp_path / "r").numbers["time_s"]
    assert times_s[-1] > 8.5


def test_duration_ends_the_recording(tmp_path: Path) -> None:
    result = run(["record", "-o", str(tmp_path / "r"), "--for", "3", "--json"], tools(SessionTransport(ENDLESS)))
    assert result.exit_code == 0
    summary = json.loads(result.stdout)
    assert summary["ended"] == "duration reached"
    assert 2.5 < summary["duration_s"] <= 3.1


def test_keep_going_records_on_after_the_session(tmp_path: Path) -> None:
    arguments = ["record", "-o", str(tmp_path / "r"), "--keep-going", "--for", "15", "--json"]
    summary = json.loads(run(arguments, tools(SessionTransport(SHORT))).stdout)
    assert summary["ended"] == "duration reached"
    assert summary["duration_s"] > 14


def test_session_that_was_over_before_is_not_the_end(tmp_path: Path) -> None:
    script: Script = ((0, "DONE"), (3, "IDLE"), (4, "RAMP_UP"), (5, "HOLD"), (6, "FAULT"))
    result = run(["record", "-o", str(tmp_path / "r"), "--json"], tools(SessionTransport(script)))
    assert json.loads(result.stdout)["ended"] == "session over"
    assert 7.0 <= load_recording(tmp_path / "r").numbers["time_s"][-1] < 7.2


@pytest.mark.requirement("REQ-HST-1")
def test_lost_messages_are_counted_and_said(tmp_path: Path) -> None:
    class Lossy(SessionTransport):
        def read(self, timeout_s: float) -> bytes:
            data = super().read(timeout_s)
            return b"" if 5.0 <= self.clock() < 5.5 else data

    result = run(["record", "-o", str(tmp_path / "r"), "-r", "20"], tools(Lossy(SHORT)))
    assert result.exit_code == 0
    assert "Lost on the way: 10 samples." in result.stdout
    assert json.loads((tmp_path / "r" / "recording.json").read_text())["lost_telemetry"] == 10


def test_folder_that_cannot_be_written_is_an_error_before_anything_is_subscribed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    transport = SessionTransport()
    result = run(["record", "--out", str(tmp_path / "file" / "r")], tools(transport))
    assert result.exit_code == 5
    assert f"cannot write to {tmp_path / 'file' / 'r'}: Not a directory" in error_line(result)
    assert messages.SUBSCRIBE not in transport.asked()


def test_existing_recording_is_an_error_before_anything_is_subscribed(tmp_path: Path) -> None:
    run(["record", "--out", str(tmp_path)], tools(SessionTransport()))
    rows = load_recording(tmp_path).rows
    transport = SessionTransport()
    result = run(["record", "--out", str(tmp_path)], tools(transport))
    assert result.exit_code == 5
    assert "--force replaces it" in error_line(result)
    assert messages.SUBSCRIBE not in transport.asked()
    assert load_recording(tmp_path).rows == rows
    assert run(["record", "--out", str(tmp_path), "--force"], tools(SessionTransport())).exit_code == 0


def test_recordings_without_a_name_never_share_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(3):
        assert run(["record", "--for", "1"], tools(SessionTransport())).exit_code == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 3
    assert [name.removeprefix(names[0]) for name in names] == ["", "-2", "-3"]
    assert names[0].startswith("ionto-2025030")


@pytest.mark.requirement("REQ-HST-1")
def test_full_disk_ends_the_recording_with_what_fitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append = CsvTable.append

    def limited(table: CsvTable, row: list) -> None:
        if row[0] >= 3.0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        append(table, row)

    monkeypatch.setattr(CsvTable, "append", limited)
    result = run(["record", "-o", str(tmp_path / "r")], tools(SessionTransport(ENDLESS)))
    assert result.exit_code == 5
    assert "No space left on device" in error_line(result)
    assert load_recording(tmp_path / "r").numbers["time_s"][-1] >= 2.9


@pytest.mark.requirement("REQ-HST-1")
def test_unexpected_error_is_not_hidden_and_keeps_the_rows(tmp_path: Path) -> None:
    transport = SessionTransport(ENDLESS)
    transport.failure, transport.at_s = ZeroDivisionError("a bug"), 5.0
    result = run(["record", "-o", str(tmp_path / "r"), "-f", "both"], tools(transport))
    assert isinstance(result.exception, ZeroDivisionError)
    assert load_recording(tmp_path / "r" / "telemetry.parquet").numbers["time_s"][-1] >= 4.9


def test_progress_on_a_terminal_is_one_line_that_is_taken_away(tmp_path: Path) -> None:
    program = "app(['record', '-o', sys.argv[1], '--for', '5'], obj=tools(SessionTransport(SHORT)))"
    code, output = in_terminal(60, 12, program, str(tmp_path / "r"))
    assert code == 0
    progress, _, said = output.rpartition("\r\x1b[K")
    lines = progress.split("\r\x1b[K")[1:]
    assert len(lines) > 10
    assert all(len(line) < 60 for line in lines)
    assert lines[-1].startswith("HOLD, 0.50 mA, ")
    assert said.startswith(f"{load_recording(tmp_path / 'r').rows} rows")
