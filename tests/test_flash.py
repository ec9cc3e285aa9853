"""`ionto flash` on a board at MicroPython's prompt: what it writes, what it refuses, what it leaves when broken off.

The board is MicroPython itself with a LittleFS in memory; what it says of itself is what official MicroPython says on
the emulated chip.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from host_tools.cli_context import Tools
from host_tools.errors import PortError
from host_tools.transport import Port
from tests.cli_fakes import SessionTransport, error_line, run, tools
from tests.support.fake_board import BOARD_ID, FakeBoard
from tests.support.images import FILES, MPY, with_manifest, write_uf2

IMAGE = with_manifest()
OLD = with_manifest({**FILES, "ionto/app.mpy": MPY + b"old", "ionto/gone.mpy": MPY + b"gone"}, build="00")
SERVICE = "/dev/ttyACM0"


@pytest.fixture
def board() -> Iterator[FakeBoard]:
    with FakeBoard() as made:
        yield made


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return write_uf2(tmp_path)


def idle() -> SessionTransport:
    return SessionTransport(((0, "IDLE"),))


def with_board(board: FakeBoard, transport: SessionTransport | None = None, ports: int = 1) -> Tools:
    names = (Port(SERVICE, "Board in FS mode"), Port("/dev/ttyUSB0", "a bridge"))
    made = tools(transport or idle(), names[: 1 + ports])
    return replace(made, open_repl=lambda _: board, list_service_ports=lambda: [SERVICE])


def flash(board: FakeBoard, image: Path, *options: str, transport: SessionTransport | None = None) -> Result:
    return run(["flash", str(image), *options], with_board(board, transport))


def test_flash_empty_board_gets_every_file_and_starts(board: FakeBoard, image: Path) -> None:
    result = flash(board, image)
    assert result.exit_code == 0, result.output
    assert board.files() == IMAGE
    assert board.resets == 1
    assert board.closed
    for words in ("MicroPython 1.26.1", "6 files have the right checksum", "0.1.0 runs", BOARD_ID.hex()):
        assert words in result.stdout


def test_flash_older_firmware_is_replaced_and_its_own_files_go(board: FakeBoard, image: Path) -> None:
    board.put(OLD)
    result = flash(board, image)
    assert result.exit_code == 0, result.output
    assert board.files() == IMAGE
    assert "Writing 3 files" in result.stdout  # main.py, what differs, and the manifest
    assert "3 are there already" in result.stdout


def test_flash_same_firmware_is_only_proven(board: FakeBoard, image: Path) -> None:
    board.put(IMAGE)
    assert flash(board, image).exit_code == 0
    assert board.files() == IMAGE
    assert not [code for code in board.code if "remove" in code or "write" in code]


def test_flash_starter_goes_first_and_comes_back_last(board: FakeBoard, image: Path) -> None:
    board.put(OLD)
    assert flash(board, image).exit_code == 0
    changing = [code for code in board.code if "wb" in code or "rename" in code or "drop" in code]
    assert "drop('main.py')" in changing[0]
    assert "rename('main.new', 'main.py')" in changing[-1]
    assert not any("'main.py'" in code for code in changing[1:-1])


def broken_off(image: Path, runs: int) -> str | None:
    """Flashes over older firmware and loses the port after so many steps. What was said; None if it went through."""
    with FakeBoard() as board:
        board.put(OLD)
        board.lose_after = runs
        result = flash(board, image)
        if result.exit_code == 0:
            return None
        assert result.exit_code == 3
        assert board.files() == OLD or "main.py" not in board.files()
        board.lose_after = None
        again = flash(board, image)
        assert again.exit_code == 0, again.output
        assert board.files() == IMAGE
        return error_line(result).partition("was lost. ")[2]


def test_flash_port_lost_at_any_step_the_board_is_as_it_was_or_starts_nothing(image: Path) -> None:
    said: list[str] = []
    while (state := broken_off(image, len(said))) is not None:
        said.append(state)
    assert said[:2] == ["", ""]  # while it only looks
    unknown = "The board is whole, or it starts nothing: flash it again"
    assert (said[2], said[-1]) == (unknown, unknown)  # main.py just going, just coming back
    assert set(said[3:-1]) == {"The board starts nothing and treats nobody until it is flashed again"}
    assert len(said) > 15


@pytest.mark.parametrize("runs", [0, 1])
def test_flash_port_lost_before_writing_leaves_the_board_as_it_was(board: FakeBoard, image: Path, runs: int) -> None:
    board.put(OLD)
    board.lose_after = runs
    assert flash(board, image).exit_code == 3
    assert board.files() == OLD


@pytest.mark.parametrize("name", sorted(set(IMAGE) - {"main.py"}))
def test_flash_file_that_reads_back_wrong_nothing_starts(board: FakeBoard, image: Path, name: str) -> None:
    board.corrupt = name
    result = flash(board, image)
    assert result.exit_code == 1
    assert f"{name} reads back with a wrong checksum. The board starts nothing" in error_line(result)
    assert "main.py" not in board.files()
    assert board.resets == 0
    board.corrupt = None
    assert flash(board, image).exit_code == 0
    assert board.files() == IMAGE


def test_flash_starter_that_reads_back_wrong_never_gets_its_name(board: FakeBoard, image: Path) -> None:
    board.corrupt = "main.new"
    assert "main.py reads back with a wrong checksum" in error_line(flash(board, image))
    assert not {"main.py", "main.new"} & set(board.files())


OTHERS = {"main.py": b"blink()\n", "notes/diary.txt": b"dear diary"}


def test_flash_board_with_other_files_is_left_as_it_was(board: FakeBoard, image: Path) -> None:
    board.put(OTHERS)
    result = flash(board, image)
    assert result.exit_code == 1
    said = error_line(result)
    assert "not Ionto's: main.py, notes/diary.txt. Nothing was changed" in said
    assert "--remove-others" in said
    assert board.files() == OTHERS
    assert board.resets == 1  # what ran there runs again


def test_flash_other_files_go_if_that_is_asked_for(board: FakeBoard, image: Path) -> None:
    board.put(OTHERS)
    assert flash(board, image, "--remove-others").exit_code == 0
    assert board.files() == IMAGE


def test_flash_other_file_beside_older_firmware_is_not_ionto_s(board: FakeBoard, image: Path) -> None:
    board.put(OLD | {"log.csv": b"1"})
    assert "not Ionto's: log.csv." in error_line(flash(board, image))
    assert board.files() == OLD | {"log.csv": b"1"}


def test_flash_no_space_is_said_before_anything_changes(image: Path) -> None:
    with FakeBoard(blocks=12) as board:
        board.put({"manifest.txt": OLD["manifest.txt"]})
        result = flash(board, image)
        assert result.exit_code == 1
        assert "no space left on the board" in error_line(result)
        assert "Nothing was changed" in error_line(result)
        assert board.files() == {"manifest.txt": OLD["manifest.txt"]}


def test_flash_space_that_runs_out_while_writing_nothing_starts(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("host_tools.flash._check_space", lambda *_: None)  # as if the estimate were too small
    with FakeBoard(blocks=7) as board:
        result = flash(board, image)
        assert result.exit_code == 1
        assert "no space left on the board. The board starts nothing" in error_line(result)
        assert "main.py" not in board.files()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"version": [1, 25, 0, ""], "sys_version": "3.4.0; MicroPython v1.25.0 on 2025-04-15"}, "1.25.0 is too old"),
        ({"version": [1, 27, 0, "preview"]}, "1.27.0-preview"),
        ({"sys_version": "3.4.0; MicroPython v1.26.1-dirty on 2025-09-12"}, "not an official release"),
        ({"sys_version": "3.4.0; MicroPython v1.26.1-3.g0123456789 on 2025-09-12"}, "not an official release"),
        ({"machine": "Raspberry Pi Pico W with RP2040"}, "the board is Raspberry Pi Pico W"),
        ({"machine": "Raspberry Pi Pico2 with RP2350"}, "the board is Raspberry Pi Pico2"),
        ({"machine": ""}, "one that does not say which"),
        ({"name": "circuitpython"}, "runs circuitpython, not MicroPython"),
        ({"mpy": 5894}, "compiled for another MicroPython or another chip"),
        ({"mpy": 4869}, "compiled for another MicroPython or another chip"),
    ],
)
def test_flash_unfit_board_is_left_as_it_was(image: Path, options: dict[str, Any], words: str) -> None:
    with FakeBoard(**options) as board:
        board.put(OLD)
        result = flash(board, image)
        assert result.exit_code == 1
        assert words in error_line(result)
        assert "Nothing was changed" in error_line(result)
        assert board.files() == OLD
        assert board.resets == 1


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
