"""An emulated board on two serial ports of this computer: the chip's own USB with MicroPython's prompt, and the link.

`python -m hil.emu.usb_repl --image FILE` prints the two paths as JSON and runs until its input ends. A line of input is
an event of the board, `["vbus", 0]` or `["power", 0]`, or `["dump", PATH]` for its flash; each is answered by a line.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import sys
import tempfile
import tty
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SLICE_US = 500
_CHUNK_BYTES = 4096
_FILES_BYTES = 352 * 4096  # MicroPython's file system on the Pico


class PtyPort:
    """A pseudo terminal at a path that stays the same; gone while it is unplugged. What nobody reads is dropped."""

    def __init__(self, path: Path):
        self.path = path
        self._master = self._slave = -1

    @property
    def is_plugged(self) -> bool:
        """Whether the port is there."""
        return self._master >= 0

    @property
    def descriptor(self) -> int:
        """The board's end, to wait for."""
        return self._master

    def plug(self) -> None:
        """A fresh port at the path."""
        self.unplug()
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        """The port is gone: who has it open sees it hang up."""
        if self._master < 0:
            return
        self.path.unlink()
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = -1

    def take(self, limit: int) -> bytes:
        """What a program wrote to the port, at most `limit` bytes."""
        if self._master < 0 or limit <= 0:
            return b""
        try:
            return os.read(self._master, min(limit, _CHUNK_BYTES))
        except BlockingIOError:
            return b""

    def give(self, data: bytes) -> None:
        """What a program can read from the port."""
        if self._master < 0 or not data:
            return
        with contextlib.suppress(BlockingIOError):
            os.write(self._master, data)


def board_on(chip: Any, vbus: int = 0) -> Any:
    """Ionto-1 with nominal parts and an open circuit, on the pins of a Chip."""
    from hil.emu.process import EmuProcess
    from hil.memory import memory_content
    from hil.person import Resistor
    from hil.sim import bus, facts
    from hil.sim.board import Board
    from hil.sim.truth import Truth

    bus.seed_noise(1, facts.A_NOISE_LSB)
    bus.state[bus.B_NOISE] = facts.B_NOISE_FACTOR
    chip.kernel.truth = Truth("", 0)
    spread = dict.fromkeys(facts.SPREAD, 1.0) | dict.fromkeys(facts.SPREAD_OFFSETS_LSB, 0.0)
    load = Resistor()
    load.contact(0.0)
    spread |= {"ch2_gain": 1.0, "ground_lsb": 0.0}
    board = Board(chip.kernel, load, spread, 0.0)
    board.fram.load(memory_content("calibrated", spread, EmuProcess.fixed_board_id).hex())
    board.vbus = vbus
    chip.connect(board)
    return board


class UsbBoard:
    """The chip, the board around it, and its two ports in `folder`: `repl` and `link`."""

    def __init__(self, micropython: Path, image: bytes, folder: Path, vbus: int):
        from rp2040py.usb.cdc import USBCDC

        from hil.emu.chip import Chip

        self.chip = Chip(micropython, image)
        self.board = board_on(self.chip, vbus)
        self.repl = PtyPort(folder / "repl")
        self.link = PtyPort(folder / "link")
        self.link.plug()
        self.cdc = USBCDC(self.chip.rp2040.usb_ctrl)
        self.cdc.on_serial_data = lambda data: self.repl.give(bytes(data))
        self.cdc.on_device_connected = self.repl.plug
        self._forget = self.cdc.usb.on_reset
        self.cdc.usb.on_reset = self._dropped
        self.chip.start(0)

    def _dropped(self) -> None:
        """The chip has left the bus."""
        self.repl.unplug()
        if self._forget is not None:
            self._forget()

    def run(self) -> None:
        """A slice of time; bytes go both ways at its end."""
        chip = self.chip
        chip.run_until(chip.kernel.now_us + SLICE_US)
        for byte in self.repl.take(self.cdc.tx_fifo.size - self.cdc.tx_fifo.item_count):
            self.cdc.send_serial_byte(byte)
        chip.uart.receive(self.link.take(_CHUNK_BYTES))
        self.link.give(bytes(chip.sent))
        chip.sent.clear()

    def obey(self, name: str, value: Any) -> dict[str, Any]:
        """One line of input."""
        kernel = self.chip.kernel
        if name == "dump":
            from hil.emu.chip import FLASH_OFFSET

            Path(value).write_bytes(bytes(self.chip.rp2040.flash[FLASH_OFFSET : FLASH_OFFSET + _FILES_BYTES]))
        elif name != "look":
            kernel.later(kernel.now_us, name, value)
        events = [(at_us, kind) for at_us, kind, *_ in kernel.truth.take()]
        return {"now_us": kernel.now_us, "board": self.board.snapshot(), "events": events}

    def close(self) -> None:
        """Both ports are gone."""
        self.repl.unplug()
        self.link.unplug()


def serve(board: UsbBoard) -> None:
    """Lets time pass and obeys, until the input ends."""
    pending = b""
    while True:
        board.run()
        if not select.select([0], [], [], 0)[0]:
            continue
        data = os.read(0, _CHUNK_BYTES)
        if not data:
            return
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            print(json.dumps(board.obey(*json.loads(line))), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--image", type=Path, help="LittleFS image on the flash; without it the flash is empty")
    parser.add_argument("--no-vbus", action="store_true", help="the board does not sense the service USB")
    options = parser.parse_args()
    sys.path[0:1] = [str(ROOT / "hil" / "emu" / "shims"), str(ROOT)]
    from hil.emu import pointers
    from hil.emu.image import micropython_uf2

    pointers.install()
    image = options.image.read_bytes() if options.image else b""
    with tempfile.TemporaryDirectory(prefix="ionto-emu-") as folder:
        board = UsbBoard(micropython_uf2(), image, Path(folder), 0 if options.no_vbus else 1)
        print(json.dumps({"repl": str(board.repl.path), "link": str(board.link.path)}), flush=True)
        try:
            serve(board)
        finally:
            board.close()


if __name__ == "__main__":
    main()
