"""`ionto flash` and its ports: a device in the middle of anything is refused, the firmware must be heard afterwards."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from host_tools.errors import PortError
from tests.cli_fakes import SessionTransport, error_line, run
from tests.support.fake_board import FakeBoard
from tests.support.flashing import IMAGE, OLD, SERVICE, flash, idle, with_board
from tests.support.images import write_uf2

pytestmark = pytest.mark.requirement("REQ-FIL-2")


@pytest.fixture
def board() -> Iterator[FakeBoard]:
    with FakeBoard() as made:
        yield made


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return write_uf2(tmp_path)


@pytest.mark.parametrize("state", ["CONFIRM", "ARMING", "ARMED", "RAMP_UP", "HOLD", "RAMP_DOWN", "PAUSED", "SELF_TEST"])
def test_flash_board_in_the_middle_of_anything_is_refused_untouched(board: FakeBoard, image: Path, state: str) -> None:
    board.put(OLD)
    result = flash(board, image, transport=SessionTransport(((0, state),)))
    assert result.exit_code == 1
    assert f"the device is in {state}: end that first" in error_line(result)
    assert board.code == []
    assert board.resets == 0


@pytest.mark.parametrize("state", ["IDLE", "DONE", "FAULT"])
def test_flash_board_at_rest_is_flashed(board: FakeBoard, image: Path, state: str) -> None:
    assert flash(board, image, transport=SessionTransport(((0, state),))).exit_code == 0


def test_flash_device_that_does_not_answer_is_refused_untouched(board: FakeBoard, image: Path) -> None:
    transport = idle()
    transport.silent, transport.at_s = True, 0.0
    result = flash(board, image, transport=transport)
    assert result.exit_code == 4
    assert "cannot ask the device what it is doing" in error_line(result)
    assert "--no-link" in error_line(result)
    assert board.code == []


def test_flash_without_a_link_is_refused_unless_asked_for(board: FakeBoard, image: Path) -> None:
    result = run(["flash", str(image)], with_board(board, ports=0))
    assert result.exit_code == 3
    assert "no serial port found" in error_line(result)
    assert "--no-link" in error_line(result)
    assert board.code == []
    result = run(["flash", str(image), "--no-link"], with_board(board, ports=0))
    assert result.exit_code == 0, result.output
    assert board.files() == IMAGE


def test_flash_link_of_another_board_is_refused(image: Path) -> None:
    with FakeBoard(board_id="1122334455667788") as board:
        board.put(OLD)
        result = flash(board, image)
        assert result.exit_code == 1
        assert "two boards" in error_line(result)
        assert board.files() == OLD


def test_flash_firmware_that_does_not_start_is_said(board: FakeBoard, image: Path) -> None:
    board.firmware_starts = False
    result = flash(board, image, "--no-link")
    assert result.exit_code == 4
    assert "its firmware does not start" in error_line(result)


def test_flash_firmware_that_falls_silent_is_said(
    board: FakeBoard, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = idle()
    monkeypatch.setattr(board, "reset", lambda: setattr(transport, "at_s", 0.0))
    transport.silent = True
    result = flash(board, image, transport=transport)
    assert result.exit_code == 4
    assert "its firmware does not start" in error_line(result)
    assert board.files() == IMAGE


@pytest.mark.parametrize("ports", [[], ["/dev/a", "/dev/b"]])
def test_flash_without_one_service_port_is_one_line(board: FakeBoard, image: Path, ports: list[str]) -> None:
    result = run(["flash", str(image)], replace(with_board(board), list_service_ports=lambda: ports))
    assert result.exit_code == 3
    assert ("--service-port" if ports else "Pico's own USB port") in error_line(result)


def test_flash_port_without_a_prompt_is_one_line(board: FakeBoard, image: Path) -> None:
    def no_prompt(port: str) -> FakeBoard:
        raise PortError(f"no MicroPython prompt on {port}")

    result = run(["flash", str(image)], replace(with_board(board), open_repl=no_prompt))
    assert result.exit_code == 3
    assert f"no MicroPython prompt on {SERVICE}" in error_line(result)


def test_flash_bad_image_touches_no_port(board: FakeBoard, tmp_path: Path) -> None:
    path = tmp_path / "x.uf2"
    path.write_bytes(b"UF2\n")
    result = flash(board, path)
    assert result.exit_code == 5
    assert "not whole" in error_line(result)
    assert board.code == []
