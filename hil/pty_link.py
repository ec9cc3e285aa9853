"""The simulated board's UART as a serial port of this computer, for programs that know nothing of rigs.

with Rig() as rig, PtyLink(rig) as cable:
    print(cable.path)           # open it with pyserial, picocom, `ionto --port`
    cable.run(lambda: done)     # or: rig.advance(10); cable.pump()
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import tty
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from hil.rig import Rig


class PtyLink:
    """A cable between `rig` and a pseudo terminal. `path` stays the same over `unplug` and `replug`.

    Both ends are held open here, so that the port exists whether or not a program has it open. What nobody reads is
    dropped once the terminal's buffer (4 KiB) is full; the board never waits for it.
    """

    def __init__(self, rig: Rig):
        self._rig = rig
        self._directory = tempfile.TemporaryDirectory(prefix="ionto-port-")
        self.path = str(Path(self._directory.name) / "port")
        self._master = self._slave = -1
        self.dropped_bytes = 0
        rig.uart_sinks.append(self._send)
        self.replug()

    @property
    def plugged(self) -> bool:
        return self._master >= 0

    def replug(self) -> None:
        """Plugs the cable in: `path` leads to a fresh port."""
        if self.plugged:
            return
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        with contextlib.suppress(FileNotFoundError):
            Path(self.path).unlink()
        Path(self.path).symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        """Pulls the cable: a program that has the port open sees it hang up."""
        if not self.plugged:
            return
        Path(self.path).unlink()
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = -1

    def _send(self, data: bytes) -> None:
        """From the board to the program."""
        if not self.plugged:
            return
        try:
            sent = os.write(self._master, data)
        except BlockingIOError:
            sent = 0
        self.dropped_bytes += len(data) - sent

    def pump(self) -> None:
        """From the program to the board: whatever it wrote so far."""
        if not self.plugged:
            return
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._master, 4096)
            if data:
                self._rig.send_uart(data)

    def run(self, done: Callable[[], object], timeout_ms: float = 60_000, step_ms: float = 5) -> None:
        """Lets the rig's time pass and carries bytes until `done()` is true. Raises TimeoutError."""
        end_us = self._rig.now_us + timeout_ms * 1000
        while not done():
            if self._rig.now_us > end_us:
                raise TimeoutError(f"not done within {timeout_ms:g} ms of the rig's time")
            self.pump()
            self._rig.advance(step_ms)

    def close(self) -> None:
        self.unplug()
        if self._send in self._rig.uart_sinks:
            self._rig.uart_sinks.remove(self._send)
        self._directory.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
