"""A board at MicroPython's prompt for tests of `ionto flash`: real MicroPython and a real LittleFS, no wire."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Self

from hil.process import micropython_command
from host_tools.board_repl import BoardError
from host_tools.errors import PortError

BOARD_ID = b"IONTO-1\x00"
# As measured on the emulated chip with official MicroPython.
OFFICIAL: dict[str, Any] = {
    "name": "micropython",
    "version": [1, 26, 1, ""],
    "sys_version": "3.4.0; MicroPython v1.26.1 on 2025-09-11",
    "machine": "Raspberry Pi Pico with RP2040",
    "mpy": 4870,
    "blocks": 352,
    "board_id": BOARD_ID.hex(),
}
_PROGRAM = Path(__file__).with_name("prompt.py")


class FakeBoard:
    """A Repl. `lose_after` runs the port is gone; `corrupt` names a file of which a byte turns as it is written.

    `firmware_starts`: what wait_for() says. `code` keeps what was run, `resets` counts.
    """

    def __init__(self, **options: Any) -> None:
        self.lose_after: int | None = None
        self.corrupt: str | None = None
        self.firmware_starts = True
        self.resets = 0
        self.closed = False
        self.code: list[str] = []
        self._process = subprocess.Popen(
            [*micropython_command(), "-X", "heapsize=8M", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._send(OFFICIAL | options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def _send(self, line: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()

    def order(self, line: object) -> Any:
        """A line to MicroPython, and its answer."""
        self._send(line)
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def run(self, code: str) -> str:
        if self.lose_after is not None:
            if self.lose_after <= 0:
                raise PortError("/dev/fake was lost")
            self.lose_after -= 1
        self.code.append(code)
        if self.corrupt and f"rename('flash.new', {self.corrupt!r})" in code:
            code += f"\nwith open({self.corrupt!r}, 'r+b') as f:\n    f.write(b'\\x00')"
        printed, raised, _ = self.order({"code": code})
        if raised:
            raise BoardError(raised)
        return printed

    def reset(self) -> None:
        self.resets += 1
        self.order({"code": "import machine\nmachine.reset()"})

    def wait_for(self, text: str, timeout_s: float) -> bool:
        assert timeout_s > 0
        return self.firmware_starts and text.startswith("Ionto ") and "main.py" in self.files()

    def close(self) -> None:
        self.closed = True

    def put(self, files: dict[str, bytes]) -> None:
        """Puts files onto the board beforehand."""
        for name, data in files.items():
            folder = name.rpartition("/")[0]
            make = f"import os\nif {folder!r} not in os.listdir(): os.mkdir({folder!r})\n" if folder else ""
            _, raised, _ = self.order({"code": f"{make}with open({name!r}, 'wb') as f: f.write({data!r})"})
            assert not raised, raised

    def files(self) -> dict[str, bytes]:
        """What is on the board, by path."""
        code = """
import os
def walk(folder):
    for entry in os.ilistdir(folder or '/'):
        if entry[1] & 0x4000:
            walk(folder + entry[0] + '/')
        else:
            with open(folder + entry[0], 'rb') as f:
                found[folder + entry[0]] = f.read()
found = {}
walk('')
print(repr(found))
"""
        printed, raised, _ = self.order({"code": code})
        assert not raised, raised
        import ast

        return ast.literal_eval(printed)
