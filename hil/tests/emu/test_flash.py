"""`ionto flash` on the emulated chip: official MicroPython, its own USB, its own LittleFS and watchdog, and mpremote.

An emulated second takes 15 to 60 s, so one test flashes an empty chip, and one breaks off an update and mends it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hil.emu.image import built_image
from hil.emu.usb_process import EmulatedUsb, SlowTransport, slow_clock
from host_tools.board_repl import Repl, SerialRepl
from host_tools.cli import app
from host_tools.cli_context import Tools
from host_tools.firmware_image import FirmwareImage, load_image
from tools.image import build_image

SLOWNESS = 60.0
_START_US = 3_000_000  # what a start may take, self-test and all

pytestmark = [
    pytest.mark.emu,
    pytest.mark.only_emu,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(os.environ.get("IONTO_RIG") != "emu", reason="make hil RIG=emu runs these"),
]


class PowerCut(SerialRepl):
    """A prompt whose board loses its power just before it would move boot.py into its place."""

    def __init__(self, board: EmulatedUsb) -> None:
        super().__init__(board.repl, SLOWNESS)
        self._board = board

    def run(self, code: str) -> str:
        if "rename('flash.new', 'boot.py')" in code:
            self._board.tell("power", 0)
            self._board.wait_until(self._board.tell("look")["now_us"] + 1000)
        return super().run(code)


def patient(port: str) -> Repl:
    repl = SerialRepl(port, SLOWNESS)
    repl.open()
    return repl


def flash(board: EmulatedUsb, image: Path, *options: str, open_repl: Callable[[str], Repl] = patient) -> Result:
    tools = Tools(lambda port: SlowTransport(port, SLOWNESS), clock=slow_clock(SLOWNESS), open_repl=open_repl)
    arguments = ["flash", str(image), "--service-port", board.repl, *(options or ("--port", board.link))]
    return CliRunner().invoke(app, arguments, obj=tools, env={"IONTO_PORT": None})


def files_on(board: EmulatedUsb, folder: Path, image: FirmwareImage) -> bool:
    """Whether the chip's flash holds exactly the image's files."""
    dumped = folder / "dump.littlefs"
    board.files_image(dumped)
    return load_image(dumped).files == image.files


def up(board: EmulatedUsb) -> None:
    """Waits until the chip is on the bus."""
    while not Path(board.repl).exists():
        board.tell("look")


def test_an_empty_chip_is_flashed_and_its_firmware_starts(tmp_path: Path) -> None:
    path = built_image()
    with EmulatedUsb() as board:
        up(board)
        result = flash(board, path, "--no-link")
        assert result.exit_code == 0, result.output
        assert "MicroPython 1.26.1" in result.stdout
        assert "runs" in result.stdout
        assert files_on(board, tmp_path, load_image(path))


def older_image(path: Path, target: Path) -> None:
    """An image like `path` with another boot.py and one file more, that runs as well."""
    files = dict(load_image(path).files)
    listed = files.pop("manifest.txt").decode()
    count = len(files)
    changed = {"boot.py": files["boot.py"] + b"# older\n", "ionto/gone.py": b"# gone\n"}
    listed = listed.replace(_sum(files["boot.py"]), _sum(changed["boot.py"])).replace(
        f"files {count}", f"files {count + 1}"
    )
    listed += f"{_sum(changed['ionto/gone.py'])}  ionto/gone.py\n"
    target.write_bytes(build_image(files | changed | {"manifest.txt": listed.encode()}))


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_an_update_of_running_firmware_that_is_broken_off_starts_nothing_and_is_mended(tmp_path: Path) -> None:
    path, older = built_image(), tmp_path / "older.littlefs"
    older_image(path, older)
    with EmulatedUsb("--image", str(older)) as board:
        assert "heartbeat_alive" in names(board, _START_US)

        def cut(_: str) -> Repl:
            repl = PowerCut(board)
            repl.open()
            return repl

        broken = flash(board, path, open_repl=cut)
        assert broken.exit_code == 3, broken.output
        assert "The board starts nothing and treats nobody" in broken.stderr
        board.tell("power", 1)
        assert not {"heartbeat_alive", "k1_request", "k1_closed"} & names(board, _START_US)
        assert flash(board, path).exit_code == 4  # nobody answers on the link
        mended = flash(board, path, "--no-link")
        assert mended.exit_code == 0, mended.output
        assert files_on(board, tmp_path, load_image(path))
        assert "heartbeat_alive" in names(board, _START_US)  # past its self-test
        again = flash(board, path)  # asked over the link, interrupted, proven, and heard again
        assert again.exit_code == 0, again.output
        assert "k1_closed" not in names(board, 0)


def names(board: EmulatedUsb, for_us: int) -> set[str]:
    """Names of the physical events of so much time, and of what was before since the last call."""
    before = board.tell("look")
    after = board.wait_until(before["now_us"] + for_us)
    return {event[1] for event in before["events"] + after["events"]}
