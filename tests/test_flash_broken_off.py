"""`ionto flash` that cannot go on: the board is as it was, or it starts nothing and can be flashed again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli_fakes import error_line
from tests.support.fake_board import FakeBoard
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


def test_flash_ctrl_c_while_writing_nothing_starts(
    board: FakeBoard, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.put(OLD)
    run = board.run

    def interrupted(code: str) -> str:
        if "f.write" in code:
            raise KeyboardInterrupt
        return run(code)

    monkeypatch.setattr(board, "run", interrupted)
    result = flash(board, image)
    assert result.exit_code == 1
    assert "broken off. The board starts nothing" in error_line(result)
    assert "main.py" not in board.files()


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
