"""`ionto flash` on a board at MicroPython's prompt: what it writes, and which boards it leaves alone.

The board is MicroPython itself with a LittleFS in memory; what it says of itself is what official MicroPython says on
the emulated chip.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli_fakes import error_line
from tests.support.fake_board import BOARD_ID, FakeBoard
from tests.support.flashing import IMAGE, OLD, flash
from tests.support.images import write_uf2

pytestmark = pytest.mark.requirement("REQ-FIL-2")


@pytest.fixture
def board() -> Iterator[FakeBoard]:
    with FakeBoard() as made:
        yield made


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return write_uf2(tmp_path)


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
