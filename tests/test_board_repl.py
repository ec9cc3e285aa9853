"""The prompt over a serial port, with mpremote: it is reached whatever runs on the board, and a lost port is said."""

from collections.abc import Iterator

import pytest

from host_tools import board_repl
from host_tools.board_repl import BoardError, SerialRepl, open_repl
from host_tools.errors import PortError
from tests.support.fake_board import FakeBoard
from tests.support.fake_usb import DEAF, FIRMWARE, PROMPT, WATCHED, WINDOW, FakeUsb


@pytest.fixture
def board() -> Iterator[FakeBoard]:
    with FakeBoard() as made:
        yield made


WAYS = {
    "prompt": (PROMPT,),
    "window": (WINDOW,),
    "firmware": (FIRMWARE, WINDOW),
    "firmware without a window": (FIRMWARE, PROMPT),
    "prompt with a watchdog": (WATCHED, WINDOW),
    "window missed once": (FIRMWARE, FIRMWARE, WINDOW),
}


@pytest.mark.parametrize("way", WAYS)
def test_open_comes_to_a_prompt_without_a_watchdog(board: FakeBoard, way: str) -> None:
    with FakeUsb(board, *WAYS[way]) as usb:
        repl = open_repl(usb.path)
        assert repl.run("print(6 * 7)") == "42\r\n"
        assert usb.state == PROMPT
        assert usb.resets == len(WAYS[way]) - 1
        repl.close()


def test_run_says_what_the_board_raised(board: FakeBoard) -> None:
    with FakeUsb(board, PROMPT) as usb:
        repl = open_repl(usb.path)
        with pytest.raises(BoardError, match=r"says: OSError: .*28") as caught:
            repl.run("raise OSError(28)")
        assert caught.value.errno == 28
        with pytest.raises(BoardError, match="NameError") as other:
            repl.run("nonsense")
        assert other.value.errno is None
        repl.close()


def test_error_number_as_the_chip_writes_it() -> None:
    assert BoardError("Traceback (most recent call last):\r\nOSError: [Errno 28] ENOSPC\r\n").errno == 28


def test_run_after_the_cable_was_pulled_is_a_lost_port(board: FakeBoard) -> None:
    with FakeUsb(board, PROMPT) as usb:
        repl = open_repl(usb.path)
        usb.cut_after = 0
        with pytest.raises(PortError, match="was lost: was the cable pulled"):
            repl.run("print(1)")
        repl.close()


def test_open_port_that_is_not_there_names_it() -> None:
    with pytest.raises(PortError, match="no serial port named /dev/none"):
        open_repl("/dev/none")


def test_open_something_that_is_no_prompt_is_said(board: FakeBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_repl, "OPEN_S", 1.0)
    with FakeUsb(board, DEAF) as usb, pytest.raises(PortError, match="is this the service USB of the board"):
        open_repl(usb.path)


def test_reset_restarts_the_board_and_wait_for_sees_what_it_prints(board: FakeBoard) -> None:
    with FakeUsb(board, PROMPT, FIRMWARE) as usb:
        repl = open_repl(usb.path)
        usb.printed = b"Ionto 0.1.0 starts\r\n"
        repl.reset()
        assert repl.wait_for("Ionto 0.1.0 starts", 5.0)
        assert usb.resets == 1
        repl.close()


def test_wait_for_what_never_comes_ends(board: FakeBoard) -> None:
    with FakeUsb(board, PROMPT) as usb:
        repl = open_repl(usb.path)
        assert not repl.wait_for("Ionto 0.1.0 starts", 0.2)
        repl.close()


def test_close_twice_is_fine(board: FakeBoard) -> None:
    with FakeUsb(board, PROMPT) as usb:
        repl = SerialRepl(usb.path)
        repl.open()
        repl.close()
        repl.close()
