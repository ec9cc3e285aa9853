"""Each way a command can fail: its exit code, and one line that says what to do."""

from dataclasses import replace
from pathlib import Path

import pytest

from host_tools.errors import PortError
from host_tools.framing import Decoder, encode
from host_tools.transport import Port
from ionto import faults, messages
from tests.cli_fakes import SHORT, SessionTransport, error_line, refusing, run, tools
from tests.link_fakes import BenchTransport

BRIDGES = (Port("/dev/ttyA", "a bridge"), Port("/dev/ttyB", "another bridge"))
WITH_A_PORT = ["info", "status", "monitor", "record", "stop"]


class MismatchTransport(BenchTransport):
    """A device whose message table is another one."""

    def write(self, data: bytes) -> None:
        request = Decoder().feed(data)[0]
        row = messages.message(messages.HELLO_REPLY)
        assert row is not None
        body = messages.pack(row, (messages.TABLE_HASH ^ 1, 9, 8, 7, b"IONTO-1\0", 1, 1))
        self.bench.uart.to_host += encode(messages.HELLO_REPLY, request.sequence, body)


@pytest.mark.parametrize("command", WITH_A_PORT)
def test_command_without_any_port_says_so(command: str) -> None:
    result = run([command], tools(SessionTransport(), ()))
    assert result.exit_code == 3
    assert "no serial port found" in error_line(result)


@pytest.mark.parametrize("command", WITH_A_PORT)
def test_command_with_several_ports_lists_them(command: str) -> None:
    result = run([command], tools(SessionTransport(), BRIDGES))
    assert result.exit_code == 3
    assert "/dev/ttyA, /dev/ttyB" in error_line(result)


def test_port_from_option_wins_over_environment_and_search() -> None:
    opened: list[str] = []
    transport = SessionTransport()

    def open_transport(port: str) -> BenchTransport:
        opened.append(port)
        return transport

    with_tools = replace(tools(transport, BRIDGES), open_transport=open_transport)
    assert run(["info", "--port", "/dev/ttyB"], with_tools, {"IONTO_PORT": "/dev/ttyA"}).exit_code == 0
    assert run(["info"], with_tools, {"IONTO_PORT": "/dev/ttyA"}).exit_code == 0
    assert opened == ["/dev/ttyB", "/dev/ttyA"]


def test_described_port_is_chosen_beside_a_nameless_one() -> None:
    transport = SessionTransport()
    assert run(["info"], tools(transport, (Port("/dev/ttyS0", "n/a"), BRIDGES[0]))).stdout.startswith(
        "Port           /dev/ttyA\n"
    )


def test_port_that_cannot_be_opened_is_one_line() -> None:
    with_tools = replace(tools(SessionTransport()), open_transport=refusing(PortError("/dev/fake is in use")))
    result = run(["status"], with_tools)
    assert result.exit_code == 3
    assert error_line(result) == "ionto: /dev/fake is in use"


@pytest.mark.parametrize("command", WITH_A_PORT)
def test_other_message_table_names_both_versions(command: str) -> None:
    transport = MismatchTransport(SessionTransport().bench)
    result = run([command], tools(transport))
    assert result.exit_code == 4
    line = error_line(result)
    assert "firmware 9.8.7" in line
    assert "host tools " + ".".join(map(str, messages.VERSION)) in line
    assert transport.closed


@pytest.mark.parametrize("command", WITH_A_PORT)
def test_device_that_does_not_answer_is_one_line(command: str) -> None:
    transport = SessionTransport()
    transport.silent, transport.at_s = True, 0.0
    result = run([command], tools(transport))
    assert result.exit_code == 4
    assert "no reply to HELLO" in error_line(result)
    assert transport.closed


def test_refused_request_says_what_the_limit_is() -> None:
    transport = SessionTransport()
    transport.bench.device.refusal = (faults.WOULD_RAISE, 3000, 500)
    result = run(["lower", "3"], tools(transport))
    assert result.exit_code == 1
    assert "the host may only lower the level (level_ua 3000, limit 500)" in error_line(result)
    assert result.stdout == ""


@pytest.mark.parametrize("level", ["x", "0", "20.001", "0.0005", "nan", "inf", "1e9", "1e99999999", ""])
def test_level_that_no_device_has_is_a_usage_error(level: str) -> None:
    transport = SessionTransport()
    result = run(["lower", level], tools(transport))
    assert result.exit_code == 2
    assert "LEVEL_MA" in error_line(result)
    assert transport.written == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["frobnicate"], "frobnicate"),
        (["record", "--rate", "0"], "or equal to"),
        (["record", "--rate", "101"], "or equal to"),
        (["record", "--format", "xml"], "xml"),
        (["info", "--nonsense"], "--nonsense"),
        (["lower"], "LEVEL_MA"),
        (["plot"], "RECORDING"),
    ],
)
def test_wrong_usage_is_one_line_that_points_to_help(arguments: list[str], words: str) -> None:
    result = run(arguments, tools(SessionTransport()))
    assert result.exit_code == 2
    line = error_line(result)
    assert words in line
    assert "--help" in line


@pytest.mark.parametrize("command", ["info", "status", "stop", "monitor", "record"])
def test_ctrl_c_before_anything_was_done_is_130_without_a_traceback(command: str) -> None:
    transport = SessionTransport(SHORT)
    transport.failure, transport.at_s = KeyboardInterrupt(), 0.0
    result = run([command], tools(transport))
    assert result.exit_code == 130
    assert "Traceback" not in result.output
    assert transport.closed


def test_recording_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    result = run(["plot", str(tmp_path / "none")], tools(SessionTransport()))
    assert result.exit_code == 5
    assert f"there is no {tmp_path / 'none'}" in error_line(result)


def test_folder_without_a_recording_is_one_line(tmp_path: Path) -> None:
    result = run(["plot", str(tmp_path)], tools(SessionTransport()))
    assert result.exit_code == 5
    assert "neither telemetry.parquet nor telemetry.csv" in error_line(result)


@pytest.mark.parametrize("name", ["telemetry.csv", "telemetry.parquet"])
@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "\x00\x01", "time_s\nx\n"])
def test_file_that_is_no_recording_is_one_line(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    result = run(["plot", str(tmp_path)], tools(SessionTransport()))
    assert result.exit_code == 5
    assert name in error_line(result)
