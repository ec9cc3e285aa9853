"""The service USB of a board as a serial port: MicroPython's prompt with its protocol, and what goes before it.

It does what was measured on the emulated chip: a running controller ends at Ctrl-C, its watchdog then takes the port
away, and after that boot.py's window gives the prompt to whoever sends Ctrl-C.
"""

from __future__ import annotations

import os
import select
import tempfile
import threading
from pathlib import Path
from typing import Self

from hil.emu.usb_repl import PtyPort
from tests.support.fake_board import FakeBoard

FIRMWARE = "firmware"  # runs, with its watchdog
WATCHED = "watched"  # a prompt, with a watchdog that is running
WINDOW = "window"  # boot.py waits
PROMPT = "prompt"
DEAF = "deaf"  # something that is no MicroPython
BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_FRIENDLY = b"MicroPython v1.26.1 on 2025-09-11; Raspberry Pi Pico with RP2040\r\n>>> "


class FakeUsb:
    """A thread that is the board. `path` is its port; `then` are the states that its next resets lead to."""

    def __init__(self, board: FakeBoard, state: str, *then: str) -> None:
        self.board = board
        self.state = state
        self.then = list(then)
        self.printed = b""  # what the running firmware prints, again and again
        self.resets = 0
        self.cut_after: int | None = None  # pieces of code, after which the cable is pulled
        self._raw = False
        self._code = b""
        self._folder = tempfile.TemporaryDirectory(prefix="ionto-usb-")
        self.port = PtyPort(Path(self._folder.name) / "repl")
        self.path = str(self.port.path)
        self._wake, self._stop = os.pipe()
        self._enter(state)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._stop)
        self._thread.join()
        os.close(self._wake)
        self.port.unplug()
        self._folder.cleanup()

    def _enter(self, state: str) -> None:
        self.state = state
        self._raw = False
        self.board.order({"watchdog": int(state in (FIRMWARE, WATCHED))})
        self.port.plug()

    def _restart(self) -> None:
        self.resets += 1
        self._enter(self.then.pop(0) if self.then else PROMPT)

    def _serve(self) -> None:
        while True:
            # A pulled cable has no descriptor; whatever then comes is the end of the test.
            inputs = [self._wake] + ([self.port.descriptor] if self.port.is_plugged else [])
            ready = select.select(inputs, [], [], 0.05)[0]
            if self._wake in ready:
                return
            if not ready and self.state == FIRMWARE:
                self.port.give(self.printed)
            for byte in self.port.take(4096):
                self._take(bytes((byte,)))

    def _take(self, byte: bytes) -> None:
        if self.state == FIRMWARE and byte == b"\x03":
            self.port.give(b"Traceback (most recent call last):\r\nKeyboardInterrupt: \r\n")
            self._restart()
        elif self.state == WINDOW and byte == b"\x03":
            self.state = PROMPT
            self.port.give(b"Traceback (most recent call last):\r\nKeyboardInterrupt: \r\n" + _FRIENDLY)
        elif self.state in (PROMPT, WATCHED):
            self._prompt(byte)

    def _prompt(self, byte: bytes) -> None:
        if self._code == b"\x05A":
            self.port.give(b"R\x00")  # raw paste is known here and not offered
            self._code = b""
        elif byte == b"\x01":
            self._raw, self._code = True, b""
            self.port.give(BANNER)
        elif not self._raw:
            self.port.give(b"\r\n>>> " if byte in (b"\r", b"\x03") else b"")
        elif byte == b"\x03":
            self._code = b""
        elif byte == b"\x04":
            self._run()
        else:
            self._code += byte

    def _run(self) -> None:
        code, self._code = self._code, b""
        if self.cut_after is not None:
            self.cut_after -= 1
            if self.cut_after < 0:
                self.port.unplug()
                return
        printed, raised, reset = self.board.order({"code": code.decode()})
        self.port.give(b"OK")
        if reset:
            self._restart()
            return
        self.port.give(printed.encode() + b"\x04" + raised.encode() + b"\x04>")
