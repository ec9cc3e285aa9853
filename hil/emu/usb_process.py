"""An emulated board's process as a test sees it: two serial ports, events of the board, and what is on its flash."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from hil.process import ROOT, RigError
from host_tools.transport import SerialTransport


class EmulatedUsb:
    """Starts `hil.emu.usb_repl`. Raises RigError if it does not come up; `close` ends it."""

    def __init__(self, *arguments: str):
        command = [sys.executable, "-m", "hil.emu.usb_repl", *arguments]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ports = self._read()
        self.repl: str = ports["repl"]
        self.link: str = ports["link"]

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RigError("the emulated board's process ended")
        return json.loads(line)

    def tell(self, name: str, value: Any = 0) -> dict[str, Any]:
        """An event of the board, or "look" or "dump"; what is so now."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([name, value]) + "\n")
        self._process.stdin.flush()
        return self._read()

    def wait_until(self, now_us: int) -> dict[str, Any]:
        """Lets the chip's time pass; what is so then, with all events on the way."""
        events: list[Any] = []
        while True:
            found = self.tell("look")
            events += found["events"]
            if found["now_us"] >= now_us:
                return found | {"events": events}

    def files_image(self, path: Path) -> bytes:
        """The file system's part of the flash; `path` is a file to pass it through."""
        self.tell("dump", str(path))
        return path.read_bytes()

    def close(self) -> None:
        """Ends the process. May be called twice."""
        self._process.communicate()  # closes its input, which ends it

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SlowTransport:
    """A serial port whose device is `slowness` times slower than real; with `slow_clock`, nobody notices."""

    def __init__(self, port: str, slowness: float):
        self._transport = SerialTransport(port)
        self._slowness = slowness

    def write(self, data: bytes) -> None:
        """Sends all of `data`."""
        self._transport.write(data)

    def read(self, timeout_s: float) -> bytes:
        """What has come in, waiting in the device's time."""
        return self._transport.read(timeout_s * self._slowness)

    def close(self) -> None:
        """Lets go of the port."""
        self._transport.close()


def slow_clock(slowness: float) -> Any:
    """A clock that runs as the device does, about."""
    return lambda: time.monotonic() / slowness
